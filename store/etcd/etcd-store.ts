/** The Store contract on etcd: its protocol through etcd3's generated clients, everything above them ours. */
import type { IRangeResponse, IResponseHeader, ITxnResponse } from 'etcd3'
import { sleep } from '../../lib/clock.ts'
import { isFault, messageOf } from '../../lib/errors.ts'
import { Scope } from '../../lib/scope.ts'
import type { Millis } from '../../lib/time.ts'
import { AgeMarks } from '../age-marks.ts'
import { checkTransaction, checkTtl } from '../check-transaction.ts'
import { closed } from '../faults.ts'
import { checkKey, checkPrefix } from '../keys.ts'
import { limits } from '../limits.ts'
import type {
  LeaseId,
  ListOptions,
  ListResult,
  Revision,
  Store,
  Transaction,
  TransactionResult,
  WatchBatch,
} from '../store.ts'
import { type Caller, call } from './call.ts'
import { Endpoints } from './endpoints.ts'
import { grantLease, renewLease, revokeLease } from './leases.ts'
import { etcdLimits } from './limits.ts'
import { list } from './list.ts'
import { checkEtcdOptions, type EtcdStoreOptions } from './options.ts'
import { type WatchParts, watch } from './watch.ts'
import { kvOf, revisionOf, txnOf } from './wire.ts'

const range = { service: 'KV', method: 'range', kind: 'read' } as const
const txn = { service: 'KV', method: 'txn', kind: 'write' } as const
// Compacting twice is harmless: a read as far as trying again is concerned.
const compact = { service: 'KV', method: 'compact', kind: 'read' } as const

/** A key that need not exist: whatever is read of it, the answer names the newest revision. */
const anyKey = Buffer.from([0])

/**
 * Connects when first used: an etcd that is not there yet shows in the first call (Unavailable), not here.
 * Faults: Invalid for options that cannot be right.
 */
export async function openEtcdStore(options: EtcdStoreOptions): Promise<Store> {
  checkEtcdOptions(options)
  return new EtcdStore(options)
}

class EtcdStore implements Store {
  readonly #options: EtcdStoreOptions
  readonly #calls: Caller
  /** Connections of their own: a burst of lists does not hold up events, and a deaf watch does not end calls. */
  readonly #watches: WatchParts
  readonly #scope = new Scope(new AbortController().signal)

  constructor(options: EtcdStoreOptions) {
    const { clock, random, log, callDeadline = etcdLimits.callDeadline, watchIdle = etcdLimits.watchIdle } = options
    this.#options = options
    this.#calls = { endpoints: new Endpoints(options), clock, callDeadline }
    this.#watches = { endpoints: new Endpoints(options), clock, callDeadline, random, log, idle: watchIdle }
    const { compaction = { keep: limits.historyAge, every: limits.compactionInterval } } = options
    if (compaction !== false) this.#scope.go('compact', (signal) => this.#forgetOld(compaction, signal))
  }

  async get(key: string, signal: AbortSignal, at?: Revision): ReturnType<Store['get']> {
    checkKey(key)
    const request = { key: Buffer.from(key), revision: String(at ?? 0) }
    const { header, kvs } = await call<IRangeResponse>(this.#calls, range, request, signal)
    return { revision: revisionOf(header.revision), kv: kvs[0] === undefined ? undefined : kvOf(kvs[0]) }
  }

  async list(options: ListOptions, signal: AbortSignal): Promise<ListResult> {
    checkPrefix(options.prefix)
    return list(this.#calls, options, signal)
  }

  async transact(transaction: Transaction, signal: AbortSignal): Promise<TransactionResult> {
    checkTransaction(transaction)
    const response = await call<ITxnResponse>(this.#calls, txn, txnOf(transaction), signal)
    const revision = revisionOf(response.header.revision)
    if (response.succeeded) return { committed: true, revision }
    const current = response.responses.map(({ response_range }) => response_range.kvs[0])
    return { committed: false, revision, current: current.map((kv) => (kv === undefined ? undefined : kvOf(kv))) }
  }

  async *watch(options: { prefix: string; after: Revision }, signal: AbortSignal): AsyncGenerator<WatchBatch> {
    checkPrefix(options.prefix)
    yield* watch(this.#watches, options, signal)
  }

  async grantLease(ttl: Millis, signal: AbortSignal): Promise<LeaseId> {
    return grantLease(this.#calls, checkTtl(ttl), signal)
  }

  async renewLease(lease: LeaseId, signal: AbortSignal): Promise<void> {
    await renewLease(this.#calls, lease, signal)
  }

  async revokeLease(lease: LeaseId, signal: AbortSignal): Promise<void> {
    await revokeLease(this.#calls, lease, signal)
  }

  async compact(before: Revision, signal: AbortSignal): Promise<void> {
    try {
      await call(this.#calls, compact, { revision: String(before) }, signal)
    } catch (error) {
      // Somebody else was faster, or forgot more.
      if (!isFault(error, 'Expired')) throw error
    }
  }

  async currentRevision(signal: AbortSignal): Promise<Revision> {
    const request = { key: anyKey, count_only: true }
    const { header } = await call<{ header: IResponseHeader }>(this.#calls, range, request, signal)
    return revisionOf(header.revision)
  }

  async close(): Promise<void> {
    this.#calls.endpoints.close(closed())
    this.#watches.endpoints.close(closed())
    await this.#scope[Symbol.asyncDispose]()
  }

  /** Servers that share one etcd all do this: the slowest decides nothing, and each keeps at least `keep`. */
  async #forgetOld({ keep, every }: { keep: Millis; every: Millis }, signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options
    const ages = new AgeMarks()
    for (;;) {
      await sleep(clock, every, signal)
      try {
        const old = ages.look(clock.now(), await this.currentRevision(signal), keep)
        if (old !== undefined) await this.compact(old, signal)
      } catch (error) {
        signal.throwIfAborted()
        log.warn({ err: messageOf(error) }, 'old history could not be compacted')
      }
    }
  }
}
