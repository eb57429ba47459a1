/** Why a deployment failed, and where it went from there. */
import type { ServiceDeployment } from '../../api/v1/service-deployment.ts'
import type { Cause } from './explanation.ts'

/**
 * The circuit breaker's verdict with what brought it about, and the way back; nothing when it did not trigger. `troubles`: what
 * the tasks of the revision that failed suffered from; when they are gone, the deployment remembers the last one.
 */
export function failureCauses({ metadata, status }: ServiceDeployment, troubles: readonly Cause[]): readonly Cause[] {
  const { deploymentCircuitBreaker: breaker, rollback, finishedAt, lastFailure } = status ?? {}
  if (breaker?.status !== 'TRIGGERED') return []
  const of = `servicedeployment/${metadata.name}`
  const remembered: readonly Cause[] =
    lastFailure === undefined
      ? []
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
  const to = `to ${rollback.serviceRevision}, which deployment ${rollback.serviceDeployment} had completed`
  const [reason, message] = ways[status?.status ?? ''] ?? ways.ROLLBACK_IN_PROGRESS
  return [{ of, reason, message: `${message} ${to}`, at: rollback.startedAt, because: [tripped] }]
}

const ways: Readonly<Record<string, readonly [string, string]>> & {
  readonly ROLLBACK_IN_PROGRESS: readonly [string, string]
} = {
  ROLLBACK_IN_PROGRESS: ['RollingBack', 'it goes back'],
  ROLLBACK_SUCCESSFUL: ['RolledBack', 'it went back'],
  ROLLBACK_FAILED: ['RollbackFailed', 'it did not come back'],
}

/** What to do once the cause is mended. */
export const tryAgain = (service: string): string =>
  `Then apply the change, or try the same once more: gantry restart ${service}; gantry rollout undo ${service} asks for what worked.`
