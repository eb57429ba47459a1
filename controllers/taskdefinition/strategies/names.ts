/** Which revision of a task definition a thing names, and all names that a revision may be given, dotted: `web.3`. */
import type { ScheduledTask } from '../../../api/v1/scheduled-task.ts'
import { revisionNameOf, type Task } from '../../../api/v1/task.ts'
import { revisionName, type TaskDefinitionRevision } from '../../../api/v1/task-definition.ts'
import { parseTaskDefinitionReference } from '../../../api/v1/task-definition-reference.ts'
import { familyNames } from '../../../api/v1/task-definition-resolution.ts'

/** The one revision that a reference names; none when it means the newest. */
export function pinnedBy(reference: string): readonly string[] {
  const { family, revision } = parseTaskDefinitionReference(reference)
  if (revision !== undefined) return [revisionName(family, revision)]
  return /\.\d+$/.test(family) ? [family] : []
}

export const runBy = (task: Task): readonly string[] => [
  ...new Set([...pinnedBy(task.spec.taskDefinition), ...pinnedBy(revisionNameOf(task) ?? '')]),
]

/** A run under way may have to make its tasks again. */
export const scheduledBy = ({ spec, status }: ScheduledTask): readonly string[] => [
  ...new Set([
    ...pinnedBy(spec.taskTemplate.taskDefinition),
    ...(status?.runs ?? []).flatMap((run) => (run.endedAt === undefined ? pinnedBy(run.taskDefinition ?? '') : [])),
  ]),
]

export const namesOf = (revision: TaskDefinitionRevision): readonly string[] =>
  familyNames(revision).map((name) => revisionName(name, revision.spec.revision))
