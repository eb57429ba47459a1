/** Decides the desired count of each revision of a service, and how far its deployments are. */
import { isDeleting } from '../../api/meta/object.ts'
import { phaseTimes, taskTimelines } from '../../api/v1/deployment-timeline.ts'
import {
  hasFailed,
  isBackByRequest,
  isFinished,
  type ServiceDeployment,
  type ServiceDeploymentStatus,
  wasLeft,
} from '../../api/v1/service-deployment.ts'
import type { ServiceRevision } from '../../api/v1/service-revision.ts'
import { isEqual } from '../../lib/equal.ts'
import { earliest, type Instant } from '../../lib/time.ts'
import type { RevisionProgress, RolloutState } from './state.ts'
import { heldWith, surplusOf } from './strategies/held.ts'
import { type HookTask, type LateTask, lateHookTasks } from './strategies/hooks.ts'
import { completed, goingOn, passedOver, superseded, triggered, watched } from './strategies/outcome.ts'
import { hookFailed, requestDone, requestSeen } from './strategies/rollback.ts'
import { type Counts, hasShare, heldCounts, isBlocked, isComplete, rollingCounts } from './strategies/rolling.ts'
import { advance, type Progress, positionNow, shareAt } from './strategies/stages.ts'
import type { Outcome, Told } from './strategies/told.ts'

export type Action =
  | { readonly do: 'scale'; readonly revision: ServiceRevision; readonly desiredCount: number }
  | {
      readonly do: 'setStatus'
      readonly deployment: ServiceDeployment
      readonly status: ServiceDeploymentStatus
      readonly tell: readonly Told[]
    }

export interface Plan {
  readonly actions: readonly Action[]
  /** Tasks to make that the deployment's status names, by its hooks. */
  readonly run?: { readonly deployment: ServiceDeployment; readonly tasks: readonly HookTask[] }
  /** Tasks of hooks to stop. */
  readonly late: readonly LateTask[]
  /** When there may be something to do though nothing changed. */
  readonly wakeAt: Instant | undefined
}

const countsOf = ({ revision, live, healthy, active }: RevisionProgress): Counts => ({
  desired: revision.spec.desiredCount,
  live,
  healthy,
  active,
})

const scale = ({ revision }: RevisionProgress, desiredCount: number): readonly Action[] =>
  revision.spec.desiredCount === desiredCount ? [] : [{ do: 'scale', revision, desiredCount }]

/** With where its time went when that is its end: its tasks go after that. */
function setStatus(state: RolloutState, deployment: ServiceDeployment, { status, tell }: Outcome): readonly Action[] {
  if (isEqual(status, deployment.status ?? {})) return []
  const ends = isFinished({ ...deployment, status })
  const timeline = ends ? phaseTimes(taskTimelines(deployment, state.tasks)) : []
  const told = [...passedOver(state, deployment, status), ...tell]
  const next = { ...status, ...(timeline.length === 0 ? {} : { timeline }) }
  return [{ do: 'setStatus', deployment, status: next, tell: told }]
}

/** The service is paused, and what is under way is not a way back that a person asked for. */
const isPaused = ({ service }: RolloutState, newest: ServiceDeployment): boolean =>
  service.spec.paused === true && !isFinished(newest) && !isBackByRequest(newest)

/** A person wants it to end, and it does not go back already. */
const isToEnd = ({ spec, status }: ServiceDeployment): boolean =>
  spec.stop !== undefined && status?.rollback === undefined

/** What each revision should have now, and with what surplus it is held, if it is. `most`: of the new revision. */
function countsNow(
  state: RolloutState,
  newest: ServiceDeployment,
  goal: Counts,
  rest: readonly Counts[],
  most: number,
) {
  const { desired, bounds, others, rollbackTarget } = state
  if (hasFailed(newest)) return { counts: heldCounts(goal, rest, desired), held: undefined }
  const kept = others.findIndex(({ revision }) => revision === rollbackTarget?.revision)
  const holds = wasLeft(newest) || (isToEnd(newest) && !isFinished(newest)) || isPaused(state, newest)
  if (!holds) {
    const share = { most, kept: most < desired ? kept : -1 }
    return { counts: rollingCounts(goal, rest, desired, bounds, share), held: undefined }
  }
  const before = newest.status?.held
  const held = before ?? { surplus: surplusOf(goal, rest, desired) }
  const now = ({ desired: wanted, live }: Counts): number => (before === undefined ? live : wanted)
  const holding = { desired, share: most, upper: bounds.upper, surplus: held.surplus, fallback: kept }
  return { counts: heldWith({ target: now(goal), others: rest.map(now) }, holding), held }
}

