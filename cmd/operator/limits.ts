/** Every number and name of the operator, with its reason. */
import type { Backoff } from '../../lib/backoff.ts'
import type { FaultCode } from '../../lib/errors.ts'
import { hours, millis, minutes, seconds } from '../../lib/time.ts'

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
  webhook: {
    /** Names of what deploy/kubernetes/webhook makes. */
    configuration: 'gantry',
    service: 'gantry-webhook',
    secret: 'gantry-webhook',
    /** An object of 1.5 MiB and what it was, and who asks: more than a kube-apiserver stores. */
    body: 4 * 1024 * 1024,
    /** Levels and values of a review: an object as our own API server takes it, twice, and what is around it. */
    depth: 510,
    values: 410_000,
    /** Reviews at a time: at most so many bodies are in memory. They take milliseconds. */
    inFlight: 16,
    /** A review comes at once. */
    request: seconds(10),
    /** Whoever reaches the port can make it read: not at the cost of the controllers' pace. */
    rate: { perSecond: 100, burst: 200 },
    /** How often it looks at its certificate: mounted Secrets change within a minute or two. */
    look: minutes(1),
    /** A certificate lasts two years, its authority ten. */
    renewBefore: hours(30 * 24),
    /** More than anybody reads. */
    warnings: 20,
    /** Faults that are an answer; others mean that we could not decide. */
    refusals: new Set<FaultCode>([
      'BadRequest',
      'Invalid',
      'Forbidden',
      'NotFound',
      'AlreadyExists',
      'Conflict',
      'TooLarge',
    ]),
  },
} as const
