/** Decides what is garbage: dependents without owner, tasks after their time, history beyond what is kept. */

import type { Kind } from '../../api/meta/kind.ts'
import { isDeleting, type Resource } from '../../api/meta/object.ts'
import { isFinished, revisionInForce, ServiceDeployment } from '../../api/v1/service-deployment.ts'
import { slotAndAttempt } from '../../api/v1/service-names.ts'
import { ServiceRevision } from '../../api/v1/service-revision.ts'
import { isStopped, Task } from '../../api/v1/task.ts'
import { earliest, type Instant, instant, parseTimestamp, plus } from '../../lib/time.ts'
import type { GarbageLimits } from './limits.ts'
import { foregroundFinalizer, type Owner, orphanFinalizer, ownersOf, type ServiceHistory, type Thing } from './state.ts'

export type Action =
  | { readonly do: 'delete'; readonly thing: Thing; readonly propagation: 'Background' | 'Foreground' }
  /** Takes away the references to these owners. */
  | { readonly do: 'disown'; readonly thing: Thing; readonly owners: ReadonlySet<string> }
  | { readonly do: 'unfinalize'; readonly thing: Thing; readonly finalizer: string }

export interface Plan {
  readonly actions: readonly Action[]
  readonly wakeAt: Instant | undefined
}

/** What a dependent's owners mean for it: it goes with the last of them (Kubernetes' rules). */
export function planDependent(thing: Thing, owners: readonly Owner[], hasDependents: boolean): readonly Action[] {
  if (owners.length === 0 || isDeleting(thing.object)) return []
  const lost = owners.filter(({ state }) => state !== 'present')
  if (lost.length === 0) return []
  if (lost.length < owners.length)
    return [{ do: 'disown', thing, owners: new Set(lost.map(({ reference }) => reference.uid)) }]
  const foreground = hasDependents && lost.some(({ state }) => state === 'leaving')
  return [{ do: 'delete', thing, propagation: foreground ? 'Foreground' : 'Background' }]
}

/** An owner that waits for its dependents goes once none that blocks it is left. */
export function planLeaving(thing: Thing, dependents: readonly Thing[]): readonly Action[] {
  const { uid } = thing.object.metadata
  const blocking = dependents.some(({ object }) =>
    ownersOf(object).some((reference) => reference.uid === uid && reference.blockOwnerDeletion === true),
  )
  return blocking ? [] : [{ do: 'unfinalize', thing, finalizer: foregroundFinalizer }]
}

/** An owner whose dependents are to stay: they are set free first, then it goes. */
export function planOrphaning(thing: Thing, dependents: readonly Thing[]): readonly Action[] {
  const owners = new Set([thing.object.metadata.uid])
  return dependents.length > 0
    ? dependents.map((dependent) => ({ do: 'disown', thing: dependent, owners }))
    : [{ do: 'unfinalize', thing, finalizer: orphanFinalizer }]
}

const of = <T extends Resource>(kind: unknown, object: T): Thing => ({ kind: kind as Kind, object })
const remove = (kind: unknown, object: Resource): Action => ({
  do: 'delete',
  thing: of(kind, object),
  propagation: 'Background',
})

const stoppedAt = (task: Task): Instant =>
  parseTimestamp(task.status?.stoppedAt ?? task.metadata.creationTimestamp ?? undefined) ?? instant(0)

/** A stopped task that no service keeps count of goes after its time. */
export function planStoppedTask(task: Task, now: Instant, limits: GarbageLimits): Plan {
  if (!isStopped(task) || isDeleting(task)) return { actions: [], wakeAt: undefined }
  const due = plus(stoppedAt(task), limits.taskRetention)
  return due <= now ? { actions: [remove(Task, task)], wakeAt: undefined } : { actions: [], wakeAt: due }
}

