/** All that became of a service's tasks, by a watch, and what in it may never happen. */
import type { ResourceClient } from '../../api/client/client.ts'
import { slotAndAttempt } from '../../api/v1/service-names.ts'
import { isAfter, isStopped, lastStatusOf, Task } from '../../api/v1/task.ts'
import { serviceLabel, serviceRevisionLabel } from '../../api/v1/well-known.ts'
import { isFault } from '../../lib/errors.ts'

export class TaskHistory {
  readonly #tasks = new Map<string, Task>()
  readonly #breaches = new Set<string>()
  readonly #most: number

  private constructor(most: number) {
    this.#most = most
  }

  /** Follows the tasks of `service` until `signal` aborts; `most`: so many may be there that are not STOPPED. */
  static async follow(
    client: ResourceClient,
    service: string,
    most: number,
    signal: AbortSignal,
  ): Promise<TaskHistory> {
    const history = new TaskHistory(most)
    const options = { namespace: 'default', labelSelector: `${serviceLabel}=${service}` }
    const first = await history.#list(client, options, signal)
    void history.#follow(client, options, first, signal)
    return history
  }

  all(): readonly Task[] {
    return [...this.#tasks.values()]
  }
  /** Those that run, and are meant to. */
  running(): readonly Task[] {
    return this.all().filter((task) => lastStatusOf(task) === 'RUNNING' && task.spec.desiredStatus !== 'STOPPED')
  }
  named(name: string): Task | undefined {
    return this.all().find((task) => task.metadata.name === name)
  }
  /** What should never have been; empty when all went well. */
  get breaches(): readonly string[] {
    return [...this.#breaches]
  }

  async #follow(
    client: ResourceClient,
    options: { readonly namespace: string; readonly labelSelector: string },
    from: string,
    signal: AbortSignal,
  ): Promise<void> {
    for (let resourceVersion = from; !signal.aborted; ) {
      try {
        for await (const event of client.watch(Task, { ...options, resourceVersion }, signal)) {
          if (event.type === 'BOOKMARK') resourceVersion = event.resourceVersion
          else {
            resourceVersion = event.object.metadata.resourceVersion
            if (event.type === 'DELETED') this.#tasks.delete(event.object.metadata.uid)
            else this.#set(event.object)
            this.#check()
          }
        }
      } catch (error) {
        if (signal.aborted) return
        if (isFault(error, 'Expired')) resourceVersion = await this.#list(client, options, signal).catch(() => '0')
        // The server is away: once it is back the watch goes on from where it was.
        else await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
  }

  async #list(
    client: ResourceClient,
    options: { readonly namespace: string; readonly labelSelector: string },
    signal: AbortSignal,
  ): Promise<string> {
    const { items, resourceVersion } = await client.list(Task, options, signal)
    this.#tasks.clear()
    for (const task of items) this.#set(task)
    this.#check()
    return resourceVersion
  }

  #set(task: Task): void {
    const { uid, name } = task.metadata
    const before = this.#tasks.get(uid)
    this.#tasks.set(uid, task)
    if (before === undefined) return
    const place = before.spec.containerInstance
    if (place !== undefined && task.spec.containerInstance !== place) this.#breaches.add(`${name} was bound again`)
    if (isAfter(lastStatusOf(before), lastStatusOf(task)))
      this.#breaches.add(`${name} went back from ${lastStatusOf(before)} to ${lastStatusOf(task)}`)
  }

  #check(): void {
    const live = this.all().filter((task) => !isStopped(task))
    if (live.length > this.#most) this.#breaches.add(`${live.length} tasks at once, ${this.#most} allowed`)
    for (const [slot, tasks] of Map.groupBy(live, slotOf)) {
      const names = tasks.map(({ metadata }) => metadata.name)
      if (names.length > 1) this.#breaches.add(`slot ${slot} has ${names.join(' and ')}`)
    }
  }
}

function slotOf({ metadata }: Task): string {
  const revision = metadata.labels?.[serviceRevisionLabel] ?? ''
  return `${revision}/${slotAndAttempt(revision, metadata.name)?.slot ?? metadata.name}`
}
