/** Bugs to plant, in order to see that the simulation finds them. */
import type { ResourceClient } from '../../api/client/client.ts'
import type { Draft, Resource } from '../../api/meta/object.ts'
import type { ContainerInstance } from '../../api/v1/container-instance.ts'
import type { Lease } from '../../api/v1/core.ts'
import type { ScheduledTask } from '../../api/v1/scheduled-task.ts'
import type { ServiceDeployment } from '../../api/v1/service-deployment.ts'
import type { Task } from '../../api/v1/task.ts'
import type { TaskDefinition } from '../../api/v1/task-definition.ts'
import { type Random, randomBelow } from '../../lib/random.ts'

/** Wraps the client of the controllers. */
export type Plant = (client: ResourceClient, random: Random) => ResourceClient

/** Creates tasks under names of chance: what a crash, a lost answer or an old cache makes twice is made twice. */
const unguardedCreate: Plant = (client, random) => ({
  ...client,
  create: (kind, object, signal) =>
    client.create(kind, kind.kind === 'Task' ? renamed(object, random) : object, signal),
})

/** Keeps the form `<revision>-<slot>-<attempt>`, so that nothing but the guard is missing. */
function renamed<T extends Resource>(object: Draft<T>, random: Random): Draft<T> {
  const name = object.metadata.name?.replace(/-\d+$/, `-${1 + randomBelow(random, 1_000_000)}`)
  return { ...object, metadata: { ...object.metadata, name } } as Draft<T>
}

/** Believes every lease to be free: what an election without a lease would do. */
const stolenLease: Plant = (client) => ({
  ...client,
  async get(kind, key, signal) {
    const object = await client.get(kind, key, signal)
    if (kind.kind !== 'Lease' || key.name.startsWith('container-instance-')) return object
    const { holderIdentity: _, ...spec } = (object as unknown as Lease).spec
    return { ...object, spec }
  },
})

/** Takes a deployment that went back for one that is still to be rolled out: it fails and goes back for ever. */
const loopingRollback: Plant = (client) => ({
  ...client,
  updateStatus: (kind, object, signal) => client.updateStatus(kind, forgetful(object), signal),
})

function forgetful<T extends Resource>(object: T): T {
  const { status } = object as unknown as ServiceDeployment
  if (object.kind !== 'ServiceDeployment' || status?.status !== 'ROLLBACK_SUCCESSFUL') return object
  return { ...object, status: { status: 'PENDING' } }
}

/** Does not see that a task is protected. */
const blindToProtection: Plant = (client) => ({
  ...client,
  async list(kind, options, signal) {
    const page = await client.list(kind, options, signal)
    return { ...page, items: page.items.map(unprotected) }
  },
  async *watch(kind, options, signal) {
    for await (const event of client.watch(kind, options, signal))
      yield event.type === 'BOOKMARK' ? event : { ...event, object: unprotected(event.object) }
  },
})

function unprotected<T extends Resource>(object: T): T {
  if (object.kind !== 'Task') return object
  const { protection: _, ...spec } = (object as unknown as Task).spec
  return { ...object, spec }
}

/** Writes no runs into the status of scheduled tasks: what was begun is known to who began it alone. */
const forgottenRuns: Plant = (client) => ({
  ...client,
  updateStatus(kind, object, signal) {
    if (kind.kind !== 'ScheduledTask') return client.updateStatus(kind, object, signal)
    const { status } = object as unknown as ScheduledTask
    return client.updateStatus(kind, { ...object, status: { ...status, runs: [] } }, signal)
  },
})

/** Takes a lost instance's tasks for stopped, whatever their service says. */
const replacedAfterLoss: Plant = (client) => ({
  ...client,
  async patch(kind, key, patch, signal) {
    const task = await client.patch(kind, key, patch, signal)
    const { spec } = patch.body as Partial<Task>
    if (kind.kind !== 'Task' || spec?.stopCode !== 'TerminationNotice') return task
    const status = { ...(task as unknown as Task).status, lastStatus: 'STOPPED' }
    return client.updateStatus(kind, { ...task, status }, signal)
  },
})

/** Never sees what people ask of a rollout: that it be paused, aborted or sent back. */
const deafToRequests: Plant = (client) => ({
  ...client,
  async list(kind, options, signal) {
    const list = await client.list(kind, options, signal)
    return { ...list, items: list.items.map(withoutRequests) }
  },
  async *watch(kind, options, signal) {
    for await (const event of client.watch(kind, options, signal))
      yield event.type === 'BOOKMARK' ? event : { ...event, object: withoutRequests(event.object) }
  },
})

function withoutRequests<T extends Resource>(object: T): T {
  if (object.kind !== 'Service' && object.kind !== 'ServiceDeployment') return object
  const { paused: _, stop: __, ...spec } = (object as unknown as { spec: Record<string, unknown> }).spec
  return { ...object, spec }
}

/** Starts tasks without telling them which digest their revision is settled on. */
const unpinnedTasks: Plant = (client) => ({
  ...client,
  create: (kind, object, signal) => client.create(kind, kind.kind === 'Task' ? unpinned(object) : object, signal),
})

