/**
 * The host's own account (reference 7.4). The control plane counts a stopping task's resources as free at once; the host
 * holds a new task in PENDING until they really are.
 */
import type { InstanceResources } from '../../api/v1/container-instance.ts'
import type { Demand } from '../../api/v1/demand.ts'
import type { Shortage } from './state.ts'

/** What of `demand` does not fit beside what others hold, in words; undefined when all fits. */
export function lack(demand: Demand, registered: InstanceResources, held: Iterable<Demand>): string | undefined {
  const others = [...held]
  const free = (name: 'cpu' | 'memory'): number =>
    registered[name] - others.reduce((total, other) => total + other[name], 0)
  if (demand.cpu > free('cpu')) return `${demand.cpu} CPU units, ${Math.max(0, free('cpu'))} free`
  if (demand.memory > free('memory')) return `${demand.memory} MiB, ${Math.max(0, free('memory'))} free`
  for (const [protocol, name] of [
    ['tcp', 'ports'],
    ['udp', 'portsUdp'],
  ] as const) {
    const taken = new Set([...registered[name], ...others.flatMap((other) => other[name])])
    const clash = demand[name].find((port) => taken.has(port))
    if (clash !== undefined) return `host port ${clash}/${protocol}, which is in use`
  }
  return undefined
}

/** The first come is the first served: the head of the queue holds back those behind it. */
export class Room {
  readonly registered: InstanceResources
  readonly #held = new Map<string, Demand>()
  /** Tasks that wait, in order of arrival, and whom to wake. */
  readonly #waiting = new Map<string, { readonly demand: Demand; readonly wake: () => void }>()

  constructor(registered: InstanceResources) {
    this.registered = registered
  }

  holds(uid: string): boolean {
    return this.#held.has(uid)
  }

  /** Counts what is there already, fitting or not. */
  hold(uid: string, demand: Demand): void {
    this.#held.set(uid, demand)
    this.#waiting.delete(uid)
  }

  /**
   * Takes the room and returns undefined, or queues: `wake` is called when it is worth asking again. `never` when even an
   * empty host would not do.
   */
  ask(uid: string, demand: Demand, wake: () => void): Shortage | undefined {
    if (this.#held.has(uid)) return undefined
    const never = lack(demand, this.registered, [])
    if (never !== undefined) return { kind: 'never', lack: never }
    const head = this.#waiting.keys().next()
    const behind = !head.done && head.value !== uid
    const missing = lack(demand, this.registered, this.#held.values())
    if (missing === undefined && !behind) {
      this.hold(uid, demand)
      this.#wakeHead()
      return undefined
    }
    if (!this.#waiting.has(uid)) this.#waiting.set(uid, { demand, wake })
    return { kind: 'wait', lack: missing ?? 'tasks that came earlier wait for room' }
  }

  /** The task left the host, or gave up waiting. */
  release(uid: string): void {
    const was = this.#held.delete(uid) || this.#waiting.delete(uid)
    if (was) this.#wakeHead()
  }

  #wakeHead(): void {
    this.#waiting.values().next().value?.wake()
  }
}
