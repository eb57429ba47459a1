/** What a deployment's status becomes, and what is told about it in ECS's words (ecs-core 5.3, 5.7, 5.8, 5.14). */
import { conditionOf, isTrue } from '../../../api/meta/conditions.ts'
import { breakerThreshold } from '../../../api/v1/circuit-breaker.ts'
import { cannotPullAhead } from '../../../api/v1/service.ts'
import type { ServiceDeployment, ServiceDeploymentStatus } from '../../../api/v1/service-deployment.ts'
import { blockedByPercent } from '../../../api/v1/service-event-texts.ts'
import { deploymentId } from '../../../api/v1/service-names.ts'
import { type Instant, milliTimestamp } from '../../../lib/time.ts'
import type { RolloutState } from '../state.ts'
import { blocked } from './blocked.ts'
import { type Count, counted } from './breaker.ts'
import { isSameHook } from './hooks.ts'
import { causeOf, rollingBack } from './rollback.ts'
import { idOf, type Outcome, subject, type Told } from './told.ts'

const failure = 'ECS deployment circuit breaker: tasks failed to start.'

/** The circuit breaker, when it is on. */
function breakerOf({ service }: RolloutState) {
  const breaker = service.spec.deploymentConfiguration?.deploymentCircuitBreaker
  return breaker?.enable === true ? breaker : undefined
}

const isRollback = ({ status }: ServiceDeployment): boolean => status?.rollback !== undefined

/** An older deployment that had not ended: a newer one took its place. One that goes back cannot end but by that. */
export function superseded(deployment: ServiceDeployment, by: ServiceDeployment, now: Instant): Outcome {
  return {
    status: {
      ...deployment.status,
      observedGeneration: deployment.metadata.generation,
      status: isRollback(deployment) ? 'ROLLBACK_FAILED' : 'STOPPED',
      statusReason: `Superseded by (deployment ${idOf(by)}).`,
      finishedAt: milliTimestamp(now),
      waitsUntil: undefined,
      conditions: [...blocked(deployment, false, now)],
    },
    tell: [],
  }
}

const unwatched = { status: 'DISABLED', failureCount: 0, threshold: 0 } as const

/** The circuit breaker's count as of now. */
function countOf(state: RolloutState, deployment: ServiceDeployment): Count {
  const { target, outcomes, desired } = state
  const { status = {} } = deployment
  const goesBack = isRollback(deployment)
  const breaker = breakerOf(state)
  if (breaker === undefined || target === undefined) return goesBack ? {} : { deploymentCircuitBreaker: unwatched }
  const revision = target.revision.metadata.name
  const isBaseline = goesBack && status.countedTasks === undefined
  const count = counted(status, outcomes, { revision, breaker, desired, isBaseline })
  // that it triggered, and at what, stays to be seen
  return goesBack ? { ...count, deploymentCircuitBreaker: status.deploymentCircuitBreaker } : count
}

/** The status that `deployment` has while it goes on, with the count as of now; and whether the breaker triggers. */
export interface Watched {
  readonly status: ServiceDeploymentStatus
  readonly triggers: boolean
}

/** Why its tasks could not start, before any was made: their images cannot be pulled where there is to be room for them. */
function unpullable({ service }: RolloutState, deployment: ServiceDeployment): string | undefined {
  const { conditions, currentServiceDeployment } = service.status ?? {}
  const stalled = conditionOf(conditions, 'Stalled')
  const isOfIt = currentServiceDeployment === deployment.metadata.name && !isRollback(deployment)
  return isOfIt && stalled?.status === 'True' && stalled.reason === cannotPullAhead ? stalled.message : undefined
}

export function watched(state: RolloutState, deployment: ServiceDeployment, now: Instant): Watched {
  const old = deployment.status ?? {}
  const breaker = breakerOf(state)
  const count = countOf(state, deployment)
  const why = breaker === undefined ? undefined : unpullable(state, deployment)
  return {
    status: {
      ...old,
      observedGeneration: deployment.metadata.generation,
      startedAt: old.startedAt ?? milliTimestamp(now),
      ...count,
      ...(why === undefined ? {} : { lastFailure: { stopCode: 'TaskFailedToStart', reason: why } }),
    },
    triggers:
      why !== undefined ||
      (breaker !== undefined && (count.failedTasks ?? 0) >= breakerThreshold(breaker, state.desired)),
  }
}

