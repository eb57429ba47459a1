/** The taskdefinition controller: the head of a family -> its immutable revisions, and what becomes of each. */
import { conditionOf } from '../../api/meta/conditions.ts'
import { isDeleting, keyOf, keyText, parseKey, type Resource } from '../../api/meta/object.ts'
import { problemsText } from '../../api/meta/problems.ts'
import { ScheduledTask } from '../../api/v1/scheduled-task.ts'
import { Service } from '../../api/v1/service.ts'
import { ServiceDeployment } from '../../api/v1/service-deployment.ts'
import { ServiceRevision } from '../../api/v1/service-revision.ts'
import { isStopped, Task } from '../../api/v1/task.ts'
import { TaskDefinition, TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import { inUseCondition } from '../../api/v1/well-known.ts'
import { isFault } from '../../lib/errors.ts'
import { again, type Cache, type Controller, type Deps, index, mapped, own } from '../runtime/controller.ts'
import { applyStatus, applySteps, register } from './apply.ts'
import { limits } from './limits.ts'
import { plan, refused } from './plan.ts'
import { headNameOf, stateOf } from './state.ts'
import type { References } from './strategies/holders.ts'
import { type Lives, livesOf, oldOf } from './strategies/life.ts'
import { namesOf, pinnedBy, runBy, scheduledBy } from './strategies/names.ts'

const byHead = 'taskdefinition/head'
/** Revisions by all names that a reference may give them, dotted: `web.3`. */
const byName = 'taskdefinition/name'
/** What refers to one revision, by the name it gives it. */
const byReference = 'taskdefinition/reference'
const byService = 'taskdefinition/service'

export interface TaskDefinitionOptions {
  /** Delete old revisions that nothing refers to; not for who sees only some of what may refer to them. Default true. */
  readonly retention?: boolean
  /** All that it sees; absent: everything. */
  readonly namespaces?: readonly string[] | undefined
}

const serviceKey = ({ metadata }: Resource, service: string): string =>
  keyText({ namespace: metadata.namespace ?? '', name: service })

const keepOf = (head: TaskDefinition): number => head.spec.revisionHistoryLimit ?? limits.revisionHistory

/** Whether it matters to the revision that something stops to refer to it: it is to go, or beyond what its family keeps. */
function lingers(revision: TaskDefinitionRevision, cache: Cache): boolean {
  if (isDeleting(revision)) return true
  const head = cache.get(TaskDefinition, { namespace: '', name: headNameOf(revision.metadata.name) })
  return head !== undefined && (head.status?.latestRevision ?? 0) - revision.spec.revision >= keepOf(head)
}

/** The families of those that are called so, as far as they linger. */
const headsOf = (names: readonly string[], cache: Cache): readonly string[] =>
  names
    .flatMap((name) => cache.indexed(TaskDefinitionRevision, byName, name))
    .filter((revision) => lingers(revision, cache))
    .map(({ metadata }) => headNameOf(metadata.name))

const referencesIn = (cache: Cache): References => ({
  pinned: (revision) => namesOf(revision).flatMap((name) => cache.indexed(Service, byReference, name)),
  schedules: (revision) => namesOf(revision).flatMap((name) => cache.indexed(ScheduledTask, byReference, name)),
  serviceRevisions: ({ metadata }) => cache.indexed(ServiceRevision, byReference, metadata.name),
  deployments: (of) => cache.indexed(ServiceDeployment, byService, serviceKey(of, of.spec.service)),
  tasks: (revision) => namesOf(revision).flatMap((name) => cache.indexed(Task, byReference, name)),
})

/** A changed head makes the next `<head>.<N>`; numbers are never reused, not even by a new head of the same name. */
export function taskDefinitionController(
  d: Deps,
  { retention = true, namespaces }: TaskDefinitionOptions = {},
): Controller {
  const references = referencesIn(d.cache)

  /** Registers what the head asks for, and says how it stands. */
  async function reconcileHead(
    head: TaskDefinition,
    sameName: readonly TaskDefinitionRevision[],
    signal: AbortSignal,
  ): Promise<void> {
    const now = d.clock.now()
    const decided = plan(stateOf(head, sameName), now)
    if (decided.register === undefined) return applyStatus(d.client, head, decided.status, signal)
    // A kube-apiserver took what only code can say; what is registered already is not judged again.
    const problems = TaskDefinition.validate(head, undefined)
    if (problems.length > 0) return applyStatus(d.client, head, refused(head, problemsText(problems), now), signal)
    try {
      await register(d.client, head, decided.register, signal)
    } catch (error) {
      if (!isFault(error, 'Invalid', 'TooLarge')) throw error
      return applyStatus(d.client, head, refused(head, error.message, now), signal)
    }
    return applyStatus(d.client, head, decided.status, signal)
  }

  /** Who deletes a revision hears what it waits for. */
  function tell({ steps }: Lives): void {
    for (const step of steps) {
      if (step.do !== 'setStatus') continue
      const said = conditionOf(step.status.conditions, inUseCondition)
      const before = conditionOf(step.revision.status?.conditions, inUseCondition)
      if (said !== undefined && before === undefined)
        d.events.event(step.revision, 'Warning', inUseCondition, said.message)
    }
  }

  return {
    name: 'taskdefinition',
    concurrency: limits.concurrency,
    watches: [
      own(TaskDefinition),
      mapped(TaskDefinitionRevision, ({ metadata }) => [headNameOf(metadata.name)]),
      mapped(Service, ({ spec }, cache) => headsOf(pinnedBy(spec.taskDefinition), cache)),
      mapped(ScheduledTask, (schedule, cache) => headsOf(scheduledBy(schedule), cache)),
      mapped(ServiceRevision, ({ spec }, cache) => headsOf([spec.taskDefinition], cache)),
      mapped(ServiceDeployment, ({ metadata: { namespace = '' }, spec }, cache) =>
        [spec.targetServiceRevision, ...spec.sourceServiceRevisions].flatMap((name) =>
          headsOf([cache.get(ServiceRevision, { namespace, name })?.spec.taskDefinition ?? ''], cache),
        ),
      ),
      mapped(Task, (task, cache) => {
        const isOver = isStopped(task) || cache.get(Task, keyOf(task)) === undefined
        return isOver ? headsOf(runBy(task), cache) : []
      }),
    ],
    indexes: [
      index(TaskDefinitionRevision, byHead, ({ metadata }) => [headNameOf(metadata.name)]),
      index(TaskDefinitionRevision, byName, namesOf),
      index(Service, byReference, ({ spec }) => pinnedBy(spec.taskDefinition)),
      index(ScheduledTask, byReference, scheduledBy),
      index(ServiceRevision, byReference, ({ spec }) => [spec.taskDefinition]),
      index(ServiceDeployment, byService, (deployment) => [serviceKey(deployment, deployment.spec.service)]),
      index(Task, byReference, runBy),
    ],
    async reconcile(key, signal) {
      const found = d.cache.get(TaskDefinition, parseKey(key))
      const head = found === undefined || isDeleting(found) ? undefined : found
      const revisions = d.cache.indexed(TaskDefinitionRevision, byHead, key)
      const own = head === undefined ? [] : stateOf(head, revisions).revisions
      const old = head !== undefined && retention ? oldOf(own, keepOf(head)) : new Set<TaskDefinitionRevision>()
      const lives = livesOf(revisions, old, references, d.clock.now(), limits)
      if (head !== undefined) await reconcileHead(head, revisions, signal)
      await applySteps(d.client, lives.steps, namespaces, signal)
      tell(lives)
      return again(lives.wakeAt)
    },
  }
}
