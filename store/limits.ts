/** Every number that all stores share, with its unit and why it is what it is. */
import { minutes, seconds } from '../lib/time.ts'

export const limits = {
  /** Comparisons, and writes, of one transaction: etcd's own default (--max-txn-ops). */
  transactionOperations: 128,
  /** Bytes of keys and values of one transaction: under etcd's default request limit of 1.5 MiB, with room for framing. */
  transactionBytes: 1_400_000,
  /** Bytes of one key: far above any name we make, far below what hurts an index. */
  keyBytes: 1024,
  /** A watch that has nothing to say says so at least this often. */
  progressInterval: seconds(10),
  /** Events of one batch, unless a single revision has more: keeps a watcher that catches up from blocking the rest. */
  watchBatchEvents: 1000,
  /** History younger than this is kept, as kube-apiserver keeps it in etcd: a watcher may be away for so long. */
  historyAge: minutes(5),
  /** How often old history is looked for. */
  compactionInterval: minutes(1),
  /** Events kept in memory by our own stores, whatever their age. */
  historyEvents: 100_000,
  /** Bytes of values kept as history in memory by our own stores, whatever their age. */
  historyBytes: 128 * 1024 * 1024,
  /** Shortest lease: etcd's own floor is two seconds; ours allows less because tests do. */
  leaseTtlLeast: 100,
  /** Longest lease in milliseconds: a day; whoever needs more needs no lease. */
  leaseTtlMost: 86_400_000,
  /** After how long the end of a lease is written again when the log refused it. */
  leaseRetry: seconds(1),
} as const
