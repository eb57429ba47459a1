/** Every number of the command line in one place. */
import type { Backoff } from '../lib/backoff.ts'
import { hours, millis, minutes, seconds } from '../lib/time.ts'

export const limits = {
  /** Rounds of read and write before `apply` gives up on an object that others keep changing: 4 s of pauses, as kubectl's. */
  applyTries: 10,
  /** Before the next such round: the first is shorter than kubectl's second, since most conflicts are over in milliseconds. */
  applyRetry: { first: millis(20), factor: 2, most: seconds(1) } satisfies Backoff,
  /** How long `apply` waits for a reference that was applied together with the object; the work takes milliseconds. */
  referenceWait: seconds(10),
  /** Between two looks for it. */
  referenceRetry: millis(100),
  /** How long `kubeconfig` waits for the certificate that it approved; signing takes milliseconds. */
  signatureWait: seconds(15),
  /** Between two looks for it. */
  signatureLook: millis(100),
  /** How long `schedule run --wait` waits by default: jobs of a night end within an hour. */
  runWait: hours(1),
  /** How long `schedule run` bears that nothing can begin: what was applied with it may take a moment to be seen. */
  stalledWait: seconds(5),
  /** How long `delete` waits by default for what it deleted: longer than the longest usual stopTimeout twice. */
  deleteWait: minutes(10),
  /** Pauses before the controllers run for leader again after they lost it or failed. */
  leaderRetry: { first: millis(200), factor: 2, most: seconds(5) } satisfies Backoff,
  /** Pauses of an agent that waits for its server at the start. */
  serverRetry: { first: millis(250), factor: 2, most: seconds(5) } satisfies Backoff,
  /** Audit log: MiB of one file and older files kept; together what an hour of a busy cluster writes, and a week of a small one. */
  auditLogMiB: 100,
  auditLogBackups: 5,
  /** Bytes of one manifest file: a thousand services have 1 MiB. */
  manifestBytes: 8 * 1024 * 1024,
  /** Documents in it: each is a few requests, one after the other. */
  manifestDocuments: 5000,
  /** Levels of nesting: what the server takes. */
  manifestDepth: 500,
  /** Words and signs in a file, of which the parser reads a million in a second or two. */
  manifestTokens: 1_000_000,
  /** Values in one document, with those that aliases stand for: what the server takes. */
  manifestValues: 200_000,
  /** Problems that are told at once. */
  manifestProblems: 100,
  /** The shortest --instance-lost-after: two heartbeats of an agent (one each 5 s). */
  leastLostAfter: seconds(10),
} as const
