/** Decides the next steps of one scheduled task: what to write down first, and then which tasks to make, stop and let go. */

import { isDeleting } from '../../api/meta/object.ts'
import { isActiveRun, type ScheduledRun, type ScheduledTaskStatus } from '../../api/v1/scheduled-task.ts'
import type { Task } from '../../api/v1/task.ts'
import { runFinalizer } from '../../api/v1/well-known.ts'
import { isEqual } from '../../lib/equal.ts'
import { earliest, type Instant, parseTimestamp, timestamp } from '../../lib/time.ts'
import { limits } from './limits.ts'
import type { ScheduledTaskState } from './state.ts'
import { counted, type Due, duesOf, runName } from './strategies/due.ts'
import { attempted, deadlineOf, progressed, stopped } from './strategies/runs.ts'
import { conditionsOf, eventsOf, kept, type RunEvent } from './strategies/status.ts'

export type Action =
  /** Make a task of a run that the status names. */
  | { readonly do: 'start'; readonly name: string; readonly run: ScheduledRun }
  | { readonly do: 'stop'; readonly task: Task; readonly reason: string }
  /** What became of the task is written down: it may go. */
  | { readonly do: 'release'; readonly task: Task }

export interface Plan {
  readonly status: ScheduledTaskStatus
  /** The status is to be written before anything is done. */
  readonly changed: boolean
  readonly actions: readonly Action[]
  /** To be told once the status is written. */
  readonly events: readonly RunEvent[]
  readonly wakeAt: Instant | undefined
}

const isHeld = (task: Task): boolean => task.metadata.finalizers?.includes(runFinalizer) === true

/** Lets go of tasks that nobody waits for. */
export const planRelease = (tasks: readonly Task[]): readonly Action[] =>
  tasks.filter(isHeld).map((task) => ({ do: 'release', task }))

const newRun = (state: ScheduledTaskState, due: Due, now: Instant): ScheduledRun | undefined => {
  const name = runName(state.scheduled, due)
  const times = { scheduledTime: timestamp(due.at), startedAt: timestamp(now) }
  return attempted({ name, ...times, trigger: due.trigger, status: 'PENDING', attempt: 1, tasks: [] }, 1, state, now)
}

/** What to do about what is due: begin, or see that it can. */
interface Begun {
  readonly runs: readonly ScheduledRun[]
  readonly started: Due | undefined
  readonly waits: string | undefined
}

function begin(state: ScheduledTaskState, due: Due | undefined, runs: readonly ScheduledRun[], now: Instant): Begun {
  if (due === undefined) return { runs, started: undefined, waits: undefined }
  const { concurrencyPolicy } = state.scheduled.spec
  const active = runs.filter(isActiveRun)
  const most = concurrencyPolicy === 'Allow' ? limits.activeRuns : 1
  const name = runName(state.scheduled, due)
  if (active.length >= most) {
    const inTheWay = active.map((run) => run.name).join(', ')
    const waits = `run ${name} waits for the end of ${inTheWay}`.slice(0, 1024)
    if (concurrencyPolicy !== 'Replace') return { runs, started: undefined, waits }
    return { runs: runs.map((run) => stopped(run, `Replaced by run ${name}`, now)), started: undefined, waits }
  }
  const run = newRun(state, due, now)
  return run === undefined
    ? { runs, started: undefined, waits: undefined }
    : { runs: [...runs, run], started: due, waits: undefined }
}

/** What follows from the runs for the tasks that there are, and for those that are missing. */
function actionsOf({ tasks }: ScheduledTaskState, runs: readonly ScheduledRun[]): readonly Action[] {
  const active = runs.filter(isActiveRun)
  const runOf = new Map(active.flatMap((run) => run.tasks.map((name) => [name, run] as const)))
  const starts = active
    .filter(({ status }) => status === 'PENDING')
    .flatMap((run) => run.tasks.filter((name) => !tasks.has(name)).map((name): Action => ({ do: 'start', name, run })))
  const others = [...tasks.values()].flatMap(({ task, end }): Action[] => {
    const run = runOf.get(task.metadata.name)
    if (end !== undefined) return run === undefined || run.status === 'RETRYING' ? [...planRelease([task])] : []
    if (run !== undefined && run.status !== 'STOPPING') return []
    // A request to make it that was given up came through after all.
    const reason = run?.reason ?? 'The run that it was made for is over'
    return task.spec.desiredStatus === 'STOPPED' ? [] : [{ do: 'stop', task, reason }]
  })
  return [...others, ...starts]
}

export function plan(state: ScheduledTaskState, now: Instant): Plan {
  const { scheduled, tasks } = state
  const old = scheduled.status ?? {}
  if (isDeleting(scheduled)) {
    const actions = planRelease([...tasks.values()].map(({ task }) => task))
    return { status: old, changed: false, actions, events: [], wakeAt: undefined }
  }
  const basis = counted(state, old, now)
  const dues = duesOf(state, basis, now)
  const going = (old.runs ?? []).map((run) => progressed(run, state, now))
  const { runs, started, waits } = begin(state, dues.due, going, now)
  const missed = waits === undefined && (started !== undefined || dues.due === undefined) ? dues.missed : undefined
  const succeeded = runs.filter((run) => run.status === 'SUCCEEDED').map(({ endedAt }) => endedAt ?? '')
  const lastSuccessfulTime = [basis.lastSuccessfulTime ?? '', ...succeeded].sort().at(-1)
  const status: ScheduledTaskStatus = {
    ...basis,
    observedGeneration: scheduled.metadata.generation,
    active: runs.filter(isActiveRun).length,
    ...(started?.trigger === 'Schedule' ? { lastScheduleTime: timestamp(started.at) } : {}),
    ...(started?.trigger === 'Manual'
      ? { lastRunRequest: started.request, lastRequestTime: timestamp(started.at) }
      : {}),
    ...(missed === undefined ? {} : { lastMissedTime: timestamp(missed) }),
    ...(lastSuccessfulTime === '' ? {} : { lastSuccessfulTime }),
    nextScheduleTime: dues.next === undefined ? undefined : timestamp(dues.next),
    runs: kept(scheduled, runs),
    conditions: conditionsOf(state, old, { runs, next: dues.next, waits }, now),
  }
  const changed = !isEqual(old, status)
  const attempts = runs
    .filter(isActiveRun)
    .flatMap((run) => [deadlineOf(run, state), parseTimestamp(run.nextAttemptAt)])
  return {
    status,
    changed,
    actions: actionsOf(state, runs),
    events: changed ? eventsOf(old, { runs, dues: { ...dues, missed }, waits }) : [],
    wakeAt: earliest(dues.next, dues.wakeAt, ...attempts.filter((at) => at !== undefined && at > now)),
  }
}
