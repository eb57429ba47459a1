/** What is known about one scheduled task: when it is due, what it would run, and what became of its tasks. */

import { isDeleting } from '../../api/meta/object.ts'
import { readExpression } from '../../api/v1/schedule/expression.ts'
import { type RunTimes, runTimesOf } from '../../api/v1/schedule/run-times.ts'
import type { ScheduledTask } from '../../api/v1/scheduled-task.ts'
import { scheduleProblems } from '../../api/v1/scheduled-task-rules.ts'
import { isStopped, type Task } from '../../api/v1/task.ts'
import type { TaskDefinition, TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import { taskDefinitionInactive, taskDefinitionMissing } from '../../api/v1/task-definition-problems.ts'
import { parseTaskDefinitionReference } from '../../api/v1/task-definition-reference.ts'
import { containersFinalizer } from '../../api/v1/well-known.ts'
import { timeZoneOf } from '../../lib/calendar/time-zone.ts'
import { type Instant, instant, parseTimestamp } from '../../lib/time.ts'

/** How a task ended. */
export interface End {
  readonly succeeded: boolean
  /** Somebody wanted its end: it is not tried again. */
  readonly wanted: boolean
  readonly exitCode: number | undefined
  readonly reason: string
  readonly at: Instant | undefined
}

/** What the template's task definition means now. */
export type Resolution =
  | { readonly is: 'found'; readonly name: string }
  /** Its head has a change that is not a revision yet. */
  | { readonly is: 'waiting'; readonly message: string }
  | { readonly is: 'missing'; readonly reason: string; readonly message: string }

export interface ScheduledTaskState {
  readonly scheduled: ScheduledTask
  readonly createdAt: Instant
  /** Or what is wrong with the schedule. */
  readonly times: RunTimes | { readonly wrong: string }
  readonly resolution: Resolution
  /** Its own, by name. */
  readonly tasks: ReadonlyMap<string, { readonly task: Task; readonly end: End | undefined }>
}

/** The resources that a pass looks at. */
export interface Inputs {
  readonly scheduled: ScheduledTask
  /** Those that it controls. */
  readonly tasks: readonly Task[]
  definition(name: string): TaskDefinitionRevision | undefined
  /** Revisions of a family, by the family's or its head's name. */
  family(name: string): readonly TaskDefinitionRevision[]
  head(name: string): TaskDefinition | undefined
}

const isUsable = (definition: TaskDefinitionRevision): boolean =>
  (definition.status?.status ?? 'ACTIVE') === 'ACTIVE' && !isDeleting(definition)

function resolve({ scheduled, definition, family: familyOf, head: headOf }: Inputs): Resolution {
  const reference = scheduled.spec.taskTemplate.taskDefinition
  const { family, revision } = parseTaskDefinitionReference(reference)
  const exact = definition(reference)
  const all = familyOf(family).toSorted((a, b) => b.spec.revision - a.spec.revision)
  const named = revision === undefined ? all : all.filter((one) => one.spec.revision === revision)
  const wanted = named.length === 0 && exact !== undefined ? [exact] : named
  const head = headOf(family)
  const isUnsettled = head !== undefined && head.status?.observedGeneration !== head.metadata.generation
  if (isUnsettled && (revision === undefined || wanted.length === 0))
    return { is: 'waiting', message: `Waiting for the newest revision of task definition ${family}.` }
  const found = wanted.find(isUsable)
  if (found !== undefined) return { is: 'found', name: found.metadata.name }
  const [unusable] = wanted
  const problem =
    unusable === undefined ? taskDefinitionMissing(reference) : taskDefinitionInactive(reference, unusable)
  return {
    is: 'missing',
    reason: unusable === undefined ? 'TaskDefinitionNotFound' : 'TaskDefinitionInactive',
    message: `spec.taskTemplate.taskDefinition: ${problem.message}`,
  }
}

function timesOf({ spec, metadata }: ScheduledTask, createdAt: Instant): ScheduledTaskState['times'] {
  const [problem] = scheduleProblems(spec)
  const read = readExpression(spec.schedule)
  const zone = timeZoneOf(spec.timeZone)
  if (problem !== undefined || 'wrong' in read || zone === undefined)
    return { wrong: problem === undefined ? `${metadata.name} cannot be read` : `${problem.path}: ${problem.message}` }
  const start = parseTimestamp(spec.startDate)
  const end = parseTimestamp(spec.endDate)
  return runTimesOf(read.expression, { zone, anchor: start ?? createdAt, start, end })
}

/** Of the essential containers the one that ended first is why the task ended; of two at once that with an error. */
function decidingContainer(task: Task, definition: TaskDefinitionRevision | undefined) {
  const definitions = definition?.spec.taskDefinition.containerDefinitions ?? []
  const optional = new Set(definitions.filter(({ essential }) => essential === false).map(({ name }) => name))
  return (task.status?.containers ?? [])
    .filter(({ name, exitCode }) => !optional.has(name) && exitCode !== undefined)
    .sort(
      (a, b) =>
        (parseTimestamp(a.stoppedAt) ?? 0) - (parseTimestamp(b.stoppedAt) ?? 0) ||
        Number(a.exitCode === 0) - Number(b.exitCode === 0) ||
        (a.name < b.name ? -1 : 1),
    )[0]
}

/** How `task` ended; undefined while it did not. */
export function endOf(task: Task, definition: TaskDefinitionRevision | undefined): End | undefined {
  const isHeld = task.metadata.finalizers?.includes(containersFinalizer) === true
  if (!isStopped(task) && !(isDeleting(task) && !isHeld)) return undefined
  const container = decidingContainer(task, definition)
  const exitCode = container?.exitCode
  const stopCode = task.status?.stopCode
  const wanted = stopCode === 'UserInitiated' || (isDeleting(task) && stopCode === undefined)
  const said = task.status?.stoppedReason ?? 'Task deleted by user'
  const exit = container === undefined || exitCode === 0 ? '' : ` (${container.name} with exit code ${exitCode})`
  return {
    succeeded: stopCode === 'EssentialContainerExited' && exitCode === 0,
    wanted,
    exitCode,
    reason: `${task.metadata.name}: ${said}${exit}`,
    at: parseTimestamp(task.status?.stoppedAt),
  }
}

export function stateOf(inputs: Inputs): ScheduledTaskState {
  const { scheduled, tasks } = inputs
  const createdAt = parseTimestamp(scheduled.metadata.creationTimestamp ?? undefined) ?? instant(0)
  return {
    scheduled,
    createdAt,
    times: timesOf(scheduled, createdAt),
    resolution: resolve(inputs),
    tasks: new Map(
      tasks.map((task) => [
        task.metadata.name,
        { task, end: endOf(task, inputs.definition(task.spec.taskDefinition)) },
      ]),
    ),
  }
}
