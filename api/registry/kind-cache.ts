/**
 * One kind's objects in memory, kept up to date by the store's one watch: lists and watches are served from here. The newest state may lag
 * behind the store; events never skip.
 */
import type { Clock } from '../../lib/clock.ts'
import { isFault } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import type { Millis } from '../../lib/time.ts'
import { type KeyValue, type Revision, revision, type Store, type StoreEvent } from '../../store/store.ts'
import type { FieldTerm } from '../meta/field-selector.ts'
import type { Kind } from '../meta/kind.ts'
import type { Resource } from '../meta/object.ts'
import { decode, revisionOf, versioned } from './codec.ts'
import { type CacheEvent, EventWindow } from './event-window.ts'
import { expired } from './faults.ts'
import { prefixOf } from './keys.ts'
import { limits } from './limits.ts'
import { SortedObjects } from './sorted-objects.ts'
import type { Fed } from './store-feed.ts'
import { type Subscription, Subscriptions } from './subscriptions.ts'

export interface CacheParts {
  readonly store: Store
  readonly clock: Clock
  readonly log: Logger
}

export class KindCache implements Fed {
  readonly prefix: string
  readonly #kind: Kind
  readonly #parts: CacheParts
  readonly #objects = new SortedObjects()
  #revision: Revision = revision(0)
  /** Read from the store as of this revision; undefined before the first time. */
  #loadedAt: Revision | undefined
  readonly #ready = Promise.withResolvers<void>()
  /** Own writes whose event is yet to come, to spare decoding them. */
  readonly #written = new Map<string, Resource>()

  /** Keys of what the store has and nobody can read. */
  readonly #unreadable = new Set<string>()

  readonly #window = new EventWindow()
  readonly #subscriptions: Subscriptions
  /** Those who wait for a revision. */
  readonly #awaited = new Set<{ readonly revision: Revision; readonly reached: () => void }>()

  constructor(kind: Kind, parts: CacheParts) {
    this.#kind = kind
    this.#parts = parts
    this.#subscriptions = new Subscriptions(parts.clock)
    this.prefix = prefixOf(kind)
  }

  /** The state is what the store had at this revision. */
  get revision(): Revision {
    return this.#revision
  }

  /** Resolves when the kind was read for the first time. */
  get ready(): Promise<void> {
    return this.#ready.promise
  }

  /** The object as of `revision`; undefined when absent then. */
  peek(storeKey: string): Resource | undefined {
    return this.#objects.get(storeKey)
  }

  /** The decoded form of a stored value: the very object of the cache if it has that revision. */
  decoded<T extends Resource>(kind: Kind<T>, kv: KeyValue): T {
    const known = this.#objects.get(kv.key)
    if (known !== undefined && revisionOf(known) === kv.modRevision) return known as T
    const written = this.#written.get(kv.key)
    if (written !== undefined && revisionOf(written) === kv.modRevision) return written as T
    return decode(kind, kv)
  }

  /** How many objects the store has that cannot be read. */
  get unreadable(): number {
    return this.#unreadable.size
  }

