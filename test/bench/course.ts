/** Courses: the jobs of a benchmark in their order. */
import type { Contender } from './contender.ts'

export interface Job {
  /** How it is called in reports; nothing when it only makes ready for the next. */
  readonly title?: string
  /** Tasks that it makes or ends. */
  readonly tasks: number
  /** Undefined for a contender that cannot do it. */
  run(contender: Contender): Promise<void> | undefined
}

const fleet = 50
const update = 20

/** From nothing to fifty tasks and back: what a deployment of a whole service costs. */
export const convergence: readonly Job[] = [
  { title: `start ${fleet} one-container tasks`, tasks: fleet, run: (c) => c.start(fleet) },
  { title: 'a killed container replaced', tasks: 1, run: (c) => c.replaceKilled?.() },
  {
    title: `roll ${fleet} tasks to a new revision, start first`,
    tasks: 2 * fleet,
    run: (c) => c.roll?.('start-first'),
  },
  { title: `remove ${fleet} tasks`, tasks: fleet, run: (c) => c.remove() },
]

/** A service that lives: updates in both orders, a loss, and scaling. */
export const life: readonly Job[] = [
  { tasks: update, run: (c) => c.start(update) },
  { title: `update ${update} tasks, start first`, tasks: 2 * update, run: (c) => c.roll?.('start-first') },
  { title: `update ${update} tasks, stop first`, tasks: 2 * update, run: (c) => c.roll?.('stop-first') },
  { title: 'a killed task replaced', tasks: 1, run: (c) => c.replaceKilled?.() },
  { tasks: update - 5, run: (c) => c.scale?.(5) },
  { title: 'scale from 5 to 50 tasks', tasks: 45, run: (c) => c.scale?.(50) },
  { title: 'scale from 50 to 5 tasks', tasks: 45, run: (c) => c.scale?.(5) },
  { tasks: 5, run: (c) => c.remove() },
]
