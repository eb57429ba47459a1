/** What a benchmark asks of a system that runs containers: the same jobs, timed by the same hand. */

/** In which order an update takes each task: the new first, or the old; all tasks at once. */
export type UpdateOrder = 'start-first' | 'stop-first'

/** One service of one-container tasks. */
export interface Contender {
  readonly name: string
  /** Makes the system ready to take work. */
  open(): Promise<void>
  /** Starts the service with so many tasks; resolves when the system itself says that all of them run. */
  start(count: number): Promise<void>
  /** Resolves when so many run, by the system's own word, and no container is left of more. */
  scale?(count: number): Promise<void>
  /** Kills one container behind the system's back; resolves when the system says that all tasks run again. */
  replaceKilled?(): Promise<void>
  /** Rolls all tasks to a new definition; resolves when only new ones are left. */
  roll?(order: UpdateOrder): Promise<void>
  /** Removes all tasks; resolves when no container is left. */
  remove(): Promise<void>
  /** What is there of it, a line each: told when it did not end a job in time. */
  left(): Promise<readonly string[]>
  /** Takes the system down again. */
  close(): Promise<void>
}
