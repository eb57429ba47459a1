/**
 * The append-only log on SQLite: one append is one transaction. SQLite hands its write-ahead log to the operating system
 * (which outlives this process); we flush that file to the disk beside the event loop, and only then is it durable. Busy
 * disks would otherwise hold up everything that this process does.
 */
import { close, fdatasync, openSync } from 'node:fs'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { Fault, messageOf } from '../../lib/errors.ts'
import { millis } from '../../lib/time.ts'
import type { Append, AppendOnlyLog, LeaseGrant, Remembered, Row } from '../mvcc/log.ts'
import { type LeaseId, type Revision, revision } from '../store.ts'
import { sqliteCode, sqliteCodes } from './open-file.ts'

type Columns = Record<string, string | number | bigint | Uint8Array | null>

const rowOf = (columns: Columns): Row => ({
  position: Number(columns.position),
  revision: revision(Number(columns.revision)),
  key: String(columns.key),
  value: columns.value instanceof Uint8Array ? columns.value : undefined,
  createRevision: revision(Number(columns.create_revision)),
  lease: columns.lease === null ? undefined : (String(columns.lease) as LeaseId),
})

const leaseOf = (columns: Columns): LeaseGrant => ({
  position: Number(columns.position),
  id: String(columns.id) as LeaseId,
  ttl: millis(Number(columns.ttl)),
})

export class SqliteLog implements AppendOnlyLog {
  readonly #db: DatabaseSync
  readonly #insert: StatementSync
  readonly #grant: StatementSync
  readonly #end: StatementSync
  readonly #remove: StatementSync
  readonly #mark: StatementSync
  #position = 0
  #revision = 0
  /** Why nothing can be appended any more. */
  #broken: Error | undefined
  readonly #file: string
  /** The write-ahead log, for flushing. SQLite writes it from the start again after a checkpoint, but keeps the file. */
  #wal: number | undefined

  /** `file`: the database's; its write-ahead log lies beside it. */
  constructor(db: DatabaseSync, file: string) {
    this.#db = db
    this.#file = file
    this.#insert = db.prepare('INSERT INTO log VALUES (?, ?, ?, ?, ?, ?)')
    this.#grant = db.prepare('INSERT INTO lease (id, position, ttl) VALUES (?, ?, ?)')
    this.#end = db.prepare('DELETE FROM lease WHERE id = ?')
    this.#remove = db.prepare('DELETE FROM log WHERE position = ?')
    this.#mark = db.prepare('UPDATE mark SET value = ? WHERE name = ?')
  }

  read(): Remembered {
    const marks = new Map(
      this.#db
        .prepare('SELECT name, value FROM mark')
        .all()
        .map((m) => [m.name, Number(m.value)]),
    )
    const last = this.#db.prepare('SELECT position, revision FROM log ORDER BY position DESC LIMIT 1').get()
    const granted = this.#db.prepare('SELECT max(position) AS position FROM lease').get()
    this.#revision = Math.max(marks.get('revision') ?? 0, Number(last?.revision ?? 0))
    this.#position = Math.max(marks.get('position') ?? 0, Number(last?.position ?? 0), Number(granted?.position ?? 0))
    return {
      compacted: revision(marks.get('compacted') ?? 0),
      revision: revision(this.#revision),
      position: this.#position,
      rows: this.#rows(),
      leases: this.#db.prepare('SELECT id, position, ttl FROM lease ORDER BY position').all().map(leaseOf),
    }
  }

  async append({ rows, granted, ended }: Append): Promise<void> {
    this.#write(() => {
      for (const { position, id, ttl } of granted) this.#grant.run(id, position, ttl)
      for (const { position, revision, key, value, createRevision, lease } of rows)
        this.#insert.run(position, revision, key, value ?? null, createRevision, lease ?? null)
      this.#position = Math.max(this.#position, rows.at(-1)?.position ?? 0, granted.at(-1)?.position ?? 0)
      this.#revision = rows.at(-1)?.revision ?? this.#revision
      if (ended.length > 0) this.#mark.run(this.#position, 'position')
      for (const id of ended) this.#end.run(id)
    })
    await this.#flush()
  }

  forget(positions: readonly number[], compacted: Revision): void {
    this.#write(() => {
      this.#mark.run(compacted, 'compacted')
      // The newest row may be among those that go: where the log ends must not be read from the rows alone.
      this.#mark.run(this.#revision, 'revision')
      this.#mark.run(this.#position, 'position')
      for (const position of positions) this.#remove.run(position)
    })
  }

  /** One turn of the event loop: every request that was read from the network in it joins the same commit. */
  gather(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve))
  }

  close(): void {
    if (this.#wal !== undefined) close(this.#wal, () => undefined)
    this.#db.close()
  }

  #flush(): Promise<void> {
    this.#wal ??= openSync(`${this.#file}-wal`, 'r')
    const wal = this.#wal
    return new Promise((resolve, reject) =>
      fdatasync(wal, (error) => {
        if (error === null) return resolve()
        // Whether it is on the disk, nobody can say any more: a later flush may succeed without it.
        this.#broken = error
        reject(new Fault('Timeout', `the store could not flush: ${error.message}`, { cause: error }))
      }),
    )
  }

  *#rows(): Iterable<Row> {
    for (const columns of this.#db.prepare('SELECT * FROM log ORDER BY position').iterate())
      yield rowOf(columns as Columns)
  }

  #write(work: () => void): void {
    if (this.#broken !== undefined)
      throw new Fault('Unavailable', `the store stopped writing: ${this.#broken.message}`, { cause: this.#broken })
    const { position, revision } = { position: this.#position, revision: this.#revision }
    try {
      this.#db.exec('BEGIN IMMEDIATE')
      work()
      this.#db.exec('COMMIT')
    } catch (error) {
      this.#position = position
      this.#revision = revision
      throw this.#failed(error)
    }
  }

  /** A full disk is found before the commit is on it; after any other failure nobody can say what is there. */
  #failed(error: unknown): Fault {
    const full = sqliteCode(error) === sqliteCodes.full
    try {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
    } catch (rollback) {
      this.#broken = new Error(messageOf(rollback), { cause: error })
    }
    if (full && this.#broken === undefined)
      return new Fault('Unavailable', 'the disk under the store is full', { cause: error })
    this.#broken ??= new Error(messageOf(error), { cause: error })
    return new Fault('Timeout', `the store could not write: ${messageOf(error)}`, { cause: error })
  }
}