function unpinned<T extends Resource>(object: Draft<T>): Draft<T> {
  const { containerImages: _, ...spec } = (object as unknown as Task).spec
  return { ...object, spec }
}

/** Deletes the newest deployment of a service instead of the one that is old. */
const hastyGarbage: Plant = (client) => ({
  ...client,
  async delete(kind, key, options, signal) {
    if (kind.kind !== 'ServiceDeployment') return client.delete(kind, key, options, signal)
    const { items } = await client.list(kind, { namespace: key.namespace }, signal)
    const all = items as unknown as readonly ServiceDeployment[]
    const service = all.find(({ metadata }) => metadata.name === key.name)?.spec.service
    const [newest] = all
      .filter(({ spec }) => spec.service === service)
      .sort((a, b) => b.spec.deployment - a.spec.deployment)
    return client.delete(kind, { ...key, name: newest?.metadata.name ?? key.name }, {}, signal)
  },
})

/** Takes each step of a rollout for one that was watched since long ago. */
const hastySteps: Plant = (client) => ({
  ...client,
  updateStatus: (kind, object, signal) => client.updateStatus(kind, backdated(object), signal),
})

function backdated<T extends Resource>(object: T): T {
  const { status } = object as unknown as ServiceDeployment
  if (object.kind !== 'ServiceDeployment' || status?.shift?.reachedAt === undefined) return object
  return { ...object, status: { ...status, shift: { ...status.shift, reachedAt: '2020-01-01T00:00:00Z' } } }
}

/** Takes images for pulled as soon as they are asked for. */
const unprefetched: Plant = (client) => ({
  ...client,
  updateStatus: async (kind, object, signal) => pulled(await client.updateStatus(kind, object, signal)),
  async list(kind, options, signal) {
    const page = await client.list(kind, options, signal)
    return { ...page, items: page.items.map(pulled) }
  },
  async *watch(kind, options, signal) {
    for await (const event of client.watch(kind, options, signal))
      yield event.type === 'BOOKMARK' ? event : { ...event, object: pulled(event.object) }
  },
})

function pulled<T extends Resource>(object: T): T {
  const { status } = object as unknown as ContainerInstance
  if (object.kind !== 'ContainerInstance' || status?.prefetch === undefined) return object
  const images = status.prefetch.flatMap((one) =>
    one.images.map((image) => ({ image, pulledAt: '2026-01-01T00:00:00Z' })),
  )
  return { ...object, status: { ...status, images } }
}

/** Gives tasks of lifecycle hooks names of chance: who looks for them finds none, and makes another. */
const unguardedHooks: Plant = (client, random) => ({
  ...client,
  create: (kind, object, signal) => {
    const isHook = object.metadata.labels?.['gantry.dev/lifecycle-hook'] !== undefined
    return client.create(kind, isHook ? renamed(object, random) : object, signal)
  },
})

/** Lets a revision go as soon as somebody deletes it, whatever uses it. */
const carelessRelease: Plant = (client) => ({
  ...client,
  updateStatus(kind, object, signal) {
    const { deletionTimestamp } = object.metadata
    if (kind.kind !== 'TaskDefinitionRevision' || deletionTimestamp === undefined)
      return client.updateStatus(kind, object, signal)
    return client.update(kind, { ...object, metadata: { ...object.metadata, finalizers: [] } }, signal)
  },
})

/** Counts revisions by those that are left. */
const recountedRevisions: Plant = (client) => ({
  ...client,
  async get(kind, key, signal) {
    const object = await client.get(kind, key, signal)
    if (kind.kind !== 'Lease' || !key.name.startsWith('task-definition.')) return object
    return { ...object, spec: { ...(object as unknown as Lease).spec, leaseTransitions: 0 } }
  },
  async list(kind, options, signal) {
    const page = await client.list(kind, options, signal)
    return { ...page, items: page.items.map(uncounted) }
  },
  async *watch(kind, options, signal) {
    for await (const event of client.watch(kind, options, signal))
      yield event.type === 'BOOKMARK' ? event : { ...event, object: uncounted(event.object) }
  },
})

function uncounted<T extends Resource>(object: T): T {
  if (object.kind !== 'TaskDefinition') return object
  const { status } = object as unknown as TaskDefinition
  return { ...object, status: { ...status, latestRevision: undefined } }
}

export const plants: Readonly<Record<string, Plant>> = {
  'unguarded-create': unguardedCreate,
  'stolen-lease': stolenLease,
  unprefetched,
  'looping-rollback': loopingRollback,
  'blind-to-protection': blindToProtection,
  'forgotten-runs': forgottenRuns,
  'replaced-after-loss': replacedAfterLoss,
  'deaf-to-requests': deafToRequests,
  'unpinned-tasks': unpinnedTasks,
  'hasty-garbage': hastyGarbage,
  'hasty-steps': hastySteps,
  'unguarded-hooks': unguardedHooks,
  'careless-release': carelessRelease,
  'recounted-revisions': recountedRevisions,
}
