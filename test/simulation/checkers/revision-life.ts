/** Revisions of task definitions: no number is given twice, and what is in use does not go (ecs-core 3.6). */
import type { Service } from '../../../api/v1/service.ts'
import type { ServiceRevision } from '../../../api/v1/service-revision.ts'
import type { Task } from '../../../api/v1/task.ts'
import type { Instant } from '../../../lib/time.ts'
import type { Change } from '../history.ts'
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

/** What began to use a revision a moment ago may not have been seen by who lets it go. */
export function usedStays(staleness: Staleness): Checker {
  const uses = new Map<string, { readonly name: string; readonly since: Instant }>()

  function note({ kind, key, after, at }: Change): void {
    const name = neededBy(kind, after)
    const user = `${kind} ${key}`
    if (name === undefined) uses.delete(user)
    else if (uses.get(user)?.name !== name) uses.set(user, { name, since: at })
  }

  return {
    name: 'a revision that is in use does not go',
    check(change) {
      note(change)
      const { kind, key, after, at, actor } = change
      // A write that its writer had given up is of a moment ago, too.
      if (kind !== 'TaskDefinitionRevision' || after !== undefined || actor.startsWith('late ')) return undefined
      const users = [...uses].filter(([, { name, since }]) => name === key && at - since > staleness())
      return users.length === 0 ? undefined : `${key} is gone, and ${users.map(([user]) => user).join(', ')} needs it`
    },
  }
}
