/** Makes revisions, deployments and tasks, tells tasks to stop, and writes statuses. */
import type { ResourceClient } from '../../api/client/client.ts'
import { controllerReference, keyOf } from '../../api/meta/object.ts'
import { ContainerInstance, zoneAttribute } from '../../api/v1/container-instance.ts'
import { Service, type ServiceStatus } from '../../api/v1/service.ts'
import { ServiceDeployment } from '../../api/v1/service-deployment.ts'
import { labelValue, serviceGroup } from '../../api/v1/service-names.ts'
import { ServiceRevision } from '../../api/v1/service-revision.ts'
import { stopReasons } from '../../api/v1/stop-reasons.ts'
import { Task } from '../../api/v1/task.ts'
import {
  containersFinalizer,
  createdAtAnnotation,
  inUseFinalizer,
  rebalancingAnnotation,
  serviceLabel,
  serviceRevisionLabel,
} from '../../api/v1/well-known.ts'
import { eachBounded } from '../../lib/each-bounded.ts'
import { isFault, unlessGone, unreachable } from '../../lib/errors.ts'
import { type Instant, milliTimestamp } from '../../lib/time.ts'
import { limits } from './limits.ts'
import type { Plan, Structural } from './plan.ts'
import type { Stop } from './strategies/converge.ts'
import type { Ask } from './strategies/prefetch.ts'
import { crashesAnnotation, startFailuresAnnotation } from './strategies/restarts.ts'
import type { Start } from './strategies/starts.ts'
import type { RevisionStatus } from './strategies/status.ts'

/** What was really done, for the service's events. */
export interface Done {
  readonly started: string[]
  /** Those of the started that take the place of one that reported UNHEALTHY. */
  readonly replacing: string[]
  /** Of the started and the stopped: what evens out availability zones, by zone. */
  readonly rebalancedIn: Map<string, string[]>
  readonly rebalancedOut: Map<string, string[]>
  readonly stoppedRunning: string[]
  readonly stoppedPending: string[]
  /** Those of the stopped that reported UNHEALTHY. */
  readonly unhealthy: string[]
}

/** Before anything is done. */
export const nothingDone = (): Done => ({
  started: [],
  replacing: [],
  rebalancedIn: new Map(),
  rebalancedOut: new Map(),
  stoppedRunning: [],
  stoppedPending: [],
  unhealthy: [],
})

const addTo = (lists: Map<string, string[]>, zone: string, task: string): void =>
  void lists.set(zone, [...(lists.get(zone) ?? []), task])

const labelsOf = (service: Service) => ({ [serviceLabel]: labelValue(service.metadata.name) })
const partOf = (service: Service) => ({
  namespace: service.metadata.namespace,
  labels: labelsOf(service),
  ownerReferences: [controllerReference(service)],
})

/**
 * One step of structure. AlreadyExists is thrown on: the cache was behind, and another pass sees what is there (and takes the
 * next number when it is somebody else's).
 */
async function structural(client: ResourceClient, step: Structural, signal: AbortSignal): Promise<void> {
  switch (step.do) {
    case 'setFinalizers': {
      const { service } = step
      const metadata = { ...service.metadata, finalizers: [...step.finalizers] }
      await client.update(Service, { ...service, metadata }, signal)
      break
    }
    case 'createRevision': {
      const metadata = { ...partOf(step.service), name: step.name, finalizers: [inUseFinalizer] }
      await client.create(ServiceRevision, { metadata, spec: step.spec }, signal)
      break
    }
    case 'createDeployment': {
      const metadata = { ...partOf(step.service), name: step.name }
      const spec = {
        service: step.service.metadata.name,
        deployment: step.number,
        targetServiceRevision: step.target,
        sourceServiceRevisions: [...step.sources],
      }
      await client.create(ServiceDeployment, { metadata, spec }, signal)
      break
    }
    case 'releaseRevision':
      await release(client, step.revision, signal)
      break
    default:
      unreachable(step)
  }
}

/** Lets a deleted revision go, as it was seen. */
export async function release(client: ResourceClient, revision: ServiceRevision, signal: AbortSignal): Promise<void> {
  const finalizers = (revision.metadata.finalizers ?? []).filter((name) => name !== inUseFinalizer)
  const metadata = { ...revision.metadata, finalizers }
  await unlessGone(client.update(ServiceRevision, { ...revision, metadata }, signal))
}

const annotationsOf = ({ startFailures, crashes, zone }: Start, now: Instant): Record<string, string> => ({
  [createdAtAnnotation]: milliTimestamp(now),
  ...(startFailures > 0 ? { [startFailuresAnnotation]: String(startFailures) } : {}),
  ...(crashes > 0 ? { [crashesAnnotation]: String(crashes) } : {}),
  ...(zone === undefined ? {} : { [rebalancingAnnotation]: zone }),
})

const memberOf = (expression: string) => ({ type: 'memberOf' as const, expression })

