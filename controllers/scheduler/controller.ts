/** The placement scheduler: binds waiting tasks to container instances. One key per cluster. */
import { keyOf } from '../../api/meta/object.ts'
import { ContainerInstance } from '../../api/v1/container-instance.ts'
import { revisionNameOf, Task } from '../../api/v1/task.ts'
import { TaskDefinition, TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import { familyNames } from '../../api/v1/task-definition-resolution.ts'
import { again, type Controller, type Deps, done, index, mapped } from '../runtime/controller.ts'
import { apply } from './apply.ts'
import { ClusterBook } from './books/cluster-book.ts'
import { byFamily, TaskDefinitions } from './definitions.ts'
import { type Action, plan } from './plan.ts'
import { isKnown, seenOf } from './state.ts'

/** What changed in a cluster since the last pass: names to look up in the cache again. */
interface News {
  tasks: Set<string>
  instances: Set<string>
}

/** Clusters that are scheduled at once. */
const clustersAtOnce = 4

/**
 * Watches Task, ContainerInstance, TaskDefinition and TaskDefinitionRevision; writes Task.spec.containerInstance (with the
 * finalizer that keeps a bound task until its containers are gone), what a task's reference means, and why it waits. Only one process may run it: its books
 * hold its own bindings before any watch delivers them.
 */
export function schedulerController(d: Deps): Controller {
  const books = new Map<string, ClusterBook>()
  const newsOf = new Map<string, News>()
  const definitions = new TaskDefinitions(d)

  const news = (namespace: string): News => {
    const known = newsOf.get(namespace) ?? { tasks: new Set(), instances: new Set() }
    newsOf.set(namespace, known)
    return known
  }

  function taskChanged(changed: Task): readonly string[] {
    const key = keyOf(changed)
    const seen = seenOf(d.cache.get(Task, key), 'unknown')
    if (books.get(key.namespace)?.knows(key.name, seen) === true) return []
    news(key.namespace).tasks.add(key.name)
    return [key.namespace]
  }
  function instanceChanged(changed: ContainerInstance): readonly string[] {
    const { namespace, name } = keyOf(changed)
    news(namespace).instances.add(name)
    return [namespace]
  }
  function awaited(tasks: readonly (readonly [namespace: string, name: string])[]): readonly string[] {
    for (const [namespace, name] of tasks) news(namespace).tasks.add(name)
    return tasks.map(([namespace]) => namespace)
  }

  /** Enters the task into the books; one whose reference was not resolved yet is none of theirs until that is written. */
  async function seeTask(book: ClusterBook, namespace: string, name: string, signal: AbortSignal): Promise<Action[]> {
    const task = d.cache.get(Task, { namespace, name })
    const isNone = task === undefined || seenOf(task, 'unknown').is === 'none'
    const definition = isNone ? 'unknown' : await definitions.of(task, signal)
    const isResolved = isNone || revisionNameOf(task) !== undefined || !isKnown(definition)
    book.seeTask(name, isResolved ? seenOf(task, definition) : { is: 'none' })
    return isResolved ? [] : [{ do: 'resolve', task: name, revision: definition.metadata.name }]
  }

  /** Brings the books up to date with the cache. What could not be looked up stays news. What tasks refer to is to be written. */
  async function catchUp(book: ClusterBook, namespace: string, signal: AbortSignal): Promise<readonly Action[]> {
    const resolutions: Action[] = []
    const { tasks, instances } = news(namespace)
    newsOf.delete(namespace)
    for (const name of instances) book.seeInstance(name, d.cache.get(ContainerInstance, { namespace, name }))
    try {
      for (const name of tasks) {
        resolutions.push(...(await seeTask(book, namespace, name, signal)))
        tasks.delete(name)
      }
    } catch (error) {
      for (const name of [...tasks, ...resolutions.map(({ task }) => task)]) news(namespace).tasks.add(name)
      throw error
    }
    return resolutions
  }

  return {
    name: 'scheduler',
    watches: [
      mapped(Task, taskChanged),
      mapped(ContainerInstance, instanceChanged),
      mapped(TaskDefinition, (head) => awaited(definitions.changed(head))),
      mapped(TaskDefinitionRevision, (revision) => awaited(definitions.arrived(revision))),
    ],
    indexes: [index(TaskDefinitionRevision, byFamily, familyNames)],
    concurrency: clustersAtOnce,
    async reconcile(namespace, signal) {
      const book = books.get(namespace) ?? new ClusterBook()
      books.set(namespace, book)
      const resolutions = await catchUp(book, namespace, signal)
      const now = d.clock.now()
      const decided = plan(book, now, d.random)
      const actions = [...resolutions, ...decided.actions]
      for (const action of actions) if (action.do === 'explain') book.wrote(action.task, now)
      try {
        await apply(d, namespace, actions, signal)
      } finally {
        for (const { task } of actions) news(namespace).tasks.add(task)
      }
      const more = await catchUp(book, namespace, signal)
      for (const { task } of more) news(namespace).tasks.add(task)
      if (book.isEmpty && more.length === 0) {
        books.delete(namespace)
        return done
      }
      return again(book.untried(1).length > 0 || more.length > 0 ? d.clock.now() : decided.wakeAt)
    },
  }
}
