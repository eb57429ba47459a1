/** Which tasks of a revision to start: in free slots, as their histories and the room allow. */
import type { ContainerImage } from '../../../api/v1/container-images.ts'
import type { Tag } from '../../../api/v1/names.ts'
import { deploymentId, taskName } from '../../../api/v1/service-names.ts'
import type { ServiceRevision } from '../../../api/v1/service-revision.ts'
import { stopReasons } from '../../../api/v1/stop-reasons.ts'
import { earliest, type Instant, instant, parseTimestamp } from '../../../lib/time.ts'
import type { RevisionState, ServiceState, TaskFacts } from '../state.ts'
import { type SlotHistory, slotHistory } from './restarts.ts'
import { instanceSlots, numberedSlots, type Slot } from './slots.ts'

export interface Start {
  readonly do: 'start'
  readonly name: string
  readonly revision: ServiceRevision
  readonly slot: string
  readonly attempt: number
  /** The only instance it may run on (DAEMON). */
  readonly instance: string | undefined
  readonly startedBy: string
  /** Digests to run for the tags. */
  readonly images: readonly ContainerImage[]
  readonly tags: readonly Tag[]
  readonly startFailures: number
  readonly crashes: number
  /** Its place was that of a task that reported UNHEALTHY, or will be. */
  readonly replacesUnhealthy: boolean
  /** The only availability zone it may run in: it is there to even them out. */
  readonly zone: string | undefined
}

/** When the deployment that runs `revision` now began, or began to go back to it: failures before it do not count. */
function countingSince({ deployment, target }: ServiceState, revision: RevisionState): Instant {
  if (deployment === undefined || revision !== target) return instant(0)
  const began = deployment.status?.rollback?.startedAt ?? deployment.metadata.creationTimestamp ?? undefined
  return parseTimestamp(began) ?? instant(0)
}

/** The history of each of the revision's slots as the next start there would see it. */
export const historyOf = (state: ServiceState, revision: RevisionState, slot: string): SlotHistory =>
  slotHistory(revision.newest.get(slot)?.task, countingSince(state, revision))

/** The slots that the revision's next `n` tasks get. */
export function freeSlots(state: ServiceState, of: RevisionState, n: number): readonly Slot[] {
  if (state.service.spec.schedulingStrategy !== 'DAEMON')
    return numberedSlots(n, new Set(of.live.map(({ slot }) => slot)))
  const active = state.revisions.flatMap(({ tasks }) => tasks.filter(({ phase }) => phase !== 'stopped'))
  return instanceSlots(n, state.instances, new Set(active.map(({ slot }) => slot)))
}

/** The last task there was stopped for its health, to make room for this one: where there is room its replacement came first. */
const followsUnhealthy = ({ bounds, desired }: ServiceState, { newest }: RevisionState, slot: Slot): boolean =>
  (slot.instance !== undefined || bounds.upper <= desired) &&
  newest.get(slot.name)?.task.spec.stoppedReason === stopReasons.failedHealthChecks

/** A revision's live tasks, as far as they say what is missing. */
interface Wanted {
  readonly of: RevisionState
  readonly want: number
  /** To stay. */
  readonly good: readonly TaskFacts[]
  /** To be replaced. */
  readonly unhealthy: readonly TaskFacts[]
}

/** A start in this slot, by its next name that is free. */
function startIn(state: ServiceState, of: RevisionState, slot: Slot): Omit<Start, 'replacesUnhealthy'> {
  const { name: revision } = of.revision.metadata
  const { startFailures, crashes } = historyOf(state, of, slot.name)
  let attempt = 1 + (of.attempts.get(slot.name) ?? 0)
  while (state.isTaken(taskName(revision, slot.name, attempt))) attempt += 1
  return {
    do: 'start',
    name: taskName(revision, slot.name, attempt),
    revision: of.revision,
    slot: slot.name,
    attempt,
    instance: slot.instance,
    startedBy: deploymentId(state.deployment?.metadata.name ?? revision),
    images: of.images,
    tags: of.tags,
    startFailures,
    crashes,
    zone: undefined,
  }
}

/** What is missing of one revision and due, as far as `allowance`, which is spent by it, has room. */
export function startsOf(
  state: ServiceState,
  { of, want, good, unhealthy }: Wanted,
  allowance: { room: number },
  now: Instant,
): { readonly starts: readonly Start[]; readonly wakeAt: Instant | undefined } {
  const starts: Start[] = []
  let wakeAt: Instant | undefined
  const need = of.startable ? Math.max(0, want - good.length) : 0
  // what is missing anyway comes first
  let missing = Math.max(0, want - good.length - unhealthy.length)
  let sick = unhealthy.filter((one) => one.unhealthy).length
  for (const slot of freeSlots(state, of, need)) {
    const { notBefore } = historyOf(state, of, slot.name)
    if (notBefore !== undefined && notBefore > now) wakeAt = earliest(wakeAt, notBefore)
    else if (allowance.room > 0) {
      allowance.room -= 1
      const replacesUnhealthy = missing > 0 ? followsUnhealthy(state, of, slot) : sick > 0
      if (missing > 0) missing -= 1
      else sick -= 1
      starts.push({ ...startIn(state, of, slot), replacesUnhealthy })
    }
  }
  return { starts, wakeAt }
}

/** One for each of `zones`, beyond what the revision wants. The service's own back-off is about these, not that of their slots. */
export const surplusStarts = (state: ServiceState, of: RevisionState, zones: readonly string[]): readonly Start[] =>
  freeSlots(state, of, zones.length).map((slot, i) => ({
    ...startIn(state, of, slot),
    startFailures: 0,
    crashes: 0,
    replacesUnhealthy: false,
    zone: zones[i],
  }))
