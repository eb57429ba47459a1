/** What a reference to a task definition means, by what there is: the one rule for services and for tasks that no service keeps. */
import type { FieldProblem } from '../../lib/errors.ts'
import { revisionStatusOf, type TaskDefinition, type TaskDefinitionRevision } from './task-definition.ts'
import { taskDefinitionInactive, taskDefinitionMissing } from './task-definition-problems.ts'
import { parseTaskDefinitionReference } from './task-definition-reference.ts'

export interface Definitions {
  revision(name: string): TaskDefinitionRevision | undefined
  /** Revisions of a family, by the family's or its head's name. */
  family(name: string): readonly TaskDefinitionRevision[]
  head(name: string): TaskDefinition | undefined
}

type MissingReason = 'TaskDefinitionNotFound' | 'TaskDefinitionInactive'

export type DefinitionResolution =
  | { readonly is: 'found'; readonly definition: TaskDefinitionRevision }
  /** Its head has a change that is not a revision yet. */
  | { readonly is: 'waiting'; readonly message: string }
  | { readonly is: 'missing'; readonly reason: MissingReason; readonly problem: FieldProblem }

const isUsable = (definition: TaskDefinitionRevision): boolean => revisionStatusOf(definition) === 'ACTIVE'

/** A head may be named unlike its family; a reference may mean either. */
export const familyNames = ({ metadata, spec }: TaskDefinitionRevision): readonly string[] => [
  ...new Set([spec.family, metadata.name.replace(/\.\d+$/, '')]),
]

/** Why this revision cannot be used for anything new; undefined when it can. */
export const unusable = (reference: string, definition: TaskDefinitionRevision): FieldProblem | undefined =>
  isUsable(definition) ? undefined : taskDefinitionInactive(reference, definition)

/**
 * `inUse`: the revision that runs already; one may go on with that even when it is INACTIVE (ecs-core 3.6). Who follows a family
 * goes forward only: that the newest revision is deregistered deploys nothing.
 */
export function resolveDefinition(
  reference: string,
  definitions: Definitions,
  inUse?: string | undefined,
): DefinitionResolution {
  const exact = definitions.revision(reference)
  const { family, revision } = parseTaskDefinitionReference(reference)
  const all = [...definitions.family(family)].sort((a, b) => b.spec.revision - a.spec.revision)
  const wanted =
    revision !== undefined
      ? all.filter((one) => one.spec.revision === revision)
      : all.length === 0 && exact !== undefined
        ? [exact]
        : all
  const head = definitions.head(family)
  const unsettled = head !== undefined && head.status?.observedGeneration !== head.metadata.generation
  if (unsettled && (revision === undefined || wanted.length === 0))
    return { is: 'waiting', message: `Waiting for the newest revision of task definition ${family}.` }
  const usable = wanted.find(isUsable)
  const running = wanted.find((one) => one.metadata.name === inUse)
  const goesBack = running !== undefined && (usable?.spec.revision ?? 0) < running.spec.revision
  const found = goesBack ? running : usable
  if (found !== undefined) return { is: 'found', definition: found }
  const [inactive] = wanted
  return inactive === undefined
    ? { is: 'missing', reason: 'TaskDefinitionNotFound', problem: taskDefinitionMissing(reference) }
    : { is: 'missing', reason: 'TaskDefinitionInactive', problem: taskDefinitionInactive(reference, inactive) }
}
