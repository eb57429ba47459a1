/** The life of one run: its attempts, what ends it, and what follows. */
import { isActiveRun, type ScheduledRun } from '../../../api/v1/scheduled-task.ts'
import { backoffDelay } from '../../../lib/backoff.ts'
import { type Instant, instant, parseTimestamp, plus, seconds, timestamp } from '../../../lib/time.ts'
import { limits } from '../limits.ts'
import type { End, ScheduledTaskState } from '../state.ts'

const longestReason = 1024

/** When the run must be over; undefined when it may take as long as it takes. */
export function deadlineOf({ startedAt }: ScheduledRun, { scheduled }: ScheduledTaskState): Instant | undefined {
  const { activeDeadlineSeconds } = scheduled.spec
  return activeDeadlineSeconds === undefined || startedAt === undefined
    ? undefined
    : plus(parseTimestamp(startedAt), seconds(activeDeadlineSeconds))
}

const ended = (run: ScheduledRun, status: 'SUCCEEDED' | 'FAILED', at: Instant): ScheduledRun => ({
  ...run,
  status,
  endedAt: timestamp(at),
  nextAttemptAt: undefined,
})

/** When the next attempt may begin; undefined when there is none. */
function nextAttempt(run: ScheduledRun, state: ScheduledTaskState, now: Instant): Instant | undefined {
  const { retryPolicy } = state.scheduled.spec
  if (retryPolicy === undefined || run.attempt > retryPolicy.maximumRetryAttempts) return undefined
  const at = plus(now, backoffDelay(limits.retry, run.attempt))
  const oldest = plus(parseTimestamp(run.scheduledTime), seconds(retryPolicy.maximumEventAgeInSeconds))
  const deadline = deadlineOf(run, state)
  return at > oldest || (deadline !== undefined && at >= deadline) ? undefined : at
}

/** All tasks of an attempt have ended, or could not be made. */
function afterAttempt(run: ScheduledRun, ends: readonly End[], state: ScheduledTaskState, now: Instant): ScheduledRun {
  const codes = ends.flatMap(({ exitCode }) => exitCode ?? [])
  const exitCode = codes.find((code) => code !== 0) ?? codes[0]
  const at = instant(Math.max(0, ...ends.map((end) => end.at ?? now)))
  const failure = ends.find(({ succeeded }) => !succeeded)
  if (failure === undefined) return ended({ ...run, exitCode, reason: undefined }, 'SUCCEEDED', at)
  if (run.status === 'STOPPING') return ended({ ...run, exitCode }, 'FAILED', at)
  const failed = { ...run, exitCode, reason: failure.reason.slice(0, longestReason) }
  const next = ends.some(({ wanted }) => wanted) ? undefined : nextAttempt(run, state, now)
  return next === undefined
    ? ended(failed, 'FAILED', at)
    : { ...failed, status: 'RETRYING', nextAttemptAt: timestamp(next) }
}

/** The run with a new attempt; undefined while its task definition waits for a revision. */
export function attempted(
  run: ScheduledRun,
  attempt: number,
  state: ScheduledTaskState,
  now: Instant,
): ScheduledRun | undefined {
  const { resolution, scheduled } = state
  const fresh = { ...run, attempt, exitCode: undefined, reason: undefined, nextAttemptAt: undefined }
  const taskDefinition = run.taskDefinition ?? (resolution.is === 'found' ? resolution.name : undefined)
  if (taskDefinition !== undefined) {
    const tasks = Array.from({ length: scheduled.spec.taskTemplate.count }, (_, n) => `${run.name}-${attempt}-${n + 1}`)
    return { ...fresh, status: 'PENDING', taskDefinition, tasks }
  }
  if (resolution.is !== 'missing') return undefined
  const end = { succeeded: false, wanted: false, exitCode: undefined, reason: resolution.message, at: undefined }
  return afterAttempt({ ...fresh, tasks: [] }, [end], state, now)
}

/** The run with its tasks told to stop; over at once when it waits for an attempt. */
export function stopped(run: ScheduledRun, reason: string, now: Instant): ScheduledRun {
  if (!isActiveRun(run) || run.status === 'STOPPING') return run
  return run.status === 'RETRYING' ? ended({ ...run, reason }, 'FAILED', now) : { ...run, status: 'STOPPING', reason }
}

const missingEnd = (run: ScheduledRun, name: string): End => ({
  succeeded: false,
  wanted: false,
  exitCode: undefined,
  reason: run.reason ?? `${name}: the task is gone`,
  at: undefined,
})

/** How the run stands now. */
export function progressed(run: ScheduledRun, state: ScheduledTaskState, now: Instant): ScheduledRun {
  if (!isActiveRun(run)) return run
  const deadline = deadlineOf(run, state)
  const isLate = deadline !== undefined && deadline <= now
  const late = `DeadlineExceeded: the run took longer than ${state.scheduled.spec.activeDeadlineSeconds} s`
  if (run.status === 'RETRYING') {
    if (isLate) return stopped(run, late, now)
    const isDue = run.nextAttemptAt === undefined || parseTimestamp(run.nextAttemptAt) <= now
    return isDue ? (attempted(run, run.attempt + 1, state, now) ?? run) : run
  }
  const made = run.tasks.map((name) => state.tasks.get(name))
  if (run.status === 'PENDING' && made.includes(undefined)) return isLate ? stopped(run, late, now) : run
  const ends = run.tasks.flatMap((name, n) => {
    const task = made[n]
    return task === undefined ? [missingEnd(run, name)] : (task.end ?? [])
  })
  if (ends.length === run.tasks.length) return afterAttempt(run, ends, state, now)
  if (isLate) return stopped(run, late, now)
  return run.status === 'PENDING' ? { ...run, status: 'RUNNING' } : run
}

/** Runs whose tasks could not be made: no retry of the same write helps, so those that are missing stay so. */
export const refused = (runs: readonly ScheduledRun[], whys: ReadonlyMap<string, string>): ScheduledRun[] =>
  runs.map((run) => {
    const why = run.tasks.map((name) => whys.get(name)).find((one) => one !== undefined)
    return why === undefined ? run : { ...run, status: 'RUNNING', reason: why.slice(0, longestReason) }
  })
