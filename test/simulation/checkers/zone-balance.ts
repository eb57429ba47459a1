/** How even the tasks of services are over availability zones (ecs-core 5.9), and that nothing is moved that need not be. */
import type { ContainerInstance } from '../../../api/v1/container-instance.ts'
import type { Service } from '../../../api/v1/service.ts'
import type { ServiceDeployment } from '../../../api/v1/service-deployment.ts'
import type { ServiceRevision } from '../../../api/v1/service-revision.ts'
import type { Task } from '../../../api/v1/task.ts'
import type { TaskDefinitionRevision } from '../../../api/v1/task-definition.ts'
import { between, type Instant } from '../../../lib/time.ts'
import { endedBadly, newestDeployment } from '../failed-deployments.ts'
import { type Change, keyIn, type Model } from '../history.ts'
import type { Checker, Staleness } from './checker.ts'
import { boundsOf, isLiveTask, isStoppedTask, serviceOf, tasksOf } from './service-bounds.ts'

const zoneAttribute = 'ecs.availability-zone'
const annotation = 'gantry.dev/availability-zone-rebalancing'

const zoneIn = (instance: ContainerInstance | undefined): string | undefined =>
  instance?.status?.attributes?.find(({ name }) => name === zoneAttribute)?.value

const placed = (model: Model, { metadata, spec }: Task): string | undefined =>
  zoneIn(model.get<ContainerInstance>('ContainerInstance', `${metadata.namespace}/${spec.containerInstance}`))

const takes = ({ spec, status }: ContainerInstance): boolean =>
  spec.status === 'ACTIVE' && status?.agentConnected === true

function evensOut(service: Service): boolean {
  const { availabilityZoneRebalancing: said, placementStrategy: [first] = [], desiredCount = 0, paused } = service.spec
  if (said === 'DISABLED' || paused === true || service.spec.schedulingStrategy === 'DAEMON') return false
  const { upper } = boundsOf(service)
  const { maximumPercent: max = 200 } = service.spec.deploymentConfiguration ?? {}
  return max > 100 && upper > desiredCount && (first === undefined || first.field === `attribute:${zoneAttribute}`)
}

/** Whether the instance has room for one more, by what it reports. */
function hasRoom({ status }: ContainerInstance, definition: TaskDefinitionRevision): boolean {
  const free = status?.remainingResources
  const containers = definition.spec.taskDefinition.containerDefinitions
  const sum = (of: (c: (typeof containers)[number]) => number): number => containers.reduce((all, c) => all + of(c), 0)
  const ports = containers.flatMap(({ portMappings = [] }) => portMappings.map(({ hostPort = 0 }) => hostPort))
  return (
    free !== undefined &&
    free.memory >= sum((c) => c.memoryReservation ?? c.memory ?? 0) &&
    free.cpu >= sum((c) => c.cpu) &&
    !ports.some((port) => port !== 0 && free.ports.includes(port))
  )
}

function countsOf(model: Model, tasks: readonly Task[], zones: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map(zones.map((zone) => [zone, 0]))
  for (const task of tasks) {
    const zone = placed(model, task) ?? task.metadata.annotations?.[annotation]
    if (zone !== undefined && counts.has(zone)) counts.set(zone, (counts.get(zone) ?? 0) + 1)
  }
  return counts
}

/** Whether it is a task of this very service, not of one that had its name before. */
function isOf(service: Service, { metadata }: Task, model: Model): boolean {
  const owner = metadata.ownerReferences?.[0]
  const revision = model.get<ServiceRevision>('ServiceRevision', `${metadata.namespace}/${owner?.name}`)
  return revision?.metadata.uid === owner?.uid && revision?.metadata.ownerReferences?.[0]?.uid === service.metadata.uid
}

