/** Reads tasks: which wait for a place and what they ask for, which have one and what they reserve there. */
import { conditionOf } from '../../api/meta/conditions.ts'
import { type ClusterQuery, parseClusterQuery } from '../../api/v1/cluster-query-syntax.ts'
import { type Demand, demandOf, noDemand } from '../../api/v1/demand.ts'
import { effectiveDefinition } from '../../api/v1/effective-definition.ts'
import type { PlacementStrategy } from '../../api/v1/placement.ts'
import { isStopped, isStopping, type Task } from '../../api/v1/task.ts'
import type { TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import { scheduledCondition } from '../../api/v1/well-known.ts'
import { canonicalJson } from '../../lib/canonical.ts'

/** Why a task has no place: the condition's reason. */
export const refusalReasons = [
  'Invalid',
  'TaskDefinitionNotFound',
  'TaskDefinitionInactive',
  'WaitingForTaskDefinition',
  'NoContainerInstances',
  'NotPlaceable', // draining, deregistering, agent not connected
  'InsufficientCpu',
  'InsufficientMemory',
  'PortInUse',
  'ConstraintNotMet', // memberOf
  'NotDistinct', // distinctInstance
] as const
export type RefusalReason = (typeof refusalReasons)[number]

/** Reasons that only a person can take away. */
export const stallingReasons: ReadonlySet<string> = new Set<RefusalReason>([
  'Invalid',
  'TaskDefinitionNotFound',
  'TaskDefinitionInactive',
])

export interface Refusal {
  readonly reason: RefusalReason
  readonly message: string
}

/** What a task asks of the instance that it gets. */
export interface Ask {
  readonly group: string
  readonly demand: Demand
  readonly distinct: boolean
  /** All must hold. Undefined: an expression that cannot be read; nothing fulfils it. */
  readonly queries: readonly (ClusterQuery | undefined)[]
  readonly strategies: readonly PlacementStrategy[]
  /** It may go to one instance alone, as a daemon's task: that comes before what may go elsewhere (ecs-core 5.11). */
  readonly pinned: boolean
  /** Whether other tasks' placements can make room for it (affinity), not only their end. */
  readonly followsOthers: boolean
  /** Tasks of one shape are placed or refused alike. */
  readonly shape: string
}

/** A task definition as far as it is known: `unknown` must be looked up, a refusal came of that. */
export type KnownDefinition = TaskDefinitionRevision | 'unknown' | { readonly refusal: Refusal }

export const isKnown = (definition: KnownDefinition): definition is TaskDefinitionRevision =>
  definition !== 'unknown' && !('refusal' in definition)

/** The demand of a task with its overrides. */
const demandFrom = ({ spec: { overrides } }: Task, definition: KnownDefinition): Demand =>
  isKnown(definition) ? demandOf(effectiveDefinition(definition.spec.taskDefinition, overrides)) : noDemand

const groupOf = (task: Task, definition: KnownDefinition): string =>
  task.spec.group ?? `family:${isKnown(definition) ? definition.spec.family : task.spec.taskDefinition}`

const countsOthers = (query: ClusterQuery | undefined): boolean => {
  switch (query?.is) {
    case 'and':
    case 'or':
      return query.of.some(countsOthers)
    case 'not':
      return countsOthers(query.of)
    case 'test':
      return query.subject === 'task:group' || query.subject === 'runningTasksCount'
    case undefined:
      return false
  }
}

const namesInstance = (query: ClusterQuery | undefined): boolean =>
  query?.is === 'test' && query.subject === 'ec2InstanceId' && query.operator === '=='

function queryOf(expression: string): ClusterQuery | undefined {
  const parsed = parseClusterQuery(expression)
  return parsed.ok ? parsed.query : undefined
}

/** What `task` asks for, by its own spec and its definition's. */
export function askOf(task: Task, definition: TaskDefinitionRevision): Ask {
  const group = groupOf(task, definition)
  const constraints = [
    ...(definition.spec.taskDefinition.placementConstraints ?? []),
    ...(task.spec.placementConstraints ?? []),
  ]
  const queries = constraints
    .filter((constraint) => constraint.type === 'memberOf')
    .map((constraint) => queryOf(constraint.expression ?? ''))
  return {
    group,
    demand: demandFrom(task, definition),
    distinct: constraints.some((constraint) => constraint.type === 'distinctInstance'),
    queries,
    strategies: task.spec.placementStrategy ?? [],
    pinned: queries.some(namesInstance),
    followsOthers: queries.some(countsOthers),
    shape: canonicalJson([definition.metadata.uid, group, constraints, task.spec.overrides]),
  }
}

/** A task as the scheduler sees it; anything but waiting and bound is none of its business. */
export type Seen =
  | { readonly is: 'waiting'; readonly task: Waiting }
  | { readonly is: 'bound'; readonly task: Bound }
  | { readonly is: 'none' }

/** A task without a place. */
export interface Waiting {
  readonly name: string
  readonly uid: string
  readonly createdAt: string
  /** The version that a binding would be written on. */
  readonly version: string
  /** Undefined while its definition is not known. */
  readonly ask: Ask | undefined
  /** Why it is not even asked for a place. */
  readonly refusal: Refusal | undefined
  /** What its condition says. */
  readonly said: Refusal | undefined
}

/** A task with a place, whose reservation counts: bound, and not stopping (ecs-core 6.2). */
export interface Bound {
  readonly name: string
  readonly uid: string
  readonly instance: string
  readonly group: string
  readonly demand: Demand
  /** Still says Scheduled=False, from the time before it was bound. */
  readonly misreported: boolean
}

const saidBy = (task: Task): Refusal | undefined => {
  const condition = conditionOf(task.status?.conditions, scheduledCondition)
  if (condition?.status !== 'False') return undefined
  const reason = refusalReasons.find((known) => known === condition.reason)
  return { reason: reason ?? 'NotPlaceable', message: reason === undefined ? '' : condition.message }
}

/** Reads a task. */
export function seenOf(task: Task | undefined, definition: KnownDefinition): Seen {
  if (task === undefined || isStopped(task) || isStopping(task)) return { is: 'none' }
  const { name, uid, creationTimestamp, resourceVersion } = task.metadata
  const said = saidBy(task)
  const instance = task.spec.containerInstance
  if (instance !== undefined) {
    const group = groupOf(task, definition)
    const misreported = said !== undefined
    return { is: 'bound', task: { name, uid, instance, group, demand: demandFrom(task, definition), misreported } }
  }
  const ask = isKnown(definition) ? askOf(task, definition) : undefined
  const refusal = definition !== 'unknown' && 'refusal' in definition ? definition.refusal : undefined
  const createdAt = creationTimestamp ?? ''
  return { is: 'waiting', task: { name, uid, createdAt, version: resourceVersion, ask, refusal, said } }
}
