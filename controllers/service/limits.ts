/** The numbers of this room, each with its reason. */
import type { Backoff } from '../../lib/backoff.ts'
import { millis, minutes, seconds } from '../../lib/time.ts'

export const limits = {
  /** Services reconciled at once: passes mostly wait for writes. */
  concurrency: 8,
  /** Task creations and stops of one service under way at once: enough to fill the store's batches. */
  writesInFlight: 16,
  /** Counts in statuses that change alone are written at most this often, so that 50 starting tasks do not cost 50 writes. */
  countsEvery: millis(250),
  /** Instances that pull the images of one rollout ahead, beside those where its old tasks run. */
  prefetchInstances: 20,
  /** Task names spelled out in one service event; ECS lists tasks in groups as well. */
  namesInEvent: 20,
} as const

/**
 * Between the end of a task that never reached RUNNING and the next try in its slot (ecs-core 5.7: grows to 27 minutes, the
 * progression is undocumented).
 */
export const startBackoff: Backoff = { first: seconds(1), factor: 2, most: minutes(27) }

/**
 * Between two starts in one slot when tasks exit soon after RUNNING. ECS does not throttle these at all (ecs-core 9.8); this is
 * gentle: the first replacement comes at once, and time that the task ran counts as waited.
 */
export const crashBackoff: Backoff = { first: seconds(1), factor: 2, most: seconds(60) }

/** A task that ran this long has worked: its slot's history starts anew. */
export const ranWell = seconds(30)

/** So many failed starts in a row in a slot are called `unable to consistently start tasks`. */
export const consistentlyFailing = 3

/** Protected tasks that a condition names: a message of Kubernetes is for people. */
export const mostNamed = 5

/** What still holds is told again after so long, also that nothing is wrong (ecs-core 5.8). */
export const repeatEvery = minutes(360)

/** A task that was started to even out zones may wait so long for a place: instances had room, but somebody else took it. */
export const surplusPatience = seconds(60)

/** Between two tries to even out zones that are still as they were: as long as the longest throttle of starts in the end. */
export const rebalanceBackoff: Backoff = { first: minutes(1), factor: 2, most: minutes(27) }

/** How often a service whose zones cannot be evened out looks whether there is room by now: not with every change of an instance. */
export const rebalanceLookEvery = minutes(1)
