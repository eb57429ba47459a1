/** What is known about one service: what it should run, its revisions and deployments, and what became of each task. */
import { controllerOf, isDeleting } from '../../api/meta/object.ts'
import { problemsText } from '../../api/meta/problems.ts'
import { type ContainerImage, resolvedImages, runsOtherImage } from '../../api/v1/container-images.ts'
import { type ContainerInstance, lostSince } from '../../api/v1/container-instance.ts'
import { daemonInstances } from '../../api/v1/daemon-instances.ts'
import { type Demand, demandOf, noDemand } from '../../api/v1/demand.ts'
import type { Tag } from '../../api/v1/names.ts'
import { Service } from '../../api/v1/service.ts'
import { type TaskBounds, taskBounds } from '../../api/v1/service-bounds.ts'
import { hasFailed, revisionInForce, type ServiceDeployment } from '../../api/v1/service-deployment.ts'
import { slotAndAttempt } from '../../api/v1/service-names.ts'
import type { ServiceRevision } from '../../api/v1/service-revision.ts'
import { isStopped, isStopping, lastStatusOf, type Task } from '../../api/v1/task.ts'
import type { TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import { type Definitions, resolveDefinition } from '../../api/v1/task-definition-resolution.ts'
import { isHealthy, isUnhealthy, readyAt } from '../../api/v1/task-health.ts'
import { tagsOfServiceTask } from '../../api/v1/task-tags.ts'
import { rebalancingAnnotation } from '../../api/v1/well-known.ts'
import { evensOutZones } from '../../api/v1/zone-rebalancing.ts'
import { type Instant, instant, parseTimestamp } from '../../lib/time.ts'
import { type Place, placeOf } from './strategies/place.ts'
import { type Prefetch, prefetchOf } from './strategies/prefetch.ts'
import { daemonSlot } from './strategies/slots.ts'
import { type Zone, zonesOf } from './strategies/zones.ts'

export interface TaskFacts {
  readonly task: Task
  readonly name: string
  /** Empty when the name is not one that a controller gives. */
  readonly slot: string
  readonly attempt: number
  readonly phase: 'pending' | 'running' | 'stopping' | 'stopped'
  /** Counts towards the minimum: well, RUNNING for long enough, and of its revision's image. */
  readonly healthy: boolean
  /** When a task that is well but not `healthy` will be. */
  readonly readyAt: Instant | undefined
  /** Reports UNHEALTHY, maybe still within its grace period. */
  readonly unhealthy: boolean
  /** It was started before the revision's digests were known, and runs other ones: to be replaced. */
  readonly otherImage: boolean
  readonly instance: string | undefined
  /** Undefined while it has no instance, or one that is not known. */
  readonly place: Place | undefined
  readonly demand: Demand
  /** The availability zone that it was started for, beyond what the service wants. */
  readonly rebalancesTo: string | undefined
  readonly onDraining: boolean
  /** Since when its instance is not heard, when that counts as lost. */
  readonly lostSince: string | undefined
  readonly createdAt: Instant
  readonly startedAt: Instant | undefined
}

export interface RevisionState {
  readonly revision: ServiceRevision
  readonly tasks: readonly TaskFacts[]
  /** Those that run or start. */
  readonly live: readonly TaskFacts[]
  /** Tasks that are not STOPPED: live and stopping ones. */
  readonly active: number
  /** The revision's newest task in each slot. */
  readonly newest: ReadonlyMap<string, TaskFacts>
  /** Highest attempt in each slot, as far as tasks or the status tell; also of what an earlier revision of this name left behind. */
  readonly attempts: ReadonlyMap<string, number>
  /** The digests that its tags stand for, as far as tasks have told (ecs-core 5.12). */
  readonly images: readonly ContainerImage[]
  /** What a task that is made now gets. */
  readonly tags: readonly Tag[]
  /** Tasks can start: its task definition is there, and its deployment has not failed. */
  readonly startable: boolean
}

/** What the service's taskDefinition means now. */
export type Resolution =
  | { readonly is: 'found'; readonly definition: TaskDefinitionRevision }
  /** Its head has a change that is not a revision yet. */
  | { readonly is: 'waiting'; readonly message: string }
  | { readonly is: 'missing'; readonly reason: string; readonly message: string }

export interface ServiceState {
  readonly service: Service
  readonly resolution: Resolution
  /** The service's own, by number. */
  readonly revisions: readonly RevisionState[]
  /** The service's own newest. */
  readonly deployment: ServiceDeployment | undefined
  /** What the newest deployment was made for: what the service's spec asked for then. */
  readonly asked: RevisionState | undefined
  /** The revision in force: what the newest deployment rolls out, or went back to. */
  readonly target: RevisionState | undefined
  /** Numbers for the next revision and deployment, never used before. */
  readonly nextRevision: number
  readonly nextDeployment: number
  /** Tasks the service wants in all; of a DAEMON one for each of `instances`. */
  readonly desired: number
  readonly bounds: TaskBounds
  /** Instances that should have a daemon task; empty for REPLICA. */
  readonly instances: readonly string[]
  readonly prefetch: Prefetch
  /** It evens out its availability zones. */
  readonly evensOut: boolean
  /** Those that take its tasks; empty when they are fewer than two. */
  zones(): readonly Zone[]
  /** Whether there is a task of this name, whosever it is. */
  isTaken(task: string): boolean
}

/** The resources that a pass looks at. */
export interface Inputs extends Definitions {
  readonly now: Instant
  readonly service: Service
  /** All in the namespace that name this service, also what an earlier service of this name left. */
  readonly revisions: readonly ServiceRevision[]
  readonly deployments: readonly ServiceDeployment[]
  /** All tasks whose owner has this revision's name. */
  tasksOf(revision: ServiceRevision): readonly Task[]
  /** Whether there is a task of this name, whosever it is. */
  isTaken(task: string): boolean
  instance(name: string): ContainerInstance | undefined
  /** All of the namespace; asked for DAEMON, for rollouts that stop first, and to even out zones. */
  instances(): readonly ContainerInstance[]
  /** Those that were asked to pull images for this service. */
  prefetching(): readonly ContainerInstance[]
}

const created = (object: { metadata: Task['metadata'] }): Instant =>
  parseTimestamp(object.metadata.creationTimestamp ?? undefined) ?? instant(0)

function phaseOf(task: Task): TaskFacts['phase'] {
  if (isStopped(task)) return 'stopped'
  if (isStopping(task)) return 'stopping'
  return lastStatusOf(task) === 'RUNNING' ? 'running' : 'pending'
}

function factsOf(
  task: Task,
  revision: string,
  images: readonly ContainerImage[],
  definition: TaskDefinitionRevision | undefined,
  demand: Demand,
  inputs: Inputs,
) {
  const { name } = task.metadata
  const instance = task.spec.containerInstance
  const host = instance === undefined ? undefined : inputs.instance(instance)
  const { slot, attempt } = slotAndAttempt(revision, name) ?? { slot: '', attempt: 0 }
  const content = definition?.spec.taskDefinition
  const ready = isHealthy(task, content)
    ? readyAt(task, content, inputs.service.spec.deploymentConfiguration)
    : undefined
  const waits = ready !== undefined && ready > inputs.now
  const otherImage = runsOtherImage(task, images)
  return {
    task,
    name,
    slot,
    attempt,
    phase: phaseOf(task),
    healthy: ready !== undefined && !waits && !otherImage,
    readyAt: waits ? ready : undefined,
    unhealthy: isUnhealthy(task),
    otherImage,
    instance,
    place: host === undefined ? undefined : placeOf(host),
    demand,
    rebalancesTo: task.metadata.annotations?.[rebalancingAnnotation],
    onDraining: host?.spec.status === 'DRAINING',
    lostSince: lostSince(host),
    createdAt: created(task),
    startedAt: parseTimestamp(task.status?.startedAt),
  } satisfies TaskFacts
}

const isLive = ({ phase }: TaskFacts): boolean => phase === 'pending' || phase === 'running'

function revisionState(revision: ServiceRevision, isClosed: boolean, inputs: Inputs): RevisionState {
  const { name, uid } = revision.metadata
  const definition = inputs.revision(revision.spec.taskDefinition)
  const demand = definition === undefined ? noDemand : demandOf(definition.spec.taskDefinition)
  const tasks: TaskFacts[] = []
  const newest = new Map<string, TaskFacts>()
  const attempts = new Map(Object.entries(revision.status?.attempts ?? {}))
  const all = inputs.tasksOf(revision)
  const images = resolvedImages(
    revision.status?.containerImages,
    definition?.spec.taskDefinition.containerDefinitions ?? [],
    all.filter((task) => controllerOf(task)?.uid === uid),
  )
  for (const task of all) {
    const facts = factsOf(task, name, images, definition, demand, inputs)
    attempts.set(facts.slot, Math.max(facts.attempt, attempts.get(facts.slot) ?? 0))
    if (controllerOf(task)?.uid !== uid) continue
    tasks.push(facts)
    if (facts.attempt >= (newest.get(facts.slot)?.attempt ?? 0)) newest.set(facts.slot, facts)
  }
  return {
    revision,
    tasks,
    live: tasks.filter(isLive),
    active: tasks.filter(({ phase }) => phase !== 'stopped').length,
    newest,
    attempts,
    images,
    tags: tagsOfServiceTask(inputs.service.spec, {
      cluster: inputs.service.metadata.namespace ?? '',
      service: inputs.service.metadata.name,
      ofDefinition: definition?.spec.taskDefinition.tags,
    }),
    startable: definition !== undefined && !isClosed,
  }
}

/** In the words in which our API server refuses such a service; a kube-apiserver takes what only code can say. */
function resolutionOf({ service, ...definitions }: Inputs, inUse: string | undefined): Resolution {
  const problems = Service.validate(service, undefined)
  if (problems.length > 0) return { is: 'missing', reason: 'Invalid', message: problemsText(problems) }
  const resolved = resolveDefinition(service.spec.taskDefinition, definitions, inUse)
  return resolved.is === 'missing' ? { ...resolved, message: problemsText([resolved.problem]) } : resolved
}

export function stateOf(inputs: Inputs): ServiceState {
  const { service } = inputs
  const owned = (object: Pick<Task, 'apiVersion' | 'kind' | 'metadata'>): boolean =>
    controllerOf(object)?.uid === service.metadata.uid
  const deployment = inputs.deployments
    .filter(owned)
    .sort((a, b) => a.spec.deployment - b.spec.deployment)
    .at(-1)
  const askedName = deployment?.spec.targetServiceRevision
  const closed = deployment !== undefined && hasFailed(deployment) ? askedName : undefined
  const revisions = inputs.revisions
    .filter(owned)
    .sort((a, b) => a.spec.revision - b.spec.revision)
    .map((revision) => revisionState(revision, revision.metadata.name === closed, inputs))
  const called = (name: string | undefined): RevisionState | undefined =>
    revisions.find(({ revision }) => revision.metadata.name === name)
  const asked = called(askedName)
  const target = deployment === undefined ? undefined : called(revisionInForce(deployment))
  const held = new Set(
    revisions.flatMap(({ tasks }) => tasks.filter((task) => task.phase !== 'stopped').map((task) => task.slot)),
  )
  const definition = inputs.revision(target?.revision.spec.taskDefinition ?? '')?.spec.taskDefinition
  const constraints = [...(service.spec.placementConstraints ?? []), ...(definition?.placementConstraints ?? [])]
  const daemon = service.spec.schedulingStrategy === 'DAEMON'
  const instances = daemon ? daemonInstances(inputs.instances(), (name) => held.has(daemonSlot(name)), constraints) : []
  const canStart = target?.startable === true && definition !== undefined
  const next = canStart ? { revision: target.revision, definition } : undefined
  const desired = isDeleting(service) ? 0 : daemon ? instances.length : (service.spec.desiredCount ?? 0)
  const bounds = taskBounds(service.spec, desired)
  const isStopFirst = !isDeleting(service) && desired > 0 && bounds.upper <= desired
  return {
    service,
    resolution: resolutionOf(inputs, asked?.revision.spec.taskDefinition),
    revisions,
    deployment,
    asked,
    target,
    nextRevision:
      1 + Math.max(service.status?.latestRevision ?? 0, ...inputs.revisions.map(({ spec }) => spec.revision)),
    nextDeployment:
      1 + Math.max(service.status?.latestDeployment ?? 0, ...inputs.deployments.map(({ spec }) => spec.deployment)),
    desired,
    bounds,
    instances,
    prefetch: prefetchOf({
      service,
      target: isStopFirst ? next : undefined,
      old: revisions.filter((one) => one !== target).flatMap(({ live }) => live.filter(({ healthy }) => healthy)),
      instances: () => inputs.instances(),
      asked: inputs.prefetching(),
    }),
    evensOut: !isDeleting(service) && evensOutZones(service.spec, definition?.placementConstraints),
    zones: () =>
      zonesOf({
        instances: inputs.instances(),
        constraints,
        demand: definition === undefined ? noDemand : demandOf(definition),
        isOccupied: (name) => (target?.live ?? []).some(({ instance }) => instance === name),
      }),
    isTaken: (task) => inputs.isTaken(task),
  }
}
