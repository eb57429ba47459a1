/** Every number of the garbage controller, with its reason. */
import { hours, type Millis } from '../../lib/time.ts'

export interface GarbageLimits {
  /** A stopped task can be looked at for so long: ECS shows it for at least an hour. */
  readonly taskRetention: Millis
  /** Stopped tasks kept of one service revision, however young: a crash loop makes one every few seconds. */
  readonly stoppedTasksPerRevision: number
  /** Old service revisions kept: what a rollback may want. */
  readonly revisionsPerService: number
  /** Finished deployments kept of a service: its history. */
  readonly deploymentsPerService: number
  /** Deletions on their way at once. */
  readonly writesInFlight: number
  /** Keys that are looked after at once. */
  readonly keysAtOnce: number
  /** Owners known to be gone that are remembered: a uid never comes back, and its dependents come in a row. */
  readonly goneOwnersRemembered: number
}

export const garbageLimits: GarbageLimits = {
  taskRetention: hours(1),
  stoppedTasksPerRevision: 20,
  revisionsPerService: 10,
  deploymentsPerService: 10,
  writesInFlight: 16,
  keysAtOnce: 4,
  goneOwnersRemembered: 1000,
}
