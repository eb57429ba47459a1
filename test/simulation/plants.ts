/** Bugs to plant, in order to see that the simulation finds them. */
import type { Draft, Resource } from '../../api/meta/object.ts'
import { Cluster } from '../../api/v1/cluster.ts'
import type { ContainerInstance } from '../../api/v1/container-instance.ts'
import type { Lease } from '../../api/v1/core.ts'
import type { ScheduledTask } from '../../api/v1/scheduled-task.ts'
import type { ServiceDeployment } from '../../api/v1/service-deployment.ts'
import type { Task } from '../../api/v1/task.ts'
import { type Plant, renamed, seeing } from './plants/plant.ts'
import { eagerRestarts } from './plants/restarts.ts'
import { carelessRelease, longHistory, noHistory, recountedRevisions } from './plants/revisions.ts'
import {
  blindToFailure,
  deafToRequests,
  endlessHooks,
  gregariousDaemons,
  hastyCompletion,
  hastyDaemons,
  hastySteps,
  loopingRollback,
  sideBySide,
  unguardedHooks,
  vainTimeline,
} from './plants/rollouts.ts'
import { wrongZone } from './plants/zones.ts'

/** Creates tasks under names of chance: what a crash, a lost answer or an old cache makes twice is made twice. */
const unguardedCreate: Plant = (client, random) => ({
  ...client,
  create: (kind, object, signal) =>
    client.create(kind, kind.kind === 'Task' ? renamed(object, random) : object, signal),
})

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

/** Who leads says so in an object that others watch, whenever it renews its lease. */
const restless: Plant = (client, random) => ({
  ...client,
  async update(kind, object, signal) {
    const updated = await client.update(kind, object, signal)
    const body = { metadata: { annotations: { seen: String(random.next()) } } }
    if (kind.kind === 'Lease' && object.metadata.name === 'controllers')
      await client.patch(Cluster, { namespace: '', name: 'default' }, { type: 'merge', body }, signal)
    return updated
  },
})

/** Does not see that a task is protected. */
const blindToProtection = seeing(unprotected)

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

/** Takes images for pulled as soon as they are asked for. */
const unprefetched: Plant = (client, random) => ({
  ...seeing(pulled)(client, random),
  updateStatus: async (kind, object, signal) => pulled(await client.updateStatus(kind, object, signal)),
})

function pulled<T extends Resource>(object: T): T {
  const { status } = object as unknown as ContainerInstance
  if (object.kind !== 'ContainerInstance' || status?.prefetch === undefined) return object
  const images = status.prefetch.flatMap((one) =>
    one.images.map((image) => ({ image, pulledAt: '2026-01-01T00:00:00Z' })),
  )
  return { ...object, status: { ...status, images } }
}

/** In what agents see and write. */
export const agentPlants: Readonly<Record<string, Plant>> = { 'eager-restarts': eagerRestarts }

/** In what controllers see and write. */
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
  'endless-hooks': endlessHooks,
  'careless-release': carelessRelease,
  'recounted-revisions': recountedRevisions,
  'side-by-side': sideBySide,
  'blind-to-failure': blindToFailure,
  'hasty-completion': hastyCompletion,
  'vain-timeline': vainTimeline,
  'wrong-zone': wrongZone,
  restless,
  'gregarious-daemons': gregariousDaemons,
  'hasty-daemons': hastyDaemons,
  'no-history': noHistory,
  'long-history': longHistory,
}
