/** Every number and name of the operator, with its reason. */
import type { Backoff } from '../../lib/backoff.ts'
import { millis, seconds } from '../../lib/time.ts'

export const operatorLimits = {
  namespace: 'gantry-system',
  /** The Lease whose holder acts. */
  lease: 'gantry-operator',
  /** Loopback: who wants others to see it says so. */
  healthListen: { host: '127.0.0.1', port: 8080 },
  /** Far over what a rollout of hundreds of tasks needs, under what a kube-apiserver minds; it says so with 429 if not. */
  qps: 200,
  burst: 400,
  /** Renewals of the lease have a pace of their own, so that no work can make them late. */
  electionRate: { perSecond: 5, burst: 10 },
  /** Pauses at the start, while the cluster does not answer. */
  retry: { first: millis(250), factor: 2, most: seconds(5) } satisfies Backoff,
  /** Probes and scrapes that are under way get this long at the end. */
  closing: seconds(2),
} as const
