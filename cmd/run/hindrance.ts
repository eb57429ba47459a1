/** Why a task that was run does not begin: what a person who waits for it should hear. */
import { conditionOf, isTrue } from '../../api/meta/conditions.ts'
import type { Task } from '../../api/v1/task.ts'
import { scheduledCondition } from '../../api/v1/well-known.ts'

/** In the words of its conditions; undefined while nothing stands in its way. */
export function hindranceOf({ status }: Task): string | undefined {
  const conditions = status?.conditions
  if (isTrue(conditions, 'Stalled')) return `is stalled: ${conditionOf(conditions, 'Stalled')?.message}`
  const scheduled = conditionOf(conditions, scheduledCondition)
  return scheduled?.status === 'False' ? `waits for a place: ${scheduled.message}` : undefined
}

/** Says why the task does not begin, whenever that is something else than before. */
export function hindranceTeller(say: (line: string) => void): (task: Task) => void {
  let said: string | undefined
  return (task) => {
    const now = hindranceOf(task)
    if (now !== undefined && now !== said) say(`task ${task.metadata.name} ${now}`)
    said = now
  }
}
