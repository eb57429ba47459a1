/** The scheduled-task controller: times -> runs -> Tasks, each run once. */
import { controllerOf, isDeleting, keyOf, keyText, parseKey, type Resource } from '../../api/meta/object.ts'
import { ScheduledTask } from '../../api/v1/scheduled-task.ts'
import { Task } from '../../api/v1/task.ts'
import { TaskDefinition, TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import { parseTaskDefinitionReference } from '../../api/v1/task-definition-reference.ts'
import { familyNames } from '../../api/v1/task-definition-resolution.ts'
import { runFinalizer } from '../../api/v1/well-known.ts'
import { earliest, plus } from '../../lib/time.ts'
import { again, type Cache, type Controller, type Deps, done, index, mapped, own } from '../runtime/controller.ts'
import { apply, applyRelease } from './apply.ts'
import { limits } from './limits.ts'
import { plan, planRelease } from './plan.ts'
import { stateOf } from './state.ts'

const byDefinition = 'scheduled-task/task-definition'
const byFamily = 'scheduled-task/family'
const byOwner = 'scheduled-task/owner'

/** Its scheduled task; itself, when it was set free before it was let go. */
function keysOf(task: Task): readonly string[] {
  const owner = controllerOf(task)
  const namespace = task.metadata.namespace ?? ''
  if (owner?.kind === ScheduledTask.kind) return [keyText({ namespace, name: owner.name })]
  return task.metadata.finalizers?.includes(runFinalizer) === true ? [keyText(keyOf(task))] : []
}

const keys = (objects: readonly Resource[]): readonly string[] => objects.map((object) => keyText(keyOf(object)))

/** Writes down that a run is begun before it makes a task of it, and what became of its tasks before they may go. */
export const scheduledTaskController = (d: Deps): Controller => {
  const inputsOf = (scheduled: ScheduledTask, cache: Cache) => ({
    scheduled,
    tasks: cache.owned(Task, scheduled),
    definitions: {
      revision: (name: string) => cache.get(TaskDefinitionRevision, { namespace: '', name }),
      family: (name: string) => cache.indexed(TaskDefinitionRevision, byFamily, name),
      head: (name: string) => cache.get(TaskDefinition, { namespace: '', name }),
    },
  })
  return {
    name: 'scheduled-task',
    concurrency: limits.concurrency,
    watches: [
      own(ScheduledTask),
      mapped(Task, keysOf),
      mapped(TaskDefinition, ({ metadata }, cache) => keys(cache.indexed(ScheduledTask, byDefinition, metadata.name))),
      mapped(TaskDefinitionRevision, (revision, cache) =>
        [...familyNames(revision), revision.metadata.name].flatMap((name) =>
          keys(cache.indexed(ScheduledTask, byDefinition, name)),
        ),
      ),
    ],
    indexes: [
      index(ScheduledTask, byDefinition, ({ spec }) => [
        parseTaskDefinitionReference(spec.taskTemplate.taskDefinition).family,
      ]),
      index(TaskDefinitionRevision, byFamily, familyNames),
      index(Task, byOwner, keysOf),
    ],
    async reconcile(key, signal) {
      const scheduled = d.cache.get(ScheduledTask, parseKey(key))
      // What an earlier one of this name left, or one that is gone.
      const others = d.cache
        .indexed(Task, byOwner, key)
        .filter((task) => scheduled === undefined || controllerOf(task)?.uid !== scheduled.metadata.uid)
      await applyRelease(d, planRelease(others), signal)
      if (scheduled === undefined) return done // owner references clean up
      const now = d.clock.now()
      const inputs = inputsOf(scheduled, d.cache)
      const decided = plan(stateOf(inputs), now)
      const familyOf = (name: string): string =>
        inputs.definitions.revision(name)?.spec.family ?? name.replace(/\.\d+$/, '')
      await apply(d, scheduled, decided, familyOf, signal)
      if (isDeleting(scheduled) || decided.wakeAt === undefined) return done
      return again(earliest(decided.wakeAt, plus(now, limits.longestSleep)))
    },
  }
}
