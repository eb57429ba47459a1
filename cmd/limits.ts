/** Every number of the command line in one place. */
import { millis, minutes, seconds } from '../lib/time.ts'

export const limits = {
  /** Rounds of read and write before `apply` gives up on an object that others keep changing: as kubectl. */
  applyTries: 5,
  /** How long `apply` waits for a reference that was applied together with the object; the work takes milliseconds. */
  referenceWait: seconds(10),
  /** Between two looks for it. */
  referenceRetry: millis(100),
  /** How long `delete` waits by default for what it deleted: longer than the longest usual stopTimeout twice. */
  deleteWait: minutes(10),
  /** How long a client command waits for the server's answer. */
  request: seconds(30),
  /** Pause before the controllers run for leader again after they lost it or failed. */
  leaderRetryFirst: millis(200),
  leaderRetryMost: seconds(5),
  /** How long a control plane may take to stop in good order before it is ended. */
  stop: seconds(10),
} as const
