/** How far a deployment is, and why it is not further. */
import { conditionOf, isTrue } from '../../api/meta/conditions.ts'
import { phaseTimesOf } from '../../api/v1/deployment-timeline.ts'
import { waitText } from '../../api/v1/deployment-wait.ts'
import type { Service } from '../../api/v1/service.ts'
import { isFinished, type ServiceDeployment } from '../../api/v1/service-deployment.ts'
import type { Task } from '../../api/v1/task.ts'
import { blockedAdvice, protectedAdvice, resumeAdvice } from './advice.ts'
import type { Cause, Explanation } from './explanation.ts'
import { failureCauses, hookAdvice, tryAgain } from './failed-deployment.ts'
import { type Around, protectedOf, type ServiceFacts, troublesOf } from './service.ts'

export interface DeploymentFacts extends Around, Pick<ServiceFacts, 'now'> {
  readonly deployment: ServiceDeployment
  /** That it is of, if it is there. */
  readonly service?: Service | undefined
  /** Tasks of the revision that it rolls out. */
  readonly tasks: readonly Task[]
  /** Those of its service. */
  readonly deployments?: readonly ServiceDeployment[]
  /** All of the service, those that it stops as well. */
  readonly allTasks?: readonly Task[]
}

export function explainDeployment(facts: DeploymentFacts): Explanation {
  const phases = phaseTimesOf(facts.deployment, facts.allTasks ?? facts.tasks)
  return { ...explanationOf(facts), ...(phases.length === 0 ? {} : { phases }) }
}

function explanationOf(facts: DeploymentFacts): Explanation {
  const { metadata, spec, status } = facts.deployment
  const object = `servicedeployment/${metadata.name}`
  const state = status?.status ?? 'PENDING'
  const said = status?.statusReason ?? 'It waits for its controller.'
  const summary = `Deployment ${metadata.name} is ${state}: ${said}`
  const { causes, advice } = troublesOf(facts, facts.tasks)
  const failed = failureCauses(facts.deployment, causes)
  if (failed.length > 0)
    return {
      object,
      state,
      summary,
      causes: failed,
      advice: [...hookAdvice(facts.deployment), ...advice, tryAgain(facts.deployment, facts.deployments ?? [])],
    }
  if (isFinished(facts.deployment)) return { object, state, summary, causes: [], advice: [] }
  const blocked = isTrue(status?.conditions, 'Blocked') ? conditionOf(status?.conditions, 'Blocked') : undefined
  const block: readonly Cause[] =
    blocked === undefined
      ? []
      : [{ of: object, reason: blocked.reason, message: blocked.message, at: blocked.lastTransitionTime }]
  const ready = conditionOf(facts.service?.status?.conditions, 'Ready')
  if (ready?.reason === 'TasksProtected') {
    const protectedTasks = protectedOf(facts.allTasks ?? facts.tasks, facts.now)
    const kept = {
      of: `service/${spec.service}`,
      reason: ready.reason,
      message: ready.message,
      at: ready.lastTransitionTime,
    }
    return { object, state, summary, causes: [...causes, kept], advice: [...advice, protectedAdvice(protectedTasks)] }
  }
  const waits = waitText(facts.deployment)
  const wait: readonly Cause[] =
    waits === undefined ? [] : [{ of: object, reason: 'Waiting', message: waits, at: status?.lifecycleStageStartedAt }]
  const pause: readonly Cause[] =
    status?.held === undefined ? [] : [{ of: object, reason: 'DeploymentPaused', message: 'its service is paused' }]
  const first = [
    ...(status?.held === undefined ? [] : [resumeAdvice(spec.service)]),
    ...(blocked === undefined ? [] : [blockedAdvice]),
  ]
  return { object, state, summary, causes: [...pause, ...wait, ...block, ...causes], advice: [...first, ...advice] }
}
