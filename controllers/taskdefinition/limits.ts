/** The numbers of this room. */
import { minutes, seconds } from '../../lib/time.ts'

export const limits = {
  /** Families reconciled at once. */
  concurrency: 4,
  /** Numbers tried in one pass when others register revisions of the family at the same time. */
  numberAttempts: 10,
  /**
   * Revisions kept of a family that says nothing else: a month of working days with a deployment each, and twice what a service
   * keeps of its own past, so that no undo misses one.
   */
  revisionHistory: 20,
  /** A revision beyond these is INACTIVE for so long before it is deleted: ECS, too, takes one for 10 minutes more (ecs-core 3.6). */
  deregisteredFor: minutes(10),
  /** What was on its way when a deletion was asked for has arrived by then, and is seen as a holder. */
  settle: seconds(2),
  /** What holds a revision that is to go is looked at again so often, should a change have been missed. */
  recheck: minutes(1),
} as const
