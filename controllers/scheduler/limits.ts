/** Every number of the scheduler, with its reason. */
import type { Backoff } from '../../lib/backoff.ts'
import { type Millis, minutes, seconds } from '../../lib/time.ts'

export interface SchedulerLimits {
  /** Tasks decided in one pass: long enough to fill the lanes, short enough that news (a freed instance) is soon seen. */
  readonly batch: number
  /** Bindings and conditions on their way at once: a store gives 1,100 writes/s one at a time and 8,000/s with 128. */
  readonly writesInFlight: number
  /** Everything is tried again this often without any news, in case that some news was never told. */
  readonly retry: Backoff
  /** A message whose reason stays the same is written again at most so often: counts change with every placement. */
  readonly reword: Millis
  /** Different refusals in one message; the rest is summed up. */
  readonly refusalsInMessage: number
}

export const schedulerLimits: SchedulerLimits = {
  batch: 50,
  writesInFlight: 24,
  retry: { first: seconds(30), factor: 2, most: minutes(10) },
  reword: seconds(10),
  refusalsInMessage: 5,
}
