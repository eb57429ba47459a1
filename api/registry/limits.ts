/** Every bound of the registry. */
import { minutes, seconds } from '../../lib/time.ts'

export const limits = {
  /** Events of one kind kept for watches to start from and for slow ones to catch up with; then they are Expired. */
  watchWindow: 4096,
  /** Events that wait for one watch to take them; one that is further behind is ended and starts anew. */
  watchBacklog: 4096,
  /** Events that a watch takes at a time: so many are written to its client at once when there is much to tell. */
  watchBatch: 256,
  /** How long a list waits for the cache to catch up with the store before it reads the store itself. */
  catchUp: seconds(0.2),
  /** How long a read waits for a version that is yet to come. Kubernetes' own. */
  versionWait: seconds(3),
  /** A watch hears a bookmark this often; clients take a minute of silence for a dead connection. */
  bookmarkInterval: seconds(30),
  /** Tries of one write against others who write the same object; each loss means that somebody else made progress. */
  writeAttempts: 64,
  /** Tries to find a free name under generateName; 27^5 names make a second try rare. */
  nameAttempts: 8,
  /** Keys read from the store at a time. */
  listPage: 1000,
  /** Entries of managedFields from updates before the oldest become one; Kubernetes' own. */
  updateManagers: 10,
  /** Field sets kept for objects to share, and the longest text of one: of every kind, operation and manager a few. */
  sharedSets: 4096,
  sharedSetLength: 8192,
  /** Controllers too many of one object that are told; with each, all owners are. */
  controllersTold: 10,
  /** Operations of one JSON patch; Kubernetes' own. */
  patchOperations: 10_000,
  /** Bytes that the copies of one JSON patch may have together; Kubernetes' own. */
  patchCopyBytes: 3 * 1024 * 1024,
  /** Levels and values of what a JSON patch makes: as many as a body may have that says it at once. */
  patchedDepth: 500,
  patchedValues: 200_000,
  /** Bytes of all annotations of an object together; Kubernetes' own. */
  annotationBytes: 256 * 1024,
  /** Bytes of one stored object: etcd takes 1.5 MiB per request; the largest Secret, 1 MiB in base64, needs 1.4 million. */
  objectBytes: 1_500_000,
  /** Events share a lease if written within this time of each other: one lease a minute, not one a key. */
  leaseShare: minutes(1),
  /** Pause before the first and the longest before a later try to read a kind again after the store failed. */
  reloadFirst: seconds(0.2),
  reloadMost: seconds(5),
} as const
