/** Bugs in the life of task definition revisions. */
import type { Resource } from '../../../api/meta/object.ts'
import type { Lease } from '../../../api/v1/core.ts'
import type { TaskDefinition } from '../../../api/v1/task-definition.ts'
import { type Plant, seeing } from './plant.ts'

/** Lets a revision go as soon as somebody deletes it, whatever uses it. */
export const carelessRelease: Plant = (client) => ({
  ...client,
  updateStatus(kind, object, signal) {
    const { deletionTimestamp } = object.metadata
    if (kind.kind !== 'TaskDefinitionRevision' || deletionTimestamp === undefined)
      return client.updateStatus(kind, object, signal)
    return client.update(kind, { ...object, metadata: { ...object.metadata, finalizers: [] } }, signal)
  },
})

/** Counts revisions by those that are left. */
export const recountedRevisions: Plant = (client, random) => ({
  ...seeing(uncounted)(client, random),
  async get(kind, key, signal) {
    const object = await client.get(kind, key, signal)
    if (kind.kind !== 'Lease' || !key.name.startsWith('task-definition.')) return object
    return { ...object, spec: { ...(object as unknown as Lease).spec, leaseTransitions: 0 } }
  },
})

function uncounted<T extends Resource>(object: T): T {
  if (object.kind !== 'TaskDefinition') return object
  const { status } = object as unknown as TaskDefinition
  return { ...object, status: { ...status, latestRevision: undefined } }
}

const keeping = (revisionHistoryLimit: number | undefined): Plant =>
  seeing((object) =>
    object.kind === 'TaskDefinition'
      ? { ...object, spec: { ...(object as unknown as TaskDefinition).spec, revisionHistoryLimit } }
      : object,
  )

/** Keeps nothing of a family's past, whatever its head says. */
export const noHistory = keeping(0)
/** Keeps as much of it as by default. */
export const longHistory = keeping(undefined)
