/** What the statuses of a service and its revisions say. */
import { type Condition, conditionOf, isTrue, withCondition } from '../../../api/meta/conditions.ts'
import { isDeleting } from '../../../api/meta/object.ts'
import { waitText } from '../../../api/v1/deployment-wait.ts'
import { cannotPullAhead, type ServiceStatus } from '../../../api/v1/service.ts'
import {
  hasFailed,
  isBackByRequest,
  type ServiceDeployment,
  wasAborted,
  wasLeft,
} from '../../../api/v1/service-deployment.ts'
import { deploymentId } from '../../../api/v1/service-names.ts'
import type { ServiceRevision } from '../../../api/v1/service-revision.ts'
import { revisionText } from '../../../api/v1/task-definition-reference.ts'
import { scheduledCondition } from '../../../api/v1/well-known.ts'
import { type Instant, instant, milliTimestamp } from '../../../lib/time.ts'
import { consistentlyFailing, mostNamed } from '../limits.ts'
import type { RevisionState, ServiceState, TaskFacts } from '../state.ts'
import type { Held } from './converge.ts'
import { withNotes } from './notes.ts'
import { prefetchText, pullingImages } from './prefetch.ts'
import { freeSlots, historyOf, type Start } from './starts.ts'
import { tasksMayStillRun, unheard } from './unheard.ts'

export type RevisionStatus = NonNullable<ServiceRevision['status']>

/** What a person would be told about the service now. */
export interface Verdict {
  readonly is: 'steady' | 'changing' | 'paused' | 'stalled' | 'draining'
  readonly reason: string
  readonly message: string
}

const inPhase = (tasks: readonly TaskFacts[], phase: TaskFacts['phase']): number =>
  tasks.filter((task) => task.phase === phase).length

/** Failed starts in a row, over the slots in use: of the slot that has most, and in all; and when the last one ended. */
function failures(state: ServiceState, revision: RevisionState) {
  const missing = Math.max(0, revision.revision.spec.desiredCount - revision.live.length)
  const slots = [
    ...revision.live.map(({ slot }) => slot),
    ...freeSlots(state, revision, missing).map(({ name }) => name),
  ]
  const histories = slots.map((slot) => historyOf(state, revision, slot))
  const ends = histories.flatMap(({ failedAt, startFailures }) =>
    failedAt === undefined || startFailures === 0 ? [] : [failedAt],
  )
  return {
    most: Math.max(0, ...histories.map(({ startFailures }) => startFailures)),
    all: histories.reduce((sum, { startFailures }) => sum + startFailures, 0),
    last: ends.length === 0 ? undefined : instant(Math.max(...ends)),
  }
}

/** Status of one revision, before these `starts` are made: what they follow is over. */
export function revisionStatus(
  state: ServiceState,
  revision: RevisionState,
  starts: readonly Pick<Start, 'slot' | 'attempt'>[],
): RevisionStatus {
  const { all, last } = failures(state, revision)
  const over = starts.filter(({ attempt }) => attempt > 1).map(({ slot, attempt }) => [slot, attempt - 1])
  const attempts = { ...revision.revision.status?.attempts, ...Object.fromEntries(over) }
  return {
    ...revision.revision.status,
    observedGeneration: revision.revision.metadata.generation,
    runningCount: inPhase(revision.live, 'running'),
    pendingCount: inPhase(revision.live, 'pending'),
    healthyCount: revision.live.filter(({ healthy }) => healthy).length,
    failedTasks: all,
    ...(last === undefined ? {} : { lastFailureAt: milliTimestamp(last) }),
    ...(Object.keys(attempts).length === 0 ? {} : { attempts }),
    ...(revision.images.length === 0 ? {} : { containerImages: [...revision.images] }),
  }
}

type DeploymentStatus = NonNullable<NonNullable<ServiceDeployment['status']>['status']>

