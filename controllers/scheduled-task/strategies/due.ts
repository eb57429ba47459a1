/** What is due now: the newest time that passed, or a run that somebody asked for. */
import type { ScheduledTask, ScheduledTaskStatus } from '../../../api/v1/scheduled-task.ts'
import { shortened } from '../../../api/v1/service-names.ts'
import { runNowAnnotation } from '../../../api/v1/well-known.ts'
import { type Instant, instant, parseTimestamp, plus, seconds, timestamp } from '../../../lib/time.ts'
import type { ScheduledTaskState } from '../state.ts'

export type Due =
  | { readonly trigger: 'Manual'; readonly at: Instant; readonly request: string }
  | { readonly trigger: 'Schedule'; readonly at: Instant }

export interface Dues {
  readonly due: Due | undefined
  /** The newest time that is not made up for any more. */
  readonly missed: Instant | undefined
  /** The next time of the schedule. */
  readonly next: Instant | undefined
  /** Something is due then that cannot begin now. */
  readonly wakeAt: Instant | undefined
}

/** Characters of a task's name; and of the name of a run, that leave room for attempt and number. */
const longestRun = 200

const whole = (at: Instant): Instant => instant(Math.floor(at / 1000) * 1000)

/** The name says which run it is: whoever makes it a second time makes the same one. */
export function runName({ metadata }: ScheduledTask, { trigger, at }: Due): string {
  const id = `${trigger === 'Manual' ? 'm' : ''}${Math.floor(at / 1000)}`
  return `${shortened(metadata.name, longestRun)}-${id}`
}

/** What times are counted by: a change of it begins a new count. */
const scheduleText = ({ spec }: ScheduledTask): string =>
  spec.suspend
    ? 'suspended'
    : `${spec.schedule} ${spec.timeZone}${spec.startDate === undefined ? '' : ` from ${spec.startDate}`}`

/** The status with the count that is in force: a new schedule, and one that was resumed, is due only after now. */
export function counted(state: ScheduledTaskState, status: ScheduledTaskStatus, now: Instant): ScheduledTaskStatus {
  const observedSchedule = scheduleText(state.scheduled)
  if (status.observedSchedule === observedSchedule) return status
  // At first the very second of the creation counts: a rate begins with it.
  const from = status.observedSchedule === undefined ? plus(state.createdAt, seconds(-1)) : now
  return { ...status, observedSchedule, countsFrom: timestamp(from) }
}

function manual({ metadata }: ScheduledTask, status: ScheduledTaskStatus, now: Instant): Due | undefined {
  const asked = metadata.annotations?.[runNowAnnotation]
  const request = asked === undefined ? undefined : shortened(asked, 128)
  return request === undefined || request === '' || request === status.lastRunRequest
    ? undefined
    : { trigger: 'Manual', at: whole(now), request }
}

export function duesOf(state: ScheduledTaskState, status: ScheduledTaskStatus, now: Instant): Dues {
  const { scheduled, times } = state
  const { suspend, startingDeadlineSeconds } = scheduled.spec
  const asked = manual(scheduled, status, now)
  // Runs are named by their second.
  const isTaken = asked !== undefined && status.lastRequestTime === timestamp(asked.at)
  const request = isTaken ? undefined : asked
  const wakeAt = isTaken ? plus(asked.at, seconds(1)) : undefined
  if (suspend || 'wrong' in times) return { due: request, missed: undefined, next: undefined, wakeAt }

  const bounds = [status.countsFrom, status.lastScheduleTime, status.lastMissedTime]
  const after = instant(Math.max(...bounds.map((bound) => parseTimestamp(bound) ?? 0)))
  const newest = times.latest(after, now)
  const next = times.next(instant(Math.max(after, now)))
  const isTooLate =
    newest !== undefined &&
    startingDeadlineSeconds !== undefined &&
    newest < plus(whole(now), seconds(-startingDeadlineSeconds))
  if (newest === undefined || isTooLate || request !== undefined)
    return { due: request, missed: isTooLate ? newest : undefined, next, wakeAt }
  // Of several times the newest stands for all.
  const before = times.latest(after, plus(newest, seconds(-1)))
  return { due: { trigger: 'Schedule', at: newest }, missed: before, next, wakeAt }
}
