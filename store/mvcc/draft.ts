/**
 * One group of changes, decided in order against the newest state and each other, before any of it is written. A pure
 * fold: the log gets `append`, and only when it took it the state gets `commits`.
 */
import type { Millis } from '../../lib/time.ts'
import { noLease } from '../faults.ts'
import {
  type KeyValue,
  type LeaseId,
  type Revision,
  revision,
  type Transaction,
  type TransactionResult,
} from '../store.ts'
import type { Append, LeaseGrant, Row } from './log.ts'

/** What a draft is decided against. */
export interface Base {
  readonly revision: Revision
  readonly position: number
  newest(key: string): KeyValue | undefined
  hasLease(id: LeaseId): boolean
  leaseKeys(id: LeaseId): Iterable<string>
}

/** The result of a change, as a value: a draft never throws for a user's mistake. */
export type Decided<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: Error }

const ok = <T>(value: T): Decided<T> => ({ ok: true, value })

export class Draft {
  readonly #base: Base
  readonly #newest = new Map<string, KeyValue | undefined>()
  readonly #rows: Row[] = []
  readonly #granted: LeaseGrant[] = []
  readonly #ended = new Set<LeaseId>()
  #revision: Revision
  #position: number

  constructor(base: Base) {
    this.#base = base
    this.#revision = base.revision
    this.#position = base.position
  }

  get append(): Append {
    return { rows: this.#rows, granted: this.#granted, ended: [...this.#ended] }
  }

  get isEmpty(): boolean {
    return this.#rows.length + this.#granted.length + this.#ended.size === 0
  }

  transact({ compare, puts = [], deletes = [] }: Transaction): Decided<TransactionResult> {
    const unknown = puts.find(({ lease }) => lease !== undefined && !this.#hasLease(lease))
    const current = compare.map(({ key }) => this.#get(key))
    if (compare.some(({ modRevision }, i) => (current[i]?.modRevision ?? 0) !== modRevision))
      return ok({ committed: false, revision: this.#revision, current })
    if (unknown?.lease !== undefined) return { ok: false, fault: noLease(unknown.lease) }
    const existing = deletes.filter((key) => this.#get(key) !== undefined)
    if (puts.length + existing.length > 0) {
      const at = this.#nextRevision()
      for (const { key, value, lease } of puts) this.#write(at, key, value, lease)
      for (const key of existing) this.#write(at, key, undefined, undefined)
    }
    return ok({ committed: true, revision: this.#revision })
  }

  /** Leases are named by their place in the log, so that no name is ever used twice. */
  grant(ttl: Millis): Decided<LeaseId> {
    const position = ++this.#position
    const id = String(position) as LeaseId
    this.#granted.push({ position, id, ttl })
    return ok(id)
  }

  end(id: LeaseId): Decided<void> {
    if (!this.#hasLease(id)) return ok(undefined)
    const attached = new Set([...this.#base.leaseKeys(id), ...this.#newest.keys()])
    const keys = [...attached].filter((key) => this.#get(key)?.lease === id)
    if (keys.length > 0) {
      const at = this.#nextRevision()
      for (const key of keys) this.#write(at, key, undefined, undefined)
    }
    this.#ended.add(id)
    return ok(undefined)
  }

  #get(key: string): KeyValue | undefined {
    return this.#newest.has(key) ? this.#newest.get(key) : this.#base.newest(key)
  }

  #hasLease(id: LeaseId): boolean {
    return !this.#ended.has(id) && (this.#base.hasLease(id) || this.#granted.some((lease) => lease.id === id))
  }

  #nextRevision(): Revision {
    this.#revision = revision(this.#revision + 1)
    return this.#revision
  }

  #write(at: Revision, key: string, value: Uint8Array | undefined, lease: LeaseId | undefined): void {
    const createRevision = this.#get(key)?.createRevision ?? at
    this.#rows.push({ position: ++this.#position, revision: at, key, value, createRevision, lease })
    this.#newest.set(key, value === undefined ? undefined : { key, value, modRevision: at, createRevision, lease })
  }
}