const rolloutStates = {
  PENDING: 'IN_PROGRESS',
  IN_PROGRESS: 'IN_PROGRESS',
  STOP_REQUESTED: 'IN_PROGRESS',
  ROLLBACK_REQUESTED: 'IN_PROGRESS',
  ROLLBACK_IN_PROGRESS: 'IN_PROGRESS',
  SUCCESSFUL: 'COMPLETED',
  ROLLBACK_SUCCESSFUL: 'COMPLETED',
  STOPPED: 'FAILED',
  ROLLBACK_FAILED: 'FAILED',
} as const satisfies Record<DeploymentStatus, ServiceStatus['rolloutState']>

const rolloutOf = (deployment: ServiceDeployment) => rolloutStates[deployment.status?.status ?? 'PENDING']

/** ECS's words (ecs-core 5.3). After a rollback they are about the deployment that it went back to. */
function rolloutReason({ metadata, status }: ServiceDeployment): string {
  const rollback = status?.status === 'ROLLBACK_SUCCESSFUL' ? status.rollback : undefined
  if (rollback !== undefined) return `ECS deployment ${deploymentId(rollback.serviceDeployment)} completed.`
  return status?.statusReason ?? `ECS deployment ${deploymentId(metadata.name)} in progress.`
}

/** What ended badly stays told until the service asks for something else. */
function badEnd({ deployment, asked, target }: ServiceState): Verdict | undefined {
  const { status, lastFailure, rollback } = deployment?.status ?? {}
  if (deployment === undefined || asked === undefined) return undefined
  const id = deploymentId(deployment.metadata.name)
  const what = `Deployment ${id} of ${revisionText(asked.revision.spec.taskDefinition)}`
  const whose = lastFailure?.task === undefined ? '' : `task ${lastFailure.task}: `
  const last = lastFailure === undefined ? '' : ` Last: ${whose}${lastFailure.reason}.`
  const until = 'Change the service or its task definition, or restart it.'
  const stalled = (reason: string, message: string): Verdict => ({ is: 'stalled', reason, message })
  if (hasFailed(deployment))
    return stalled('DeploymentFailed', `${what} failed: its tasks failed to start, so it gets no more.${last} ${until}`)
  if (wasAborted(deployment))
    return stalled('DeploymentAborted', `${what} was aborted by request and stays where it is. ${until}`)
  if (wasLeft(deployment)) {
    const { statusReason = '' } = deployment.status ?? {}
    const isSaid = lastFailure !== undefined && statusReason.includes(lastFailure.reason)
    return stalled('DeploymentFailed', `${what} failed: ${statusReason}${isSaid ? '' : last} ${until}`)
  }
  if (rollback === undefined || target === undefined) return undefined
  if (status === 'ROLLBACK_SUCCESSFUL') {
    const to = `${revisionText(target.revision.spec.taskDefinition)} runs again`
    const how = isBackByRequest(deployment) ? 'was rolled back by request' : 'failed and was rolled back'
    return stalled('DeploymentRolledBack', `${what} ${how}: ${to}.${last} ${until}`)
  }
  if (status !== 'ROLLBACK_FAILED') return undefined
  return stalled('RollbackFailed', `${what} failed, and so did the way back; it is still being tried.${last} ${until}`)
}

/** Why a service with protected tasks is not as it should be yet. */
export const tasksProtected = 'TasksProtected'

/** ECS's words of them. */
export const protectedCount = (held: readonly Held[]): string => `${held.length} tasks under protection`

function protectedText(held: readonly Held[]): string {
  const named = held.slice(0, mostNamed).map(({ task, until }) => `${task} until ${milliTimestamp(until)}`)
  return `${protectedCount(held)}: ${named.join(', ')}${held.length > mostNamed ? ', …' : ''}.`
}

/** Why the service waits: no instance takes a task of it. */
export const tasksNotPlaced = 'TasksNotPlaced'

