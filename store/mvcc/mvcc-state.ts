/** What the store knows now: keys, history, leases; changed only by rows that the log has taken. */
import type { Clock } from '../../lib/clock.ts'
import { invariant } from '../../lib/errors.ts'
import { type KeyValue, type LeaseId, type Revision, revision, type StoreEvent } from '../store.ts'
import type { Base } from './draft.ts'
import { type Commit, History } from './history.ts'
import { KeySpace } from './key-space.ts'
import { Leases } from './leases.ts'
import type { Append, Remembered, Row } from './log.ts'

export class MvccState implements Base {
  readonly keys = new KeySpace()
  readonly history: History
  readonly leases: Leases
  #revision: Revision
  #position: number

  /** Rebuilds what a log remembers. `rubbish` collects the positions of rows that can be forgotten. */
  constructor(
    remembered: Remembered,
    clock: Clock,
    expire: (id: LeaseId) => Promise<void>,
    rubbish: (positions: readonly number[]) => void,
  ) {
    const { compacted, rows, leases } = remembered
    this.history = new History(compacted)
    this.leases = new Leases(clock, expire)
    this.#revision = compacted
    this.#position = remembered.position
    for (const { id, ttl } of leases) this.leases.grant(id, ttl)
    for (const commit of byRevision(rows)) {
      const at = commit[0]?.revision ?? compacted
      if (at > compacted) this.#commit(commit)
      else for (const row of commit) this.#restore(row, compacted, rubbish)
    }
    invariant(this.#revision === remembered.revision, 'the log ends where it says', {
      found: this.#revision,
      says: remembered.revision,
    })
  }

  get revision(): Revision {
    return this.#revision
  }

  get position(): number {
    return this.#position
  }

  newest(key: string): KeyValue | undefined {
    return this.keys.newest(key)
  }

  hasLease(id: LeaseId): boolean {
    return this.leases.has(id)
  }

  leaseKeys(id: LeaseId): Iterable<string> {
    return this.leases.keys(id)
  }

  /** Takes over what the log has taken. */
  apply({ rows, granted, ended }: Append): readonly Commit[] {
    for (const { id, ttl, position } of granted) {
      this.leases.grant(id, ttl)
      this.#position = Math.max(this.#position, position)
    }
    const commits = [...byRevision(rows)].map((commit) => this.#commit(commit))
    for (const id of ended) this.leases.end(id)
    return commits
  }

  /** Forgets history up to and including `before`; returns the positions of the rows nobody can reach any more. */
  compact(before: Revision): readonly number[] {
    const touched = new Set<string>()
    for (const { events } of this.history.compact(before))
      for (const event of events) touched.add(event.type === 'put' ? event.kv.key : event.key)
    return [...touched].flatMap((key) => this.keys.compact(key, before))
  }

  #commit(rows: readonly Row[]): Commit {
    const at = revision(this.#revision + 1)
    invariant(rows[0]?.revision === at, 'revisions have no holes', { want: at, got: rows[0]?.revision })
    const events = rows.map((row) => this.#write(row))
    const commit = { revision: at, events }
    this.#revision = at
    this.history.push(commit)
    return commit
  }

  /** A row from before the history that is left: only the newest of its key counts. */
  #restore(row: Row, compacted: Revision, rubbish: (positions: readonly number[]) => void): void {
    this.#write(row)
    const dropped = this.keys.compact(row.key, compacted)
    if (dropped.length > 0) rubbish(dropped)
  }

  #write(row: Row): StoreEvent {
    const previous = this.keys.newest(row.key)
    const kv = this.keys.apply(row)
    if (previous?.lease !== undefined) this.leases.detach(previous.lease, row.key)
    if (kv?.lease !== undefined) this.leases.attach(kv.lease, row.key)
    this.#position = Math.max(this.#position, row.position)
    return kv !== undefined
      ? { type: 'put', kv, previous }
      : { type: 'delete', key: row.key, modRevision: row.revision, previous }
  }
}

/** Rows come in order of revision: neighbours of one revision are one commit. */
function* byRevision(rows: Iterable<Row>): Iterable<readonly Row[]> {
  let commit: Row[] = []
  for (const row of rows) {
    if (commit[0] !== undefined && commit[0].revision !== row.revision) {
      yield commit
      commit = []
    }
    commit.push(row)
  }
  if (commit.length > 0) yield commit
}
