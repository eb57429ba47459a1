/** What is wrong with a reference to a task definition: said at the door where there is one, and in a condition. */
import type { FieldProblem } from '../../lib/errors.ts'
import { invalid, notFound } from '../meta/problems.ts'
import { revisionStatusOf, type TaskDefinitionRevision } from './task-definition.ts'

const path = 'spec.taskDefinition'

/** `why`: there is something of that name, but nothing to run. */
export const taskDefinitionMissing = (reference: string, why?: string): FieldProblem => notFound(path, reference, why)

/** In ECS's words, and why: only ACTIVE revisions can be used for anything new (ecs-core 1.2, 3.6). */
export const taskDefinitionInactive = (reference: string, revision: TaskDefinitionRevision): FieldProblem =>
  invalid(
    path,
    reference,
    `TaskDefinition is inactive: revision ${revision.metadata.name} is ${revisionStatusOf(revision)}, must be ACTIVE`,
  )

/** The same, said of a template that tasks are made of. */
export const inTemplate = (problems: readonly FieldProblem[]): readonly FieldProblem[] =>
  problems.map((problem) => ({ ...problem, path: problem.path.replace(/^spec/, 'spec.taskTemplate') }))
