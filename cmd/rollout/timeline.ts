/** Where the time of a deployment went, as data for programs and as tables for people. */
import {
  type PhaseTime,
  phaseTimesOf,
  startTime,
  type TaskTimeline,
  taskTimelines,
  timelinePhases,
} from '../../api/v1/deployment-timeline.ts'
import type { ServiceDeployment } from '../../api/v1/service-deployment.ts'
import type { Task } from '../../api/v1/task.ts'
import { between, type Instant, type Millis, millis, milliTimestamp, parseTimestamp } from '../../lib/time.ts'
import { ageText } from '../output/age.ts'
import { alignRows } from '../output/table.ts'

export interface Timeline {
  readonly deployment: string
  readonly service: string
  readonly status: string
  readonly startedAt: string | undefined
  readonly finishedAt: string | undefined
  /** Until it ended, or until now. */
  readonly milliseconds: number | undefined
  /** Over all of its tasks, also those that are gone. */
  readonly phases: readonly PhaseTime[]
  /** That which usually took longest. */
  readonly longestPhase: PhaseTime | undefined
  /** Of those that are still there, the one that took longest to be well. */
  readonly slowestTask: { readonly task: string; readonly milliseconds: number } | undefined
  /** While none of its tasks was in a phase; undefined where some of them are gone. */
  readonly idleMilliseconds: number | undefined
  readonly tasks: readonly TimelineOfTask[]
}

interface TimelineOfTask {
  readonly task: string
  readonly lastStatus: string
  /** Started by the deployment, or stopped by it. */
  readonly part: 'new' | 'old'
  /** When it was made, or told to stop. */
  readonly since: string | undefined
  readonly milliseconds: Readonly<Partial<Record<PhaseTime['phase'], number>>>
  /** What it is at, and for how long by now. */
  readonly now: { readonly phase: PhaseTime['phase']; readonly milliseconds: number } | undefined
}

export function timelineOf(deployment: ServiceDeployment, tasks: readonly Task[], now: Instant): Timeline {
  const { metadata, spec, status = {} } = deployment
  const timed = taskTimelines(deployment, tasks)
  const phases = phaseTimesOf(deployment, tasks)
  const began = parseTimestamp(status.startedAt)
  const byName = new Map(tasks.map((task) => [task.metadata.name, task.status?.lastStatus ?? 'PROVISIONING']))
  return {
    deployment: metadata.name,
    service: spec.service,
    status: status.status ?? 'PENDING',
    startedAt: status.startedAt,
    finishedAt: status.finishedAt,
    milliseconds: began === undefined ? undefined : between(began, parseTimestamp(status.finishedAt) ?? now),
    phases,
    longestPhase: phases.toSorted((a, b) => b.medianMilliseconds - a.medianMilliseconds)[0],
    slowestTask: slowestOf(timed),
    idleMilliseconds:
      began === undefined ? undefined : idleIn(began, parseTimestamp(status.finishedAt) ?? now, timed, phases),
    tasks: timed.map((one) => ({
      task: one.name,
      lastStatus: byName.get(one.name) ?? '',
      part: one.isNew ? 'new' : 'old',
      since: one.since === undefined ? undefined : milliTimestamp(one.since),
      milliseconds: one.phases,
      now:
        one.now === undefined
          ? undefined
          : { phase: one.now.phase, milliseconds: Math.max(0, between(one.now.since, now)) },
    })),
  }
}

/** How long between `from` and `to` no task was on its way from one state to another. */
function idleIn(
  from: Instant,
  to: Instant,
  timed: readonly TaskTimeline[],
  phases: readonly PhaseTime[],
): number | undefined {
  const placed = phases.find(({ phase }) => phase === 'placed')?.tasks ?? 0
  if (timed.filter(({ isNew }) => isNew).length < placed) return undefined
  const spans = timed
    .flatMap((one) => {
      if (one.since === undefined) return []
      const took = one.isNew ? startTime(one) : (one.phases.drained ?? 0)
      return [{ begin: one.since, end: one.now === undefined ? one.since + took : to }]
    })
    .toSorted((a, b) => a.begin - b.begin)
  let idle = 0
  let busyUntil: number = from
  for (const { begin, end } of spans) {
    idle += Math.max(0, Math.min(begin, to) - busyUntil)
    busyUntil = Math.max(busyUntil, Math.min(end, to))
  }
  return idle + Math.max(0, to - busyUntil)
}

