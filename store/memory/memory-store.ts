/** A store in memory: the whole contract without durability. The simulation runs on it. */
import type { Clock } from '../../lib/clock.ts'
import { silentLogger } from '../../lib/log.ts'
import type { Millis } from '../../lib/time.ts'
import { limits } from '../limits.ts'
import type { AppendOnlyLog } from '../mvcc/log.ts'
import { MvccStore } from '../mvcc/mvcc-store.ts'
import { revision, type Store } from '../store.ts'

/** Remembers nothing: the core's own state is all there is. Waits only for microtasks, so that a simulation repeats. */
const forgetfulLog: AppendOnlyLog = {
  read: () => ({ compacted: revision(0), revision: revision(0), position: 0, rows: [], leases: [] }),
  append: () => Promise.resolve(),
  forget: () => undefined,
  gather: () => Promise.resolve(),
  close: () => undefined,
}

export interface MemoryStoreOptions {
  readonly clock: Clock
  /** Default: `limits.progressInterval`. */
  readonly progressInterval?: Millis
  /** Events of history kept for watchers; default: `limits.historyEvents`. */
  readonly historyEvents?: number
}

/**
 * Deterministic: everything happens in microtasks or on `clock`. A timer is set only while somebody watches or a lease
 * lives. Values are shared, not copied: whoever puts or gets one must not write into it.
 */
export async function openMemoryStore(options: MemoryStoreOptions): Promise<Store> {
  const { clock, progressInterval = limits.progressInterval, historyEvents = limits.historyEvents } = options
  return new MvccStore({
    log: forgetfulLog,
    clock,
    logger: silentLogger,
    progressInterval,
    retention: { events: historyEvents, bytes: limits.historyBytes },
  })
}
