/** Makes revisions and writes statuses. */
import type { ResourceClient } from '../../api/client/client.ts'
import { controllerReference, keyOf } from '../../api/meta/object.ts'
import { labelValue } from '../../api/v1/service-names.ts'
import { revisionName, TaskDefinition, TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import { familyLabel, inUseFinalizer } from '../../api/v1/well-known.ts'
import { isEqual } from '../../lib/equal.ts'
import { Fault, isFault, unlessGone, unreachable } from '../../lib/errors.ts'
import { limits } from './limits.ts'
import { takeNumber } from './number.ts'
import type { Registration, Status } from './plan.ts'
import { type Namespaces, presentReferences } from './present-references.ts'
import { holdersOf, holdersText } from './strategies/holders.ts'
import type { Step } from './strategies/life.ts'

/** Whether the revision called `name` is what `register` would have made: then an earlier try of ours got through. */
async function isOurs(client: ResourceClient, head: TaskDefinition, name: string, spec: unknown, signal: AbortSignal) {
  const found = await client.get(TaskDefinitionRevision, { namespace: '', name }, signal)
  const owner = found.metadata.ownerReferences?.some(({ uid }) => uid === head.metadata.uid) ?? false
  return owner && isEqual(found.spec.taskDefinition, spec)
}

/** Makes the revision under the next free number. Faults: Invalid and TooLarge when the API refuses it. */
export async function register(
  client: ResourceClient,
  head: TaskDefinition,
  { spec, registration, taken: known }: Registration,
  signal: AbortSignal,
): Promise<void> {
  const family = spec.family ?? head.metadata.name
  let taken = known
  for (let attempt = 0; attempt < limits.numberAttempts; attempt++) {
    const revision = await takeNumber(client, head.metadata.name, { taken, registration }, signal)
    const name = revisionName(head.metadata.name, revision)
    const metadata = {
      name,
      labels: { [familyLabel]: labelValue(family) },
      finalizers: [inUseFinalizer],
      ownerReferences: [controllerReference(head)],
    }
    try {
      await client.create(
        TaskDefinitionRevision,
        { metadata, spec: { family, revision, taskDefinition: spec }, status: undefined },
        signal,
      )
      return
    } catch (error) {
      if (!isFault(error, 'AlreadyExists')) throw error
      if (await isOurs(client, head, name, spec, signal)) return
      taken = revision
    }
  }
  throw new Fault('Unavailable', `no free revision number for ${head.metadata.name}: others register at the same time`)
}

/** One step in the life of a revision, on the very version that it was decided on. */
async function take(client: ResourceClient, step: Step, namespaces: Namespaces, signal: AbortSignal): Promise<void> {
  const { revision } = step
  const { metadata, spec } = revision
  const { uid, resourceVersion, finalizers = [] } = metadata
  const update = (next: TaskDefinitionRevision) => client.update(TaskDefinitionRevision, next, signal)
  switch (step.do) {
    case 'hold':
      await update({ ...revision, metadata: { ...metadata, finalizers: [...finalizers, inUseFinalizer] } })
      break
    case 'setStatus':
      await client.updateStatus(TaskDefinitionRevision, { ...revision, status: step.status }, signal)
      break
    case 'deregister':
      await update({ ...revision, spec: { ...spec, desiredStatus: 'INACTIVE' } })
      break
    case 'delete': {
      const options = { preconditions: { uid, resourceVersion }, propagationPolicy: 'Background' as const }
      await client.delete(TaskDefinitionRevision, keyOf(revision), options, signal)
      break
    }
    case 'release': {
      // a cache may be behind, and nothing brings back what is gone; what holds it now will be seen, and waited for
      const holders = holdersOf(revision, await presentReferences(client, revision, namespaces, signal))
      if (holders.length > 0) throw new Fault('Conflict', `${metadata.name} is held by ${holdersText(holders)}`)
      const others = finalizers.filter((name) => name !== inUseFinalizer)
      await update({ ...revision, metadata: { ...metadata, finalizers: others } })
      break
    }
    default:
      unreachable(step)
  }
}

/** Takes the steps one after another; what went meanwhile needs none. Faults: Conflict when one was decided on an old view. */
export async function applySteps(
  client: ResourceClient,
  steps: readonly Step[],
  namespaces: Namespaces,
  signal: AbortSignal,
): Promise<void> {
  for (const step of steps) await unlessGone(take(client, step, namespaces, signal))
}

/** Writes the head's status when it changed. */
export async function applyStatus(
  client: ResourceClient,
  head: TaskDefinition,
  status: Status,
  signal: AbortSignal,
): Promise<void> {
  if (isEqual(status, head.status ?? {})) return
  await client.updateStatus(TaskDefinition, { ...head, status }, signal)
}
