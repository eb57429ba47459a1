/** Does what the plan for a task says. Engine work is only started here; its end wakes the task. */
import { controllerOf, keyOf } from '../../api/meta/object.ts'
import type { ContainerDefinition } from '../../api/v1/container-definition.ts'
import { isConsistent } from '../../api/v1/container-images.ts'
import { ServiceRevision } from '../../api/v1/service-revision.ts'
import { Task } from '../../api/v1/task.ts'
import type { TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import { containersFinalizer } from '../../api/v1/well-known.ts'
import { unlessGone, unreachable } from '../../lib/errors.ts'
import type { Deps } from '../runtime/controller.ts'
import { containerSpec, stopTimeoutOf } from './container-spec.ts'
import type { WantedImage } from './images.ts'
import type { Owner } from './labels.ts'
import type { Operations } from './operations.ts'
import type { Action, Plan } from './plan.ts'

export interface ApplyOptions {
  readonly deps: Pick<Deps, 'client' | 'log'>
  readonly operations: Operations
  /** The agent's container instance. */
  readonly instance: string
}

/** Starts the actions, then writes the status. Faults: those of the client; a task that is gone meanwhile is no fault. */
export async function apply(
  options: ApplyOptions,
  task: Task,
  revision: TaskDefinitionRevision | 'missing',
  { actions, status }: Plan,
  signal: AbortSignal,
): Promise<void> {
  for (const action of actions) await act(options, task, revision, action, signal)
  if (status === undefined) return
  await unlessGone(options.deps.client.updateStatus(Task, { ...task, status }, signal))
  if (status.lastStatus !== task.status?.lastStatus)
    options.deps.log.info(
      { task: keyOf(task), lastStatus: status.lastStatus, stopCode: status.stopCode, reason: status.stoppedReason },
      'task changed',
    )
}

async function act(
  { deps, operations, instance }: ApplyOptions,
  task: Task,
  revision: TaskDefinitionRevision | 'missing',
  action: Action,
  signal: AbortSignal,
): Promise<void> {
  const definition = (name: string) =>
    revision === 'missing'
      ? undefined
      : revision.spec.taskDefinition.containerDefinitions.find((container) => container.name === name)
  switch (action.do) {
    case 'launch': {
      const container = definition(action.container)
      if (revision === 'missing' || container === undefined) return
      const owner = ownerFor(task, action.container)
      return operations.launch(owner, containerSpec(task, revision, container, instance), wantedImage(task, container))
    }
    case 'restart':
      return operations.restart(ownerFor(task, action.container), action.id)
    case 'cancel':
      return operations.cancel(task.metadata.uid, action.container)
    case 'stop':
      return operations.stop(ownerFor(task, action.container), action.id, stopTimeoutOf(definition(action.container)))
    case 'remove':
      return operations.remove(ownerFor(task, action.container), action.id)
    case 'release': {
      const finalizers = (task.metadata.finalizers ?? []).filter((name) => name !== containersFinalizer)
      await unlessGone(deps.client.update(Task, { ...task, metadata: { ...task.metadata, finalizers } }, signal))
      return
    }
    default:
      return unreachable(action)
  }
}

/** The digest that the task was given for its tag; else its service revision shares one, unless it does not want that. */
function wantedImage(task: Task, container: ContainerDefinition): WantedImage {
  const { name, image } = container
  const owner = controllerOf(task)
  const given = task.spec.containerImages?.find(({ containerName }) => containerName === name)
  return {
    image,
    imageDigest: given?.imageDigest,
    settledBy: isConsistent(container) && owner?.kind === ServiceRevision.kind ? owner.uid : undefined,
  }
}

const ownerFor = (task: Task, container: string): Owner => ({
  namespace: task.metadata.namespace ?? '',
  task: task.metadata.name,
  taskUid: task.metadata.uid,
  container,
})
