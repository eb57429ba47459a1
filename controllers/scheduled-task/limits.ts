/** Every number of the scheduled-task controller, with its reason. */
import type { Backoff } from '../../lib/backoff.ts'
import { hours, minutes, seconds } from '../../lib/time.ts'

export const limits = {
  /** Scheduled tasks reconciled at once. */
  concurrency: 4,
  /** Tasks of one that are made, stopped or let go at once. */
  writesInFlight: 10,
  /** Runs of one that are under way at once: its status names their tasks. A further one waits. */
  activeRuns: 20,
  /** Pauses before further attempts; of the same kind as Kubernetes' for Jobs. */
  retry: { first: seconds(10), factor: 2, most: minutes(10) } satisfies Backoff,
  /** A timer's longest: the machine's are shorter than some schedules. */
  longestSleep: hours(24),
} as const