/** What the scheduler says of the first task of the newest revision that has no place, and how many have none. */
export function notPlaced({ target }: ServiceState) {
  const waiting = (target?.live ?? []).flatMap(({ name, task, instance, rebalancesTo }) => {
    const told =
      instance === undefined && rebalancesTo === undefined
        ? conditionOf(task.status?.conditions, scheduledCondition)
        : undefined
    return told?.status === 'False' ? [{ name, message: told.message }] : []
  })
  const [first] = waiting.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return first === undefined ? undefined : { ...first, count: waiting.length }
}

interface Pass {
  /** It still has something to do, or waits for its time. */
  readonly unfinished: boolean
  /** What the service asks for now needs a deployment, which it makes unless the service is paused. */
  readonly isAskedAnew: boolean
  /** Protected tasks that should go. */
  readonly held: readonly Held[]
  /** Tasks move between zones, and that is all. */
  readonly isRebalancing: boolean
}

function pausedText({ service, target }: ServiceState, isInProgress: boolean): string {
  const running = target === undefined ? 0 : inPhase(target.live, 'running')
  const where = isInProgress
    ? `the deployment is held where it is, with ${running} tasks of the newest revision`
    : 'what it asks for now is not rolled out'
  return `spec.paused: ${where}. To go on: gantry rollout resume ${service.metadata.name}`
}

/** Tasks of it that run well, but not for long enough to count (ecs-core 5.6). */
function unproven(target: RevisionState | undefined): string {
  const moments = (target?.live ?? []).flatMap(({ readyAt }) => readyAt ?? [])
  return moments.length === 0
    ? ''
    : `; ${moments.length} more of it run, and count as healthy by ${milliTimestamp(instant(Math.max(...moments)))} (minReadySeconds, else 40 s with the circuit breaker and no health check)`
}

export function verdictOf(state: ServiceState, { unfinished, isAskedAnew, held, isRebalancing }: Pass): Verdict {
  const { service, resolution, deployment, target, revisions, desired, prefetch } = state
  const mayRun = unheard(state)
  if (isDeleting(service))
    return { is: 'draining', reason: 'Draining', message: mayRun ?? 'Waiting for its tasks to stop.' }
  if (mayRun !== undefined) return { is: 'stalled', reason: tasksMayStillRun, message: mayRun }
  if (resolution.is === 'missing') return { is: 'stalled', reason: resolution.reason, message: resolution.message }
  const isInProgress = deployment !== undefined && rolloutOf(deployment) === 'IN_PROGRESS'
  if (service.spec.paused === true && (isAskedAnew || (isInProgress && !isBackByRequest(deployment))))
    return { is: 'paused', reason: 'DeploymentPaused', message: pausedText(state, isInProgress) }
  if (deployment !== undefined && isTrue(deployment.status?.conditions, 'Blocked'))
    return {
      is: 'stalled',
      reason: 'DeploymentBlocked',
      message: 'minimumHealthyPercent and maximumPercent allow neither a start nor a stop: change one of them.',
    }
  const ended = resolution.is === 'waiting' || isAskedAnew ? undefined : badEnd(state)
  if (ended !== undefined) return ended
  if (prefetch.failed.length > 0) return { is: 'stalled', reason: cannotPullAhead, message: prefetchText(prefetch) }
  if (target !== undefined && failures(state, target).most >= consistentlyFailing)
    return {
      is: 'stalled',
      reason: 'TasksFailToStart',
      message: 'Unable to consistently start tasks successfully; trying again with growing delays.',
    }
  if (resolution.is === 'waiting')
    return { is: 'changing', reason: 'WaitingForTaskDefinition', message: resolution.message }
  if (prefetch.holds) return { is: 'changing', reason: pullingImages, message: prefetchText(prefetch) }
  if (held.length > 0) return { is: 'changing', reason: tasksProtected, message: protectedText(held) }
  const homeless = deployment?.status?.rollback === undefined ? notPlaced(state) : undefined
  if (homeless !== undefined) {
    const { count, name, message } = homeless
    const text = `${count === 1 ? '1 task has' : `${count} tasks have`} no place. Task ${name}: ${message}`
    return { is: 'changing', reason: tasksNotPlaced, message: text }
  }
  const running = target === undefined ? 0 : target.live.filter(({ healthy }) => healthy).length
  const waits = deployment === undefined ? undefined : waitText(deployment)
  const message = [
    `${running} of ${desired} tasks run the newest revision${unproven(target)}.`,
    ...(waits === undefined ? [] : [waits]),
  ].join(' ')
  if (deployment === undefined || rolloutOf(deployment) === 'IN_PROGRESS')
    return deployment?.status?.status === 'ROLLBACK_IN_PROGRESS'
      ? { is: 'changing', reason: 'DeploymentRollingBack', message: deployment.status.statusReason ?? message }
      : { is: 'changing', reason: 'DeploymentInProgress', message }
  const settled =
    target?.revision.spec.desiredCount === desired &&
    (isRebalancing || (target.live.length === desired && running === desired))
  const others = revisions.some((revision) => revision !== target && revision.active > 0)
  return unfinished || !settled || others
    ? { is: 'changing', reason: 'TasksStarting', message }
    : { is: 'steady', reason: 'SteadyState', message: 'The service has reached a steady state.' }
}

