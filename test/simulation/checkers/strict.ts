/** A service whose maximum leaves no room never has more tasks with running containers than it wants, agents cut off included. */
import type { Resource } from '../../../api/meta/object.ts'
import { type Instant, millis } from '../../../lib/time.ts'
import type { Change } from '../history.ts'
import type { Staleness } from './checker.ts'
import type { Machines } from './engines.ts'
import { BoundsHistory, serviceOf } from './service-bounds.ts'

interface Made {
  readonly name: string
  readonly service: string
  readonly at: Instant
  /** Its writer had given up: nobody could count it. */
  readonly late: boolean
}

const uidLabel = 'gantry.dev/task-uid'

export class StrictServices {
  readonly #staleness: Staleness
  readonly #bounds = new BoundsHistory()
  /** By uid; kept when the task's object goes, for its containers may be there still. */
  readonly #made = new Map<string, Made>()

  constructor(staleness: Staleness) {
    this.#staleness = staleness
  }

  follow(change: Change): void {
    this.#bounds.follow(change)
    const task: Resource | undefined = change.after
    if (change.kind !== 'Task' || change.before !== undefined || task === undefined) return
    const service = serviceOf(task)
    if (service === undefined) return
    const { name, uid } = task.metadata
    this.#made.set(uid, { name, service, at: change.at, late: change.actor.startsWith('late ') })
  }

  /** What is wrong, if anything. */
  check(machines: Machines, now: Instant): string | undefined {
    const running = new Map<string, Map<string, Made & { readonly machine: string }>>()
    for (const [machine, containers] of machines) {
      for (const { labels, status } of containers) {
        const uid = labels[uidLabel] ?? ''
        const made = this.#made.get(uid)
        if (status !== 'running' || made === undefined) continue
        const ofService = running.get(made.service) ?? new Map()
        running.set(made.service, ofService.set(uid, { ...made, machine }))
      }
    }
    for (const [service, tasks] of running) {
      const all = [...tasks.values()]
      if (all.length < 2 || all.some(({ late }) => late)) continue
      const since = Math.min(...all.map(({ at }) => at))
      const bounds = this.#bounds.recent.within(service, millis(now - since + this.#staleness()), now)
      const most = Math.max(...bounds.map(({ upper }) => upper))
      if (bounds.every(({ strict }) => strict) && all.length > most)
        return `service ${service} wants ${most}, and there run ${all.map(({ name, machine }) => `${name} on ${machine}`).join(', ')}`
    }
    return undefined
  }
}
