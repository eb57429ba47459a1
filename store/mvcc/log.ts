/** What the MVCC core asks of a driver: an append-only log. All meaning is in the core; a driver only remembers. */
import type { Millis } from '../../lib/time.ts'
import type { LeaseId, Revision } from '../store.ts'

/** One write of one key. Rows of one revision are one transaction. */
export interface Row {
  /** Where in the log it stands; ascending, never used twice. */
  readonly position: number
  readonly revision: Revision
  readonly key: string
  /** Undefined: the key was deleted. */
  readonly value: Uint8Array | undefined
  readonly createRevision: Revision
  readonly lease: LeaseId | undefined
}

export interface LeaseGrant {
  readonly position: number
  readonly id: LeaseId
  readonly ttl: Millis
}

export interface Append {
  readonly rows: readonly Row[]
  readonly granted: readonly LeaseGrant[]
  readonly ended: readonly LeaseId[]
}

/** What a log remembers when it is opened. */
export interface Remembered {
  /** History up to here is gone; rows of it that a newer one of the same key hides are rubbish. */
  readonly compacted: Revision
  /** The newest revision, even when its rows were forgotten. */
  readonly revision: Revision
  /** The highest position ever used. */
  readonly position: number
  /** In order of position. */
  readonly rows: Iterable<Row>
  readonly leases: Iterable<LeaseGrant>
}

export interface AppendOnlyLog {
  /** Called once, before anything else. */
  read(): Remembered
  /**
   * Writes all of it or nothing, durable when it resolves; called again only then. Faults: Unavailable (certainly not written), Timeout (unknown;
   * the log then refuses all later appends, since it no longer knows where it stands).
   */
  append(entries: Append): Promise<void>
  /** Removes rows that no reader can reach any more, and remembers up to where history is gone. */
  forget(positions: readonly number[], compacted: Revision): void
  /** Resolves when the writes that arrive together have arrived: they become one append. */
  gather(): Promise<void>
  close(): void
}