/** The breaker triggered: back to the last completed deployment, or the end. What goes back already does not turn again. */
export function triggered(
  state: RolloutState,
  deployment: ServiceDeployment,
  status: ServiceDeploymentStatus,
  now: Instant,
): Outcome {
  const { rollbackTarget } = state
  const failed: Told = {
    type: 'Warning',
    reason: 'DeploymentFailed',
    message: `${subject(state)} (deployment ${idOf(deployment)}) deployment failed: tasks failed to start.`,
  }
  const conditions = [...blocked(deployment, false, now)]
  const ended = { statusReason: failure, finishedAt: milliTimestamp(now), waitsUntil: undefined, conditions }
  if (isRollback(deployment)) return { status: { ...status, ...ended, status: 'ROLLBACK_FAILED' }, tell: [failed] }
  const breaker = status.deploymentCircuitBreaker
  const deploymentCircuitBreaker = breaker === undefined ? undefined : { ...breaker, status: 'TRIGGERED' as const }
  const goesBack = breakerOf(state)?.rollback === true
  if (!goesBack || rollbackTarget === undefined)
    return { status: { ...status, ...ended, status: 'STOPPED', deploymentCircuitBreaker }, tell: [failed] }
  const back = { to: rollbackTarget, reason: failure, now }
  const { status: next, tell } = rollingBack(state, deployment, { ...status, deploymentCircuitBreaker }, back)
  return { status: next, tell: [failed, ...tell] }
}

/** Everything runs as the revision in force says. */
export function completed(
  state: RolloutState,
  deployment: ServiceDeployment,
  status: ServiceDeploymentStatus,
  now: Instant,
): Outcome {
  const { held: _, ...rest } = status
  const { rollback, deploymentCircuitBreaker: breaker } = rest
  const conditions = [...blocked(deployment, false, now)]
  const ended = { ...rest, finishedAt: milliTimestamp(now), conditions }
  const id = rollback === undefined ? idOf(deployment) : deploymentId(rollback.serviceDeployment)
  const done: Told = {
    type: 'Normal',
    reason: 'DeploymentCompleted',
    message: `${subject(state)} (deployment ${id}) deployment completed.`,
  }
  if (rollback === undefined) {
    const deploymentCircuitBreaker =
      breaker?.status === 'MONITORING' ? { ...breaker, status: 'MONITORING_COMPLETE' as const } : breaker
    const statusReason = `ECS deployment ${id} completed.`
    return { status: { ...ended, status: 'SUCCESSFUL', statusReason, deploymentCircuitBreaker }, tell: [done] }
  }
  const steady = `${subject(state)} has reached a steady state.`
  return {
    status: {
      ...ended,
      status: 'ROLLBACK_SUCCESSFUL',
      statusReason: `${causeOf(rollback.reason)}: rolled back to deploymentId ${id}.`,
    },
    tell: [done, { type: 'Normal', reason: 'SteadyState', message: steady }],
  }
}

/** How it goes on. */
export interface Going {
  /** Minimum and maximum stop it. */
  readonly isStuck: boolean
  /** What it is held with, while its service is paused. */
  readonly held: ServiceDeploymentStatus['held']
}

/** What there is to tell of a deployment that goes on otherwise than before. */
function newsOf(state: RolloutState, deployment: ServiceDeployment, { isStuck, held }: Going): readonly Told[] {
  const wasHeld = deployment.status?.held !== undefined
  if (isStuck && !isTrue(deployment.status?.conditions, 'Blocked')) {
    const message = `${subject(state)} ${blockedByPercent}`
    return [{ type: 'Warning', reason: 'DeploymentBlocked', message }]
  }
  if (wasHeld === (held !== undefined)) return []
  const [reason, what] = wasHeld ? ['DeploymentResumed', 'resumed'] : ['DeploymentPaused', 'paused']
  const message = `${subject(state)} (deployment ${idOf(deployment)}) deployment ${what}.`
  return [{ type: 'Normal', reason, message }]
}

/** Hooks whose time was over, and that it goes on without: who wants it to fail for them is told so by its end. */
export function passedOver(
  state: RolloutState,
  deployment: ServiceDeployment,
  { lifecycleHookDetails = [] }: ServiceDeploymentStatus,
): readonly Told[] {
  const before = deployment.status?.lifecycleHookDetails ?? []
  return lifecycleHookDetails
    .filter(({ status, timeoutAction }) => status === 'TIMED_OUT' && timeoutAction === 'CONTINUE')
    .filter((hook) => before.find((one) => isSameHook(one, hook))?.status !== 'TIMED_OUT')
    .map(({ hookId, reason }) => {
      const message = `${subject(state)} (deployment ${idOf(deployment)}) goes on without lifecycle hook ${hookId}: ${reason}.`
      return { type: 'Warning', reason: 'LifecycleHookTimedOut', message }
    })
}

/** It goes on. */
export function goingOn(
  state: RolloutState,
  deployment: ServiceDeployment,
  { held: _, ...status }: ServiceDeploymentStatus,
  going: Going,
  now: Instant,
): Outcome {
  const { isStuck, held } = going
  const how = held === undefined ? 'in progress' : 'paused'
  const phase = isRollback(deployment)
    ? {}
    : ({ status: 'IN_PROGRESS', statusReason: `ECS deployment ${idOf(deployment)} ${how}.` } as const)
  const conditions = [...blocked(deployment, isStuck, now)]
  return {
    status: { ...status, ...phase, ...(held === undefined ? {} : { held }), conditions },
    tell: newsOf(state, deployment, going),
  }
}
