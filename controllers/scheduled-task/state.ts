/** What is known about one scheduled task: when it is due, what it would run, and what became of its tasks. */

import { isDeleting } from '../../api/meta/object.ts'
import { problemsText } from '../../api/meta/problems.ts'
import { overrideProblems } from '../../api/v1/effective-definition.ts'
import { readExpression } from '../../api/v1/schedule/expression.ts'
import { type RunTimes, runTimesOf } from '../../api/v1/schedule/run-times.ts'
import type { ScheduledTask } from '../../api/v1/scheduled-task.ts'
import { scheduledTaskProblems } from '../../api/v1/scheduled-task-rules.ts'
import { isStopped, type Task } from '../../api/v1/task.ts'
import type { TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import { inTemplate } from '../../api/v1/task-definition-problems.ts'
import { type Definitions, resolveDefinition } from '../../api/v1/task-definition-resolution.ts'
import { containersFinalizer } from '../../api/v1/well-known.ts'
import { timeZoneOf } from '../../lib/calendar/time-zone.ts'
import type { FieldProblem } from '../../lib/errors.ts'
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
  readonly definitions: Definitions
}

function resolve({ scheduled, definitions }: Inputs): Resolution {
  const { taskDefinition, overrides } = scheduled.spec.taskTemplate
  const resolved = resolveDefinition(taskDefinition, definitions)
  const missing = (reason: string, problems: readonly FieldProblem[]): Resolution => ({
    is: 'missing',
    reason,
    message: problemsText(inTemplate(problems)),
  })
  switch (resolved.is) {
    case 'found': {
      const { metadata, spec } = resolved.definition
      const problems = overrideProblems(spec.taskDefinition, overrides)
      return problems.length === 0 ? { is: 'found', name: metadata.name } : missing('Invalid', problems)
    }
    case 'waiting':
      return resolved
    case 'missing':
      return missing(resolved.reason, [resolved.problem])
  }
}

function timesOf({ spec, metadata }: ScheduledTask, createdAt: Instant): ScheduledTaskState['times'] {
  const problems = scheduledTaskProblems(spec)
  if (problems.length > 0) return { wrong: problemsText(problems) }
  const read = readExpression(spec.schedule)
  const zone = timeZoneOf(spec.timeZone)
  if ('wrong' in read || zone === undefined) return { wrong: `${metadata.name} cannot be read` }
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
        { task, end: endOf(task, inputs.definitions.revision(task.spec.taskDefinition)) },
      ]),
    ),
  }
}