interface Making {
  readonly client: ResourceClient
  readonly service: Service
  readonly now: Instant
}

async function start({ client, service, now }: Making, step: Start, done: Done, signal: AbortSignal) {
  const { placementConstraints = [], placementStrategy } = service.spec
  const onlyThere = [
    ...(step.instance === undefined ? [] : [memberOf(`ec2InstanceId == "${step.instance}"`)]),
    ...(step.zone === undefined ? [] : [memberOf(`attribute:${zoneAttribute} == "${step.zone}"`)]),
  ]
  const constraints = [...placementConstraints, ...onlyThere]
  try {
    await client.create(
      Task,
      {
        metadata: {
          name: step.name,
          namespace: service.metadata.namespace,
          labels: { ...labelsOf(service), [serviceRevisionLabel]: labelValue(step.revision.metadata.name) },
          annotations: annotationsOf(step, now),
          finalizers: [containersFinalizer],
          ownerReferences: [controllerReference(step.revision)],
        },
        spec: {
          taskDefinition: step.revision.spec.taskDefinition,
          desiredStatus: 'RUNNING',
          group: `${serviceGroup}${service.metadata.name}`,
          startedBy: step.startedBy,
          ...(step.tags.length === 0 ? {} : { tags: [...step.tags] }),
          ...(step.images.length === 0 ? {} : { containerImages: [...step.images] }),
          ...(constraints.length === 0 ? {} : { placementConstraints: constraints }),
          ...(placementStrategy === undefined ? {} : { placementStrategy }),
        },
      },
      signal,
    )
    if (step.zone === undefined) done.started.push(step.name)
    else addTo(done.rebalancedIn, step.zone, step.name)
    if (step.replacesUnhealthy) done.replacing.push(step.name)
  } catch (error) {
    if (!isFault(error, 'AlreadyExists')) throw error // an earlier try got through
  }
}

async function stop(client: ResourceClient, step: Stop, done: Done, signal: AbortSignal) {
  const { task, reason } = step
  const { uid, resourceVersion } = task.metadata
  // This very version was chosen: a task that seemed not to be healthy may have become so, and would be missed now.
  const body = {
    metadata: { uid, resourceVersion },
    spec: { desiredStatus: 'STOPPED', stopCode: 'ServiceSchedulerInitiated', stoppedReason: reason },
  }
  try {
    await client.patch(Task, keyOf(task), { type: 'merge', body }, signal)
    if (step.zone !== undefined) addTo(done.rebalancedOut, step.zone, task.metadata.name)
    else (step.wasRunning ? done.stoppedRunning : done.stoppedPending).push(task.metadata.name)
    if (reason === stopReasons.failedHealthChecks) done.unhealthy.push(task.metadata.name)
  } catch (error) {
    if (!isFault(error, 'NotFound')) throw error
  }
}

/** Takes the steps of structure, then stops and starts tasks, many at once. `done` tells what happened even when it throws. */
export async function apply(
  making: Making,
  { structure, starts, stops }: Pick<Plan, 'structure' | 'starts' | 'stops'>,
  done: Done,
  signal: AbortSignal,
): Promise<void> {
  const { client } = making
  for (const step of structure) await structural(client, step, signal)
  const change = (step: Start | Stop): Promise<void> => {
    switch (step.do) {
      case 'start':
        return start(making, step, done, signal)
      case 'stop':
        return stop(client, step, done, signal)
      default:
        return unreachable(step)
    }
  }
  await eachBounded([...stops, ...starts], limits.writesInFlight, change, signal)
}

export async function applyRevisionStatuses(
  client: ResourceClient,
  statuses: readonly { readonly revision: ServiceRevision; readonly status: RevisionStatus }[],
  signal: AbortSignal,
): Promise<void> {
  for (const { revision, status } of statuses)
    await client.updateStatus(ServiceRevision, { ...revision, status }, signal)
}

/** Asks instances to pull images for the service, or no more. One that is gone has nothing to pull. */
export async function applyAsks(
  client: ResourceClient,
  service: string,
  asks: readonly Ask[],
  signal: AbortSignal,
): Promise<void> {
  const ask = async ({ instance, wants }: Ask, s: AbortSignal): Promise<void> => {
    const { prefetch = [], ...status } = instance.status ?? {}
    const others = prefetch.filter((one) => one.service !== service)
    const next = wants === undefined ? others : [...others, { service, ...wants, images: [...wants.images] }]
    const written = next.length === 0 ? status : { ...status, prefetch: next }
    await unlessGone(client.updateStatus(ContainerInstance, { ...instance, status: written }, s))
  }
  await eachBounded(asks, limits.writesInFlight, ask, signal)
}

export const applyStatus = (client: ResourceClient, service: Service, status: ServiceStatus, signal: AbortSignal) =>
  client.updateStatus(Service, { ...service, status }, signal)
