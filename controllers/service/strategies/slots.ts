/** Where a task of a service can be started: numbered slots (REPLICA), or one for each instance (DAEMON). */
import { shortened } from '../../../api/v1/service-names.ts'

export interface Slot {
  /** The part of the task's name. */
  readonly name: string
  /** The only instance the task may run on (DAEMON). */
  readonly instance: string | undefined
}

/** The slot that a DAEMON's task for `instance` has. */
export const daemonSlot = (instance: string): string => shortened(instance, 63)

/** The lowest `n` numbers that are not held. */
export function numberedSlots(n: number, held: ReadonlySet<string>): readonly Slot[] {
  const free: Slot[] = []
  for (let i = 0; free.length < n; i++) if (!held.has(String(i))) free.push({ name: String(i), instance: undefined })
  return free
}

/** The first `n` of `instances` whose slot is not held. */
export const instanceSlots = (n: number, instances: readonly string[], held: ReadonlySet<string>): readonly Slot[] =>
  instances
    .map((instance) => ({ name: daemonSlot(instance), instance }))
    .filter(({ name }) => !held.has(name))
    .slice(0, n)
