/** No task is created beyond a service's maximum: floor(desired * maximumPercent / 100), stopping ones counted. */
import type { Checker, Staleness } from './checker.ts'
import { BoundsHistory, isStoppedTask, serviceOf, tasksOf } from './service-bounds.ts'

/**
 * A maximum that was in force within `staleness` still counts: the controller may not have seen the change. A creation
 * that its writer had given up is judged no more when it comes after all, but it counts for those after it.
 */
export function mostTasks(staleness: Staleness): Checker {
  const bounds = new BoundsHistory()
  return {
    name: 'not-stopped tasks never exceed the maximum when one is created',
    check(change, model) {
      bounds.follow(change)
      if (change.kind !== 'Task' || change.before !== undefined || change.after === undefined) return undefined
      const service = serviceOf(change.after)
      if (service === undefined || change.actor.startsWith('late ')) return undefined
      const allowed = bounds.recent.within(service, staleness(), change.at).map(({ upper }) => upper)
      const alive = tasksOf(model, service).filter((task) => !isStoppedTask(task))
      if (alive.length <= Math.max(0, ...allowed)) return undefined
      const names = alive.map(({ metadata }) => metadata.name).join(', ')
      return `service ${service} has ${alive.length} tasks, at most ${Math.max(0, ...allowed)} allowed: ${names}`
    },
  }
}
