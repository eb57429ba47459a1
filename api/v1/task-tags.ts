/** The tags that a task is given when it is made: its own, those of its service or task definition, and ECS's (ecs-core 1.7, 5.2). */
import type { propagateTags } from './ebs-volumes.ts'
import { managedTagKeys, type Tag } from './names.ts'

/** What a service, a schedule or RunTask says of the tags of its tasks. */
export interface TagWishes {
  readonly tags?: readonly Tag[] | undefined
  readonly propagateTags?: (typeof propagateTags)[number] | undefined
  readonly enableECSManagedTags?: boolean | undefined
}

/** Where the task runs, and for which service. */
export interface TaggedTask {
  readonly cluster: string
  readonly service?: string
  /** Tags of the task definition's revision. */
  readonly ofDefinition: readonly Tag[] | undefined
}

const managed = ({ cluster, service }: TaggedTask): readonly Tag[] => [
  { key: managedTagKeys.cluster, value: cluster },
  ...(service === undefined ? [] : [{ key: managedTagKeys.service, value: service }]),
]

/** Later ones of a key win; in the order in which keys come first. */
const merged = (...lists: readonly (readonly Tag[] | undefined)[]): readonly Tag[] => [
  ...new Map(lists.flatMap((list) => (list ?? []).map((tag) => [tag.key, tag] as const))).values(),
]

/** Of a task of its own: what it is given itself wins over what it gets from its definition. */
export const tagsOfTask = (wishes: TagWishes, task: TaggedTask): readonly Tag[] =>
  merged(
    wishes.propagateTags === 'TASK_DEFINITION' ? task.ofDefinition : [],
    wishes.tags,
    wishes.enableECSManagedTags === true ? managed(task) : [],
  )

/** Of a service's task: the service's own tags only when they are to be propagated. */
export const tagsOfServiceTask = (wishes: TagWishes, task: TaggedTask): readonly Tag[] =>
  tagsOfTask({ ...wishes, tags: wishes.propagateTags === 'SERVICE' ? wishes.tags : [] }, task)
