/** ECS's RunTask (ecs-core 2.3): the tasks that a request stands for, under names by which a second try meets the first. */
import { canonicalJson, digest } from '../../lib/canonical.ts'
import type { Draft } from '../meta/object.ts'
import type { Tag } from './names.ts'
import type { Task } from './task.ts'
import { parseTaskDefinitionReference } from './task-definition-reference.ts'
import { tagsOfTask } from './task-tags.ts'

/** ECS's bound of tasks in one request. */
export const mostTasksAtOnce = 10

export interface RunRequest {
  /** `web`, `web:3`. */
  readonly taskDefinition: string
  /** 1 to mostTasksAtOnce. */
  readonly count: number
  /** Makes the request idempotent: the same token and the same parameters mean the same tasks. */
  readonly clientToken?: string | undefined
  /** Further tags: of the task definition's revision, and those that ECS gives. */
  readonly propagateTags?: 'TASK_DEFINITION' | 'NONE' | undefined
  readonly enableECSManagedTags?: boolean | undefined
  /** The rest of the task's spec. */
  readonly spec?: Partial<Pick<Task['spec'], 'overrides' | 'group' | 'startedBy' | 'tags'>>
}

/** On a Task that was run with a token: digest of the request's parameters. */
const parametersAnnotation = 'gantry.dev/run-parameters'

const parametersOf = ({ clientToken: _, spec, ...request }: RunRequest): string =>
  digest(canonicalJson({ ...request, ...spec }))

/** Whether `task` was made for a request with these parameters. */
export const isOfRequest = ({ metadata }: Task, request: RunRequest): boolean =>
  metadata.annotations?.[parametersAnnotation] === parametersOf(request)

/** Of `web`, `web:3` and `web.3`; families have no dots. */
const familyOf = (reference: string): string => parseTaskDefinitionReference(reference).family.replace(/\.\d+$/, '')

/** A family as the beginning of a name: at most 200 characters of DNS. */
const nameOf = (reference: string): string =>
  familyOf(reference)
    .toLowerCase()
    .replace(/[^a-z0-9.-]/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, 200)
    .replace(/[^a-z0-9]+$/, '')

/** The tasks of `request`; `unique` makes names of a request without token, `ofDefinition` are the tags of what they run. */
export function requestedTasks(
  request: RunRequest,
  namespace: string,
  unique: string,
  ofDefinition: readonly Tag[] | undefined,
): readonly Draft<Task>[] {
  const { taskDefinition, count, clientToken, spec = {} } = request
  const tags = tagsOfTask({ ...request, tags: spec.tags }, { cluster: namespace, ofDefinition })
  const group = `family:${familyOf(taskDefinition)}`
  const stem =
    clientToken === undefined ? `${nameOf(taskDefinition) || 'task'}-${unique}` : `run-${digest(clientToken)}`
  return Array.from({ length: count }, (_, n) => ({
    metadata: {
      name: count === 1 && clientToken === undefined ? stem : `${stem}-${n}`,
      namespace,
      ...(clientToken === undefined ? {} : { annotations: { [parametersAnnotation]: parametersOf(request) } }),
    },
    spec: {
      taskDefinition,
      desiredStatus: 'RUNNING',
      group,
      ...spec,
      ...(tags.length === 0 ? {} : { tags: [...tags] }),
      ...(clientToken === undefined ? {} : { clientToken }),
    },
  }))
}
