/** Bugs in how services are rolled out. */
import type { Resource } from '../../../api/meta/object.ts'
import type { ContainerInstance } from '../../../api/v1/container-instance.ts'
import type { ServiceDeployment } from '../../../api/v1/service-deployment.ts'
import type { Task } from '../../../api/v1/task.ts'
import { type Plant, renamed, seeing, writing } from './plant.ts'

/** Takes a deployment that went back for one that is still to be rolled out: it fails and goes back for ever. */
export const loopingRollback = writing(forgetful)

function forgetful<T extends Resource>(object: T): T {
  const { status } = object as unknown as ServiceDeployment
  if (object.kind !== 'ServiceDeployment' || status?.status !== 'ROLLBACK_SUCCESSFUL') return object
  return { ...object, status: { status: 'PENDING' } }
}

/** Takes each step of a rollout for one that was watched since long ago. */
export const hastySteps = writing(backdated)

function backdated<T extends Resource>(object: T): T {
  const { status } = object as unknown as ServiceDeployment
  if (object.kind !== 'ServiceDeployment' || status?.shift?.reachedAt === undefined) return object
  return { ...object, status: { ...status, shift: { ...status.shift, reachedAt: '2020-01-01T00:00:00Z' } } }
}

/** Never sees what people ask of a rollout: that it be paused, aborted or sent back. */
export const deafToRequests = seeing(withoutRequests)

function withoutRequests<T extends Resource>(object: T): T {
  if (object.kind !== 'Service' && object.kind !== 'ServiceDeployment') return object
  const { paused: _, stop: __, ...spec } = (object as unknown as { spec: Record<string, unknown> }).spec
  return { ...object, spec }
}

/** Forgets how long lifecycle hooks may take. */
export const endlessHooks = writing(endless)

function endless<T extends Resource>(object: T): T {
  const { status } = object as unknown as ServiceDeployment
  if (object.kind !== 'ServiceDeployment' || status?.lifecycleHookDetails === undefined) return object
  const lifecycleHookDetails = status.lifecycleHookDetails.map(({ expiresAt: _, ...detail }) => detail)
  return { ...object, status: { ...status, lifecycleHookDetails } }
}

/** Gives tasks of lifecycle hooks names of chance: who looks for them finds none, and makes another. */
export const unguardedHooks: Plant = (client, random) => ({
  ...client,
  create: (kind, object, signal) => {
    const isHook = object.metadata.labels?.['gantry.dev/lifecycle-hook'] !== undefined
    return client.create(kind, isHook ? renamed(object, random) : object, signal)
  },
})

/** Leaves what was superseded as it is: its rollout goes on beside the next. */
export const sideBySide = writing((object) => {
  const { status } = object as unknown as ServiceDeployment
  const isSuperseded = object.kind === 'ServiceDeployment' && status?.statusReason?.startsWith('Superseded by') === true
  return isSuperseded
    ? { ...object, status: { ...status, status: 'IN_PROGRESS', finishedAt: undefined, timeline: undefined } }
    : object
})

/** Takes what failed for what had completed: it may be gone back to. */
export const blindToFailure = seeing((object) => {
  const { status } = object as unknown as ServiceDeployment
  if (object.kind !== 'ServiceDeployment' || status?.status !== 'STOPPED') return object
  return { ...object, status: { ...status, status: 'SUCCESSFUL' } }
})

/** Takes a rollout for completed with its first progress. */
export const hastyCompletion: Plant = (client, random) => {
  const begun = new Set<string>()
  return writing((object) => {
    const { status } = object as unknown as ServiceDeployment
    if (object.kind !== 'ServiceDeployment' || status?.status !== 'IN_PROGRESS') return object
    if (!begun.has(object.metadata.uid)) {
      begun.add(object.metadata.uid)
      return object
    }
    return { ...object, status: { ...status, status: 'SUCCESSFUL', finishedAt: status.startedAt } }
  })(client, random)
}

/** Writes down that the slowest task was faster than half of them. */
export const vainTimeline = writing((object) => {
  const { status } = object as unknown as ServiceDeployment
  if (object.kind !== 'ServiceDeployment' || status?.timeline === undefined) return object
  const timeline = status.timeline.map((one) => ({ ...one, longestMilliseconds: one.medianMilliseconds }))
  return { ...object, status: { ...status, timeline } }
})

/** Never finds tasks of other services on an instance that drains. */
export const hastyDaemons = writing((object) => {
  const { status } = object as unknown as ContainerInstance
  return object.kind === 'ContainerInstance' && status?.replicaTasksCount !== undefined
    ? { ...object, status: { ...status, replicaTasksCount: 0 } }
    : object
})

/** Makes a daemon's tasks for whichever instance comes to mind. */
export const gregariousDaemons: Plant = (client) => ({
  ...client,
  create: (kind, object, signal) => {
    const { placementConstraints: constraints } = (object as unknown as Task).spec
    const all = constraints?.map((one) => ({ ...one, expression: one.expression?.replace(/== ".+"/, '== "one"') }))
    const isDaemons =
      kind.kind === 'Task' && constraints?.some(({ expression }) => expression?.includes('ec2InstanceId'))
    const spec = { ...(object as unknown as Task).spec, placementConstraints: all }
    return client.create(kind, isDaemons === true ? ({ ...object, spec } as typeof object) : object, signal)
  },
})