export function plan(state: RolloutState, now: Instant): Plan {
  const decided = rollout(state, now)
  const { late, nextAt } = lateHookTasks(state, now)
  return { ...decided, late, wakeAt: earliest(decided.wakeAt, nextAt) }
}

function rollout(state: RolloutState, now: Instant): Omit<Plan, 'late'> {
  const { service, deployments, target, others, desired, bounds, wakeAt } = state
  const newest = deployments.at(-1)
  if (isDeleting(service) || newest === undefined || target === undefined) return { actions: [], wakeAt: undefined }
  const [goal, rest] = [countsOf(target), others.map(countsOf)]
  const goesOn = !isFinished(newest) && newest.status?.rollback === undefined
  const position = goesOn ? positionNow(state, newest, now) : {}
  const most = goesOn ? shareAt(position, state) : desired
  const { counts, held } = countsNow(state, newest, goal, rest, most)
  const scaling = [
    ...others.flatMap((other, i) => scale(other, counts.others[i] ?? 0)),
    ...scale(target, counts.target),
  ]
  // first of all, so that never two are in progress
  const older = deployments
    .slice(0, -1)
    .filter((old) => !isFinished(old))
    .flatMap((old) => setStatus(state, old, superseded(old, newest, now)))
  if (isFinished(newest)) return { actions: [...older, ...scaling], wakeAt }

  const settled = scaling.length === 0
  const { status, triggers } = watched(state, newest, now)
  const isSeen = newest.status?.status === 'STOP_REQUESTED' || newest.status?.status === 'ROLLBACK_REQUESTED'
  if (isToEnd(newest) && !isSeen)
    return { actions: [...older, ...setStatus(state, newest, requestSeen(newest, status))], wakeAt }
  if (isToEnd(newest)) {
    const outcome = requestDone(state, newest, status, held?.surplus ?? 0, now)
    // what is scaled from then on depends on it
    const before = outcome.status.rollback === undefined ? scaling : []
    return { actions: [...older, ...before, ...setStatus(state, newest, outcome)], wakeAt }
  }
  const begun = (newest.status?.status ?? 'PENDING') !== 'PENDING'
  const seen = { hasShare: settled && hasShare(goal, most), isComplete: settled && isComplete(goal, rest, desired) }
  const still = { position, isOver: seen.isComplete, wakeAt: undefined }
  const next = begun && goesOn ? advance(state, newest, position, seen, now) : still
  if (begun && next.isOver) {
    const outcome = completed(state, newest, { ...status, ...next.position }, now)
    return { actions: [...older, ...setStatus(state, newest, outcome)], wakeAt }
  }
  // what is scaled from then on depends on it
  if (begun && triggers && held === undefined)
    return { actions: [...older, ...setStatus(state, newest, triggered(state, newest, status, now))], wakeAt }
  const at: Progress = held === undefined ? next : still
  if (at.failure !== undefined) {
    const surplus = surplusOf(goal, rest, desired)
    const outcome = hookFailed(state, newest, { ...status, ...at.position }, at.failure, surplus, now)
    return { actions: [...older, ...setStatus(state, newest, outcome)], wakeAt }
  }
  const isStuck = held === undefined && settled && isBlocked(goal, rest, most, bounds)
  const going = goingOn(state, newest, { ...status, ...at.position }, { isStuck, held }, now)
  // a first step is written before it is taken: what has tasks of its own begins otherwise
  const takes = begun || position.shift === undefined ? scaling : []
  const written = setStatus(state, newest, going)
  const actions = [...older, ...takes, ...written]
  const tasks = written.length === 0 ? (at.run ?? []) : []
  return { actions, run: { deployment: newest, tasks }, wakeAt: earliest(wakeAt, at.wakeAt) }
}
