/**
 * The declarative store's contract: an ordered space of keys with revisions, transactions, watches and leases. It knows
 * bytes, not kinds. Every backend passes test/conformance/store.ts.
 */
import type { Brand } from '../lib/brand.ts'
import type { Millis } from '../lib/time.ts'

/** A point in the store's one history. Every committed transaction takes the next one; 0 is before the first. */
export type Revision = Brand<number, 'store revision'>
export const revision = (n: number): Revision => n as Revision

export type LeaseId = Brand<string, 'store lease'>

export interface KeyValue {
  readonly key: string
  readonly value: Uint8Array
  /** The revision that wrote this value. */
  readonly modRevision: Revision
  /** The revision that first wrote the key since it was last absent. */
  readonly createRevision: Revision
  readonly lease: LeaseId | undefined
}

export interface ListOptions {
  /** Keys that start with this, in byte order. */
  readonly prefix: string
  /** As of this revision; default: the current one. Faults: Expired when it was compacted away. */
  readonly revision?: Revision
  /** At most so many. */
  readonly limit?: number
  /** Only keys after this one (exclusive): how the next page is asked for. */
  readonly after?: string
}

export interface ListResult {
  /** The revision that the whole answer is true for. */
  readonly revision: Revision
  readonly items: readonly KeyValue[]
  /** How many keys of the range follow the last one returned. */
  readonly remaining: number
}

/** The condition that a key has not changed: its modRevision, or 0 for "does not exist". */
export interface Compare {
  readonly key: string
  readonly modRevision: Revision
}

export interface Put {
  readonly key: string
  readonly value: Uint8Array
  /** The value goes when the lease does. */
  readonly lease?: LeaseId
}

export interface Transaction {
  readonly compare: readonly Compare[]
  readonly puts?: readonly Put[]
  readonly deletes?: readonly string[]
}

export type TransactionResult =
  /** All writes were committed, durably, at `revision`. */
  | { readonly committed: true; readonly revision: Revision }
  /** Nothing was written; `current` has the compared keys as they are now (undefined: absent), in order of `compare`. */
  | { readonly committed: false; readonly revision: Revision; readonly current: readonly (KeyValue | undefined)[] }

export type StoreEvent =
  | { readonly type: 'put'; readonly kv: KeyValue; readonly previous: KeyValue | undefined }
  | {
      readonly type: 'delete'
      readonly key: string
      readonly modRevision: Revision
      readonly previous: KeyValue | undefined
    }

/** All of a watch's events of one revision or more, in order; `events` is empty in a pure progress notification. */
export interface WatchBatch {
  /** Everything up to and including this revision has been delivered. */
  readonly revision: Revision
  readonly events: readonly StoreEvent[]
}

export interface Store {
  /** The key as of now (or `at`). Faults: Unavailable, Timeout, Expired. */
  get(
    key: string,
    signal: AbortSignal,
    at?: Revision,
  ): Promise<{ readonly revision: Revision; readonly kv: KeyValue | undefined }>
  list(options: ListOptions, signal: AbortSignal): Promise<ListResult>
  /**
   * Commits all writes in one revision if every comparison holds. An acknowledged transaction survives kill -9.
   * Faults: Unavailable (certainly not committed), Timeout (unknown: read before trying again).
   */
  transact(transaction: Transaction, signal: AbortSignal): Promise<TransactionResult>
  /**
   * Every event on keys that start with `prefix` after revision `after`, without gap or duplicate, for as long as the
   * signal lasts; it heals lost and silent connections by itself. Progress batches come at least every
   * `limits.progressInterval`. Ends by throwing: Expired when `after` was compacted away (list again), the signal's
   * reason when aborted.
   */
  watch(options: { readonly prefix: string; readonly after: Revision }, signal: AbortSignal): AsyncIterable<WatchBatch>
  /** A lease that ends `ttl` after its last renewal, taking its keys with it. */
  grantLease(ttl: Millis, signal: AbortSignal): Promise<LeaseId>
  /** Renews once. Faults: NotFound when it already ended. */
  renewLease(lease: LeaseId, signal: AbortSignal): Promise<void>
  /** Ends a lease at once; its keys are deleted. Unknown leases are fine. */
  revokeLease(lease: LeaseId, signal: AbortSignal): Promise<void>
  /** Forgets history before `before`: reads and watches from earlier revisions then fault with Expired. */
  compact(before: Revision, signal: AbortSignal): Promise<void>
  /** The newest revision. */
  currentRevision(signal: AbortSignal): Promise<Revision>
  /** Releases files and connections; calls after it fault with Unavailable. */
  close(): Promise<void>
}
