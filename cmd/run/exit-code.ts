/** The exit code that a command which ran a task ends with. */
import type { Task } from '../../api/v1/task.ts'

/** As `docker run`: nothing of it ever ran. */
export const neverRan = 125

/** Of the essential container that ended first, which ended the task; neverRan when none ran. `essential`: their names. */
export function exitCodeOf({ status }: Task, essential: ReadonlySet<string>): number {
  const [first] = (status?.containers ?? [])
    .filter(({ name, exitCode }) => essential.has(name) && exitCode !== undefined)
    .sort((a, b) => (a.stoppedAt ?? '').localeCompare(b.stoppedAt ?? ''))
  return first?.exitCode ?? neverRan
}