/** What goes of a service's past. */
export function planHistory(history: ServiceHistory, now: Instant, limits: GarbageLimits): Plan {
  const tasks = history.revisions.map((one) => planTasks(one, now, limits))
  const deployments = history.deployments.toSorted((a, b) => b.spec.deployment - a.spec.deployment)
  const kept = new Set(completed(deployments))
  const oldDeployments = deployments
    .filter(isFinished)
    .slice(limits.deploymentsPerService)
    .filter((deployment) => !kept.has(deployment))
  const needed = neededRevisions(history, deployments)
  const oldRevisions = history.revisions
    .toSorted((a, b) => b.revision.spec.revision - a.revision.spec.revision)
    .slice(limits.revisionsPerService)
    .filter(({ revision, tasks }) => {
      const isIdle = revision.spec.desiredCount === 0 && tasks.length === 0
      return isIdle && !needed.has(revision.metadata.name) && !isDeleting(revision)
    })
  return {
    actions: [
      ...tasks.flatMap(({ actions }) => actions),
      ...oldDeployments.filter((deployment) => !isDeleting(deployment)).map((old) => remove(ServiceDeployment, old)),
      ...oldRevisions.map(({ revision }) => remove(ServiceRevision, revision)),
    ],
    wakeAt: earliest(...tasks.map(({ wakeAt }) => wakeAt)),
  }
}

/** What a rollback may go back to: the last deployment that completed, and the last one of another revision. */
function completed(newestFirst: readonly ServiceDeployment[]): readonly ServiceDeployment[] {
  const successful = newestFirst.filter(({ status }) => status?.status === 'SUCCESSFUL')
  const [last] = successful
  const other = successful.find(({ spec }) => spec.targetServiceRevision !== last?.spec.targetServiceRevision)
  return [last, other].filter((one) => one !== undefined)
}

/** Revisions that a deployment under way, the two newest or the last completed ones speak of, and the service itself. */
function neededRevisions({ service }: ServiceHistory, newestFirst: readonly ServiceDeployment[]): ReadonlySet<string> {
  const kept = new Set(completed(newestFirst))
  const speaking = newestFirst.filter((deployment, at) => at < 2 || kept.has(deployment) || !isFinished(deployment))
  const current = service?.status?.currentServiceRevision
  return new Set([
    ...speaking.flatMap((one) => [
      one.spec.targetServiceRevision,
      ...one.spec.sourceServiceRevisions,
      revisionInForce(one),
    ]),
    ...(current === undefined ? [] : [current]),
  ])
}

/**
 * Stopped tasks of one revision go after their time, and early when there are more than are kept. While the revision
 * lives, the newest attempt of each slot does not go early, and that of a slot in use does not go at all: the next
 * attempt counts on from it.
 */
function planTasks(
  { revision, tasks }: ServiceHistory['revisions'][number],
  now: Instant,
  limits: GarbageLimits,
): Plan {
  const lives = revision.spec.desiredCount > 0 || tasks.some((task) => !isStopped(task))
  const newest = lives ? newestAttempts(revision, tasks) : new Map<string, Task>()
  const isNewest = new Set(newest.values())
  const inUse = new Set([...newest].filter(([slot]) => isSlotInUse(revision, slot)).map(([, task]) => task))
  const stopped = tasks
    .filter((task) => isStopped(task) && !isDeleting(task))
    .sort((a, b) => stoppedAt(b) - stoppedAt(a) || (a.metadata.name < b.metadata.name ? -1 : 1))
  const early = new Set(stopped.filter((task) => !isNewest.has(task)).slice(limits.stoppedTasksPerRevision))
  const plans = stopped
    .filter((task) => !inUse.has(task))
    .map((task) =>
      early.has(task) ? { actions: [remove(Task, task)], wakeAt: undefined } : planStoppedTask(task, now, limits),
    )
  return { actions: plans.flatMap(({ actions }) => actions), wakeAt: earliest(...plans.map(({ wakeAt }) => wakeAt)) }
}

const isSlotInUse = (revision: ServiceRevision, slot: string): boolean =>
  /^\d+$/.test(slot) && Number(slot) < revision.spec.desiredCount

function newestAttempts(revision: ServiceRevision, tasks: readonly Task[]): ReadonlyMap<string, Task> {
  const newest = new Map<string, { readonly attempt: number; readonly task: Task }>()
  for (const task of tasks) {
    const place = slotAndAttempt(revision.metadata.name, task.metadata.name)
    if (place === undefined) continue
    const known = newest.get(place.slot)
    if (known === undefined || known.attempt < place.attempt) newest.set(place.slot, { attempt: place.attempt, task })
  }
  return new Map([...newest].map(([slot, { task }]) => [slot, task]))
}
