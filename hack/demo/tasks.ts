/** The tasks of a service as they are now, and what the demo asks of them. */
import type { Service } from '../../api/v1/service.ts'
import { isStopped, isStopping, lastStatusOf, type Task } from '../../api/v1/task.ts'
import { serviceLabel } from '../../api/v1/well-known.ts'
import type { Cli } from './cli.ts'

/** Follows a service and its tasks; `until` resolves when they are as wished. */
export class ServiceWatch {
  readonly #tasks = new Map<string, Task>()
  #service: Service | undefined
  readonly #waiting = new Set<() => void>()
  readonly #stops: readonly (() => void)[]

  constructor(cli: Cli, service: string) {
    const tasks = cli.watch<Task>(['tasks', '-l', `${serviceLabel}=${service}`], ({ type, object }) => {
      if (type === 'DELETED') this.#tasks.delete(object.metadata.uid)
      else this.#tasks.set(object.metadata.uid, object)
      this.#changed()
    })
    const services = cli.watch<Service>(['service', service], ({ object }) => {
      this.#service = object
      this.#changed()
    })
    this.#stops = [tasks.stop, services.stop]
  }

  get service(): Service | undefined {
    return this.#service
  }

  /** Tasks that run and are not told to stop, by name. */
  get running(): readonly Task[] {
    return [...this.#tasks.values()]
      .filter((task) => lastStatusOf(task) === 'RUNNING' && !isStopping(task))
      .sort((a, b) => a.metadata.name.localeCompare(b.metadata.name))
  }

  /** Running tasks whose health check says yes: whom a load balancer would send requests to. */
  get serving(): readonly Task[] {
    return this.running.filter((task) => task.status?.healthStatus === 'HEALTHY')
  }

  /** Tasks that are not STOPPED yet. */
  get alive(): readonly Task[] {
    return [...this.#tasks.values()].filter((task) => !isStopped(task))
  }

  /** Resolves when `holds`; rejects after `seconds`, saying what was waited for. Calls `onChange` at every change. */
  until(what: string, holds: () => boolean, seconds = 120, onChange?: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(look)
        reject(new Error(`gave up after ${seconds} s waiting until ${what}; ${this.#summary()}`))
      }, seconds * 1000)
      const look = (): void => {
        onChange?.()
        if (!holds()) return
        clearTimeout(timer)
        this.#waiting.delete(look)
        resolve()
      }
      this.#waiting.add(look)
      look()
    })
  }

  stop(): void {
    for (const stop of this.#stops) stop()
  }

  #changed(): void {
    for (const look of [...this.#waiting]) look()
  }

  #summary(): string {
    const tasks = this.alive.map(
      (task) => `${task.metadata.name} ${lastStatusOf(task)} ${task.status?.stoppedReason ?? ''}`,
    )
    return `tasks: ${tasks.join(', ') || 'none'}; service: ${JSON.stringify(this.#service?.status ?? {})}`
  }
}

/** The URL of a container of a task, through the port of this machine. */
export function urlOf(task: Task, container: string): string {
  const bindings = task.status?.containers?.find(({ name }) => name === container)?.networkBindings ?? []
  const port = bindings.find(({ hostPort }) => hostPort !== undefined)?.hostPort
  if (port === undefined) throw new Error(`task ${task.metadata.name} publishes no port of ${container}`)
  return `http://127.0.0.1:${port}/`
}
