/** What `gantry why` says of a container's restartPolicy: how often it started the container again, or why it did not (ecs-core 4.5). */
import { restartPeriodOf } from '../../api/v1/container-definition.ts'
import type { TaskContainer } from '../../api/v1/task.ts'
import type { TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import { between, type Millis, parseTimestamp } from '../../lib/time.ts'
import type { Cause } from './explanation.ts'

/** Reason of a cause that is no trouble: the task runs on. */
export const containerRestarted = 'ContainerRestarted'

const secondsOf = (time: Millis): number => Math.floor(time / 1000)

/** A link for each container that was started again. */
export const restartsOf = (containers: readonly TaskContainer[]): readonly Cause[] =>
  containers.flatMap(({ name, restartCount: count = 0, restartedAt: at }) => {
    const message = 'its process ended, and its restartPolicy started it again'
    return count === 0 ? [] : [{ of: `container/${name}`, reason: containerRestarted, message, at, count }]
  })

/** Why a container that ended by itself was not started again; undefined when nobody asked for that. */
export function whyNotRestarted(
  { name, exitCode, startedAt, restartedAt = startedAt, stoppedAt }: TaskContainer,
  definition: TaskDefinitionRevision | undefined,
): string | undefined {
  const container = definition?.spec.taskDefinition.containerDefinitions.find((one) => one.name === name)
  const policy = container?.restartPolicy
  if (container === undefined || policy?.enabled !== true || exitCode === undefined) return undefined
  if (policy.ignoredExitCodes?.includes(exitCode) === true) return `its restartPolicy ignores exit code ${exitCode}`
  if (restartedAt === undefined || stoppedAt === undefined) return undefined
  const ran = between(parseTimestamp(restartedAt), parseTimestamp(stoppedAt))
  const period = restartPeriodOf(container)
  if (ran >= period) return undefined
  return `it had run for ${secondsOf(ran)} s, and its restartPolicy starts again what ran for ${secondsOf(period)} s`
}
