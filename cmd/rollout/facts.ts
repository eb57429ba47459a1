/** What the rollout commands read of a service. */
import type { ObjectKey } from '../../api/meta/object.ts'
import { Service } from '../../api/v1/service.ts'
import { ServiceDeployment } from '../../api/v1/service-deployment.ts'
import { ServiceRevision } from '../../api/v1/service-revision.ts'
import { TaskDefinition, TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import { parseTaskDefinitionReference } from '../../api/v1/task-definition-reference.ts'
import { type DefinitionResolution, resolveDefinition } from '../../api/v1/task-definition-resolution.ts'
import { unlessGone } from '../../lib/errors.ts'
import type { Session } from '../session.ts'

export interface RolloutFacts {
  readonly service: Service
  /** By number; the newest last. */
  readonly deployments: readonly ServiceDeployment[]
  revision(name: string): ServiceRevision | undefined
  /** What the service's reference to a task definition means now. */
  readonly resolution: DefinitionResolution
}

/** Faults: NotFound, those of the client. */
export async function rolloutFacts({ client, signal }: Session, key: ObjectKey): Promise<RolloutFacts> {
  const service = await client.get(Service, key, signal)
  const scope = { namespace: key.namespace, fieldSelector: `spec.service=${key.name}` }
  const [all, revisions] = await Promise.all([
    client.list(ServiceDeployment, scope, signal),
    client.list(ServiceRevision, scope, signal),
  ])
  const isOwn = ({ metadata }: ServiceDeployment | ServiceRevision): boolean =>
    metadata.ownerReferences?.some(({ uid }) => uid === service.metadata.uid) ?? false
  const deployments = all.items.filter(isOwn).toSorted((a, b) => a.spec.deployment - b.spec.deployment)
  const byName = new Map(revisions.items.filter(isOwn).map((one) => [one.metadata.name, one]))
  const revision = (name: string): ServiceRevision | undefined => byName.get(name)
  const inUse = revision(deployments.at(-1)?.spec.targetServiceRevision ?? '')?.spec.taskDefinition
  return { service, deployments, revision, resolution: await resolve({ client, signal }, service, inUse) }
}

async function resolve(
  { client, signal }: Pick<Session, 'client' | 'signal'>,
  { spec: { taskDefinition } }: Service,
  inUse: string | undefined,
): Promise<DefinitionResolution> {
  const { family } = parseTaskDefinitionReference(taskDefinition)
  const named = { namespace: '', name: family }
  const [head, exact] = await Promise.all([
    unlessGone(client.get(TaskDefinition, named, signal)),
    unlessGone(client.get(TaskDefinitionRevision, named, signal)),
  ])
  const fieldSelector = `spec.family=${head?.spec.family ?? family}`
  const { items } = await client.list(TaskDefinitionRevision, { fieldSelector }, signal)
  const definitions = { revision: () => exact, family: () => items, head: () => head }
  return resolveDefinition(taskDefinition, definitions, inUse)
}
