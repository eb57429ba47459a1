/** A rollout that is held where it is: what each revision should have meanwhile, as the service is scaled. */
import type { Counts, RollingCounts } from './rolling.ts'

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)

/**
 * Tasks beyond `desired` that a rollout has as it is; fewer (negative) only in a service whose old revisions have none, for what
 * old ones gave up they get back.
 */
export function surplusOf(target: Counts, others: readonly Counts[], desired: number): number {
  const old = sum(others.map(({ live }) => live))
  const surplus = target.live + old - desired
  return old > 0 ? Math.max(0, surplus) : surplus
}

export interface Holding {
  readonly desired: number
  /** Tasks that the target may have at most. */
  readonly share: number
  /** Tasks that may be there at most. */
  readonly upper: number
  readonly surplus: number
  /** Which of the others gets what is missing while none of them has tasks; -1: the target does, as far as its share goes. */
  readonly fallback: number
}

/**
 * The counts that were there when it was held, `from`, fitted to what the service wants since: more come to the newest of the old
 * revisions, fewer are shared between old and new as tasks are.
 */
export function heldWith(from: RollingCounts, holding: Holding): RollingCounts {
  const { desired, share, upper, surplus, fallback } = holding
  const has = from.target + sum(from.others)
  const least = Math.max(0, Math.min(desired, desired + surplus))
  const most = Math.min(upper, Math.max(desired, desired + surplus))
  if (has < least) {
    const newest = from.others.findLastIndex((n) => n > 0)
    const grows = newest < 0 ? fallback : newest
    const others = from.others.map((n, i) => (i === grows ? n + least - has : n))
    const room = grows < 0 ? Math.max(0, share - from.target) : 0
    return { target: from.target + Math.min(room, least - has), others }
  }
  if (has <= most) return from
  const target = Math.min(from.target, Math.ceil((from.target * most) / has))
  let surplusOld = has - from.target - (most - target)
  const others = from.others.map((n) => {
    const given = Math.min(n, surplusOld)
    surplusOld -= given
    return n - given
  })
  return { target, others }
}
