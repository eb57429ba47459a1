/**
 * One watch of the store for all kinds: every commit tells every cache how new it is, so that a list of one kind need not
 * ask whether a commit was of another. Heals by reading everything again.
 */
import { backoffDelay } from '../../lib/backoff.ts'
import { type Clock, sleep } from '../../lib/clock.ts'
import { isFault } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import type { Revision, Store, StoreEvent, WatchBatch } from '../../store/store.ts'
import { everything, kindPrefixOf } from './keys.ts'
import { limits } from './limits.ts'

/** What is kept up to date with one kind's keys. */
export interface Fed {
  readonly prefix: string
  /** Reads all; gives the revision it is then true for. */
  load(signal: AbortSignal): Promise<Revision>
  /** What happened since, up to a revision; some of it may be known. */
  apply(upTo: Revision, events: readonly StoreEvent[]): void
}

export interface FeedParts {
  readonly store: Store
  readonly clock: Clock
  readonly log: Logger
}

const keyOf = (event: StoreEvent): string => (event.type === 'put' ? event.kv.key : event.key)

function deliver(fed: ReadonlyMap<string, Fed>, { revision, events }: WatchBatch): void {
  const byPrefix = Map.groupBy(events, (event) => kindPrefixOf(keyOf(event)))
  for (const [prefix, one] of fed) one.apply(revision, byPrefix.get(prefix) ?? [])
}

/** Follows the store until the signal. */
export async function feed(all: readonly Fed[], { store, clock, log }: FeedParts, signal: AbortSignal): Promise<void> {
  const backoff = { first: limits.reloadFirst, factor: 2, most: limits.reloadMost }
  const fed = new Map(all.map((one) => [one.prefix, one]))
  for (let failures = 0; !signal.aborted; ) {
    try {
      const loaded = await Promise.all(all.map((one) => one.load(signal)))
      failures = 0
      const after = Math.min(...loaded) as Revision
      for await (const batch of store.watch({ prefix: everything, after }, signal)) deliver(fed, batch)
    } catch (error) {
      if (signal.aborted) return
      if (!isFault(error, 'Expired')) log.warn({ err: error }, 'store watch ended')
    }
    if (signal.aborted) return
    await sleep(clock, backoffDelay(backoff, ++failures), signal).catch(() => undefined)
  }
}
