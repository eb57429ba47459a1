/** What refers to a revision as the API has it now: asked before the one step that nothing takes back. */
import type { ResourceClient } from '../../api/client/client.ts'
import type { Kind } from '../../api/meta/kind.ts'
import { keyOf, keyText, type Resource } from '../../api/meta/object.ts'
import { ScheduledTask } from '../../api/v1/scheduled-task.ts'
import { Service } from '../../api/v1/service.ts'
import { ServiceDeployment } from '../../api/v1/service-deployment.ts'
import { ServiceRevision } from '../../api/v1/service-revision.ts'
import { Task } from '../../api/v1/task.ts'
import type { TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import { revisionText } from '../../api/v1/task-definition-reference.ts'
import type { References } from './strategies/holders.ts'
import { namesOf, pinnedBy, runBy, scheduledBy } from './strategies/names.ts'

/** All that a controller sees; undefined: everything. */
export type Namespaces = readonly string[] | undefined

/** The References of this one revision; few objects are read of the kinds of which there are many. */
export async function presentReferences(
  client: ResourceClient,
  revision: TaskDefinitionRevision,
  namespaces: Namespaces,
  signal: AbortSignal,
): Promise<References> {
  const scopes = namespaces?.map((namespace) => ({ namespace })) ?? [{}]
  const found = async <T extends Resource>(kind: Kind<T>, ...selectors: readonly string[]): Promise<readonly T[]> => {
    const byKey = new Map<string, T>()
    for (const scope of scopes)
      for (const fieldSelector of selectors) {
        const { items } = await client.list(kind, { ...scope, fieldSelector }, signal)
        for (const item of items) byKey.set(keyText(keyOf(item)), item)
      }
    return [...byKey.values()]
  }
  const names = namesOf(revision)
  const isNamed = (pinned: readonly string[]): boolean => pinned.some((name) => names.includes(name))
  const spelt = [...names, ...names.map(revisionText)].map((name) => `spec.taskDefinition=${name}`)
  const serviceRevisions = await found(ServiceRevision, `spec.taskDefinition=${revision.metadata.name}`)
  const deployments = new Map<ServiceRevision, readonly ServiceDeployment[]>()
  for (const one of serviceRevisions) {
    const { namespace = '' } = one.metadata
    const scope = { namespace, fieldSelector: `spec.service=${one.spec.service}` }
    deployments.set(one, (await client.list(ServiceDeployment, scope, signal)).items)
  }
  const services = (await found(Service, '')).filter(({ spec }) => isNamed(pinnedBy(spec.taskDefinition)))
  const schedules = (await found(ScheduledTask, '')).filter((schedule) => isNamed(scheduledBy(schedule)))
  const resolved = names.map((name) => `status.taskDefinition=${name}`)
  const tasks = (await found(Task, ...spelt, ...resolved)).filter((task) => isNamed(runBy(task)))
  return {
    pinned: () => services,
    schedules: () => schedules,
    serviceRevisions: () => serviceRevisions,
    deployments: (of) => deployments.get(of) ?? [],
    tasks: () => tasks,
  }
}
