/** How far a service's newest rollout is, in a line; what it came to when it has ended. */
import { conditionOf, isTrue } from '../../api/meta/conditions.ts'
import { cannotPullAhead } from '../../api/v1/service.ts'
import { isBackByRequest, type ServiceDeployment } from '../../api/v1/service-deployment.ts'
import { templateHash } from '../../api/v1/service-template.ts'
import { revisionText } from '../../api/v1/task-definition-reference.ts'
import type { RolloutFacts } from './facts.ts'

export interface Progress {
  readonly is: 'under way' | 'succeeded' | 'failed'
  readonly line: string
}

const underWay = (line: string): Progress => ({ is: 'under way', line })
const failed = (line: string): Progress => ({ is: 'failed', line })

/** `web.3` as ECS writes it. */
export const definitionText = (name: string | undefined): string =>
  name === undefined ? '<unknown>' : revisionText(name)

export function progressOf({ service, deployments, revision, resolution }: RolloutFacts): Progress {
  const { name, generation, deletionTimestamp } = service.metadata
  if (deletionTimestamp !== undefined) return failed(`Service ${name} is being deleted.`)
  if (resolution.is === 'missing') return failed(`Service ${name}: ${resolution.problem.message}`)
  const { observedGeneration, conditions } = service.status ?? {}
  if (observedGeneration !== generation) return underWay(`Waiting for the controller to see service ${name}.`)
  const stalled = isTrue(conditions, 'Stalled') ? conditionOf(conditions, 'Stalled') : undefined
  if (stalled?.reason === 'Invalid') return failed(`Service ${name}: ${stalled.message}`)
  if (resolution.is === 'waiting') return underWay(resolution.message)
  const ready = conditionOf(conditions, 'Ready')
  if (ready?.reason === 'DeploymentPaused') return underWay(`Service ${name} is paused. ${ready.message}`)
  const newest = deployments.at(-1)
  const asked = newest === undefined ? undefined : revision(newest.spec.targetServiceRevision)
  const wanted = resolution.definition.metadata.name
  if (newest === undefined || asked?.spec.templateHash !== templateHash(service, wanted))
    return underWay(`Waiting for a deployment of ${definitionText(wanted)}.`)
  const what = `Deployment ${newest.metadata.name} of ${definitionText(wanted)}`
  const isSeen = service.status?.currentServiceDeployment === newest.metadata.name
  const isWatched = service.spec.deploymentConfiguration?.deploymentCircuitBreaker?.enable === true
  // with a circuit breaker the deployment itself ends
  if (isSeen && !isWatched && stalled?.reason === cannotPullAhead) return failed(`${what}: ${stalled.message}`)
  const how = isSeen ? ready?.message : undefined
  return ended(newest, what) ?? underWay(`${what}: ${how ?? 'it has begun.'}`)
}

/** What it came to; undefined while it goes on. */
function ended(deployment: ServiceDeployment, what: string): Progress | undefined {
  const { status } = deployment
  const { statusReason = '', rollback, lastFailure } = status ?? {}
  const isSaid = lastFailure === undefined || statusReason.includes(lastFailure.reason)
  const last = isSaid ? '' : ` Last: task ${lastFailure.task}: ${lastFailure.reason}`
  switch (status?.status) {
    case 'SUCCESSFUL':
      return { is: 'succeeded', line: `${what} completed.` }
    case 'ROLLBACK_SUCCESSFUL':
      return isBackByRequest(deployment)
        ? failed(`${what} was rolled back to ${rollback?.serviceRevision} by request.${last}`)
        : failed(`${what} failed and was rolled back to ${rollback?.serviceRevision}.${last}`)
    case 'ROLLBACK_FAILED':
      return failed(`${what} failed, and so did the way back to ${rollback?.serviceRevision}. ${statusReason}${last}`)
    case 'STOPPED':
      return failed(`${what} was stopped. ${statusReason}${last}`)
    default:
      return undefined
  }
}
