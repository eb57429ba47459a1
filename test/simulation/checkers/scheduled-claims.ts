/** What a scheduled task says of its runs: what is due is claimed in the open, what began ends, and nothing is told otherwise later. */
import type { ScheduledRun, ScheduledTask } from '../../../api/v1/scheduled-task.ts'
import type { Task } from '../../../api/v1/task.ts'
import type { Change } from '../history.ts'
import type { Checker } from './checker.ts'

type Status = NonNullable<ScheduledTask['status']>

const isOver = ({ status }: ScheduledRun): boolean => status === 'SUCCEEDED' || status === 'FAILED'
const secondOf = (time: string | undefined): number => (time === undefined ? 0 : Date.parse(time) / 1000)
/** Of the schedules of the simulation that are due more than once. */
const everySeconds = 60

function claim(before: Status, after: Status, isOnce: boolean, now: number): string | undefined {
  const due = after.lastScheduleTime
  if (due === undefined || due === before.lastScheduleTime) return undefined
  if (secondOf(due) <= secondOf(before.lastScheduleTime)) return `${due} is begun after ${before.lastScheduleTime}`
  if (secondOf(due) > now / 1000) return `${due} is begun before its time`
  const isClaimed = after.runs?.some(({ trigger, scheduledTime }) => trigger === 'Schedule' && scheduledTime === due)
  if (isClaimed !== true) return `${due} counts as begun without a run`
  const told = [before.lastScheduleTime, after.countsFrom, after.lastMissedTime].map(secondOf)
  const silent = secondOf(due) - everySeconds
  return isOnce || silent <= Math.max(...told) ? undefined : `${due} is begun, and a time before it is not told of`
}

function request(before: Status, after: Status): string | undefined {
  if (after.lastRunRequest === before.lastRunRequest) return undefined
  const isClaimed = after.runs?.some(
    ({ trigger, scheduledTime }) => trigger === 'Manual' && scheduledTime === after.lastRequestTime,
  )
  return isClaimed === true ? undefined : `request ${after.lastRunRequest} counts as served without a run`
}

/** The histories of the simulation are longer than it lasts. */
export function scheduledClaims(): Checker {
  /** Tasks that were ever made, by the object that they belong to. */
  const made = new Map<string, Set<string>>()

  function life(uid: string, run: ScheduledRun, after: Status): string | undefined {
    const next = after.runs?.find(({ name }) => name === run.name)
    if (next === undefined) return `run ${run.name} is forgotten`
    if (isOver(run)) return next.status === run.status ? undefined : `run ${run.name} was ${run.status} before`
    if (next.attempt < run.attempt) return `run ${run.name} goes back to attempt ${next.attempt}`
    const missing = next.tasks.find((name) => made.get(uid)?.has(name) !== true)
    return next.status === 'SUCCEEDED' && missing !== undefined
      ? `run ${run.name} has succeeded without ${missing}`
      : undefined
  }

  function judge({ before: old, after, at }: Change): string | undefined {
    const [was, is] = [old as ScheduledTask, after as ScheduledTask]
    const [then, now] = [was.status ?? {}, is.status ?? {}]
    if (was.metadata.uid !== is.metadata.uid) return undefined
    for (const run of then.runs ?? []) {
      const wrong = life(is.metadata.uid, run, now)
      if (wrong !== undefined) return wrong
    }
    return claim(then, now, is.spec.schedule.startsWith('at('), at) ?? request(then, now)
  }

  return {
    name: 'what is due is claimed, and what began ends',
    check(change) {
      const { kind, before, after } = change
      if (after === undefined) return undefined
      const owner = (after as Task).metadata.ownerReferences?.find((one) => one.kind === 'ScheduledTask')
      if (kind === 'Task' && before === undefined && owner !== undefined)
        made.set(owner.uid, (made.get(owner.uid) ?? new Set()).add(after.metadata.name))
      return kind === 'ScheduledTask' && before !== undefined ? judge(change) : undefined
    },
  }
}