/** Eligible services that could be more even; once nothing is protected any more they have to be. */
export function* uneven(model: Model): Iterable<string> {
  const instances = [...model.all<ContainerInstance>('ContainerInstance')].filter(takes)
  const zones = [...new Set(instances.flatMap((instance) => zoneIn(instance) ?? []))].sort()
  if (zones.length < 2) return
  for (const service of model.all<Service>('Service')) {
    if (!evensOut(service) || endedBadly(service, model)) continue
    const key = keyIn(service)
    const tasks = tasksOf(model, key).filter(isLiveTask)
    const definition = model.get<TaskDefinitionRevision>('TaskDefinitionRevision', tasks[0]?.spec.taskDefinition ?? '')
    const counts = countsOf(model, tasks, zones)
    const most = Math.max(...counts.values())
    const better = zones.find(
      (zone) =>
        most - (counts.get(zone) ?? 0) > 1 &&
        definition !== undefined &&
        instances.some((instance) => zoneIn(instance) === zone && hasRoom(instance, definition)),
    )
    const text = zones.map((zone) => `${counts.get(zone)} in ${zone}`).join(', ')
    if (better !== undefined) yield `service ${key} has ${text}, and ${better} has room`
    if (service.status?.availabilityZoneRebalancing?.state === 'IN_PROGRESS') yield `service ${key} is being evened out`
  }
}

/**
 * Tasks for other zones are started for services at rest, and where two less are than elsewhere. Judged where nothing that
 * matters changed for as long as what a controller knows may be old.
 */
export function movesAreNeeded(staleness: Staleness): Checker {
  const touched = new Map<string, Instant>()
  let instancesTouched: Instant | undefined
  const follow = ({ kind, key, at, before, after }: Change): void => {
    const object = after ?? before
    const service = object === undefined || kind === 'Service' ? key : serviceOf(object)
    if (kind === 'Task' && service !== undefined) touched.set(service, at)
    if (kind === 'Service' && before?.metadata.generation !== after?.metadata.generation) touched.set(key, at)
    if (kind === 'ServiceDeployment' && object !== undefined) {
      const { namespace } = object.metadata
      touched.set(`${namespace}/${(object as ServiceDeployment).spec.service}`, at)
    }
    if (kind !== 'ContainerInstance') return
    const [old, now] = [before as ContainerInstance | undefined, after as ContainerInstance | undefined]
    if (old === undefined || now === undefined || takes(old) !== takes(now)) instancesTouched = at
  }
  return {
    name: 'a task goes to another zone only for a service at rest, and to even it out',
    check(change, model) {
      const task = change.after as Task | undefined
      const zone =
        change.kind === 'Task' && change.before === undefined ? task?.metadata.annotations?.[annotation] : undefined
      const key = task === undefined ? undefined : serviceOf(task)
      const before = key === undefined ? undefined : touched.get(key)
      follow(change)
      if (zone === undefined || key === undefined || task === undefined) return undefined
      const isRecent = (at: Instant | undefined): boolean => at !== undefined && between(at, change.at) < staleness()
      const service = model.get<Service>('Service', key)
      if (service === undefined || isRecent(before) || isRecent(instancesTouched)) return undefined
      const others = tasksOf(model, key).filter(
        (one) => !isStoppedTask(one) && one.metadata.uid !== task.metadata.uid && isOf(service, one, model),
      )
      if (others.length !== service.spec.desiredCount)
        return `${key} has ${others.length} tasks when ${change.key} is started`
      if (newestDeployment(service, model)?.status?.finishedAt === undefined)
        return `${key} is being deployed when ${change.key} is started`
      const zones = [...new Set([zone, ...others.flatMap((one) => placed(model, one) ?? [])])]
      const counts = countsOf(model, others, zones)
      if (Math.max(...counts.values()) - (counts.get(zone) ?? 0) > 1) return undefined
      return `${change.key} is started for ${zone}: ${zones.map((one) => `${counts.get(one)} in ${one}`).join(', ')}`
    },
  }
}
