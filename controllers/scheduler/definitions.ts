/** Finds what a task is to run, or says why nothing is, and remembers who waits for what. */
import { controllerOf } from '../../api/meta/object.ts'
import { problemsText } from '../../api/meta/problems.ts'
import { overrideProblems } from '../../api/v1/effective-definition.ts'
import { revisionNameOf, Task } from '../../api/v1/task.ts'
import { TaskDefinition, TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import { taskDefinitionMissing } from '../../api/v1/task-definition-problems.ts'
import { parseTaskDefinitionReference } from '../../api/v1/task-definition-reference.ts'
import {
  type DefinitionResolution,
  type Definitions,
  familyNames,
  resolveDefinition,
  unusable,
} from '../../api/v1/task-definition-resolution.ts'
import type { FieldProblem } from '../../lib/errors.ts'
import { unlessGone } from '../../lib/errors.ts'
import type { Deps } from '../runtime/controller.ts'
import { isKnown, type KnownDefinition, type RefusalReason } from './state.ts'

/** Index of revisions by the names that a reference may give their family. */
export const byFamily = 'scheduler/family'

/** A task's place: namespace and name. */
type Place = readonly [namespace: string, name: string]

const refused = (reason: RefusalReason, ...problems: readonly FieldProblem[]): KnownDefinition => ({
  refusal: { reason, message: problemsText(problems) },
})

export class TaskDefinitions {
  readonly #d: Deps
  readonly #cached: Definitions
  /** Tasks that wait for a definition that does not exist, by the name of its revision or family. */
  readonly #awaiting = new Map<string, Map<string, Place>>()

  constructor(d: Deps) {
    this.#d = d
    this.#cached = {
      revision: (name) => d.cache.get(TaskDefinitionRevision, { namespace: '', name }),
      family: (name) => d.cache.indexed(TaskDefinitionRevision, byFamily, name),
      head: (name) => d.cache.get(TaskDefinition, { namespace: '', name }),
    }
  }

  /**
   * What `task` runs. A task of nobody's is judged here as our API server judges it at the door, for a kube-apiserver takes what
   * only code can say; those of a service were judged with it.
   */
  async of(task: Task, signal: AbortSignal): Promise<KnownDefinition> {
    const isWaiting = task.spec.containerInstance === undefined && controllerOf(task) === undefined
    const problems = isWaiting ? Task.validate(task, undefined) : []
    if (problems.length > 0) return refused('Invalid', ...problems)
    const found = await this.#found(task, isWaiting, signal)
    const unfit = isWaiting && isKnown(found) ? overrideProblems(found.spec.taskDefinition, task.spec.overrides) : []
    return unfit.length === 0 ? found : refused('Invalid', ...unfit)
  }

  async #found(task: Task, isWaiting: boolean, signal: AbortSignal): Promise<KnownDefinition> {
    const name = revisionNameOf(task)
    if (name === undefined) return this.#referredTo(task, signal)
    const definition = await this.#named(name, signal)
    if (definition === undefined) return this.#await(task, name, 'TaskDefinitionNotFound', taskDefinitionMissing(name))
    const isChosen = task.status?.taskDefinition !== undefined || !isWaiting
    const problem = isChosen ? undefined : unusable(name, definition)
    return problem === undefined ? definition : refused('TaskDefinitionInactive', problem)
  }

  /** Tasks that waited for this revision, or for one of its family; they are to be asked for anew. */
  arrived(revision: TaskDefinitionRevision): readonly Place[] {
    return [revision.metadata.name, ...familyNames(revision)].flatMap((name) => this.#leave(name))
  }
  /** The same of a head. */
  changed(head: TaskDefinition): readonly Place[] {
    return this.#leave(head.metadata.name)
  }

  /** As the cache or, failing that, the API has it: a reservation must not be missed for a slow watch. */
  async #named(name: string, signal: AbortSignal): Promise<TaskDefinitionRevision | undefined> {
    const key = { namespace: '', name }
    return this.#cached.revision(name) ?? (await unlessGone(this.#d.client.get(TaskDefinitionRevision, key, signal)))
  }

  async #referredTo(task: Task, signal: AbortSignal): Promise<KnownDefinition> {
    const reference = task.spec.taskDefinition
    const { family } = parseTaskDefinitionReference(reference)
    const resolved = resolveDefinition(reference, this.#cached)
    if (resolved.is === 'found') return resolved.definition
    // Nobody is told that a definition is missing which only this cache has not.
    const isBehind =
      resolved.is === 'missing' &&
      this.#cached.head(family) === undefined &&
      (await unlessGone(this.#d.client.get(TaskDefinition, { namespace: '', name: family }, signal))) !== undefined
    const why: DefinitionResolution = isBehind
      ? { is: 'waiting', message: `Waiting for task definition ${family}.` }
      : resolved
    this.#enter(task, family)
    return why.is === 'waiting'
      ? { refusal: { reason: 'WaitingForTaskDefinition', message: why.message } }
      : refused(why.reason, why.problem)
  }

  #await(task: Task, name: string, reason: RefusalReason, problem: FieldProblem): KnownDefinition {
    this.#enter(task, name)
    return refused(reason, problem)
  }
  #enter({ metadata: { namespace = '', name } }: Task, awaited: string): void {
    const waiting = this.#awaiting.get(awaited) ?? new Map<string, Place>()
    this.#awaiting.set(awaited, waiting.set(`${namespace}/${name}`, [namespace, name]))
  }
  #leave(awaited: string): readonly Place[] {
    const places = [...(this.#awaiting.get(awaited)?.values() ?? [])]
    this.#awaiting.delete(awaited)
    return places
  }
}
