/** Where the time of a deployment went: how long each of its tasks took for what, from the marks that a task bears (ecs-core 4.4). */
import { z } from 'zod'
import { type Instant, type Millis, millis, parseTimestamp } from '../../lib/time.ts'
import { deploymentId } from './service-names.ts'
import { stopReasons } from './stop-reasons.ts'
import { createdAtAnnotation } from './well-known.ts'

/** One after another; not every task has each. */
export const timelinePhases = ['placed', 'pulled', 'started', 'healthy', 'drained'] as const
type TimelinePhase = (typeof timelinePhases)[number]

const milliseconds = z.int().min(0)
/** One phase over all tasks of a deployment. */
export const PhaseTime = z.strictObject({
  phase: z
    .enum(timelinePhases)
    .describe(
      'placed: until its agent had it; pulled, started, healthy: from then on; drained: from its order to stop.',
    ),
  tasks: z.int().min(1).describe('Tasks that took it.'),
  medianMilliseconds: milliseconds.describe('So long or shorter took half of them.'),
  longestMilliseconds: milliseconds.describe('So long took the slowest.'),
  longestTask: z.string().describe('Name of that Task.'),
})
export type PhaseTime = z.output<typeof PhaseTime>

interface TimedTask {
  readonly metadata: {
    readonly name: string
    readonly creationTimestamp?: string | null | undefined
    readonly annotations?: Readonly<Record<string, string>> | undefined
  }
  readonly spec: { readonly startedBy?: string | undefined; readonly stoppedReason?: string | undefined }
  readonly status?:
    | Readonly<
        Partial<
          Record<
            | 'lastStatus'
            | 'connectivityAt'
            | 'pullStartedAt'
            | 'pullStoppedAt'
            | 'startedAt'
            | 'healthyAt'
            | 'stoppingAt'
            | 'stoppedAt',
            string
          >
        >
      >
    | undefined
}
interface TimedDeployment {
  readonly metadata: { readonly name: string }
  readonly status?:
    | { readonly finishedAt?: string | undefined; readonly timeline?: readonly PhaseTime[] | undefined }
    | undefined
}

/** How long one task of a deployment took for what. */
export interface TaskTimeline {
  readonly name: string
  /** Started by the deployment; else only stopped by it. */
  readonly isNew: boolean
  /** When it was made, or told to stop. */
  readonly since: Instant | undefined
  readonly phases: Readonly<Partial<Record<TimelinePhase, Millis>>>
  /** The phase that it is in, and since when. */
  readonly now: { readonly phase: TimelinePhase; readonly since: Instant } | undefined
}

/** To the millisecond where its maker said so: Kubernetes cuts seconds. */
const createdAt = ({ metadata: { annotations, creationTimestamp } }: TimedTask): Instant | undefined =>
  parseTimestamp(annotations?.[createdAtAnnotation] ?? creationTimestamp ?? undefined)

/** The tasks that `deployment` started or told to stop, before it ended; by time. */
export function taskTimelines(deployment: TimedDeployment, tasks: readonly TimedTask[]): readonly TaskTimeline[] {
  const id = deploymentId(deployment.metadata.name)
  const end = parseTimestamp(deployment.status?.finishedAt) ?? Number.POSITIVE_INFINITY
  return tasks
    .flatMap((task): readonly TaskTimeline[] => {
      const created = createdAt(task)
      const stopping = parseTimestamp(task.status?.stoppingAt)
      const isNew = task.spec.startedBy === id && created !== undefined && created <= end
      const isDrained =
        task.spec.stoppedReason === stopReasons.scaling(id) && (stopping === undefined || stopping <= end)
      if (!isNew && !isDrained) return []
      const { name } = task.metadata
      const phases = { ...(isNew ? startPhases(task) : {}), ...(isDrained ? drainPhase(task) : {}) }
      return [{ name, isNew, since: isNew ? created : stopping, phases, now: phaseNow(task, isNew, isDrained) }]
    })
    .toSorted((a, b) => (a.since ?? 0) - (b.since ?? 0) || (a.name < b.name ? -1 : 1))
}

/** Each phase ends at its mark and begins at the one before. What two machines' clocks differ is cut off. */
function startPhases(task: TimedTask): TaskTimeline['phases'] {
  const { connectivityAt, pullStoppedAt, startedAt, healthyAt } = task.status ?? {}
  const ends = [
    ['placed', connectivityAt],
    ['pulled', pullStoppedAt],
    ['started', startedAt],
    ['healthy', healthyAt],
  ] as const
  const phases: Partial<Record<TimelinePhase, Millis>> = {}
  let from = createdAt(task)
  for (const [phase, end] of ends) {
    const to = parseTimestamp(end)
    if (from === undefined || to === undefined) continue
    phases[phase] = millis(Math.max(0, to - from))
    from = to
  }
  return phases
}

function drainPhase({ status }: TimedTask): TaskTimeline['phases'] {
  const [from, to] = [parseTimestamp(status?.stoppingAt), parseTimestamp(status?.stoppedAt)]
  return from === undefined || to === undefined ? {} : { drained: millis(Math.max(0, to - from)) }
}

function phaseNow(task: TimedTask, isNew: boolean, isDrained: boolean): TaskTimeline['now'] {
  const { lastStatus, connectivityAt, pullStartedAt, pullStoppedAt, startedAt, stoppingAt } = task.status ?? {}
  const at = (phase: TimelinePhase, mark: string | undefined): TaskTimeline['now'] => {
    const since = parseTimestamp(mark)
    return since === undefined ? undefined : { phase, since }
  }
  if (lastStatus === 'STOPPED') return undefined
  if (isDrained) return at('drained', stoppingAt)
  if (!isNew || startedAt !== undefined) return undefined
  if (connectivityAt === undefined) {
    const since = createdAt(task)
    return since === undefined ? undefined : { phase: 'placed', since }
  }
  const pulling = pullStartedAt !== undefined && pullStoppedAt === undefined
  return pulling ? at('pulled', connectivityAt) : at('started', pullStoppedAt ?? connectivityAt)
}

/** Each phase over all tasks that went through it. */
export const phaseTimes = (tasks: readonly TaskTimeline[]): PhaseTime[] =>
  timelinePhases.flatMap((phase): PhaseTime[] => {
    const took = tasks
      .flatMap(({ name, phases }) => (phases[phase] === undefined ? [] : [{ name, time: phases[phase] }]))
      .toSorted((a, b) => a.time - b.time || (a.name < b.name ? 1 : -1))
    const [median, longest] = [took[Math.floor((took.length - 1) / 2)], took.at(-1)]
    if (median === undefined || longest === undefined) return []
    return [
      {
        phase,
        tasks: took.length,
        medianMilliseconds: median.time,
        longestMilliseconds: longest.time,
        longestTask: longest.name,
      },
    ]
  })

/** From made to started, and well when somebody checks: what a rollout waits for. */
export const startTime = ({ phases: { drained: _, ...start } }: TaskTimeline): Millis =>
  millis(Object.values(start).reduce((sum, time) => sum + time, 0))

/** Those of a deployment: as it ended, or of `tasks`. */
export const phaseTimesOf = (deployment: TimedDeployment, tasks: readonly TimedTask[]): readonly PhaseTime[] =>
  deployment.status?.timeline ?? phaseTimes(taskTimelines(deployment, tasks))
