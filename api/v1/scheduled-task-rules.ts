/** What may be said of a scheduled task: expressions that mean something, and templates that a task may be made from. */
import { timeZoneOf } from '../../lib/calendar/time-zone.ts'
import type { FieldProblem } from '../../lib/errors.ts'
import { parseTimestamp } from '../../lib/time.ts'
import { forbidden, invalid } from '../meta/problems.ts'
import { readExpression } from './schedule/expression.ts'
import { newTaskProblems, type TaskSpecParts } from './task-rules.ts'

/** The members of its spec that the rules read. */
export interface ScheduledTaskParts {
  readonly schedule: string
  readonly timeZone: string
  readonly startDate?: string | undefined
  readonly endDate?: string | undefined
  readonly taskTemplate: Omit<TaskSpecParts, 'desiredStatus'>
}

/** What is wrong with the time of it. */
function scheduleProblems({ schedule, timeZone, startDate, endDate }: ScheduledTaskParts): FieldProblem[] {
  const problems: FieldProblem[] = []
  const read = readExpression(schedule)
  if ('wrong' in read) problems.push(invalid('spec.schedule', schedule, read.wrong))
  if (timeZoneOf(timeZone) === undefined) {
    problems.push(
      invalid(
        'spec.timeZone',
        timeZone,
        'is no time zone that is known here; must be a name such as Europe/Berlin, or UTC',
      ),
    )
  }
  const once = 'expression' in read && read.expression.is === 'at'
  const text = 'at(...) is due once, whatever the dates say'
  if (once && startDate !== undefined) problems.push(forbidden('spec.startDate', text))
  if (once && endDate !== undefined) problems.push(forbidden('spec.endDate', text))
  if (startDate !== undefined && endDate !== undefined && parseTimestamp(endDate) <= parseTimestamp(startDate)) {
    problems.push(invalid('spec.endDate', endDate, 'must be after startDate'))
  }
  return problems
}

/** Problems of a scheduled task: said at the door, and in a condition where nobody stood there. */
export const scheduledTaskProblems = (spec: ScheduledTaskParts): FieldProblem[] => [
  ...scheduleProblems(spec),
  ...newTaskProblems({ ...spec.taskTemplate, desiredStatus: 'RUNNING' }).map((problem) => ({
    ...problem,
    path: problem.path.replace(/^spec/, 'spec.taskTemplate'),
  })),
]
