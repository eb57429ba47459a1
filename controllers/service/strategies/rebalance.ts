/**
 * Evening out availability zones (ecs-core 5.9): while the service is steady, tasks beyond its desired count are started in the
 * zones with the fewest; once they are well, scale-in takes as many from the zones with the most. What a pass must know of the
 * one before is in the service's status and on the tasks.
 */
import { zoneAttribute } from '../../../api/v1/container-instance.ts'
import type { ZoneRebalancing } from '../../../api/v1/service.ts'
import { isFinished } from '../../../api/v1/service-deployment.ts'
import { protectedUntil } from '../../../api/v1/task-protection.ts'
import { backoffDelay } from '../../../lib/backoff.ts'
import { isEqual } from '../../../lib/equal.ts'
import { earliest, type Instant, milliTimestamp, parseTimestamp, plus } from '../../../lib/time.ts'
import { rebalanceBackoff, rebalanceLookEvery, surplusPatience } from '../limits.ts'
import type { ServiceState, TaskFacts } from '../state.ts'

export interface Rebalancing {
  /** What the service's status says of it; undefined: nothing. */
  readonly status: ZoneRebalancing | undefined
  /** Zones to start a task in, one for each, once that status is written. */
  readonly starts: readonly string[]
  readonly wakeAt: Instant | undefined
}

/** The availability zone of the task's instance; empty when that is not known. */
export const zoneOf = ({ place }: TaskFacts): string => place?.attributes.get(zoneAttribute) ?? ''

/** Whether what is under way may go on: nobody has scaled the service or begun a deployment since. */
export const goesOn = ({ service: { status }, evensOut, desired, deployment }: ServiceState): boolean =>
  evensOut &&
  status?.availabilityZoneRebalancing?.state === 'IN_PROGRESS' &&
  status.desiredCount === desired &&
  deployment !== undefined &&
  isFinished(deployment)

/** Tasks for another zone that are not well yet: until they are, they count beside what the service wants. */
export const awaited = (state: ServiceState, good: readonly TaskFacts[]): readonly TaskFacts[] =>
  goesOn(state) ? good.filter(({ rebalancesTo, healthy }) => rebalancesTo !== undefined && !healthy) : []

const isHomeless = ({ rebalancesTo, instance }: TaskFacts): boolean =>
  rebalancesTo !== undefined && instance === undefined

/** Those without a place in their zone that are waited for no longer, or in whose stead one is needed that may go anywhere. */
export function withdrawn(
  state: ServiceState,
  good: readonly TaskFacts[],
  want: number,
  now: Instant,
): readonly TaskFacts[] {
  const homeless = good.filter(isHomeless)
  if (!goesOn(state)) return homeless
  const needed = homeless.length - Math.max(0, good.length - want)
  return homeless.filter(({ createdAt }, i) => i < needed || plus(createdAt, surplusPatience) <= now)
}

/** When the next one will have been waited for long enough. */
export const withdrawAt = (live: readonly TaskFacts[]): Instant | undefined =>
  earliest(...live.filter(isHomeless).map(({ createdAt }) => plus(createdAt, surplusPatience)))

/** Whether the service has all that it wants, well and of one revision, beside the tasks for other zones. */
export const isWellBeside = ({ target, desired }: ServiceState, live: readonly TaskFacts[]): boolean =>
  target !== undefined &&
  target.live.length === live.length &&
  live.length > desired &&
  live.filter(({ healthy }) => healthy).length >= desired &&
  live.every(({ healthy, rebalancesTo }) => healthy || rebalancesTo !== undefined)

/** A zone while moves are chosen. */
interface Tally {
  readonly zone: string
  tasks: number
  /** Tasks that still fit. */
  room: number
  /** Tasks that may be stopped. */
  free: number
}

const byZone = (a: Tally, b: Tally): number => (a.zone < b.zone ? -1 : 1)

/** Where the next task should go so that its counterpart, which scale-in takes, evens the zones out. */
function nextMove(tallies: readonly Tally[]): { readonly from: Tally; readonly to: Tally } | undefined {
  const [to] = tallies.filter(({ room }) => room > 0).sort((a, b) => a.tasks - b.tasks || byZone(a, b))
  const [from] = tallies.filter(({ free }) => free > 0).sort((a, b) => b.tasks - a.tasks || byZone(a, b))
  return to === undefined || from === undefined || from.tasks - to.tasks < 2 ? undefined : { from, to }
}

