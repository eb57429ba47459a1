/** Revisions of task definitions: no number is given twice, and what is in use does not go (ecs-core 3.6). */
import type { Service } from '../../../api/v1/service.ts'
import type { ServiceDeployment } from '../../../api/v1/service-deployment.ts'
import type { ServiceRevision } from '../../../api/v1/service-revision.ts'
import type { Task } from '../../../api/v1/task.ts'
import type { Instant } from '../../../lib/time.ts'
import type { Change, Model } from '../history.ts'
import type { Checker, Staleness } from './checker.ts'
import { isStoppedTask } from './service-bounds.ts'

/** The numbers of a family go up, for ever. */
export function numbersGivenOnce(): Checker {
  const given = new Set<string>()
  return {
    name: 'a revision number is given once',
    check({ kind, key, before, after }) {
      if (kind !== 'TaskDefinitionRevision' || before !== undefined || after === undefined) return undefined
      if (given.has(key)) return `${key} was made a second time`
      given.add(key)
      return undefined
    },
  }
}

/** The revision that the object needs, by name; a reference to a family needs none. */
function neededBy(kind: string, object: Change['after']): string | undefined {
  if (object === undefined) return undefined
  if (kind === 'Service') {
    const [, family, number] = /^(.+):(\d+)$/.exec((object as Service).spec.taskDefinition) ?? []
    return number === undefined ? undefined : `${family}.${number}`
  }
  if (kind === 'ServiceRevision') {
    const { desiredCount, taskDefinition } = (object as ServiceRevision).spec
    return desiredCount > 0 ? taskDefinition : undefined
  }
  if (kind !== 'Task' || isStoppedTask(object as Task)) return undefined
  return (object as Task).status?.taskDefinition ?? (object as Task).spec.taskDefinition
}

/** What a rollout goes to, and what it would go back to: the last that completed. Of one that is over, what it left in force. */
function neededByRollout(service: Service, model: Model): readonly string[] {
  const { namespace, uid, deletionTimestamp } = service.metadata
  if (deletionTimestamp !== undefined) return []
  const deployments = [...model.all<ServiceDeployment>('ServiceDeployment')]
    .filter(({ metadata }) => metadata.ownerReferences?.[0]?.uid === uid)
    .sort((a, b) => b.spec.deployment - a.spec.deployment)
  const [newest] = deployments
  if (newest === undefined) return []
  const { status, spec } = newest
  const target = spec.targetServiceRevision
  const last = deployments.find(
    (one) => one.status?.status === 'SUCCESSFUL' && one.spec.targetServiceRevision !== target,
  )
  const revisions =
    status?.finishedAt === undefined
      ? [target, status?.rollback?.serviceRevision ?? last?.spec.targetServiceRevision]
      : [status.rollback?.serviceRevision ?? target]
  return revisions.flatMap((name) => {
    const revision = model.get<ServiceRevision>('ServiceRevision', `${namespace}/${name}`)
    return revision === undefined ? [] : [revision.spec.taskDefinition]
  })
}

/** What began to use a revision a moment ago may not have been seen by who lets it go. */
export function usedStays(staleness: Staleness): Checker {
  const uses = new Map<string, ReadonlyMap<string, Instant>>()

  function note(user: string, names: readonly (string | undefined)[], at: Instant): void {
    const known = uses.get(user)
    const now = names.filter((name) => name !== undefined)
    if (now.length === 0) uses.delete(user)
    else uses.set(user, new Map(now.map((name) => [name, known?.get(name) ?? at])))
  }

  function follow({ kind, key, after, at, before }: Change, model: Model): void {
    note(`${kind} ${key}`, [neededBy(kind, after)], at)
    const object = after ?? before
    if (object === undefined || !['Service', 'ServiceRevision', 'ServiceDeployment'].includes(kind)) return
    const name = kind === 'Service' ? key : `${object.metadata.namespace}/${(object as ServiceDeployment).spec.service}`
    const service = model.get<Service>('Service', name)
    note(`rollout of ${name}`, service === undefined ? [] : neededByRollout(service, model), at)
  }

  return {
    name: 'a revision that is in use does not go',
    check(change, model) {
      follow(change, model)
      const { kind, key, after, at, actor } = change
      // A write that its writer had given up is of a moment ago, too.
      if (kind !== 'TaskDefinitionRevision' || after !== undefined || actor.startsWith('late ')) return undefined
      const users = [...uses].filter(([, names]) => at - (names.get(key) ?? at) > staleness())
      return users.length === 0 ? undefined : `${key} is gone, and ${users.map(([user]) => user).join(', ')} needs it`
    },
  }
}
