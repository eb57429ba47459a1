/** Every number of the garbage controller, with its reason. */
import { type Keeping, usualKeeping } from '../../api/v1/retention.ts'
import { hours, type Millis } from '../../lib/time.ts'

export interface GarbageLimits {
  /** What is kept of a service that does not say. */
  readonly keep: Keeping
  /**
   * Stopped tasks that no service made, and those that a slot's back-off is read from, are kept for at least so long, however many:
   * ECS shows them for an hour, and its longest back-off is 27 minutes.
   */
  readonly shownFor: Millis
  /** Deletions on their way at once. */
  readonly writesInFlight: number
  /** Keys that are looked after at once. */
  readonly keysAtOnce: number
  /** Owners known to be gone that are remembered: a uid never comes back, and its dependents come in a row. */
  readonly goneOwnersRemembered: number
}

export const garbageLimits: GarbageLimits = {
  keep: usualKeeping,
  shownFor: hours(1),
  writesInFlight: 16,
  keysAtOnce: 4,
  goneOwnersRemembered: 1000,
}
