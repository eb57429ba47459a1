/**
 * The circuit breaker's count (ecs-core 5.7): failures in a row of the tasks that a deployment started. It is kept in the
 * deployment's status together with what was counted, so that no task counts twice and no restart forgets one.
 */
import { breakerThreshold } from '../../../api/v1/circuit-breaker.ts'
import type { DeploymentConfiguration } from '../../../api/v1/deployment-configuration.ts'
import type { ServiceDeploymentStatus } from '../../../api/v1/service-deployment.ts'
import { slotAndAttempt } from '../../../api/v1/service-names.ts'
import { stopReasons } from '../../../api/v1/stop-reasons.ts'
import type { Task } from '../../../api/v1/task.ts'
import type { Outcomes } from '../state.ts'

/** The members of the status that the count lives in. */
export type Count = Pick<
  ServiceDeploymentStatus,
  'failedTasks' | 'countedTasks' | 'healthyTaskCreatedAt' | 'lastFailure' | 'deploymentCircuitBreaker'
>

type CircuitBreaker = NonNullable<DeploymentConfiguration['deploymentCircuitBreaker']>

interface Counting {
  /** Name of the ServiceRevision that the tasks are of. */
  readonly revision: string
  readonly breaker: CircuitBreaker
  readonly desired: number
  readonly isBaseline: boolean
}

const place = (revision: string, task: string) => slotAndAttempt(revision, task) ?? { slot: task, attempt: 0 }
const byName = (a: Task, b: Task): number => (a.metadata.name < b.metadata.name ? -1 : 1)

/** Failures of tasks that are not in `counted`, which becomes what is counted with them. */
function uncounted(failed: readonly Task[], revision: string, counted: Map<string, string>): readonly Task[] {
  const attemptOf = (slot: string): number => {
    const name = counted.get(slot)
    return name === undefined ? -1 : place(revision, name).attempt
  }
  const fresh = failed.filter(({ metadata }) => {
    const { slot, attempt } = place(revision, metadata.name)
    return attempt > attemptOf(slot)
  })
  for (const { metadata } of fresh) {
    const { slot, attempt } = place(revision, metadata.name)
    if (attempt > attemptOf(slot)) counted.set(slot, metadata.name)
  }
  return fresh
}

/** Why `task` failed; one that still runs failed its health checks. */
const failureOf = ({ metadata, spec, status }: Task): NonNullable<Count['lastFailure']> => {
  const stopCode = status?.stopCode ?? spec.stopCode
  const why = status?.containers?.find(({ reason }) => reason !== undefined)?.reason
  const reason = status?.stoppedReason ?? spec.stoppedReason ?? stopReasons.failedHealthChecks
  return {
    task: metadata.name,
    ...(stopCode === undefined ? {} : { stopCode }),
    reason: why === undefined || reason.includes(why) ? reason : `${reason}: ${why}`.slice(0, 1024),
  }
}

/**
 * The count after what is seen now. A task that proves its revision, made later than those that did before, resets the count
 * unless the breaker is cumulative; what fails at the same time counts from there. The first look at a revision that is rolled
 * back to (`isBaseline`) counts nothing: those failures were before.
 */
export function counted(
  before: Count,
  { failed, proven }: Outcomes,
  { revision, breaker, desired, isBaseline }: Counting,
): Count {
  const bySlot = new Map((before.countedTasks ?? []).map((name) => [place(revision, name).slot, name]))
  const fresh = uncounted(failed, revision, bySlot)
  const made = proven.map(({ metadata }) => metadata.creationTimestamp ?? '').sort()
  const newest = made.at(-1) ?? ''
  const last = before.healthyTaskCreatedAt ?? ''
  const resets = newest > last && breaker.resetOnHealthyTask !== false
  const failedTasks = isBaseline ? 0 : (resets ? 0 : (before.failedTasks ?? 0)) + fresh.length
  const latest = fresh.toSorted(byName).at(-1)
  const healthyTaskCreatedAt = newest > last ? newest : before.healthyTaskCreatedAt
  return {
    failedTasks,
    countedTasks: [...bySlot.values()].sort(),
    ...(healthyTaskCreatedAt === undefined ? {} : { healthyTaskCreatedAt }),
    ...(latest === undefined || isBaseline ? withLast(before) : { lastFailure: failureOf(latest) }),
    deploymentCircuitBreaker: {
      status: 'MONITORING',
      failureCount: failedTasks,
      threshold: breakerThreshold(breaker, desired),
    },
  }
}

const withLast = ({ lastFailure }: Count): Pick<Count, 'lastFailure'> =>
  lastFailure === undefined ? {} : { lastFailure }
