/** The Store contract over any append-only log: MVCC reads, transactions, watches, leases and compaction. */
import type { Cancel, Clock } from '../../lib/clock.ts'
import type { Logger } from '../../lib/log.ts'
import type { Millis } from '../../lib/time.ts'
import { AgeMarks } from '../age-marks.ts'
import { checkTransaction, checkTtl } from '../check-transaction.ts'
import { closed, expired, future, noLease } from '../faults.ts'
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
import { Committer } from './committer.ts'
import { Draft } from './draft.ts'
import type { Append, AppendOnlyLog } from './log.ts'
import { MvccState } from './mvcc-state.ts'
import { type Retention, tooMuch } from './retention.ts'
import { Sweeper } from './sweeper.ts'
import { Watchers } from './watchers.ts'

export interface MvccOptions {
  readonly log: AppendOnlyLog
  readonly clock: Clock
  readonly logger: Logger
  readonly retention: Retention
  readonly progressInterval: Millis
}

export class MvccStore implements Store {
  readonly #log: AppendOnlyLog
  readonly #retention: Retention
  readonly #state: MvccState
  readonly #committer: Committer
  readonly #watchers: Watchers
  readonly #sweeper: Sweeper
  readonly #clock: Clock
  readonly #ages = new AgeMarks()
  #ageTimer: Cancel | undefined
  #closed = false

  constructor({ log, clock, logger, retention, progressInterval }: MvccOptions) {
    this.#log = log
    this.#clock = clock
    this.#retention = retention
    this.#sweeper = new Sweeper(log, logger)
    const remembered = log.read()
    this.#state = new MvccState(
      remembered,
      clock,
      (id) => this.#end(id, new AbortController().signal),
      (rows) => this.#sweeper.add(rows, remembered.compacted),
    )
    this.#watchers = new Watchers(clock, progressInterval, () => this.#state.revision)
    this.#committer = new Committer({
      gather: () => log.gather(),
      draft: () => new Draft(this.#state),
      commit: (append) => this.#commit(append),
    })
    if (retention.age !== undefined) this.#forgetOld(retention.age)
  }

  async get(key: string, signal: AbortSignal, at?: Revision): ReturnType<Store['get']> {
    this.#check(signal)
    checkKey(key)
    return { revision: this.#state.revision, kv: this.#state.keys.at(key, this.#readable(at)) }
  }

  async list(options: ListOptions, signal: AbortSignal): Promise<ListResult> {
    this.#check(signal)
    checkPrefix(options.prefix)
    const revision = this.#readable(options.revision)
    return { revision, ...this.#state.keys.list(options, revision) }
  }

  async transact(transaction: Transaction, signal: AbortSignal): Promise<TransactionResult> {
    checkTransaction(transaction)
    return this.#committer.submit((draft) => draft.transact(transaction), signal)
  }

  async *watch(options: { prefix: string; after: Revision }, signal: AbortSignal): AsyncGenerator<WatchBatch> {
    const { prefix } = options
    checkPrefix(prefix)
    let { after } = options
    for (;;) {
      this.#check(signal)
      const { history } = this.#state
      if (after < history.compacted) throw expired(after, history.compacted)
      const batch = history.read(prefix, after, limits.watchBatchEvents)
      after = batch.revision
      if (batch.events.length > 0) {
        yield batch
        continue
      }
      const { progress, quietUntil } = await this.#watchers.wait(prefix, signal)
      if (quietUntil > after) after = quietUntil
      if (progress) yield { revision: after, events: [] }
    }
  }

  async grantLease(ttl: Millis, signal: AbortSignal): Promise<LeaseId> {
    const checked = checkTtl(ttl)
    return this.#committer.submit((draft) => draft.grant(checked), signal)
  }

  async renewLease(lease: LeaseId, signal: AbortSignal): Promise<void> {
    this.#check(signal)
    if (!this.#state.leases.renew(lease)) throw noLease(lease)
  }

  async revokeLease(lease: LeaseId, signal: AbortSignal): Promise<void> {
    await this.#end(lease, signal)
  }

  async compact(before: Revision, signal: AbortSignal): Promise<void> {
    this.#check(signal)
    if (before > this.#state.revision) throw future(before, this.#state.revision)
    this.#compact(before)
  }

  async currentRevision(signal: AbortSignal): Promise<Revision> {
    this.#check(signal)
    return this.#state.revision
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#ageTimer?.()
    this.#state.leases.close()
    this.#sweeper.close()
    await this.#committer.close(closed())
    this.#watchers.end(closed())
    this.#log.close()
  }

  #end(lease: LeaseId, signal: AbortSignal): Promise<void> {
    return this.#committer.submit((draft) => draft.end(lease), signal)
  }

  async #commit(append: Append): Promise<void> {
    await this.#log.append(append)
    this.#watchers.notify(this.#state.apply(append))
    const before = tooMuch(this.#state.history, this.#retention)
    if (before !== undefined) this.#compact(before)
  }

  #compact(before: Revision): void {
    if (before <= this.#state.history.compacted) return
    this.#sweeper.add(this.#state.compact(before), before)
  }

  #forgetOld(age: NonNullable<Retention['age']>): void {
    this.#ageTimer = this.#clock.after(age.every, () => {
      this.#forgetOld(age)
      const old = this.#ages.look(this.#clock.now(), this.#state.revision, age.keep)
      if (old !== undefined) this.#compact(old)
    })
  }

  #readable(at: Revision | undefined): Revision {
    const { revision, history } = this.#state
    if (at === undefined) return revision
    if (at > revision) throw future(at, revision)
    if (at < history.compacted) throw expired(at, history.compacted)
    return at
  }

  #check(signal: AbortSignal): void {
    signal.throwIfAborted()
    if (this.#closed) throw closed()
  }
}
