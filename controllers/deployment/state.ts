/** What is known about the rollout of one service: its deployments, and how far each revision's tasks are. */
import { controllerOf, isDeleting } from '../../api/meta/object.ts'
import type { ContainerInstance } from '../../api/v1/container-instance.ts'
import { daemonInstances } from '../../api/v1/daemon-instances.ts'
import type { Service } from '../../api/v1/service.ts'
import { type TaskBounds, taskBounds } from '../../api/v1/service-bounds.ts'
import type { ServiceDeployment } from '../../api/v1/service-deployment.ts'
import { shortened, slotAndAttempt } from '../../api/v1/service-names.ts'
import type { ServiceRevision } from '../../api/v1/service-revision.ts'
import { isStopped, isStopping, type Task } from '../../api/v1/task.ts'
import type { TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import { isHealthy } from '../../api/v1/task-health.ts'

export interface RevisionProgress {
  readonly revision: ServiceRevision
  /** Tasks that run or start. */
  readonly live: number
  readonly healthy: number
  /** Tasks that are not STOPPED: live and stopping ones. */
  readonly active: number
}

export interface RolloutState {
  readonly service: Service
  /** By number; the last one is the one that counts. */
  readonly deployments: readonly ServiceDeployment[]
  /** What the newest deployment rolls out. */
  readonly target: RevisionProgress | undefined
  /** All other revisions, by number. */
  readonly others: readonly RevisionProgress[]
  /** Tasks the service wants in all. */
  readonly desired: number
  readonly bounds: TaskBounds
}

export interface Inputs {
  readonly service: Service
  readonly revisions: readonly ServiceRevision[]
  readonly deployments: readonly ServiceDeployment[]
  tasksOf(revision: ServiceRevision): readonly Task[]
  definition(name: string): TaskDefinitionRevision | undefined
  /** All of the namespace; asked for DAEMON only. */
  instances(): readonly ContainerInstance[]
}

function progressOf(revision: ServiceRevision, inputs: Inputs): RevisionProgress {
  const definition = inputs.definition(revision.spec.taskDefinition)?.spec.taskDefinition
  const active = inputs.tasksOf(revision).filter((task) => !isStopped(task))
  const live = active.filter((task) => !isStopping(task))
  const healthy = live.filter((task) => isHealthy(task, definition))
  return { revision, live: live.length, healthy: healthy.length, active: active.length }
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
    controllerOf(object)?.uid === service.metadata.uid && !isDeleting(object)
  const deployments = inputs.deployments.filter(owned).sort((a, b) => a.spec.deployment - b.spec.deployment)
  const progress = inputs.revisions
    .filter(owned)
    .sort((a, b) => a.spec.revision - b.spec.revision)
    .map((revision) => progressOf(revision, inputs))
  const targetName = deployments.at(-1)?.spec.targetServiceRevision
  const target = progress.find(({ revision }) => revision.metadata.name === targetName)
  const daemon = service.spec.schedulingStrategy === 'DAEMON'
  const desired = daemon ? daemonCount(inputs, target?.revision) : (service.spec.desiredCount ?? 0)
  return {
    service,
    deployments,
    target,
    others: progress.filter((one) => one !== target),
    desired,
    bounds: taskBounds(service.spec, desired),
  }
}
