/** Ends a deployment before its goal: back to what had completed (ecs-core 5.7, 5.14), or where it is. */
import {
  type HookDetail,
  rollbackRequested,
  type ServiceDeployment,
  type ServiceDeploymentStatus,
} from '../../../api/v1/service-deployment.ts'
import { type Instant, milliTimestamp } from '../../../lib/time.ts'
import type { RollbackTarget, RolloutState } from '../state.ts'
import { blocked } from './blocked.ts'
import { idOf, type Outcome, subject, type Told } from './told.ts'

/** Who sends it back: the first words of the reason. */
export const causeOf = (reason: string): string => reason.replace(/:.*/s, '')

/** From now on the revision that `to` had completed is in force. */
export function rollingBack(
  state: RolloutState,
  deployment: ServiceDeployment,
  status: ServiceDeploymentStatus,
  { to, reason, now }: { readonly to: RollbackTarget; readonly reason: string; readonly now: Instant },
): Outcome {
  const id = idOf(to.deployment)
  const { countedTasks: _, healthyTaskCreatedAt: __, held: ___, waitsUntil: ____, ...rest } = status
  const message = `${subject(state)} rolling back to deployment ${id}.`
  return {
    status: {
      ...rest,
      status: 'ROLLBACK_IN_PROGRESS',
      statusReason: `${causeOf(reason)}: rolling back to deploymentId ${id}.`,
      failedTasks: 0,
      rollback: {
        reason,
        startedAt: milliTimestamp(now),
        serviceRevision: to.revision.metadata.name,
        serviceDeployment: to.deployment.metadata.name,
      },
      conditions: [...blocked(deployment, false, now)],
    },
    tell: [{ type: 'Warning', reason: 'DeploymentRollingBack', message }],
  }
}

const unwatching = (status: ServiceDeploymentStatus): Pick<ServiceDeploymentStatus, 'deploymentCircuitBreaker'> =>
  status.deploymentCircuitBreaker?.status === 'MONITORING'
    ? { deploymentCircuitBreaker: { ...status.deploymentCircuitBreaker, status: 'MONITORING_COMPLETE' } }
    : {}

/** A request was seen: nothing more is begun. */
export function requestSeen(deployment: ServiceDeployment, status: ServiceDeploymentStatus): Outcome {
  const next = deployment.spec.stop?.type === 'ROLLBACK' ? 'ROLLBACK_REQUESTED' : 'STOP_REQUESTED'
  return {
    status: {
      ...status,
      status: next,
      statusReason: `StopServiceDeployment: ${deployment.spec.stop?.type} requested.`,
    },
    tell: [],
  }
}

/** What becomes of a deployment that a person wants to end; it ends where it is when there is nothing to go back to. */
export function requestDone(
  state: RolloutState,
  deployment: ServiceDeployment,
  old: ServiceDeploymentStatus,
  surplus: number,
  now: Instant,
): Outcome {
  const { rollbackTarget: to } = state
  const status = { ...old, waitsUntil: undefined, ...unwatching(old) }
  const back = deployment.spec.stop?.type === 'ROLLBACK'
  if (back && to !== undefined) return rollingBack(state, deployment, status, { to, reason: rollbackRequested, now })
  const why = back ? 'there is no completed deployment to roll back to' : 'aborted'
  const statusReason = `StopServiceDeployment: ${why}; it stays where it is.`
  const told = `${subject(state)} (deployment ${idOf(deployment)}) deployment stopped.`
  const tell: readonly Told[] = [{ type: 'Normal', reason: 'DeploymentStopped', message: told }]
  return { status: left(deployment, { ...status, statusReason }, surplus, now), tell }
}

/** It ends where it is. */
const left = (
  deployment: ServiceDeployment,
  status: ServiceDeploymentStatus,
  surplus: number,
  now: Instant,
): ServiceDeploymentStatus => ({
  ...status,
  status: 'STOPPED',
  finishedAt: milliTimestamp(now),
  waitsUntil: undefined,
  held: { surplus },
  conditions: [...blocked(deployment, false, now)],
})

/** A lifecycle hook did not pass: back to the last completed deployment, or the end where it is (ecs-core 5.15). */
export function hookFailed(
  state: RolloutState,
  deployment: ServiceDeployment,
  old: ServiceDeploymentStatus,
  { hookId, task, reason = 'it failed' }: HookDetail,
  surplus: number,
  now: Instant,
): Outcome {
  const { rollbackTarget: to } = state
  const who = task === undefined ? reason : `task ${task}: ${reason}`
  const lastFailure = task === undefined ? undefined : { lastFailure: { task, reason } }
  const status = { ...old, ...unwatching(old), ...lastFailure }
  const message = `${subject(state)} (deployment ${idOf(deployment)}) deployment failed: lifecycle hook ${hookId}: ${who}.`
  const failed: Told = { type: 'Warning', reason: 'DeploymentFailed', message }
  const cause = `Lifecycle hook ${hookId}: ${who}`
  if (to === undefined)
    return { status: left(deployment, { ...status, statusReason: `${cause}.` }, surplus, now), tell: [failed] }
  const back = rollingBack(state, deployment, status, { to, reason: cause, now })
  return { status: back.status, tell: [failed, ...back.tell] }
}
