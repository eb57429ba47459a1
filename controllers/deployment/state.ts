/** What is known about the rollout of one service: its deployments, and how far each revision's tasks are. */
import { controllerOf, isDeleting } from '../../api/meta/object.ts'
import { taskFailed } from '../../api/v1/circuit-breaker.ts'
import { runsOtherImage } from '../../api/v1/container-images.ts'
import type { ContainerInstance } from '../../api/v1/container-instance.ts'
import { daemonInstances } from '../../api/v1/daemon-instances.ts'
import type { Service } from '../../api/v1/service.ts'
import { type TaskBounds, taskBounds } from '../../api/v1/service-bounds.ts'
import { completedBefore, revisionInForce, type ServiceDeployment } from '../../api/v1/service-deployment.ts'
import { deploymentId, shortened, slotAndAttempt } from '../../api/v1/service-names.ts'
import type { ServiceRevision } from '../../api/v1/service-revision.ts'
import { isStopped, isStopping, type Task } from '../../api/v1/task.ts'
import type { TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import { isHealthy, isUnhealthy, provenAt, readyAt } from '../../api/v1/task-health.ts'
import { earliest, type Instant, parseTimestamp, plus, seconds } from '../../lib/time.ts'

export interface RevisionProgress {
  readonly revision: ServiceRevision
  /** Tasks that run or start. */
  readonly live: number
  readonly healthy: number
  /** Tasks that are not STOPPED: live and stopping ones. */
  readonly active: number
}

/** What became of the tasks that the newest deployment started of the revision in force. */
export interface Outcomes {
  /** Could not start, ended by themselves, or are unhealthy beyond the grace period. */
  readonly failed: readonly Task[]
  /** Have proved that their revision works. */
  readonly proven: readonly Task[]
}

/** A completed deployment to go back to. */
export interface RollbackTarget {
  readonly deployment: ServiceDeployment
  readonly revision: ServiceRevision
}

export interface RolloutState {
  readonly service: Service
  /** By number; the last one is the one that counts. */
  readonly deployments: readonly ServiceDeployment[]
  /** The revision in force: what the newest deployment rolls out, or went back to. */
  readonly target: RevisionProgress | undefined
  /** All other revisions, by number. */
  readonly others: readonly RevisionProgress[]
  /** Tasks the service wants in all. */
  readonly desired: number
  readonly bounds: TaskBounds
  readonly outcomes: Outcomes
  /** Of all its revisions. */
  readonly tasks: readonly Task[]
  readonly rollbackTarget: RollbackTarget | undefined
  /** Tasks that lifecycle hooks of the service's deployments run. */
  readonly hookTasks: readonly Task[]
  /** When time alone changes any of this. */
  readonly wakeAt: Instant | undefined
}

export interface Inputs {
  readonly now: Instant
  readonly service: Service
  readonly revisions: readonly ServiceRevision[]
  readonly deployments: readonly ServiceDeployment[]
  tasksOf(revision: ServiceRevision): readonly Task[]
  /** Those that lifecycle hooks of a deployment run. */
  hookTasksOf(deployment: ServiceDeployment): readonly Task[]
  definition(name: string): TaskDefinitionRevision | undefined
  /** All of the namespace; asked for DAEMON only. */
  instances(): readonly ContainerInstance[]
}

const definitionOf = (revision: ServiceRevision, inputs: Inputs) =>
  inputs.definition(revision.spec.taskDefinition)?.spec.taskDefinition

const isDue = (at: Instant | undefined, now: Instant): boolean => at !== undefined && at <= now

function progressOf(revision: ServiceRevision, inputs: Inputs): RevisionProgress {
  const definition = definitionOf(revision, inputs)
  const configuration = inputs.service.spec.deploymentConfiguration
  const active = inputs.tasksOf(revision).filter((task) => !isStopped(task))
  const live = active.filter((task) => !isStopping(task))
  const healthy = live.filter(
    (task) =>
      isHealthy(task, definition) &&
      isDue(readyAt(task, definition, configuration), inputs.now) &&
      !runsOtherImage(task, revision.status?.containerImages),
  )
  return { revision, live: live.length, healthy: healthy.length, active: active.length }
}

/** When failed health checks of `task` begin to count. */
const graceEnd = (task: Task, service: Service): Instant | undefined => {
  const startedAt = parseTimestamp(task.status?.startedAt)
  return startedAt === undefined ? undefined : plus(startedAt, seconds(service.spec.healthCheckGracePeriodSeconds ?? 0))
}

function outcomesOf(deployment: ServiceDeployment, revision: ServiceRevision, inputs: Inputs): Outcomes {
  const { service, now } = inputs
  const definition = definitionOf(revision, inputs)
  const id = deploymentId(deployment.metadata.name)
  const tasks = inputs.tasksOf(revision).filter(({ spec }) => spec.startedBy === id)
  return {
    failed: tasks.filter((task) => taskFailed(task) || (isUnhealthy(task) && isDue(graceEnd(task, service), now))),
    proven: tasks.filter((task) => isHealthy(task, definition) && isDue(provenAt(task, definition), now)),
  }
}

/** The next moment at which a task counts as healthy, proven or failed without any change of its own. */
function nextMoment(inputs: Inputs): Instant | undefined {
  const { service, now } = inputs
  const configuration = service.spec.deploymentConfiguration
  const moments = inputs.revisions.flatMap((revision) => {
    const definition = definitionOf(revision, inputs)
    return inputs.tasksOf(revision).flatMap((task) => {
      if (isUnhealthy(task)) return [graceEnd(task, service)]
      return isHealthy(task, definition) ? [readyAt(task, definition, configuration), provenAt(task, definition)] : []
    })
  })
  return earliest(...moments.filter((at) => at !== undefined && at > now))
}

/**
 * The last deployment before the newest that completed, of another revision (ecs-core 5.7). Its task definition must still be
 * there.
 */
function rollbackTargetOf(deployments: readonly ServiceDeployment[], inputs: Inputs): RollbackTarget | undefined {
  for (const deployment of completedBefore(deployments)) {
    const { targetServiceRevision } = deployment.spec
    const revision = inputs.revisions.find(({ metadata }) => metadata.name === targetServiceRevision)
    if (revision === undefined || isDeleting(revision) || definitionOf(revision, inputs) === undefined) continue
    return { deployment, revision }
  }
  return undefined
}

/** One daemon task for each instance that takes or keeps one. */
function daemonCount(inputs: Inputs, target: ServiceRevision | undefined): number {
  const slots = new Set(
    inputs.revisions.flatMap((revision) =>
      inputs
        .tasksOf(revision)
        .filter((task) => !isStopped(task))
        .map((task) => slotAndAttempt(revision.metadata.name, task.metadata.name)?.slot),
    ),
  )
  const definition = inputs.definition(target?.spec.taskDefinition ?? '')?.spec.taskDefinition
  const constraints = [...(inputs.service.spec.placementConstraints ?? []), ...(definition?.placementConstraints ?? [])]
  return daemonInstances(inputs.instances(), (instance) => slots.has(shortened(instance, 63)), constraints).length
}

export function stateOf(inputs: Inputs): RolloutState {
  const { service } = inputs
  const owned = (object: Pick<Task, 'apiVersion' | 'kind' | 'metadata'>): boolean =>
    controllerOf(object)?.uid === service.metadata.uid
  const deployments = inputs.deployments
    .filter((deployment) => owned(deployment) && !isDeleting(deployment))
    .sort((a, b) => a.spec.deployment - b.spec.deployment)
  const progress = inputs.revisions
    .filter(owned)
    .sort((a, b) => a.spec.revision - b.spec.revision)
    .map((revision) => progressOf(revision, inputs))
  const newest = deployments.at(-1)
  const inForce = newest === undefined ? undefined : revisionInForce(newest)
  const target = progress.find(({ revision }) => revision.metadata.name === inForce)
  const watched = service.spec.deploymentConfiguration?.deploymentCircuitBreaker?.enable === true
  const waits = watched || service.spec.deploymentConfiguration?.minReadySeconds !== undefined
  const daemon = service.spec.schedulingStrategy === 'DAEMON'
  const desired = daemon ? daemonCount(inputs, target?.revision) : (service.spec.desiredCount ?? 0)
  return {
    service,
    deployments,
    target,
    others: progress.filter((one) => one !== target),
    desired,
    bounds: taskBounds(service.spec, desired),
    tasks: progress.flatMap(({ revision }) => inputs.tasksOf(revision)),
    outcomes:
      watched && newest !== undefined && target !== undefined
        ? outcomesOf(newest, target.revision, inputs)
        : { failed: [], proven: [] },
    rollbackTarget: rollbackTargetOf(deployments, inputs),
    hookTasks: deployments.flatMap((deployment) => inputs.hookTasksOf(deployment)),
    wakeAt: waits ? nextMoment(inputs) : undefined,
  }
}