function movesOf(tallies: readonly Tally[], most: number): readonly string[] {
  const left = tallies.map((tally) => ({ ...tally }))
  const moves: string[] = []
  while (moves.length < most) {
    const move = nextMove(left)
    if (move === undefined) break
    move.from.tasks -= 1
    move.from.free -= 1
    move.to.tasks += 1
    move.to.room -= 1
    moves.push(move.to.zone)
  }
  return moves
}

/** Why no task can be started although the zones differ. */
function obstacle(tallies: readonly Tally[]): string {
  if (nextMove(tallies) !== undefined) return 'maximumPercent leaves no room for one task more'
  if (nextMove(tallies.map((tally) => ({ ...tally, free: tally.tasks }))) !== undefined)
    return 'the tasks that would go are under protection'
  const [least] = [...tallies].sort((a, b) => a.tasks - b.tasks || byZone(a, b))
  return `no container instance in ${least?.zone ?? ''} has room for a task of it`
}

const differs = (tallies: readonly Tally[]): boolean =>
  Math.max(...tallies.map(({ tasks }) => tasks)) - Math.min(...tallies.map(({ tasks }) => tasks)) > 1

/** Not steady: what was goes on, or has been interrupted. */
function meanwhile(state: ServiceState): ZoneRebalancing | undefined {
  const was = state.service.status?.availabilityZoneRebalancing
  if (was?.state !== 'IN_PROGRESS' || goesOn(state)) return was
  const { deployment } = state
  const began = deployment !== undefined && !isFinished(deployment)
  return { ...was, state: 'STOPPED', reason: began ? 'a deployment began' : 'the service was changed' }
}

/** When tasks may be started for these zones again, as nothing came of them so far. */
function notBefore({ attempts, attemptedAt }: Partial<ZoneRebalancing>): Instant | undefined {
  const last = parseTimestamp(attemptedAt)
  return last === undefined ? undefined : plus(last, backoffDelay(rebalanceBackoff, attempts ?? 0))
}

/** `isSteady`: the service has what it wants, all of it well, and nothing else is under way. */
export function rebalance(state: ServiceState, isSteady: boolean, now: Instant): Rebalancing {
  const nothing = { starts: [], wakeAt: undefined }
  if (!state.evensOut || state.desired === 0) return { ...nothing, status: undefined }
  if (!isSteady) return { ...nothing, status: meanwhile(state) }
  const zones = state.zones()
  if (zones.length < 2) return { ...nothing, status: undefined }
  const was = state.service.status?.availabilityZoneRebalancing
  const live = state.target?.live ?? []
  const tallies = zones.map(({ name, room }): Tally => {
    const own = live.filter((task) => zoneOf(task) === name)
    const free = own.filter(({ task }) => protectedUntil(task, now) === undefined).length
    return { zone: name, tasks: own.length, room, free }
  })
  // one is in no zone, or in one that takes no more: its instance is lost, or comes back
  if (tallies.reduce((sum, { tasks }) => sum + tasks, 0) < live.length) return { ...nothing, status: meanwhile(state) }
  const counted = tallies.map(({ zone, tasks }) => ({ zone, tasks }))
  if (!differs(tallies)) return { ...nothing, status: { state: 'BALANCED', zones: counted } }
  const tried = isEqual(was?.zones, counted) ? { attempts: was?.attempts, attemptedAt: was?.attemptedAt } : {}
  const told = { zones: counted, ...(tried.attempts === undefined ? {} : tried) }
  const stopped = (reason: string, wakeAt: Instant): Rebalancing => ({
    starts: [],
    status: { ...told, state: 'STOPPED', reason },
    wakeAt,
  })
  const starts = movesOf(tallies, state.bounds.upper - live.length)
  if (starts.length === 0) return stopped(obstacle(tallies), plus(now, rebalanceLookEvery))
  const due = notBefore(tried)
  if (due !== undefined && due > now)
    return stopped('no task came to run where it was started for that; it is tried again with growing delays', due)
  const attempts = (tried.attempts ?? 0) + 1
  return {
    starts,
    status: { state: 'IN_PROGRESS', zones: counted, attempts, attemptedAt: milliTimestamp(now) },
    wakeAt: undefined,
  }
}
