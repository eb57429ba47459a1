/** Of a family old revisions go by themselves: beyond its limit, and only what nothing refers to, be it past or present. */
import type { Resource } from '../../../api/meta/object.ts'
import type { ScheduledTask } from '../../../api/v1/scheduled-task.ts'
import type { Service } from '../../../api/v1/service.ts'
import type { ServiceRevision } from '../../../api/v1/service-revision.ts'
import type { Task } from '../../../api/v1/task.ts'
import type { TaskDefinition, TaskDefinitionRevision } from '../../../api/v1/task-definition.ts'
import { between, type Instant } from '../../../lib/time.ts'
import type { Change, Model } from '../history.ts'
import type { Checker, Staleness } from './checker.ts'
import { RecentValues } from './recent.ts'

const usual = 20
const headOf = ({ metadata }: Resource): string => metadata.ownerReferences?.[0]?.name ?? ''
const isLeaving = ({ metadata }: Resource): boolean => metadata.deletionTimestamp !== undefined
const isActive = (revision: TaskDefinitionRevision): boolean =>
  revision.spec.desiredStatus !== 'INACTIVE' && !isLeaving(revision)

/** `web.3`, of `web:3` and `web.3`; nothing of a family. */
const numbered = (reference: string | undefined): readonly string[] =>
  reference !== undefined && /[.:]\d+$/.test(reference) ? [reference.replace(/:(\d+)$/, '.$1')] : []

/** The revisions that an object names, whatever its state. */
function namedBy(object: Resource | undefined): readonly string[] {
  switch (object?.kind) {
    case 'Service':
    case 'ServiceRevision':
      return numbered((object as Service | ServiceRevision).spec.taskDefinition)
    case 'Task': {
      const { spec, status } = object as Task
      return [...numbered(spec.taskDefinition), ...numbered(status?.taskDefinition)]
    }
    case 'ScheduledTask':
      return numbered((object as ScheduledTask).spec.taskTemplate.taskDefinition)
    default:
      return []
  }
}

/** Revisions of a family by number, oldest first, the deleted ones not among them. */
const revisionsOf = (head: string, model: Model): readonly TaskDefinitionRevision[] =>
  [...model.all<TaskDefinitionRevision>('TaskDefinitionRevision')]
    .filter((revision) => headOf(revision) === head && !isLeaving(revision))
    .sort((a, b) => a.spec.revision - b.spec.revision)

/** What changed within `staleness` may not be known to who lets a revision go. */
export function oldOnesGo(staleness: Staleness): Checker {
  const limits = new RecentValues<number>()
  /** By referrer: what it names, and since when. */
  const names = new Map<string, ReadonlyMap<string, Instant>>()
  /** Revisions that ceased to be ACTIVE, or to be there. */
  const over = new Map<string, { readonly revision: TaskDefinitionRevision; readonly at: Instant }>()

  function follow({ kind, key, at, before, after }: Change): void {
    if (kind === 'TaskDefinition' && after !== undefined)
      limits.record(after.metadata.name, at, (after as TaskDefinition).spec.revisionHistoryLimit ?? usual)
    if (kind === 'TaskDefinitionRevision') {
      const [old, now] = [before as TaskDefinitionRevision | undefined, after as TaskDefinitionRevision | undefined]
      if (old !== undefined && isActive(old) && (now === undefined || !isActive(now)))
        over.set(key, { revision: old, at })
      if (old !== undefined && !isLeaving(old) && (now === undefined || isLeaving(now)))
        over.set(key, { revision: old, at })
    }
    const referrer = `${kind} ${key}`
    const known = names.get(referrer)
    const now = namedBy(after)
    if (now.length > 0) names.set(referrer, new Map(now.map((name) => [name, known?.get(name) ?? at])))
    else names.delete(referrer)
  }

  function wrong(gone: TaskDefinitionRevision, at: Instant, model: Model): string | undefined {
    const { name } = gone.metadata
    const window = staleness()
    for (const [referrer, named] of names) {
      const since = named.get(name)
      if (since !== undefined && between(since, at) > window) return `${referrer} refers to it`
    }
    const isNewer = ({ spec }: TaskDefinitionRevision): boolean => spec.revision > gone.spec.revision
    const newer = new Map(
      [
        ...revisionsOf(headOf(gone), model),
        ...[...over.values()]
          .filter((one) => between(one.at, at) <= window && headOf(one.revision) === headOf(gone))
          .map(({ revision }) => revision),
      ]
        .filter(isNewer)
        .map((revision) => [revision.metadata.name, revision]),
    )
    const least = Math.min(...limits.within(headOf(gone), window, at))
    if (newer.size < least) return `${newer.size} are newer, and ${least} are to be kept`
    const active = [...newer.values()].some(
      (revision) => isActive(revision) || between(over.get(revision.metadata.name)?.at ?? at, at) <= window,
    )
    return active || !isActive(gone) ? undefined : 'it is the newest that is ACTIVE'
  }

  return {
    name: 'of a family only old revisions go by themselves, and none that anything refers to',
    check(change, model) {
      follow(change)
      const { kind, key, actor, at, before, after } = change
      if (kind !== 'TaskDefinitionRevision' || before === undefined || !actor.startsWith('controllers'))
        return undefined
      const [old, now] = [before as TaskDefinitionRevision, after as TaskDefinitionRevision | undefined]
      const deregistered = old.spec.desiredStatus !== 'INACTIVE' && now?.spec.desiredStatus === 'INACTIVE'
      const deleted = !isLeaving(old) && (now === undefined || isLeaving(now))
      const complaint = deregistered || deleted ? wrong(old, at, model) : undefined
      return complaint === undefined
        ? undefined
        : `${key} was ${deleted ? 'deleted' : 'deregistered'}, and ${complaint}`
    },
  }
}

/** Revisions that are still there, though their family keeps enough newer ones and nothing refers to them. */
export function* superfluous(model: Model): Iterable<string> {
  const named = new Set<string>()
  for (const kind of ['Service', 'ServiceRevision', 'Task', 'ScheduledTask'])
    for (const object of model.all(kind)) for (const name of namedBy(object)) named.add(name)
  for (const { metadata, spec } of model.all<TaskDefinition>('TaskDefinition')) {
    const own = revisionsOf(metadata.name, model)
    const newest = own.findLast(isActive)
    for (const revision of own.slice(0, Math.max(0, own.length - (spec.revisionHistoryLimit ?? usual))))
      if (revision !== newest && !named.has(revision.metadata.name))
        yield `revision ${revision.metadata.name} is still there`
  }
}
