/** Decides whether a family needs a new revision, and what its head's status says. */
import { type Condition, conditionOf, withCondition, withoutCondition } from '../../api/meta/conditions.ts'
import { notYetWarnings, taskDefinitionNotYet } from '../../api/v1/not-yet.ts'
import type { TaskDefinition, TaskDefinitionRevision, TaskDefinitionSpec } from '../../api/v1/task-definition.ts'
import { isEqual } from '../../lib/equal.ts'
import type { Instant } from '../../lib/time.ts'
import { type FamilyState, isActive } from './state.ts'

export type Status = NonNullable<TaskDefinition['status']>

/** Make the next revision, with a number over `taken`. `registration` is the same for every try to register this spec. */
export interface Registration {
  readonly spec: TaskDefinitionSpec
  readonly taken: number
  readonly registration: string
}

export interface Plan {
  readonly register: Registration | undefined
  readonly status: Status
}

const refusedReason = 'Refused'

/**
 * A generation of the head that was not looked at yet makes a revision, unless the newest one is ACTIVE and equal. A head
 * whose revisions were all deleted makes one again; deleting or deregistering only some falls back to those that are left,
 * as in ECS.
 */
function needsRevision({ head, spec, revisions }: FamilyState): boolean {
  const newest = revisions.at(-1)
  if (newest === undefined) return true
  const refusedBefore = conditionOf(head.status?.conditions, 'Ready')?.reason === refusedReason
  if (head.status?.observedGeneration === head.metadata.generation && !refusedBefore) return false
  return !isActive(newest) || !isEqual(newest.spec.taskDefinition, spec)
}

const readiness = (newest: TaskDefinitionRevision | undefined) =>
  newest === undefined
    ? ({
        status: 'False',
        reason: 'NoActiveRevision',
        message: 'Every revision is INACTIVE or being deleted.',
      } as const)
    : ({ status: 'True', reason: 'Registered', message: `Revision ${newest.spec.revision} is ACTIVE.` } as const)

/** Says what of the spec has no effect yet; absent when all has. */
export function withNotYet(
  conditions: readonly Condition[] | undefined,
  warnings: readonly string[],
  observedGeneration: number | undefined,
  now: Instant,
): readonly Condition[] {
  if (warnings.length === 0) return withoutCondition(conditions, 'FieldsNotSupported')
  const message = warnings.join('; ')
  return withCondition(
    conditions,
    { type: 'FieldsNotSupported', status: 'True', reason: 'NotImplementedYet', message, observedGeneration },
    now,
  )
}

/** As the condition Ready says, when only a person can help; else absent. */
function withStalled(conditions: readonly Condition[], holds: boolean, now: Instant): readonly Condition[] {
  const ready = conditionOf(conditions, 'Ready')
  if (!holds || ready === undefined) return withoutCondition(conditions, 'Stalled')
  return withCondition(conditions, { ...ready, type: 'Stalled', status: 'True' }, now)
}

export function plan(state: FamilyState, now: Instant): Plan {
  const { head, revisions, taken } = state
  const old = head.status ?? {}
  const observedGeneration = head.metadata.generation
  if (needsRevision(state)) {
    const registration = `${head.metadata.uid}/${observedGeneration}`
    return { register: { spec: state.spec, taken, registration }, status: old }
  }
  const newest = revisions.findLast(isActive)
  const judged = withCondition(old.conditions, { type: 'Ready', ...readiness(newest), observedGeneration }, now)
  const conditions = withNotYet(
    withStalled(judged, newest === undefined, now),
    notYetWarnings(head.spec, taskDefinitionNotYet),
    observedGeneration,
    now,
  )
  return {
    register: undefined,
    status: {
      observedGeneration,
      latestRevision: taken,
      ...(newest === undefined ? {} : { revisionName: newest.metadata.name }),
      conditions: [...conditions],
    },
  }
}

/** The status of a head whose spec the API refused as a revision: no retry mends that. */
export function refused(head: TaskDefinition, why: string, now: Instant): Status {
  const observedGeneration = head.metadata.generation
  const condition = { type: 'Ready', status: 'False', reason: refusedReason, message: why, observedGeneration } as const
  const conditions = withStalled(withCondition(head.status?.conditions, condition, now), true, now)
  return { ...head.status, observedGeneration, conditions: [...conditions] }
}
