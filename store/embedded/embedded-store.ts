/** A store in a directory of this machine: SQLite in WAL mode, for one process at a time. */
import type { Clock } from '../../lib/clock.ts'
import type { Logger } from '../../lib/log.ts'
import type { Millis } from '../../lib/time.ts'
import { limits } from '../limits.ts'
import { MvccStore } from '../mvcc/mvcc-store.ts'
import type { Retention } from '../mvcc/retention.ts'
import type { Store } from '../store.ts'
import { openFile } from './open-file.ts'
import { SqliteLog } from './sqlite-log.ts'

export interface EmbeddedStoreOptions {
  /** Made with mode 0700 when it is not there. */
  readonly directory: string
  readonly clock: Clock
  readonly log: Logger
  /** Default: `limits.progressInterval`. */
  readonly progressInterval?: Millis
  /** Default: five minutes of history, by `limits`. */
  readonly retention?: Retention
}

const defaultRetention: Retention = {
  events: limits.historyEvents,
  bytes: limits.historyBytes,
  age: { keep: limits.historyAge, every: limits.compactionInterval },
}

/**
 * What was acknowledged survives kill -9. All keys are held in memory too: reads touch no disk. Leases start again at
 * their full length after a restart. Values are shared, not copied: whoever puts or gets one must not write into it.
 * Faults: Unavailable when another process has the directory, Invalid when what is there is not a store of ours.
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<Store> {
  const { directory, clock, log, progressInterval = limits.progressInterval, retention = defaultRetention } = options
  const { db, file } = openFile(directory)
  try {
    return new MvccStore({ log: new SqliteLog(db, file), clock, logger: log, retention, progressInterval })
  } catch (error) {
    db.close()
    throw error
  }
}
