/**
 * Which tasks to start and to stop so that every revision gets its desired count, inside the service's bounds. The bounds are
 * kept here, whatever desired counts say, because here is where tasks start and stop.
 */
import type { PlacementStrategy } from '../../../api/v1/placement.ts'
import { shareOut } from '../../../api/v1/service-bounds.ts'
import { hasFailed } from '../../../api/v1/service-deployment.ts'
import { deploymentId } from '../../../api/v1/service-names.ts'
import { stopReasons } from '../../../api/v1/stop-reasons.ts'
import type { Task } from '../../../api/v1/task.ts'
import { protectedUntil } from '../../../api/v1/task-protection.ts'
import { earliest, type Instant, plus, seconds } from '../../../lib/time.ts'
import type { RevisionState, ServiceState, TaskFacts } from '../state.ts'
import { awaited, goesOn, isWellBeside, withdrawAt, withdrawn, zoneOf } from './rebalance.ts'
import { instanceSlots } from './slots.ts'
import { type Start, startsOf } from './starts.ts'
import { victims } from './victims.ts'

export interface Stop {
  readonly do: 'stop'
  readonly task: Task
  readonly wasRunning: boolean
  readonly reason: string
  /** The availability zone that has too many: it goes for one that was started elsewhere. */
  readonly zone?: string | undefined
}

/** A task that would go, but is protected until then. */
export interface Held {
  readonly task: string
  readonly until: Instant
}

export interface Convergence {
  readonly starts: readonly Start[]
  readonly stops: readonly Stop[]
  /** Tasks that would go, but are protected. */
  readonly held: readonly Held[]
  /** Nothing is under way but the evening out of zones: the service has what it wants, and is well. */
  readonly isRebalancing: boolean
  /** When something that is due later can be done. */
  readonly wakeAt: Instant | undefined
}

/** What may still be done within the bounds; spent as a pass decides. */
interface Allowance {
  /** Healthy tasks that may be stopped. */
  healthy: number
  /** Tasks that may be started. */
  room: number
}

/** A revision's live tasks by what should become of them. */
interface Sorted {
  readonly of: RevisionState
  readonly want: number
  /** To stay. */
  readonly good: readonly TaskFacts[]
  /** Unhealthy beyond the grace period, or of another image: to be replaced. */
  readonly unhealthy: readonly TaskFacts[]
  /** On an instance that is being emptied: to be replaced. */
  readonly moving: readonly TaskFacts[]
  /** To go at once, at no cost to health. */
  readonly misplaced: readonly TaskFacts[]
  /** Would go, but are protected; those on an instance that is being emptied are among the good ones too. */
  readonly held: readonly TaskFacts[]
  /** Those of the good ones that are to even out zones and not well yet: there beside what is wanted, and no victims. */
  readonly awaited: readonly TaskFacts[]
}

/** When failed health checks of `task` begin to count. */
const graceEnd = (state: ServiceState, task: TaskFacts): Instant =>
  plus(task.startedAt ?? task.createdAt, seconds(state.service.spec.healthCheckGracePeriodSeconds ?? 0))

function sort(state: ServiceState, of: RevisionState, now: Instant): Sorted {
  const daemon = state.service.spec.schedulingStrategy === 'DAEMON'
  const slots = new Set(instanceSlots(state.instances.length, state.instances, new Set()).map(({ name }) => name))
  const sorted = {
    good: [] as TaskFacts[],
    unhealthy: [] as TaskFacts[],
    moving: [] as TaskFacts[],
    misplaced: [] as TaskFacts[],
    held: [] as TaskFacts[],
    awaited: [],
  }
  for (const task of of.live) {
    const isLeaving = task.onDraining && !daemon
    const misplaced = daemon ? !slots.has(task.slot) : isLeaving && task.phase === 'pending'
    const isKept = (misplaced || isLeaving || task.otherImage) && protectedUntil(task.task, now) !== undefined
    if (misplaced && !isKept) sorted.misplaced.push(task)
    else if (task.unhealthy && of.startable && graceEnd(state, task) <= now) sorted.unhealthy.push(task)
    else if (isKept) {
      sorted.held.push(task)
      if (!daemon || !misplaced) sorted.good.push(task)
    } else if (task.otherImage && of.startable) sorted.unhealthy.push(task)
    else if (isLeaving) sorted.moving.push(task)
    else sorted.good.push(task)
  }
  return { of, want: of.revision.spec.desiredCount, ...sorted }
}

