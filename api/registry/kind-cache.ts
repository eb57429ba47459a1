/**
 * One kind's objects in memory, fed by one store watch, with a bounded window of recent events that any number of
 * watches read at their own pace. The newest state may lag behind the store; events never skip.
 */
import { backoffDelay } from '../../lib/backoff.ts'
import { type Cancel, type Clock, sleep } from '../../lib/clock.ts'
import { isFault } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import { type KeyValue, type Revision, revision, type Store, type StoreEvent } from '../../store/store.ts'
import type { Kind } from '../meta/kind.ts'
import type { Resource } from '../meta/object.ts'
import { decode, revisionOf, versioned } from './codec.ts'
import { expired } from './faults.ts'
import { prefixOf } from './keys.ts'
import { limits } from './limits.ts'

/** A change as the store saw it, before any selector. `object` of DELETED is the last state, at the deletion's revision. */
export interface CacheEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly revision: Revision
  readonly object: Resource
  readonly previous: Resource | undefined
}

export interface CacheParts {
  readonly store: Store
  readonly clock: Clock
  readonly log: Logger
}

export class KindCache {
  readonly #kind: Kind
  readonly #parts: CacheParts
  readonly #objects = new Map<string, Resource>()
  #sortedKeys: readonly string[] | undefined
  #revision: Revision = revision(0)
  readonly #ready = Promise.withResolvers<void>()
  /** Own writes whose event is yet to come, to spare decoding them. */
  readonly #written = new Map<string, Resource>()

  #ring: CacheEvent[] = []
  /** The position of #ring[0]; positions only grow. */
  #base = 0
  /** Watches can start after this revision and later ones. */
  #floor: Revision = revision(0)

  readonly #listeners = new Set<() => void>()
  #ticks = 0
  #cancelTick: Cancel | undefined

  constructor(kind: Kind, parts: CacheParts) {
    this.#kind = kind
    this.#parts = parts
  }

  /** The state is what the store had at this revision. */
  get revision(): Revision {
    return this.#revision
  }

  /** Counts bookmark intervals while anybody listens. */
  get ticks(): number {
    return this.#ticks
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

  /** Takes note of an object that was just stored; returns the one object to use for that revision. */
  wrote<T extends Resource>(storeKey: string, object: T, at: Revision): T {
    const known = this.#objects.get(storeKey)
    if (known !== undefined && revisionOf(known) === at) return known as T
    const stored = versioned(object, at)
    if (at > this.#revision) this.#written.set(storeKey, stored)
    return stored
  }

  /** All objects under a store prefix, by key. */
  items(prefix: string): readonly Resource[] {
    this.#sortedKeys ??= [...this.#objects.keys()].sort()
    return this.#sortedKeys.filter((key) => key.startsWith(prefix)).map((key) => this.#objects.get(key) as Resource)
  }

  /** Where a watch that has seen everything up to `after` goes on. Faults: Expired. */
  positionAfter(after: Revision): number {
    if (after < this.#floor) throw expired(after, this.#floor)
    let low = 0
    let high = this.#ring.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#ring[middle] as CacheEvent).revision > after) high = middle
      else low = middle + 1
    }
    return this.#base + low
  }

  /** The end of the window: where a watch that has read the present state goes on. */
  get end(): number {
    return this.#base + this.#ring.length
  }

  /** The event at a position; undefined when it is yet to happen. Faults: Expired when the reader was too slow. */
  at(position: number): CacheEvent | undefined {
    if (position < this.#base) throw expired(0, this.#floor)
    return this.#ring[position - this.#base]
  }

  /** Calls `wake` after every change and bookmark interval until cancelled. */
  listen(wake: () => void): Cancel {
    this.#listeners.add(wake)
    this.#cancelTick ??= this.#parts.clock.after(limits.bookmarkInterval, () => this.#tick())
    return () => {
      this.#listeners.delete(wake)
      if (this.#listeners.size > 0) return
      this.#cancelTick?.()
      this.#cancelTick = undefined
    }
  }

  /** Follows the store until the signal; heals by reading everything again. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log, store } = this.#parts
    const backoff = { first: limits.reloadFirst, factor: 2, most: limits.reloadMost }
    for (let failures = 0; !signal.aborted; ) {
      try {
        const from = await this.#load(signal)
        failures = 0
        const prefix = prefixOf(this.#kind)
        for await (const batch of store.watch({ prefix, after: from }, signal))
          this.#apply(batch.revision, batch.events)
      } catch (error) {
        if (signal.aborted) return
        if (!isFault(error, 'Expired')) log.warn({ err: error, resource: this.#kind.plural }, 'store watch ended')
      }
      if (signal.aborted) return
      await sleep(clock, backoffDelay(backoff, ++failures), signal).catch(() => undefined)
    }
  }

  async #load(signal: AbortSignal): Promise<Revision> {
    const found = await readAll(this.#parts.store, prefixOf(this.#kind), signal)
    const objects = found.items.map((kv) => [kv.key, this.decoded(this.#kind, kv)] as const)
    this.#objects.clear()
    for (const [key, object] of objects) this.#objects.set(key, object)
    this.#sortedKeys = undefined
    this.#written.clear()
    this.#base = this.end + 1 // whoever still reads the old window finds itself before the new one: Expired
    this.#ring = []
    this.#floor = found.revision
    this.#revision = found.revision
    this.#ready.resolve()
    this.#notify()
    return found.revision
  }

  #apply(upTo: Revision, events: readonly StoreEvent[]): void {
    for (const event of events) this.#applyOne(event)
    if (upTo > this.#revision) this.#revision = upTo
    if (this.#ring.length > 2 * limits.watchWindow) {
      const dropped = this.#ring.length - limits.watchWindow
      this.#floor = (this.#ring[dropped - 1] as CacheEvent).revision
      this.#ring = this.#ring.slice(dropped)
      this.#base += dropped
    }
    if (events.length > 0) this.#notify()
  }

  #applyOne(event: StoreEvent): void {
    const key = event.type === 'put' ? event.kv.key : event.key
    const previous = this.#objects.get(key)
    const at = event.type === 'put' ? event.kv.modRevision : event.modRevision
    const next = event.type === 'put' ? this.decoded(this.#kind, event.kv) : undefined
    const written = this.#written.get(key)
    if (written !== undefined && revisionOf(written) <= at) this.#written.delete(key)
    if (next !== undefined) {
      this.#objects.set(key, next)
      if (previous === undefined) this.#sortedKeys = undefined
      this.#ring.push({ type: previous === undefined ? 'ADDED' : 'MODIFIED', revision: at, object: next, previous })
    } else if (previous !== undefined) {
      this.#objects.delete(key)
      this.#sortedKeys = undefined
      this.#ring.push({ type: 'DELETED', revision: at, object: versioned(previous, at), previous })
    }
  }

  #tick(): void {
    this.#ticks++
    this.#cancelTick = this.#parts.clock.after(limits.bookmarkInterval, () => this.#tick())
    this.#notify()
  }

  #notify(): void {
    for (const wake of this.#listeners) wake()
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
