/** What is wrong with a reference to a task definition: said at the door where there is one, and in a condition. */
import type { FieldProblem } from '../../lib/errors.ts'
import { invalid, notFound } from '../meta/problems.ts'
import type { TaskDefinitionRevision } from './task-definition.ts'

const path = 'spec.taskDefinition'

/** `why`: there is something of that name, but nothing to run. */
export const taskDefinitionMissing = (reference: string, why?: string): FieldProblem => notFound(path, reference, why)

/** ECS: only ACTIVE revisions can be used to run tasks or create or update services. */
export const taskDefinitionInactive = (reference: string, { metadata, status }: TaskDefinitionRevision): FieldProblem =>
  invalid(
    path,
    reference,
    `revision ${metadata.name} is ${metadata.deletionTimestamp === undefined ? status?.status : 'being deleted'}, must be ACTIVE`,
  )
