/**
 * ROLLING (ecs-core 5.6), and the steps of CANARY and LINEAR (5.15): how many tasks each revision should have now, from what is observed now. Start and stop steps are
 * independent; a pass may do both. Without a rollout the same rule gives the one revision what the service wants.
 */
import { shareOut, type TaskBounds } from '../../../api/v1/service-bounds.ts'

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

/** How much of the service is shifted to the target now. */
export interface Share {
  /** Tasks that it may have. */
  readonly most: number
  /** The old revision that gives up tasks last, and gets some while no other has any; -1: none. */
  readonly kept: number
}

const wellOf = (other: Counts): number => Math.min(other.healthy, other.desired)

/**
 * What the others keep. They give up no more than is over `keep` in all: first what is not healthy (it costs no healthy capacity;
 * healthy tasks that were given up before count no more, even while they are still there), then so many healthy ones as there are
 * over the minimum, the first in `others` first.
 */
function giveUp(others: readonly Counts[], keep: number, spare: number, last: number): readonly number[] {
  let surplus = Math.max(0, others.reduce((sum, { desired }) => sum + desired, 0) - keep)
  let left = spare
  const kept = others.map(({ desired }) => desired)
  const order = [...others.keys()].sort((a, b) => Number(a === last) - Number(b === last) || a - b)
  const give = (i: number, n: number): number => {
    const given = Math.min(n, surplus)
    surplus -= given
    kept[i] = (kept[i] ?? 0) - given
    return given
  }
  for (const i of order) give(i, (kept[i] ?? 0) - wellOf(others[i] as Counts))
  for (const i of order) left -= give(i, Math.min(left, wellOf(others[i] as Counts), kept[i] ?? 0))
  return kept
}

/**
 * The target grows into the room that the others leave below the maximum, up to its share, and is never taken back but by a smaller
 * one. The others keep the rest of what is wanted, and grow only when that is more than they have.
 */
export function rollingCounts(
  target: Counts,
  others: readonly Counts[],
  desired: number,
  bounds: TaskBounds,
  share: Share = { most: desired, kept: -1 },
): RollingCounts {
  const keep = desired - share.most
  const well = others.reduce((sum, other) => sum + wellOf(other), 0)
  const spare = Math.max(0, Math.min(target.healthy, share.most) + well - bounds.lower)
  const kept = [...giveUp(others, keep, spare, share.kept)]
  const missing = keep - kept.reduce((a, b) => a + b, 0)
  const newest = others.findLastIndex((other) => other.desired > 0)
  const grows = newest < 0 ? share.kept : newest
  if (missing > 0 && grows >= 0) kept[grows] = (kept[grows] ?? 0) + missing
  const occupied = others.reduce((sum, other, i) => sum + Math.max(kept[i] ?? 0, other.active), 0)
  return { target: Math.min(share.most, Math.max(target.desired, bounds.upper - occupied)), others: kept }
}

/**
 * After a failure without rollback (ecs-core 5.7): the target gets no more tasks and keeps those it has, the others stay as they
 * are, also those that were to go and nobody had stopped: of images that cannot be pulled ahead that is all of them. Only a
 * smaller `desired` takes tasks away.
 */
export function heldCounts(target: Counts, others: readonly Counts[], desired: number): RollingCounts {
  const kept = Math.min(target.desired, target.live, desired)
  const claimed = others.reduce((sum, other) => sum + other.desired, kept)
  const more = shareOut(
    desired - claimed,
    others.map((other) => other.live - other.desired),
  )
  return { target: kept, others: others.map((other, i) => Math.min(other.desired + (more[i] ?? 0), desired)) }
}

/** Whether the target has its share, all of it healthy. */
export const hasShare = (target: Counts, most: number): boolean =>
  target.desired === most && target.live === most && target.healthy === most

/** Whether the rollout is over: the target runs what is wanted, healthy, and nothing else is left. */
export const isComplete = (target: Counts, others: readonly Counts[], desired: number): boolean =>
  hasShare(target, desired) && others.every(({ desired: wanted, active }) => wanted === 0 && active === 0)

/**
 * Whether minimum and maximum stop the rollout: old healthy tasks may not stop, no new one may start, and nothing is on its
 * way that could change that (ecs-core 5.5).
 */
export function isBlocked(target: Counts, others: readonly Counts[], share: number, bounds: TaskBounds): boolean {
  const all = [target, ...others]
  const active = all.reduce((sum, one) => sum + one.active, 0)
  const healthy = all.reduce((sum, one) => sum + one.healthy, 0)
  return target.live < share && active === healthy && active >= bounds.upper && healthy <= bounds.lower
}
