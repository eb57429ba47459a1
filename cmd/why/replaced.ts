/** What a service in a steady state hides: tasks that keep ending by themselves, each replaced by the next. */
import { isStopped, type Task } from '../../api/v1/task.ts'
import { between, type Instant, minutes, parseTimestamp } from '../../lib/time.ts'

/** Ends that lie further back are history. */
const recently = minutes(10)
/** How a task ends that nobody stopped. */
const failures = new Set(['EssentialContainerExited', 'TaskFailedToStart'])

/** Those of `tasks` that failed a short while ago. */
export const replacedLately = (tasks: readonly Task[], now: Instant): readonly Task[] =>
  tasks.filter((task) => {
    const at = parseTimestamp(task.status?.stoppedAt)
    const isFailure = failures.has(task.status?.stopCode ?? '')
    return isStopped(task) && isFailure && at !== undefined && between(at, now) <= recently
  })
