/**
 * Revisions that are deleted, by the garbage controller or by hand: a task counts by its revision, so a revision stays until its
 * tasks have stopped. One that is still in force is rolled away from first, within the service's bounds.
 */
import { withCondition, withoutCondition } from '../../../api/meta/conditions.ts'
import { controllerOf, isDeleting } from '../../../api/meta/object.ts'
import type { Service } from '../../../api/v1/service.ts'
import type { ServiceRevision } from '../../../api/v1/service-revision.ts'
import { inUseCondition, inUseFinalizer } from '../../../api/v1/well-known.ts'
import type { Instant } from '../../../lib/time.ts'
import type { RevisionState, ServiceState } from '../state.ts'
import type { RevisionStatus } from './status.ts'

const isHeld = (revision: ServiceRevision): boolean =>
  isDeleting(revision) && revision.metadata.finalizers?.includes(inUseFinalizer) === true

/** What a deleted revision waits for; undefined when it may go. */
function holderOf({ service, target }: ServiceState, one: RevisionState): string | undefined {
  if (one.active > 0) return `${one.active} of its tasks to stop`
  return one === target && !isDeleting(service) ? `service ${service.metadata.name} to run something else` : undefined
}

/** The service's own that may go now. */
export const leavingOf = (state: ServiceState): readonly ServiceRevision[] =>
  state.revisions.flatMap((one) => (isHeld(one.revision) && holderOf(state, one) === undefined ? [one.revision] : []))

/** Of `revisions`, those that are deleted and whose service is not `service` (any more): nobody counts their tasks. */
export const straysOf = (
  revisions: readonly ServiceRevision[],
  service: Service | undefined,
): readonly ServiceRevision[] =>
  revisions.filter((revision) => isHeld(revision) && controllerOf(revision)?.uid !== service?.metadata.uid)

/** `status` with what the revision's deletion waits for. */
export function withHolder(
  status: RevisionStatus,
  state: ServiceState,
  one: RevisionState,
  now: Instant,
): RevisionStatus {
  const holder = isHeld(one.revision) ? holderOf(state, one) : undefined
  if (holder === undefined && status.conditions === undefined) return status
  const message = `Its deletion waits for ${holder}.`
  const conditions =
    holder === undefined
      ? withoutCondition(status.conditions, inUseCondition)
      : withCondition(status.conditions, { type: inUseCondition, status: 'True', reason: 'Referenced', message }, now)
  return { ...status, conditions: [...conditions] }
}
