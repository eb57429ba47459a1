/** What the status says: conditions, which runs are kept, and the events that a change of it is worth. */
import { type Condition, conditionOf, withCondition, withoutCondition } from '../../../api/meta/conditions.ts'
import {
  isActiveRun,
  type ScheduledRun,
  type ScheduledTask,
  type ScheduledTaskStatus,
} from '../../../api/v1/scheduled-task.ts'
import { type Instant, timestamp } from '../../../lib/time.ts'
import type { ScheduledTaskState } from '../state.ts'
import type { Dues } from './due.ts'

export interface RunEvent {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
}

type Said = Pick<Condition, 'status' | 'reason' | 'message'>

/** `waits`: why what is due does not begin. */
function readiness(
  { scheduled, times, resolution }: ScheduledTaskState,
  next: Instant | undefined,
  waits: string | undefined,
  active: number,
): Said {
  if ('wrong' in times) return { status: 'False', reason: 'Invalid', message: times.wrong }
  if (resolution.is === 'missing') return { status: 'False', reason: resolution.reason, message: resolution.message }
  if (resolution.is === 'waiting')
    return { status: 'False', reason: 'WaitingForTaskDefinition', message: resolution.message }
  if (waits !== undefined) return { status: 'True', reason: 'RunWaiting', message: waits }
  if (scheduled.spec.suspend)
    return { status: 'True', reason: 'Suspended', message: 'Nothing is due while it is suspended.' }
  if (next !== undefined) return { status: 'True', reason: 'Scheduled', message: `Due next at ${timestamp(next)}.` }
  return active > 0
    ? { status: 'True', reason: 'LastRun', message: 'Its last run is under way.' }
    : { status: 'True', reason: 'Completed', message: 'It is not due any more.' }
}

/** By the time of the run, newest first. */
export const byTime = (a: ScheduledRun, b: ScheduledRun): number =>
  a.scheduledTime === b.scheduledTime ? (a.name < b.name ? 1 : -1) : a.scheduledTime < b.scheduledTime ? 1 : -1

/** Runs under way, and as many of those that ended as are to be kept. */
export function kept({ spec }: ScheduledTask, runs: readonly ScheduledRun[]): ScheduledRun[] {
  const left = { SUCCEEDED: spec.successfulRunsHistoryLimit, FAILED: spec.failedRunsHistoryLimit }
  return runs.toSorted(byTime).filter((run) => {
    if (run.status !== 'SUCCEEDED' && run.status !== 'FAILED') return true
    left[run.status] -= 1
    return left[run.status] >= 0
  })
}

const isNews = (old: readonly ScheduledRun[], run: ScheduledRun): boolean =>
  !old.some(({ name, status, attempt }) => name === run.name && status === run.status && attempt === run.attempt)

/** `old`: with this, `status` is made; `runs`: all, also those that are not kept. */
export function conditionsOf(
  state: ScheduledTaskState,
  old: ScheduledTaskStatus,
  { runs, next, waits }: { runs: readonly ScheduledRun[]; next: Instant | undefined; waits: string | undefined },
  now: Instant,
): Condition[] {
  const observedGeneration = state.scheduled.metadata.generation
  const said = readiness(state, next, waits, runs.filter(isActiveRun).length)
  const ready = withCondition(old.conditions, { type: 'Ready', ...said, observedGeneration }, now)
  const isStuck = 'wrong' in state.times || state.resolution.is === 'missing'
  const judged = isStuck
    ? withCondition(ready, { type: 'Stalled', ...said, status: 'True', observedGeneration }, now)
    : withoutCondition(ready, 'Stalled')
  const last = runs.filter((run) => !isActiveRun(run) && isNews(old.runs ?? [], run)).toSorted(byTime)[0]
  if (last === undefined) return [...judged]
  const succeeded = last.status === 'SUCCEEDED'
  const outcome = {
    type: 'LastRunSucceeded',
    status: succeeded ? ('True' as const) : ('False' as const),
    reason: succeeded ? 'Succeeded' : 'Failed',
    message: `${last.name}: ${last.reason ?? 'succeeded'}`,
  }
  return [...withCondition(judged, outcome, now)]
}

function eventOf(old: readonly ScheduledRun[], run: ScheduledRun): RunEvent[] {
  if (!isNews(old, run)) return []
  const why = run.reason ?? ''
  switch (run.status) {
    case 'PENDING': {
      const nth = run.attempt === 1 ? '' : `, attempt ${run.attempt}`
      return [
        {
          type: 'Normal',
          reason: 'RunStarted',
          message: `started run ${run.name}${nth}: tasks ${run.tasks.join(', ')}`,
        },
      ]
    }
    case 'RUNNING':
      return []
    case 'STOPPING':
      return [{ type: 'Warning', reason: 'RunStopped', message: `stops run ${run.name}: ${why}` }]
    case 'RETRYING': {
      const message = `attempt ${run.attempt} of run ${run.name} failed: ${why}; the next begins at ${run.nextAttemptAt}`
      return [{ type: 'Warning', reason: 'RunRetried', message }]
    }
    case 'SUCCEEDED':
      return [{ type: 'Normal', reason: 'RunSucceeded', message: `run ${run.name} succeeded` }]
    case 'FAILED':
      return [{ type: 'Warning', reason: 'RunFailed', message: `run ${run.name} failed: ${why}` }]
  }
}

/** What a person should hear of. */
export function eventsOf(
  old: ScheduledTaskStatus,
  { runs, dues, waits }: { runs: readonly ScheduledRun[]; dues: Dues; waits: string | undefined },
): RunEvent[] {
  const events = runs.toSorted(byTime).flatMap((run) => eventOf(old.runs ?? [], run))
  const { missed } = dues
  if (missed !== undefined && waits === undefined) {
    const message = `no run was started for ${timestamp(missed)}: ${dues.due === undefined ? 'it is too late for it' : 'of several times that passed, the newest is made up for'}`
    events.unshift({ type: 'Warning', reason: 'RunMissed', message })
  }
  const waited = conditionOf(old.conditions, 'Ready')?.reason === 'RunWaiting'
  if (waits !== undefined && !waited) events.push({ type: 'Normal', reason: 'RunWaiting', message: waits })
  return events
}
