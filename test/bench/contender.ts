/** What a benchmark asks of a system that runs containers: the same four jobs, timed by the same hand. */

/** How many one-container tasks each job is about. */
export const fleet = 50

export interface Contender {
  readonly name: string
  /** Makes the system ready to take work; not timed. */
  open(): Promise<void>
  /** Starts `fleet` tasks; resolves when the system itself says that all of them run. */
  start(): Promise<void>
  /** Kills one container behind the system's back; resolves when the system says that all tasks run again. */
  replaceKilled?(): Promise<void>
  /** Rolls all tasks to a new definition, starting the new before stopping the old; resolves when only new ones are left. */
  roll?(): Promise<void>
  /** Removes all tasks; resolves when no container is left. */
  remove(): Promise<void>
  /** Takes the system down again; not timed. */
  close(): Promise<void>
}

export const jobs = ['start', 'replaceKilled', 'roll', 'remove'] as const
export type Job = (typeof jobs)[number]
