/** What is known about one family: its head, and the revisions under its name. */
import { controllerOf, isDeleting } from '../../api/meta/object.ts'
import {
  revisionStatusOf,
  type TaskDefinition,
  type TaskDefinitionRevision,
  type TaskDefinitionSpec,
} from '../../api/v1/task-definition.ts'

export interface FamilyState {
  readonly head: TaskDefinition
  /** The head's spec with the family filled in: what a revision of it holds. */
  readonly spec: TaskDefinitionSpec
  /** The head's own revisions that nobody deletes, oldest first. */
  readonly revisions: readonly TaskDefinitionRevision[]
  /** Highest number known to be taken, by whomever; 0 when none is. */
  readonly taken: number
}

/** Name of the head that a revision's name belongs to: `web` for `web.3`. */
export const headNameOf = (revisionName: string): string => revisionName.replace(/\.\d+$/, '')

/** A family may not hold the dots that a head's name may. */
const familyOf = (head: TaskDefinition): string => head.spec.family ?? head.metadata.name.replaceAll('.', '-')

/** `sameName`: all revisions named after the head, also those that an earlier head of that name left behind. */
export function stateOf(head: TaskDefinition, sameName: readonly TaskDefinitionRevision[]): FamilyState {
  const revisions = sameName
    .filter((revision) => controllerOf(revision)?.uid === head.metadata.uid && !isDeleting(revision))
    .sort((a, b) => a.spec.revision - b.spec.revision)
  const taken = Math.max(0, head.status?.latestRevision ?? 0, ...sameName.map(({ spec }) => spec.revision))
  const { revisionHistoryLimit: _limit, ...spec } = head.spec
  return { head, spec: { ...spec, family: familyOf(head) }, revisions, taken }
}

export const isActive = (revision: TaskDefinitionRevision): boolean => revisionStatusOf(revision) === 'ACTIVE'