const healthyIn = (tasks: readonly TaskFacts[]): number => tasks.filter(({ healthy }) => healthy).length

/** The first `n` tasks of `order`, without more healthy ones than are allowed. */
function affordable(order: readonly TaskFacts[], allowance: Allowance): readonly TaskFacts[] {
  return order.filter(({ healthy }) => {
    if (!healthy) return true
    if (allowance.healthy <= 0) return false
    allowance.healthy -= 1
    return true
  })
}

interface How {
  readonly scaledIn: string
  readonly strategies: readonly PlacementStrategy[]
  isProtected(task: TaskFacts): boolean
  /** What there is too much of goes for tasks in other zones. */
  readonly rebalances: boolean
}

const stopFor = ({ task, phase }: TaskFacts, reason: string): Stop => ({
  do: 'stop',
  task,
  wasRunning: phase === 'running',
  reason,
})

/** Why a task is replaced. */
const replaced = (facts: TaskFacts): Stop =>
  stopFor(facts, facts.unhealthy ? stopReasons.failedHealthChecks : stopReasons.otherImage)

/** Surplus, replaced and misplaced tasks of one revision. */
function stopsOf(
  sorted: Sorted,
  present: readonly TaskFacts[],
  allowance: Allowance,
  { scaledIn, strategies, isProtected, rebalances }: How,
): readonly Stop[] {
  const { good, unhealthy, moving, misplaced, awaited, want } = sorted
  const stop = (reason: string) => (facts: TaskFacts) => stopFor(facts, reason)
  const free = good.filter((task) => !isProtected(task) && !awaited.includes(task))
  const surplus = affordable(victims(free, Math.max(0, good.length - want), present, strategies), allowance)
  const going = new Set(surplus)
  const stay = good.filter((task) => !going.has(task))
  // an unhealthy task may go once the healthy ones that stay, with the other unhealthy ones, still make `want`
  const surplusUnhealthy = Math.min(unhealthy.length, Math.max(0, healthyIn(stay) + unhealthy.length - want))
  return [
    ...misplaced.map(stop(scaledIn)),
    ...surplus.map((facts) => ({ ...stopFor(facts, scaledIn), ...(rebalances ? { zone: zoneOf(facts) } : {}) })),
    ...victims(unhealthy, surplusUnhealthy, present, strategies).map(replaced),
    ...affordable(victims(moving, moving.length, present, strategies), allowance).map(stop(stopReasons.draining)),
  ]
}

/** The protected tasks that keep a revision from becoming as it should be. */
function heldOf({ good, held, want }: Sorted, { isProtected }: How): readonly TaskFacts[] {
  const kept = good.filter(isProtected)
  const surplus = good.length - want - (good.length - kept.length)
  const others = kept.filter((task) => !held.includes(task))
  return [...held, ...others.slice(0, Math.max(0, surplus - (kept.length - others.length)))]
}

/**
 * Without room to start a replacement first, unhealthy tasks go one by one, each only when nothing else is on its way
 * (ecs-core 5.6).
 */
function oneUnhealthy(state: ServiceState, sorted: readonly Sorted[], stops: readonly Stop[]): readonly Stop[] {
  const underWay =
    stops.length > 0 ||
    state.revisions.some(({ active, live }) => active > live.length || live.some((task) => task.phase === 'pending'))
  if (underWay) return []
  for (const { unhealthy, good, want } of sorted) {
    const [task] = victims(unhealthy, Math.min(1, Math.max(0, want - good.length)), unhealthy)
    if (task !== undefined) return [replaced(task)]
  }
  return []
}