/** The conditions that kstatus reads: Ready, Reconciling, Stalled. */
function conditionsOf(state: ServiceState, verdict: Verdict, now: Instant): readonly Condition[] {
  const observedGeneration = state.service.metadata.generation
  const { is, reason, message } = verdict
  const changing = is === 'changing' || is === 'draining'
  const set = (all: readonly Condition[] | undefined, type: string, holds: boolean): readonly Condition[] =>
    withCondition(all, { type, status: holds ? 'True' : 'False', reason, message, observedGeneration }, now)
  const ready = set(state.service.status?.conditions, 'Ready', is === 'steady')
  const all = set(set(ready, 'Reconciling', changing), 'Stalled', is === 'stalled')
  return withNotes(all, state, now)
}

/** Status of the service. */
export function serviceStatus(
  state: ServiceState,
  verdict: Verdict,
  zones: ServiceStatus['availabilityZoneRebalancing'],
  now: Instant,
): ServiceStatus {
  const { service, deployment, target, revisions, desired } = state
  const live = revisions.flatMap((revision) => revision.live)
  const failed = target === undefined ? undefined : failures(state, target)
  const inProgress = deployment !== undefined && rolloutOf(deployment) === 'IN_PROGRESS'
  const isAsBefore = conditionOf(service.status?.conditions, 'Ready')?.reason === verdict.reason
  return {
    observedGeneration: service.metadata.generation,
    status: isDeleting(service) ? 'DRAINING' : 'ACTIVE',
    desiredCount: desired,
    runningCount: inPhase(live, 'running'),
    pendingCount: inPhase(live, 'pending'),
    stoppingCount: revisions.reduce((sum, revision) => sum + inPhase(revision.tasks, 'stopping'), 0),
    taskDefinition: target === undefined ? undefined : revisionText(target.revision.spec.taskDefinition),
    latestRevision: state.nextRevision - 1,
    latestDeployment: state.nextDeployment - 1,
    currentServiceDeployment: inProgress ? deployment.metadata.name : undefined,
    currentServiceRevision: target?.revision.metadata.name,
    ...(deployment === undefined
      ? {}
      : { rolloutState: rolloutOf(deployment), rolloutStateReason: rolloutReason(deployment) }),
    startFailures: failed?.most ?? 0,
    lastStartFailureAt: failed?.last === undefined ? undefined : milliTimestamp(failed.last),
    reasonSince: isAsBefore ? service.status?.reasonSince : milliTimestamp(now),
    availabilityZoneRebalancing: zones,
    conditions: [...conditionsOf(state, verdict, now)],
  }
}
