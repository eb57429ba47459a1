/** Which containers are started again in place when they end (reference 4.5): the task stays as it is. */
import { type ContainerDefinition, restartPeriodOf } from '../../../api/v1/container-definition.ts'
import type { TaskContainer } from '../../../api/v1/task.ts'
import { between, type Instant, milliTimestamp, parseTimestamp } from '../../../lib/time.ts'

/** A process as the engine shows it. */
interface Process {
  readonly startedAt: Instant | undefined
  readonly finishedAt: Instant | undefined
  readonly exitCode: number | undefined
}

/** Whether a container that ended so is started again: it ran for the period, and its code is not one to ignore. */
export function isToRestart(definition: ContainerDefinition | undefined, observed: Process): boolean {
  const { exitCode, startedAt, finishedAt } = observed
  const policy = definition?.restartPolicy
  if (definition === undefined || policy?.enabled !== true) return false
  if (exitCode === undefined || startedAt === undefined || finishedAt === undefined) return false
  return (
    policy.ignoredExitCodes?.includes(exitCode) !== true &&
    between(startedAt, finishedAt) >= restartPeriodOf(definition)
  )
}

/** How often it was restarted, and when last, with the start that is observed now. */
export function restartsOf(
  definition: ContainerDefinition | undefined,
  observed: Process | undefined,
  reported: TaskContainer | undefined,
): Pick<TaskContainer, 'restartCount' | 'restartedAt'> {
  const { restartCount, restartedAt } = reported ?? {}
  const last = restartedAt ?? reported?.startedAt
  const began = observed?.startedAt
  const before = { restartCount, restartedAt }
  if (definition?.restartPolicy?.enabled !== true || began === undefined || last === undefined) return before
  // Starts that are told twice differ a little, by the clocks that told them; restarts are a period apart at least.
  if (between(parseTimestamp(last), began) * 2 < restartPeriodOf(definition)) return before
  return { restartCount: (restartCount ?? 0) + 1, restartedAt: milliTimestamp(began) }
}