/** Makes room in a revision's count for tasks that are to even out zones, and lets go of those that found no place. */
function withSurplus(state: ServiceState, sorted: Sorted, now: Instant): Sorted {
  const gone = withdrawn(state, sorted.good, sorted.want, now)
  const good = sorted.good.filter((task) => !gone.includes(task))
  const waited = sorted.of === state.target ? awaited(state, good) : []
  const want = sorted.want + Math.min(waited.length, Math.max(0, good.length - sorted.want))
  return { ...sorted, good, want, awaited: waited, misplaced: [...sorted.misplaced, ...gone] }
}

/**
 * How many tasks a revision keeps beyond its count, because nobody else wants what the service does. A rollout that went back to
 * the revision may have lowered it, and nothing was stopped yet; one that failed stops none of the others' (ecs-core 5.7), and its
 * controller may not have said so yet.
 */
function unclaimedBy(
  { revisions, target, deployment, bounds, desired }: ServiceState,
  sorted: readonly Sorted[],
): readonly number[] {
  const failed = deployment !== undefined && hasFailed(deployment)
  const claimOf = (of: RevisionState): number =>
    failed && of === target ? Math.min(of.revision.spec.desiredCount, of.live.length) : of.revision.spec.desiredCount
  const wanted = revisions.reduce((sum, of) => sum + claimOf(of), 0)
  return shareOut(
    Math.min(desired, bounds.upper) - wanted,
    sorted.map(({ of, good, want }) => (of === target || failed ? good.length - want : 0)),
  )
}

/** The next starts and stops of all revisions: stops of old ones first, starts of the target first. */
export function converge(state: ServiceState, now: Instant): Convergence {
  const { revisions, target, bounds, deployment, prefetch, desired } = state
  const live = revisions.flatMap((revision) => revision.live)
  const found = revisions.map((revision) => sort(state, revision, now))
  const kept = unclaimedBy(state, found)
  const sorted = found.map((one, i) => withSurplus(state, { ...one, want: one.want + (kept[i] ?? 0) }, now))
  const active = revisions.reduce((sum, revision) => sum + revision.active, 0)
  const allowance: Allowance = {
    healthy: Math.max(
      0,
      Math.min(healthyIn(live) - bounds.lower, prefetch.holds ? live.length - desired : live.length),
    ),
    room: Math.max(0, bounds.upper - active),
  }
  const scaledIn = stopReasons.scaling(deploymentId(deployment?.metadata.name ?? ''))
  const how = {
    scaledIn,
    strategies: state.service.spec.placementStrategy ?? [],
    isProtected: ({ task }: TaskFacts) => protectedUntil(task, now) !== undefined,
    rebalances: goesOn(state),
  }
  const oldFirst = [...sorted].sort((a, b) => Number(a.of === target) - Number(b.of === target))
  const stops = oldFirst.flatMap((one) => stopsOf(one, live, allowance, how))
  const started = oldFirst.toReversed().map((one) => startsOf(state, one, allowance, now))
  const starts = started.flatMap((one) => one.starts)
  // a daemon's replacement needs the place of the task that it replaces
  const stopFirst = state.service.spec.schedulingStrategy === 'DAEMON' || allowance.room === 0
  const unready = live.filter((task) => task.unhealthy && graceEnd(state, task) > now)
  const held = sorted
    .flatMap((one) => heldOf(one, how))
    .flatMap(({ name, task }): readonly Held[] => {
      const until = protectedUntil(task, now)
      return until === undefined ? [] : [{ task: name, until }]
    })
  return {
    starts,
    held,
    stops: stopFirst && starts.length === 0 ? [...stops, ...oneUnhealthy(state, sorted, stops)] : stops,
    isRebalancing: goesOn(state) && starts.length + held.length === 0 && isWellBeside(state, live),
    wakeAt: earliest(
      withdrawAt(live),
      ...started.map(({ wakeAt }) => wakeAt),
      ...unready.map((task) => graceEnd(state, task)),
      ...live.map(({ readyAt }) => readyAt),
      ...held.map(({ until }) => until),
    ),
  }
}
