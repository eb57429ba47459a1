/** Which tasks of lifecycle hooks may go: none whose absence would be taken for never having been, and none that may be made again. */
import { controllerOf, isDeleting } from '../../../api/meta/object.ts'
import { isFinished, type ServiceDeployment } from '../../../api/v1/service-deployment.ts'
import type { Task } from '../../../api/v1/task.ts'
import { hookFinalizer } from '../../../api/v1/well-known.ts'
import { earliest, type Instant, parseTimestamp, plus } from '../../../lib/time.ts'
import { limits } from '../limits.ts'

export interface Releases {
  readonly tasks: readonly Task[]
  /** When the next may go by time alone. */
  readonly wakeAt: Instant | undefined
}

/** Its deployment would make it, if it were not there. */
const isAwaited = (task: Task, deployment: ServiceDeployment): boolean =>
  !isFinished(deployment) &&
  deployment.status?.rollback === undefined &&
  (deployment.status?.lifecycleHookDetails ?? []).some(
    ({ task: name, taskUid, status }) =>
      name === task.metadata.name && taskUid === undefined && status === 'IN_PROGRESS',
  )

/** Of `tasks`, all that hooks of a service ran. */
export function releases(tasks: readonly Task[], deployments: readonly ServiceDeployment[], now: Instant): Releases {
  const leaving = tasks
    .filter((task) => isDeleting(task) && task.metadata.finalizers?.includes(hookFinalizer) === true)
    .map((task) => {
      const owner = deployments.find(({ metadata }) => metadata.uid === controllerOf(task)?.uid)
      if (owner === undefined) return { task, at: now }
      const madeAt = parseTimestamp(task.metadata.creationTimestamp ?? undefined) ?? now
      return { task, at: isAwaited(task, owner) ? undefined : plus(madeAt, limits.lateCreation) }
    })
  return {
    tasks: leaving.filter(({ at }) => at !== undefined && at <= now).map(({ task }) => task),
    wakeAt: earliest(...leaving.map(({ at }) => (at === undefined || at <= now ? undefined : at))),
  }
}