  /** The same; undefined, with an error in the log, for what cannot be read: the others go on. */
  readable<T extends Resource>(kind: Kind<T>, kv: KeyValue): T | undefined {
    try {
      const object = this.decoded(kind, kv)
      this.#unreadable.delete(kv.key)
      return object
    } catch (error) {
      if (!isFault(error, 'Internal')) throw error
      if (!this.#unreadable.has(kv.key))
        this.#parts.log.error({ err: error, key: kv.key }, 'stored object cannot be read')
      this.#unreadable.add(kv.key)
      return undefined
    }
  }

  /** Takes note of an object that was just stored; returns the one object to use for that revision. */
  wrote<T extends Resource>(storeKey: string, object: T, at: Revision): T {
    const known = this.#objects.get(storeKey)
    if (known !== undefined && revisionOf(known) === at) return known as T
    const stored = versioned(object, at)
    if (at > this.#revision) this.#written.set(storeKey, stored)
    return stored
  }

  /** All objects under a store prefix, by key; with `after`, those that come after that key. */
  items(prefix: string, after?: string): Iterable<readonly [key: string, object: Resource]> {
    return this.#objects.under(prefix, after)
  }

  /** Whether the state is as new as `wanted` within `patience`. */
  async reach(wanted: Revision, patience: Millis, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted()
    if (this.#loadedAt !== undefined && this.#revision >= wanted) return true
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const waiting = { revision: wanted, reached: () => resolve(true) }
    const onAbort = (): void => resolve(false)
    this.#awaited.add(waiting)
    signal.addEventListener('abort', onAbort, { once: true })
    const cancel = this.#parts.clock.after(patience, () => resolve(false))
    try {
      const reached = await promise
      signal.throwIfAborted()
      return reached
    } finally {
      cancel()
      signal.removeEventListener('abort', onAbort)
      this.#awaited.delete(waiting)
    }
  }

  /**
   * Hears of changes that meet all `demands`, and of some others: those after `since`, or else those from now on. Faults:
   * Expired.
   */
  subscribe(demands: readonly FieldTerm[], since?: Revision): Subscription {
    return this.#subscriptions.add(demands, since === undefined ? [] : this.#window.after(since))
  }

  async load(signal: AbortSignal): Promise<Revision> {
    const found = await readAll(this.#parts.store, this.prefix, signal)
    this.#unreadable.clear()
    const objects = found.items.map((kv) => [kv.key, this.readable(this.#kind, kv)] as const)
    this.#objects.clear()
    for (const [key, object] of objects) if (object !== undefined) this.#objects.set(key, object)
    this.#written.clear()
    this.#window.reset(found.revision)
    this.#subscriptions.fail(expired(this.#revision, found.revision))
    this.#loadedAt = found.revision
    this.#ready.resolve()
    this.#reached(found.revision)
    return found.revision
  }

  apply(upTo: Revision, events: readonly StoreEvent[]): void {
    for (const event of events) this.#applyOne(event)
    if (upTo > this.#revision) this.#reached(upTo)
  }

  #applyOne(event: StoreEvent): void {
    const key = event.type === 'put' ? event.kv.key : event.key
    const previous = this.#objects.get(key)
    const at = event.type === 'put' ? event.kv.modRevision : event.modRevision
    if (at <= (this.#loadedAt ?? 0)) return
    const next = event.type === 'put' ? this.readable(this.#kind, event.kv) : undefined
    // what was there before is the best that is known: nobody must take it for deleted
    if (event.type === 'put' && next === undefined) return
    const written = this.#written.get(key)
    if (written !== undefined && revisionOf(written) <= at) this.#written.delete(key)
    if (next !== undefined) {
      this.#objects.set(key, next)
      this.#tell({ type: previous === undefined ? 'ADDED' : 'MODIFIED', revision: at, object: next, previous })
      return
    }
    this.#unreadable.delete(key)
    if (previous !== undefined) {
      this.#objects.delete(key)
      this.#tell({ type: 'DELETED', revision: at, object: versioned(previous, at), previous })
    }
  }

  #tell(event: CacheEvent): void {
    this.#window.push(event)
    this.#subscriptions.publish(event)
  }

  #reached(now: Revision): void {
    this.#revision = now
    for (const waiting of this.#awaited) if (waiting.revision <= now) waiting.reached()
  }
}

/** Everything under a prefix at one revision, page by page. */
async function readAll(
  store: Store,
  prefix: string,
  signal: AbortSignal,
): Promise<{ readonly revision: Revision; readonly items: readonly KeyValue[] }> {
  const first = await store.list({ prefix, limit: limits.listPage }, signal)
  const items = [...first.items]
  for (let page = first; page.remaining > 0; ) {
    const after = items.at(-1)?.key
    page = await store.list(
      { prefix, limit: limits.listPage, revision: first.revision, ...(after === undefined ? {} : { after }) },
      signal,
    )
    items.push(...page.items)
    if (page.items.length === 0) break
  }
  return { revision: first.revision, items }
}
