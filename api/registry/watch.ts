/** One watch on a kind: reads the cache's window at its own pace, through selectors. */
import { Fault } from '../../lib/errors.ts'
import { type Revision, revision } from '../../store/store.ts'
import type { Kind } from '../meta/kind.ts'
import type { Resource } from '../meta/object.ts'
import { type Selector, selectorOf } from '../meta/selectors.ts'
import { versioned } from './codec.ts'
import { prefixOf } from './keys.ts'
import type { CacheEvent, KindCache } from './kind-cache.ts'
import { until } from './until.ts'

export interface WatchOptions {
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  /** Events after this version. Empty, `0` or absent: first all present objects as ADDED, then what follows. */
  readonly resourceVersion?: string
  /** First all present objects as ADDED and a bookmark with `initialEventsEnd`, then what follows. */
  readonly sendInitialEvents?: boolean
}

export type RegistryEvent<T> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string; readonly initialEventsEnd?: true }

/** The event as a watcher with this selector sees it: moving in is ADDED, moving out DELETED (with the new state). */
function seenThrough(selector: Selector, event: CacheEvent): RegistryEvent<Resource> | undefined {
  const was = event.previous !== undefined && selector(event.previous)
  const is = event.type !== 'DELETED' && selector(event.object)
  if (is) return { type: was ? 'MODIFIED' : 'ADDED', object: event.object }
  return was ? { type: 'DELETED', object: versioned(event.object, event.revision) } : undefined
}

/** Reads a resourceVersion that a client sent. Faults: BadRequest. */
export function parseVersion(text: string): Revision {
  if (!/^(0|[1-9]\d{0,15})$/.test(text)) {
    throw new Fault('BadRequest', `invalid resource version ${JSON.stringify(text)}: must be a whole number`)
  }
  return revision(Number(text))
}

/** See Registry.watch. */
export async function* watchKind<T extends Resource>(
  cache: KindCache,
  kind: Kind<T>,
  options: WatchOptions,
  signal: AbortSignal,
): AsyncGenerator<RegistryEvent<T>, void, void> {
  const selector = selectorOf(kind, options)
  const version = options.resourceVersion ?? ''
  const asked = version === '' ? revision(0) : parseVersion(version)
  signal.throwIfAborted()

  let wake = (): void => undefined
  const nap = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve
    })
  const onAbort = (): void => wake()
  signal.addEventListener('abort', onAbort, { once: true })
  const stopListening = cache.listen(() => wake())
  try {
    await until(cache.ready, signal)
    const initial = options.sendInitialEvents === true || (asked === 0 && options.sendInitialEvents !== false)
    let after = asked
    let position: number
    if (initial) {
      const items = cache.items(prefixOf(kind, options.namespace)).filter(selector)
      after = cache.revision
      position = cache.end
      for (const object of items) yield { type: 'ADDED', object: object as T }
      if (options.sendInitialEvents === true) {
        yield { type: 'BOOKMARK', resourceVersion: String(after), initialEventsEnd: true }
      }
    } else {
      position = cache.positionAfter(after)
    }
    let ticks = cache.ticks
    for (;;) {
      for (let event = cache.at(position); event !== undefined; event = cache.at(++position)) {
        if (event.revision <= after) continue
        const seen = seenThrough(selector, event)
        if (seen !== undefined) yield seen as RegistryEvent<T>
        signal.throwIfAborted()
      }
      if (cache.ticks !== ticks) {
        ticks = cache.ticks
        // Up to `after` the client has seen everything by its own word, even if the cache was not told of it yet.
        yield { type: 'BOOKMARK', resourceVersion: String(Math.max(cache.revision, after)) }
        continue // the consumer may have taken its time: look again before waiting
      }
      const woken = nap()
      if (signal.aborted) signal.throwIfAborted()
      await woken
      signal.throwIfAborted()
    }
  } finally {
    stopListening()
    signal.removeEventListener('abort', onAbort)
  }
}
