/** Tasks of lifecycle hooks: each is made once for every try that its hook may have, and those of one service not at once. */
import type { Task } from '../../../api/v1/task.ts'
import type { Checker } from './checker.ts'
import { isStoppedTask } from './service-bounds.ts'

/** Tries that a hook of the scenarios may have. */
const mostTries = 2

const hookOf = ({ metadata }: Task): string | undefined => metadata.labels?.['gantry.dev/lifecycle-hook']
const deploymentOf = ({ metadata }: Task): string => metadata.ownerReferences?.[0]?.name ?? ''
const serviceOf = (task: Task): string => deploymentOf(task).replace(/-d\d+$/, '')

export function hooksRunOnce(): Checker {
  /** Names of tasks that were made, by deployment and hook. */
  const made = new Map<string, readonly string[]>()
  return {
    name: 'a hook runs no task twice, and not beside that of another deployment',
    check({ kind, key, actor, before, after }, model) {
      if (kind !== 'Task' || before !== undefined || after === undefined) return undefined
      const task = after as Task
      const hook = hookOf(task)
      if (hook === undefined) return undefined
      const owner = task.metadata.ownerReferences?.[0]?.uid
      const of = `${owner} ${hook}`
      const earlier = made.get(of) ?? []
      made.set(of, [...earlier, key])
      const isLate = actor.startsWith('late ')
      // a request that is still on its way when its deployment is gone takes nobody back; what it makes goes, too
      const isLeft = isLate && ![...model.all('ServiceDeployment')].some(({ metadata }) => metadata.uid === owner)
      if (earlier.includes(key) && !isLeft) return `${key} was made twice`
      if (earlier.length >= mostTries) return `${key} is one of ${earlier.length + 1} tasks of hook ${hook}`
      const beside = [...model.all<Task>('Task')].find(
        (one) =>
          hookOf(one) !== undefined &&
          serviceOf(one) === serviceOf(task) &&
          deploymentOf(one) !== deploymentOf(task) &&
          !isStoppedTask(one),
      )
      return beside === undefined || isLate ? undefined : `${key} runs beside ${beside.metadata.name}`
    },
  }
}
