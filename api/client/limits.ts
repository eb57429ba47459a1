/** Every number of the remote client, with its reason. */
import type { Backoff } from '../../lib/backoff.ts'
import { type Millis, millis, seconds } from '../../lib/time.ts'

export const limits = {
  /** A request that has no answer by then gets a Timeout; a kube-apiserver gives up after 60 s itself. */
  request: seconds(30) as Millis,
  /** Connecting and TLS; a dead machine is noticed sooner than a slow answer. */
  connect: seconds(10) as Millis,
  /** A watch without a byte for so long is broken: bookmarks come at least once a minute. */
  watchIdle: seconds(90) as Millis,
  /** Objects a page: kubectl's chunk size. */
  page: 500,
  /** Requests at once to one server; more wait for a connection. */
  sockets: 64,
  /** The longest line of a watch, in bytes: an object may have 1.5 MiB in etcd. */
  watchLine: 8 * 1024 * 1024,
  /** The largest answer, in bytes. */
  answer: 256 * 1024 * 1024,
  /** What one client sends at most: under the share that Gantry's own server gives a user, so that it is not refused; far over what controllers need. */
  rate: { perSecond: 300, burst: 600 },
  /** Pauses before a busy server is asked again, when it does not say; and how often before its refusal counts. Kubernetes' clients: ten times. */
  busy: { first: millis(250), factor: 2, most: seconds(8) } as Backoff,
  busyAttempts: 10,
  /** The longest pause that a server may ask for, in seconds. */
  retryAfterSeconds: 30,
  /** Under what name servers write down what we ask. */
  userAgent: 'gantry',
} as const
