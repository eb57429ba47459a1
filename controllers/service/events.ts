/** Service events about tasks, in ECS's words (ecs-core 5.8). */
import type { Done } from './apply.ts'
import { limits } from './limits.ts'
import type { ServiceEvent } from './strategies/news.ts'

function named(tasks: readonly string[]): string {
  const shown = tasks.slice(0, limits.namesInEvent).map((task) => `(task ${task})`)
  const more = tasks.length - shown.length
  return more > 0 ? `${shown.join(' ')} and ${more} more` : shown.join(' ')
}

/** What to tell about the tasks that a pass started and stopped. */
export function taskEvents(
  service: string,
  { started, replacing, rebalancedIn, rebalancedOut, stoppedRunning, stoppedPending, unhealthy }: Done,
): readonly ServiceEvent[] {
  const subject = `(service ${service})`
  const events: ServiceEvent[] = []
  const tell = (reason: string, message: string): number => events.push({ type: 'Normal', reason, message })
  for (const task of unhealthy.slice(0, limits.namesInEvent))
    events.push({
      type: 'Warning',
      reason: 'TaskUnhealthy',
      message: `${subject} (task ${task}) failed container health checks.`,
    })
  const because =
    replacing.length > 0 ? ` Amazon ECS replaced ${replacing.length} tasks due to an unhealthy status.` : ''
  if (started.length > 0)
    tell('TasksStarted', `${subject} has started ${started.length} tasks: ${named(started)}.${because}`)
  if (stoppedRunning.length > 0)
    tell('TasksStopped', `${subject} has stopped ${stoppedRunning.length} running tasks: ${named(stoppedRunning)}.`)
  if (stoppedPending.length > 0) tell('TasksStopped', `${subject} stopped ${stoppedPending.length} pending tasks.`)
  const rebalanced = (did: string, zones: Done['rebalancedIn']): void => {
    for (const [zone, tasks] of zones)
      tell(
        'TasksRebalanced',
        `${subject} has ${did} ${tasks.length} tasks in ${zone} to AZ Rebalance: ${named(tasks)}.`,
      )
  }
  rebalanced('started', rebalancedIn)
  rebalanced('stopped', rebalancedOut)
  return events
}
