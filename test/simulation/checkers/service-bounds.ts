/** What a service allows, as its reference says: lower = ceil(desired*min/100), upper = floor(desired*max/100); of a DAEMON see `daemons`. */
import type { Resource } from '../../../api/meta/object.ts'
import type { Service } from '../../../api/v1/service.ts'
import type { ServiceRevision } from '../../../api/v1/service-revision.ts'
import type { Task } from '../../../api/v1/task.ts'
import type { TaskDefinitionRevision } from '../../../api/v1/task-definition.ts'
import { type Instant, instant, parseTimestamp } from '../../../lib/time.ts'
import type { Change, Model } from '../history.ts'
import { RecentValues } from './recent.ts'

export interface Bounds {
  readonly lower: number
  readonly upper: number
  /** The maximum is what is wanted: a task counts until its containers are gone. */
  readonly strict: boolean
  /** Seconds in RUNNING after which a task counts as healthy: without a health check, and with one. */
  readonly ready: readonly [unchecked: number, checked: number]
}

export function boundsOf({ spec }: Service): Bounds {
  const desired = spec.desiredCount ?? 0
  const { minimumHealthyPercent: min = 100, maximumPercent: max = 200 } = spec.deploymentConfiguration ?? {}
  const { minReadySeconds: ready, deploymentCircuitBreaker: breaker } = spec.deploymentConfiguration ?? {}
  const daemon = spec.schedulingStrategy === 'DAEMON'
  return {
    lower: Math.ceil((desired * min) / 100),
    upper: daemon ? Number.POSITIVE_INFINITY : Math.floor((desired * max) / 100),
    strict: !daemon && max <= 100,
    ready: [ready ?? (breaker?.enable === true ? 40 : 0), ready ?? 0],
  }
}

/** Follows the bounds of every service through time. */
export class BoundsHistory {
  readonly recent = new RecentValues<Bounds>()

  follow(change: Change): void {
    if (change.kind !== 'Service' || change.after === undefined) return
    const bounds = boundsOf(change.after as Service)
    const before = change.before === undefined ? undefined : boundsOf(change.before as Service)
    if (JSON.stringify(before) !== JSON.stringify(bounds)) this.recent.record(change.key, change.at, bounds)
  }
}

/** The service a task belongs to, as `namespace/name`. */
export function serviceOf(task: Resource): string | undefined {
  const name = task.metadata.labels?.['gantry.dev/service']
  return name === undefined ? undefined : `${task.metadata.namespace}/${name}`
}

export const tasksOf = (model: Model, service: string): readonly Task[] =>
  [...model.all<Task>('Task')].filter((task) => serviceOf(task) === service)

const order = [
  'PROVISIONING',
  'PENDING',
  'ACTIVATING',
  'RUNNING',
  'DEACTIVATING',
  'STOPPING',
  'DEPROVISIONING',
  'STOPPED',
]
/** Place in a task's life, 0 to 7. */
export const stageOf = (task: Task): number => order.indexOf(task.status?.lastStatus ?? 'PROVISIONING')
export const stageName = (task: Task): string => order[stageOf(task)] as string
export const isStoppedTask = (task: Task): boolean => stageOf(task) === 7
/** Neither stopped nor told to stop nor on its way out. */
export const isLiveTask = (task: Task): boolean =>
  task.spec.desiredStatus === 'RUNNING' && task.metadata.deletionTimestamp === undefined && stageOf(task) <= 3
const isChecked = (task: Task, model: Model): boolean =>
  (
    model.get<TaskDefinitionRevision>('TaskDefinitionRevision', task.spec.taskDefinition)?.spec.taskDefinition
      .containerDefinitions ?? []
  ).some((c) => c.essential !== false && c.healthCheck !== undefined)

/** When the task has been RUNNING for as long as these bounds ask for; always, when they ask for nothing. */
export function readyAt(task: Task, bounds: Bounds, model: Model): Instant {
  const [unchecked, checked] = bounds.ready
  const wait = isChecked(task, model) ? checked : unchecked
  if (wait === 0) return instant(Number.NEGATIVE_INFINITY)
  return instant((parseTimestamp(task.status?.startedAt) ?? Number.POSITIVE_INFINITY) + 1000 * wait)
}

/** Whether its revision is settled on other bytes than those that the task reports. */
export function isOfOtherImage(task: Task, model: Model): boolean {
  const revision = `${task.metadata.namespace}/${task.metadata.ownerReferences?.[0]?.name}`
  const settled = model.get<ServiceRevision>('ServiceRevision', revision)?.status?.containerImages ?? []
  return settled.some(({ containerName, imageDigest }) =>
    (task.status?.containers ?? []).some(
      (own) => own.name === containerName && (own.imageDigest ?? imageDigest) !== imageDigest,
    ),
  )
}

/** RUNNING and live, of its revision's image; and HEALTHY, if an essential container has a health check. */
export function isHealthyTask(task: Task, model: Model): boolean {
  if (!isLiveTask(task) || stageOf(task) !== 3 || isOfOtherImage(task, model)) return false
  return !isChecked(task, model) || task.status?.healthStatus === 'HEALTHY'
}
