/** Makes revisions and writes statuses. */
import type { ResourceClient } from '../../api/client/client.ts'
import { controllerReference } from '../../api/meta/object.ts'
import { labelValue } from '../../api/v1/service-names.ts'
import { revisionName, TaskDefinition, TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import { familyLabel } from '../../api/v1/well-known.ts'
import { isEqual } from '../../lib/equal.ts'
import { Fault, isFault, unreachable } from '../../lib/errors.ts'
import { limits } from './limits.ts'
import { takeNumber } from './number.ts'
import type { Action, Status } from './plan.ts'

type Register = Action & { readonly do: 'register' }

/** Whether the revision called `name` is what `register` would have made: then an earlier try of ours got through. */
async function isOurs(client: ResourceClient, head: TaskDefinition, name: string, spec: unknown, signal: AbortSignal) {
  const found = await client.get(TaskDefinitionRevision, { namespace: '', name }, signal)
  const owner = found.metadata.ownerReferences?.some(({ uid }) => uid === head.metadata.uid) ?? false
  return owner && isEqual(found.spec.taskDefinition, spec)
}

async function register(client: ResourceClient, head: TaskDefinition, action: Register, signal: AbortSignal) {
  const { spec, registration } = action
  const family = spec.family ?? head.metadata.name
  let { taken } = action
  for (let attempt = 0; attempt < limits.numberAttempts; attempt++) {
    const revision = await takeNumber(client, head.metadata.name, { taken, registration }, signal)
    const name = revisionName(head.metadata.name, revision)
    const metadata = {
      name,
      labels: { [familyLabel]: labelValue(family) },
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

export async function apply(
  client: ResourceClient,
  head: TaskDefinition,
  actions: readonly Action[],
  signal: AbortSignal,
): Promise<void> {
  for (const action of actions) {
    switch (action.do) {
      case 'register':
        await register(client, head, action, signal)
        break
      case 'activate': {
        const registeredAt = action.revision.metadata.creationTimestamp ?? undefined
        const status = { ...action.revision.status, status: 'ACTIVE' as const, registeredAt }
        await client.updateStatus(TaskDefinitionRevision, { ...action.revision, status }, signal)
        break
      }
      default:
        unreachable(action)
    }
  }
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
