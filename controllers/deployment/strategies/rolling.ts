/**
 * ROLLING (ecs-core 5.6): how many tasks each revision should have now, from what is observed now. Start and stop steps are
 * independent; a pass may do both. Without a rollout the same rule gives the one revision what the service wants.
 */
import type { TaskBounds } from '../../../api/v1/service-bounds.ts'

/** A revision as the strategy sees it. */
export interface Counts {
  readonly desired: number
  readonly live: number
  readonly healthy: number
  readonly active: number
}

export interface RollingCounts {
  readonly target: number
  /** In the order of the input. */
  readonly others: readonly number[]
}

/**
 * The target grows into the room that the others leave below the maximum, and is never taken back but by a smaller `desired`.
 * The others keep only healthy tasks (the rest costs no healthy capacity), and give up so many of these as there are over the
 * minimum, the first in `others` first. They never grow.
 */
export function rollingCounts(
  target: Counts,
  others: readonly Counts[],
  desired: number,
  bounds: TaskBounds,
): RollingCounts {
  // healthy tasks that were given up before count no more, even while they are still there
  const staying = others.map((other) => Math.min(other.healthy, other.desired))
  let spare = Math.max(0, Math.min(target.healthy, desired) + staying.reduce((a, b) => a + b, 0) - bounds.lower)
  const kept = staying.map((healthy) => {
    const given = Math.min(spare, healthy)
    spare -= given
    return healthy - given
  })
  const occupied = others.reduce((sum, other, i) => sum + Math.max(kept[i] ?? 0, other.active), 0)
  return { target: Math.min(desired, Math.max(target.desired, bounds.upper - occupied)), others: kept }
}

/**
 * After a failure without rollback (ecs-core 5.7): the target gets no more tasks and keeps those it has, the others stay as they
 * are. Only a smaller `desired` takes tasks away.
 */
export const heldCounts = (target: Counts, others: readonly Counts[], desired: number): RollingCounts => ({
  target: Math.min(target.desired, target.live, desired),
  others: others.map((other) => Math.min(other.desired, desired)),
})

/** Whether the rollout is over: the target runs what is wanted, healthy, and nothing else is left. */
export const isComplete = (target: Counts, others: readonly Counts[], desired: number): boolean =>
  target.desired === desired &&
  target.live === desired &&
  target.healthy === desired &&
  others.every(({ desired: wanted, active }) => wanted === 0 && active === 0)

/**
 * Whether minimum and maximum stop the rollout: old healthy tasks may not stop, no new one may start, and nothing is on its
 * way that could change that (ecs-core 5.5).
 */
export function isBlocked(target: Counts, others: readonly Counts[], desired: number, bounds: TaskBounds): boolean {
  const all = [target, ...others]
  const active = all.reduce((sum, one) => sum + one.active, 0)
  const healthy = all.reduce((sum, one) => sum + one.healthy, 0)
  return target.live < desired && active === healthy && active >= bounds.upper && healthy <= bounds.lower
}
