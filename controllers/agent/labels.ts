/** What is written on every container: the truth from which an agent recovers. */
import { ecsId, taskArn } from '../../api/v1/arn.ts'
import { type Demand, noDemand } from '../../api/v1/demand.ts'
import type { Task } from '../../api/v1/task.ts'
import type { TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import type { LabelFilter } from './engine/engine.ts'

/** The labels of the real ECS agent; tools look for them. */
export const ecsLabels = {
  taskArn: 'com.amazonaws.ecs.task-arn',
  cluster: 'com.amazonaws.ecs.cluster',
  containerName: 'com.amazonaws.ecs.container-name',
  family: 'com.amazonaws.ecs.task-definition-family',
  version: 'com.amazonaws.ecs.task-definition-version',
} as const

const own = {
  namespace: 'gantry.dev/namespace',
  instance: 'gantry.dev/container-instance',
  task: 'gantry.dev/task',
  taskUid: 'gantry.dev/task-uid',
  container: 'gantry.dev/container',
  /** What the task occupies on its host, as JSON: known even when the task's object is gone. */
  demand: 'gantry.dev/demand',
  imageDigest: 'gantry.dev/image-digest',
} as const

/** Which task and container an engine container belongs to. */
export interface Owner {
  readonly namespace: string
  readonly task: string
  readonly taskUid: string
  readonly container: string
}

/** An owner as read from a container: also what its task occupies on the host. */
export interface Occupant extends Owner {
  readonly demand: Demand
}

/** Selects the containers of one instance's agent: several agents may share an engine. */
export const containersOf = (namespace: string, instance: string): LabelFilter => ({
  [own.namespace]: namespace,
  [own.instance]: instance,
})

/**
 * `ecs-<family>-<revision>-<container>-<end of the task's uid>`: a second create after a crash meets its own first try.
 */
export const containerName = (revision: TaskDefinitionRevision, container: string, taskUid: string): string =>
  `ecs-${revision.spec.family}-${revision.spec.revision}-${container}-${ecsId(taskUid).slice(-12)}`

export interface Labelled {
  readonly task: Task
  readonly revision: TaskDefinitionRevision
  readonly container: string
  readonly instance: string
  readonly demand: Demand
}

export function labelsFor({ task, revision, container, instance, demand }: Labelled): Record<string, string> {
  const namespace = task.metadata.namespace ?? ''
  return {
    [ecsLabels.taskArn]: taskArn(namespace, task.metadata.uid),
    [ecsLabels.cluster]: namespace,
    [ecsLabels.containerName]: container,
    [ecsLabels.family]: revision.spec.family,
    [ecsLabels.version]: String(revision.spec.revision),
    [own.namespace]: namespace,
    [own.instance]: instance,
    [own.task]: task.metadata.name,
    [own.taskUid]: task.metadata.uid,
    [own.container]: container,
    [own.demand]: JSON.stringify(demand),
  }
}

/** The labels of a container of this image. */
export const withImageDigest = (
  labels: Readonly<Record<string, string>>,
  digest: string | undefined,
): Readonly<Record<string, string>> => (digest === undefined ? labels : { ...labels, [own.imageDigest]: digest })

/** The digest of the image that a container was made of, if it was known. */
export const imageDigestOf = (labels: Readonly<Record<string, string>>): string | undefined => labels[own.imageDigest]

/** Reads the labels back; undefined when they are not those of a task's container. */
export function ownerOf(labels: Readonly<Record<string, string>>): Occupant | undefined {
  const { [own.namespace]: namespace, [own.task]: task, [own.taskUid]: taskUid, [own.container]: container } = labels
  if (namespace === undefined || task === undefined || taskUid === undefined || container === undefined)
    return undefined
  return { namespace, task, taskUid, container, demand: readDemand(labels[own.demand]) }
}

function readDemand(text: string | undefined): Demand {
  try {
    return { ...noDemand, ...(JSON.parse(text ?? '{}') as Partial<Demand>) }
  } catch {
    return noDemand
  }
}
