/** The placement scheduler: binds waiting tasks to container instances. One key per cluster. */
import { keyOf } from '../../api/meta/object.ts'
import { ContainerInstance } from '../../api/v1/container-instance.ts'
import { Task } from '../../api/v1/task.ts'
import { TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import { isFault } from '../../lib/errors.ts'
import { again, type Controller, type Deps, done, mapped } from '../runtime/controller.ts'
import { apply } from './apply.ts'
import { ClusterBook } from './books/cluster-book.ts'
import { plan } from './plan.ts'
import { definitionNameOf, type KnownDefinition, seenOf } from './state.ts'

/** What changed in a cluster since the last pass: names to look up in the cache again. */
interface News {
  tasks: Set<string>
  instances: Set<string>
}

/** Clusters that are scheduled at once. */
const clustersAtOnce = 4

/**
 * Watches Task, ContainerInstance and TaskDefinitionRevision; writes Task.spec.containerInstance (with the finalizer that
 * keeps a bound task until its containers are gone) and the condition `Scheduled`. Only one process may run it: its books
 * hold its own bindings before any watch delivers them.
 */
export function schedulerController(d: Deps): Controller {
  const books = new Map<string, ClusterBook>()
  const newsOf = new Map<string, News>()
  /** Tasks (as [namespace, name]) that wait for a definition which does not exist, by its name. */
  const awaiting = new Map<string, Map<string, readonly [string, string]>>()

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
  function definitionChanged(changed: TaskDefinitionRevision): readonly string[] {
    const tasks = [...(awaiting.get(changed.metadata.name)?.values() ?? [])]
    awaiting.delete(changed.metadata.name)
    for (const [namespace, name] of tasks) news(namespace).tasks.add(name)
    return tasks.map(([namespace]) => namespace)
  }

  /** The definition as the cache or, failing that, the API has it: a reservation must not be missed for a slow watch. */
  async function definitionOf(task: Task, signal: AbortSignal): Promise<KnownDefinition> {
    const key = { namespace: '', name: definitionNameOf(task) }
    const cached = d.cache.get(TaskDefinitionRevision, key)
    if (cached !== undefined) return cached
    try {
      return await d.client.get(TaskDefinitionRevision, key, signal)
    } catch (error) {
      if (!isFault(error, 'NotFound')) throw error
      const waiting = awaiting.get(key.name) ?? new Map<string, readonly [string, string]>()
      const { namespace = '', name } = task.metadata
      awaiting.set(key.name, waiting.set(`${namespace}/${name}`, [namespace, name]))
      return 'absent'
    }
  }

  async function seeTask(book: ClusterBook, namespace: string, name: string, signal: AbortSignal): Promise<void> {
    const task = d.cache.get(Task, { namespace, name })
    if (task === undefined || seenOf(task, 'unknown').is === 'none') book.seeTask(name, { is: 'none' })
    else book.seeTask(name, seenOf(task, await definitionOf(task, signal)))
  }

  /** Brings the books up to date with the cache. What could not be looked up stays news. */
  async function catchUp(book: ClusterBook, namespace: string, signal: AbortSignal): Promise<void> {
    const { tasks, instances } = news(namespace)
    newsOf.delete(namespace)
    for (const name of instances) book.seeInstance(name, d.cache.get(ContainerInstance, { namespace, name }))
    try {
      for (const name of tasks) {
        await seeTask(book, namespace, name, signal)
        tasks.delete(name)
      }
    } catch (error) {
      for (const name of tasks) news(namespace).tasks.add(name)
      throw error
    }
  }

  return {
    name: 'scheduler',
    watches: [
      mapped(Task, taskChanged),
      mapped(ContainerInstance, instanceChanged),
      mapped(TaskDefinitionRevision, definitionChanged),
    ],
    concurrency: clustersAtOnce,
    async reconcile(namespace, signal) {
      const book = books.get(namespace) ?? new ClusterBook()
      books.set(namespace, book)
      await catchUp(book, namespace, signal)
      const now = d.clock.now()
      const { actions, wakeAt } = plan(book, now, d.random)
      for (const action of actions) if (action.do === 'explain') book.wrote(action.task, now)
      try {
        await apply(d, namespace, actions, signal)
      } finally {
        for (const { task } of actions) news(namespace).tasks.add(task)
      }
      await catchUp(book, namespace, signal)
      if (book.isEmpty) books.delete(namespace)
      return book.isEmpty ? done : again(book.untried(1).length > 0 ? d.clock.now() : wakeAt)
    },
  }
}
