/** One watch on a kind: what of its changes passes the selectors, in batches as large as the reader is slow. */
import type { Revision } from '../../store/store.ts'
import type { Kind } from '../meta/kind.ts'
import type { Resource } from '../meta/object.ts'
import { type Selected, type Selector, selectionOf } from '../meta/selectors.ts'
import { storedKind, viewed } from '../meta/views.ts'
import { versioned } from './codec.ts'
import type { CacheEvent } from './event-window.ts'
import { prefixOf } from './keys.ts'
import type { KindCache } from './kind-cache.ts'
import { limits } from './limits.ts'
import type { Subscription } from './subscriptions.ts'
import { until } from './until.ts'
import { parseVersion } from './version.ts'

export interface WatchOptions {
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  /** Events after this version. Empty, `0` or absent: first all present objects as ADDED, then what follows. */
  readonly resourceVersion?: string
  /**
   * First all present objects, not older than resourceVersion, as ADDED and a bookmark with `initialEventsEnd`, then what
   * follows; or if false, without a resourceVersion, what happens from now on.
   */
  readonly sendInitialEvents?: boolean
}

export type RegistryEvent<T> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string; readonly initialEventsEnd?: true }

type Batch = readonly RegistryEvent<Resource>[]

export interface WatchParts {
  readonly cache: KindCache
  /** The newest revision of the store. */
  newest(signal: AbortSignal): Promise<Revision>
}

const left = new WeakMap<CacheEvent, Resource>()

/** What a watcher hears of an object that it lost sight of: its state before, at the version that took it away. */
function lastSeen(event: CacheEvent, previous: Resource): Resource {
  const last = left.get(event) ?? versioned(previous, event.revision)
  left.set(event, last)
  return last
}

/** The event as a watcher with this selector sees it: moving in is ADDED, moving out DELETED. */
function seenThrough(matches: Selector, event: CacheEvent): RegistryEvent<Resource> | undefined {
  const { type, object, previous } = event
  const was = previous !== undefined && matches(previous)
  if (type === 'DELETED') return was ? { type, object } : undefined
  if (matches(object)) return { type: was ? 'MODIFIED' : 'ADDED', object }
  return was ? { type: 'DELETED', object: lastSeen(event, previous) } : undefined
}

interface Started {
  readonly subscription: Subscription
  /** Up to here the client has seen everything. */
  readonly after: Revision
  readonly initial: Iterable<Batch>
}

/** The present state, in batches. */
function* present(objects: readonly Resource[], bookmark: RegistryEvent<Resource> | undefined): Generator<Batch> {
  for (let at = 0; at < objects.length; at += limits.watchBatch) {
    yield objects.slice(at, at + limits.watchBatch).map((object) => ({ type: 'ADDED', object }))
  }
  if (bookmark !== undefined) yield [bookmark]
}

/** Subscribes, and takes stock of what there is at that very moment. */
async function start(
  { cache, newest }: WatchParts,
  prefix: string,
  { demands, matches }: Selected,
  { resourceVersion = '', sendInitialEvents }: WatchOptions,
  signal: AbortSignal,
): Promise<Started> {
  const asked = parseVersion(resourceVersion)
  await until(cache.ready, signal)
  if (sendInitialEvents !== true && asked > 0) {
    return { subscription: cache.subscribe(demands, asked), after: asked, initial: [] }
  }
  const wanted = resourceVersion === '' ? await newest(signal) : asked
  while (!(await cache.reach(wanted, limits.versionWait, signal)));
  const after = cache.revision
  const subscription = cache.subscribe(demands)
  if (sendInitialEvents === false) return { subscription, after, initial: [] }
  const objects = [...cache.items(prefix)].flatMap(([, object]) => (matches(object) ? [object] : []))
  const bookmark =
    sendInitialEvents === true
      ? ({ type: 'BOOKMARK', resourceVersion: String(after), initialEventsEnd: true } as const)
      : undefined
  return { subscription, after, initial: present(objects, bookmark) }
}

/** See Registry.watchBatches. */
export async function* watchKind<T extends Resource>(
  parts: WatchParts,
  kind: Kind<T>,
  options: WatchOptions,
  signal: AbortSignal,
): AsyncGenerator<readonly RegistryEvent<T>[], void, void> {
  const { cache } = parts
  const base = storedKind(kind)
  const selected = selectionOf(base, options)
  const shown = (batch: Batch): readonly RegistryEvent<T>[] =>
    kind.viewOf === undefined
      ? (batch as readonly RegistryEvent<T>[])
      : batch.map((event) => (event.type === 'BOOKMARK' ? event : { ...event, object: viewed(kind, event.object) }))
  signal.throwIfAborted()
  const { subscription, after, initial } = await start(
    parts,
    prefixOf(base, options.namespace),
    selected,
    options,
    signal,
  )
  try {
    for (const batch of initial) {
      yield shown(batch)
      signal.throwIfAborted()
    }
    for (;;) {
      const events = subscription.take(limits.watchBatch)
      const seen = events.flatMap((event) => {
        const one = event.revision > after ? seenThrough(selected.matches, event) : undefined
        return one === undefined ? [] : [one]
      })
      if (seen.length > 0) yield shown(seen)
      // Up to `after` the client has seen everything by its own word, even if the cache was not told of it yet.
      else if (events.length === 0 && subscription.takeTick()) {
        yield [{ type: 'BOOKMARK', resourceVersion: String(Math.max(cache.revision, after)) }]
      } else if (events.length === 0) await subscription.wait(signal)
      signal.throwIfAborted()
    }
  } finally {
    subscription.close()
  }
}

/** See Registry.watch. */
export async function* watchOne<T extends Resource>(
  batches: AsyncIterable<readonly RegistryEvent<T>[]>,
): AsyncGenerator<RegistryEvent<T>, void, void> {
  for await (const batch of batches) yield* batch
}
