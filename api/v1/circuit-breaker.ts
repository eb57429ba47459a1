/** The deployment circuit breaker (ecs-core 5.7): how many failures are too many, and which tasks have failed. */
import type { DeploymentConfiguration } from './deployment-configuration.ts'
import { stopReasons } from './stop-reasons.ts'
import { isStopped, isStopping, type Task } from './task.ts'

type CircuitBreaker = NonNullable<DeploymentConfiguration['deploymentCircuitBreaker']>

/** ECS's bounds of BOUNDED_PERCENT. */
const [least, most] = [3, 200]

/** So many failures in a row end a deployment of `desired` tasks; at least 1. Default: 50 percent, 3 to 200. */
export function breakerThreshold({ thresholdConfiguration }: CircuitBreaker, desired: number): number {
  const { type, value } = thresholdConfiguration ?? { type: 'BOUNDED_PERCENT', value: 50 }
  if (type === 'COUNT') return value
  const part = Math.ceil((value * desired) / 100)
  return type === 'BOUNDED_PERCENT' ? Math.min(most, Math.max(least, part)) : Math.max(1, part)
}

/**
 * Whether the task ended by a failure of its own: it could not start, an essential container exited, or it was replaced for
 * its health checks. Not when somebody asked for it, or when its instance went away.
 */
export function taskFailed(task: Task): boolean {
  if (!isStopped(task) && !isStopping(task)) return false
  const code = task.status?.stopCode ?? task.spec.stopCode
  if (code === 'TaskFailedToStart' || code === 'EssentialContainerExited') return true
  const reason = task.spec.stoppedReason ?? task.status?.stoppedReason
  return code === 'ServiceSchedulerInitiated' && reason === stopReasons.failedHealthChecks
}
