/** Why a deployment failed or was ended, and where it went from there. */
import { cannotPullAhead } from '../../api/v1/service.ts'
import {
  completedBefore,
  isBackByRequest,
  type ServiceDeployment,
  wasAborted,
  wasLeft,
} from '../../api/v1/service-deployment.ts'
import type { Cause } from './explanation.ts'

/** That a lifecycle hook did not pass, and what became of its task. */
function hookCauses(deployment: ServiceDeployment): readonly Cause[] {
  const { metadata, status } = deployment
  const failed = (status?.lifecycleHookDetails ?? []).find(
    ({ status: is, timeoutAction }) => is === 'FAILED' || (is === 'TIMED_OUT' && timeoutAction === 'ROLLBACK'),
  )
  if (failed === undefined || (status?.rollback === undefined && !wasLeft(deployment))) return []
  const { hookId, lifecycleStage, task, status: is, reason = 'it failed' } = failed
  const isLate = is === 'TIMED_OUT'
  const why = isLate ? 'HookTaskTimedOut' : 'HookTaskFailed'
  const because = task === undefined ? [] : [{ of: `task/${task}`, reason: why, message: reason }]
  const of = `servicedeployment/${metadata.name}`
  const message = `lifecycle hook ${hookId} (${lifecycleStage}) did not pass${task === undefined ? `: ${reason}` : ''}`
  const cause: Cause = { of, reason: isLate ? 'HookTimedOut' : 'HookFailed', message, because }
  return [status?.rollback === undefined ? cause : wayBack(deployment, cause)]
}

/** What to read when the task of a hook failed. */
export const hookAdvice = ({ status }: ServiceDeployment): readonly string[] =>
  (status?.lifecycleHookDetails ?? []).flatMap(({ hookId, status: is, task, reason = '' }) => {
    if (task === undefined || (is !== 'FAILED' && is !== 'TIMED_OUT')) return []
    if (reason.startsWith(refusedTask))
      return [
        `Correct hookDetails of lifecycle hook ${hookId} in spec.deploymentConfiguration, or apply what they name.`,
      ]
    const longer = `If it only needs longer, give lifecycle hook ${hookId} a timeoutConfiguration.timeoutInMinutes.`
    return [`Read what it wrote: gantry logs ${task}`, ...(is === 'TIMED_OUT' ? [longer] : [])]
  })
/** How the API server begins to say that it takes no such task: then there is none, and no logs. */
const refusedTask = 'Task.gantry.dev '

/** What a person did to a deployment: aborted it, or sent it back. */
function requestCauses(deployment: ServiceDeployment): readonly Cause[] {
  const { metadata, spec, status } = deployment
  const of = `servicedeployment/${metadata.name}`
  const requested: Cause = { of, reason: 'StopRequested', message: `a person asked for it: ${spec.stop?.type}` }
  if (wasAborted(deployment)) {
    const message = 'it was ended where it is: nothing more of it is started or stopped'
    return [{ of, reason: 'Aborted', message, at: status?.finishedAt, because: [requested] }]
  }
  return isBackByRequest(deployment) ? [wayBack(deployment, requested)] : hookCauses(deployment)
}

/** That it goes back, or did, because of `why`. */
function wayBack({ metadata, status }: ServiceDeployment, why: Cause): Cause {
  const { rollback } = status ?? {}
  const to = `to ${rollback?.serviceRevision}, which deployment ${rollback?.serviceDeployment} had completed`
  const [reason, message] = ways[status?.status ?? ''] ?? ways.ROLLBACK_IN_PROGRESS
  const of = `servicedeployment/${metadata.name}`
  return { of, reason, message: `${message} ${to}`, at: rollback?.startedAt, because: [why] }
}

/**
 * The circuit breaker's verdict with what brought it about, or a person's request, and the way back; nothing when there was neither. `troubles`: what
 * the tasks of the revision that failed suffered from; when they are gone, the deployment remembers the last one.
 */
export function failureCauses(deployment: ServiceDeployment, troubles: readonly Cause[]): readonly Cause[] {
  const { metadata, status } = deployment
  const { deploymentCircuitBreaker: breaker, rollback, finishedAt, lastFailure } = status ?? {}
  if (breaker?.status !== 'TRIGGERED') return requestCauses(deployment)
  const of = `servicedeployment/${metadata.name}`
  const remembered: readonly Cause[] =
    lastFailure === undefined
      ? []
      : lastFailure.task === undefined
        ? [{ of, reason: cannotPullAhead, message: lastFailure.reason }]
        : [{ of: `task/${lastFailure.task}`, reason: lastFailure.stopCode ?? 'Unhealthy', message: lastFailure.reason }]
  const tripped: Cause = {
    of,
    reason: 'CircuitBreakerTriggered',
    message: `${breaker.failureCount} of its tasks failed, ${breaker.threshold} are too many`,
    at: rollback?.startedAt ?? finishedAt,
    because: troubles.length > 0 ? troubles : remembered,
  }
  if (rollback === undefined) {
    const message = 'it was not rolled back: its revision gets no more tasks, and what runs is left as it is'
    return [{ of, reason: 'DeploymentFailed', message, at: finishedAt, because: [tripped] }]
  }
  return [wayBack(deployment, tripped)]
}

const ways: Readonly<Record<string, readonly [string, string]>> & {
  readonly ROLLBACK_IN_PROGRESS: readonly [string, string]
} = {
  ROLLBACK_IN_PROGRESS: ['RollingBack', 'it goes back'],
  ROLLBACK_SUCCESSFUL: ['RolledBack', 'it went back'],
  ROLLBACK_FAILED: ['RollbackFailed', 'it did not come back'],
}

/** What to do once the cause is mended; `deployments`: those of the service that are known. */
export function tryAgain(failed: ServiceDeployment, deployments: readonly ServiceDeployment[]): string {
  const { service } = failed.spec
  const hasWorked = failed.status?.rollback !== undefined || completedBefore([...deployments, failed]).length > 0
  const back = hasWorked ? ` To ask for what worked: gantry rollout undo ${service}` : ''
  return `Once that is mended apply the change, or try the same once more: gantry restart ${service}.${back}`
}