/** Shorter pauses than this are the pace of controllers. */
const worthTelling = 2000

function slowestOf(timed: readonly TaskTimeline[]): Timeline['slowestTask'] {
  const [slowest] = timed
    .filter(({ phases }) => phases.started !== undefined)
    .map((one) => ({ task: one.name, milliseconds: startTime(one) }))
    .toSorted((a, b) => b.milliseconds - a.milliseconds)
  return slowest
}

/** `0.4s`, `12.0s`, `4m12s` */
const timeText = (time: number | undefined): string =>
  time === undefined ? '-' : time < 100_000 ? `${(time / 1000).toFixed(1)}s` : ageText(millis(time))

/** One line for each phase, and one that names what took longest. */
export function phaseLines(phases: readonly PhaseTime[]): readonly string[] {
  if (phases.length === 0) return []
  const header = ['PHASE', 'TASKS', 'MEDIAN', 'LONGEST', 'TASK']
  const rows = phases.map((one) => [
    one.phase,
    String(one.tasks),
    timeText(one.medianMilliseconds),
    timeText(one.longestMilliseconds),
    one.longestTask,
  ])
  return alignRows([header, ...rows])
}

/** As text for people. */
export function timelineText(timeline: Timeline): string {
  const { deployment, service, status, startedAt, finishedAt, milliseconds, tasks, phases } = timeline
  const took =
    milliseconds === undefined ? '' : ` ${finishedAt === undefined ? 'for' : 'after'} ${timeText(milliseconds)}`
  const lines = [`Deployment ${deployment} of service ${service} is ${status}${took}.`]
  if (tasks.length > 0) lines.push('', ...alignRows([taskHeader, ...tasks.map((task) => taskRow(task, startedAt))]))
  if (phases.length > 0) lines.push('', ...phaseLines(phases))
  return [...lines, ...verdict(timeline)].join('\n')
}

const taskHeader = ['TASK', 'LAST-STATUS', 'AT', ...timelinePhases.map((phase) => phase.toUpperCase())]

/** What it is at by now ends in `...`. */
function taskRow({ task, lastStatus, since, milliseconds, now }: TimelineOfTask, startedAt: string | undefined) {
  const [at, began] = [parseTimestamp(since), parseTimestamp(startedAt)]
  const after: Millis | undefined = at === undefined || began === undefined ? undefined : between(began, at)
  const times = timelinePhases.map((phase) =>
    now?.phase === phase ? `${timeText(now.milliseconds)}...` : timeText(milliseconds[phase]),
  )
  return [task, lastStatus, after === undefined ? '-' : `+${timeText(Math.max(0, after))}`, ...times]
}

function verdict({
  tasks,
  phases,
  longestPhase,
  slowestTask,
  idleMilliseconds: idle = 0,
  finishedAt,
}: Timeline): readonly string[] {
  if (longestPhase === undefined && tasks.length === 0) return ['No task of it is there yet, or any more.']
  const gone =
    tasks.length === 0 && phases.length > 0 ? ['Its tasks are gone; this is what was written down when it ended.'] : []
  const longest =
    longestPhase === undefined
      ? []
      : [
          `The longest phase is ${longestPhase.phase}: half of the tasks took ${timeText(longestPhase.medianMilliseconds)} or more.`,
        ]
  const slowest =
    slowestTask === undefined ? [] : [`The slowest task is ${slowestTask.task}: ${timeText(slowestTask.milliseconds)}.`]
  const rest = finishedAt === undefined ? ['It goes on.'] : []
  const waited =
    idle < worthTelling
      ? []
      : [
          `${timeText(idle)} went into none of these: it waited (for tasks to count as healthy, a bake time, a hook, a person), or for the next try.`,
        ]
  return ['', ...gone, ...longest, ...slowest, ...waited, ...rest]
}
