/** What a task's protection means for it (ecs-core 4.9). */
import { isStopped, type Task } from '../../api/v1/task.ts'
import { protectedUntil } from '../../api/v1/task-protection.ts'
import { type Instant, milliTimestamp } from '../../lib/time.ts'
import type { Explanation } from './explanation.ts'

/** `explained`, which is of `task`, with what leaves the task alone, and until when. */
export function withProtection(explained: Explanation, task: Task, now: Instant): Explanation {
  const until = protectedUntil(task, now)
  if (until === undefined || isStopped(task) || task.spec.desiredStatus === 'STOPPED') return explained
  const what = 'scale-in, deployments, drains and rebalancing leave it alone'
  const end = `gantry protect ${task.metadata.name} --off ends that`
  return {
    ...explained,
    summary: `${explained.summary} It is protected until ${milliTimestamp(until)}: ${what} (${end}).`,
  }
}
