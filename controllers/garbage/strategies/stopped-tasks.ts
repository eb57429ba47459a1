/** Which stopped tasks go: after their time, or when there are more than are kept. */
import { isDeleting } from '../../../api/meta/object.ts'
import type { Kept } from '../../../api/v1/retention.ts'
import { slotAndAttempt } from '../../../api/v1/service-names.ts'
import type { ServiceRevision } from '../../../api/v1/service-revision.ts'
import { isStopped, Task } from '../../../api/v1/task.ts'
import { earliest, type Instant, instant, parseTimestamp, plus } from '../../../lib/time.ts'
import type { GarbageLimits } from '../limits.ts'
import { deletion, type Plan } from '../plan.ts'
import type { ServiceHistory } from '../state.ts'

const stoppedAt = (task: Task): Instant =>
  parseTimestamp(task.status?.stoppedAt ?? task.metadata.creationTimestamp ?? undefined) ?? instant(0)

const newestFirst = (tasks: readonly Task[]): readonly Task[] =>
  tasks
    .filter((task) => isStopped(task) && !isDeleting(task))
    .toSorted((a, b) => stoppedAt(b) - stoppedAt(a) || (a.metadata.name < b.metadata.name ? -1 : 1))

/** Each task goes when its time has come. */
function planned(due: readonly { readonly task: Task; readonly at: Instant }[], now: Instant): Plan {
  return {
    actions: due.filter(({ at }) => at <= now).map(({ task }) => deletion(Task, task)),
    wakeAt: earliest(...due.map(({ at }) => (at <= now ? undefined : at))),
  }
}

/** Of one group, and of no service: those beyond the limit go once ECS would not show them any more. */
export function planLoneTasks(tasks: readonly Task[], now: Instant, { keep, shownFor }: GarbageLimits): Plan {
  const { ttl, limit } = keep.stoppedTasks
  const due = newestFirst(tasks).map((task, at) => {
    const kept = plus(stoppedAt(task), ttl)
    return { task, at: at < limit ? kept : (earliest(kept, plus(stoppedAt(task), shownFor)) ?? kept) }
  })
  return planned(due, now)
}

/**
 * Of a service. While a revision lives, the newest attempt of each of its slots says how often the slot failed, and when the next
 * may start: that of a slot in use does not go at all, that of another (a daemon's slot is its instance) not before ECS's longest
 * back-off is over.
 */
export function planServiceTasks(
  revisions: ServiceHistory['revisions'],
  now: Instant,
  { ttl, limit }: Kept,
  { shownFor }: Pick<GarbageLimits, 'shownFor'>,
): Plan {
  const newest = revisions.flatMap(({ revision, tasks }) => {
    const lives = revision.spec.desiredCount > 0 || tasks.some((task) => !isStopped(task))
    return lives ? newestAttempts(revision, tasks) : []
  })
  const isNewest = new Set(newest.map(({ task }) => task))
  const isInUse = new Set(newest.filter(({ inUse }) => inUse).map(({ task }) => task))
  const stopped = newestFirst(revisions.flatMap(({ tasks }) => tasks))
  const early = new Set(stopped.filter((task) => !isNewest.has(task)).slice(limit))
  const due = stopped
    .filter((task) => !isInUse.has(task))
    .map((task) => {
      const kept = isNewest.has(task) && ttl < shownFor ? shownFor : ttl
      return { task, at: early.has(task) ? now : plus(stoppedAt(task), kept) }
    })
  return planned(due, now)
}

interface Attempt {
  readonly task: Task
  readonly attempt: number
  readonly inUse: boolean
}

function newestAttempts(revision: ServiceRevision, tasks: readonly Task[]): readonly Attempt[] {
  const newest = new Map<string, Attempt>()
  for (const task of tasks) {
    const place = slotAndAttempt(revision.metadata.name, task.metadata.name)
    if (place === undefined) continue
    const { slot, attempt } = place
    if ((newest.get(slot)?.attempt ?? -1) < attempt)
      newest.set(slot, { task, attempt, inUse: isSlotInUse(revision, slot) })
  }
  return [...newest.values()]
}

const isSlotInUse = (revision: ServiceRevision, slot: string): boolean =>
  /^\d+$/.test(slot) && Number(slot) < revision.spec.desiredCount
