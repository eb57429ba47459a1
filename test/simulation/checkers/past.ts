/** What is over goes in time, but not what is still needed: to roll back to, to run, and to know when a slot may be tried again. */
import type { Service } from '../../../api/v1/service.ts'
import type { ServiceDeployment } from '../../../api/v1/service-deployment.ts'
import type { ServiceRevision } from '../../../api/v1/service-revision.ts'
import type { Task } from '../../../api/v1/task.ts'
import { between, type Instant, minutes, parseTimestamp, plus, seconds } from '../../../lib/time.ts'
import type { Model } from '../history.ts'
import type { Checker, Staleness } from './checker.ts'
import { RecentValues } from './recent.ts'
import { isStoppedTask } from './service-bounds.ts'

const ownerOf = (object: { metadata: Task['metadata'] }): string | undefined =>
  object.metadata.ownerReferences?.[0]?.uid

const deploymentsOf = (uid: string | undefined, model: Model): readonly ServiceDeployment[] =>
  [...model.all<ServiceDeployment>('ServiceDeployment')]
    .filter((deployment) => ownerOf(deployment) === uid)
    .sort((a, b) => b.spec.deployment - a.spec.deployment)

const isSuccess = ({ status }: ServiceDeployment): boolean => status?.status === 'SUCCESSFUL'

/** It is the newest, or the last that completed, or the last one that did of another revision. */
function neededDeployment(gone: ServiceDeployment, others: readonly ServiceDeployment[]): boolean {
  const newer = others.filter(({ spec }) => spec.deployment > gone.spec.deployment)
  if (newer.length === 0) return true
  if (!isSuccess(gone)) return gone.status?.finishedAt === undefined
  const successes = newer.filter(isSuccess)
  const [last] = successes
  if (last === undefined) return true
  const { targetServiceRevision: target } = last.spec
  return (
    gone.spec.targetServiceRevision !== target && successes.every(({ spec }) => spec.targetServiceRevision === target)
  )
}

/** `known`: whether what happened then was to be seen by who let it go. */
const neededRevision = (
  gone: ServiceRevision,
  deployments: readonly ServiceDeployment[],
  model: Model,
  known: (time: string | null | undefined) => boolean,
): boolean =>
  deployments.some(
    ({ metadata, spec, status }) =>
      (spec.targetServiceRevision === gone.metadata.name && known(metadata.creationTimestamp)) ||
      (status?.rollback?.serviceRevision === gone.metadata.name && known(status.rollback.startedAt)),
  ) ||
  [...model.all<Task>('Task')].some(
    (task) => ownerOf(task) === gone.metadata.uid && !isStoppedTask(task) && known(task.metadata.creationTimestamp),
  )

/** A task's slot, a number or a daemon's instance, and its attempt there. */
const placeOf = ({ metadata: { name, ownerReferences } }: Task) => {
  const [, slot = '', attempt = ''] = /^-(.+)-(\d+)$/.exec(name.slice(ownerReferences?.[0]?.name.length)) ?? []
  return { slot, attempt: Number(attempt) }
}

/** The longest wait before a slot is tried again: so long the last try there is needed, whatever becomes of its instance. */
const longestWait = minutes(15)

/** `staleness`: a revision may have wanted less when it was looked at. */
export function neededStays(staleness: Staleness): Checker {
  const wanted = new RecentValues<number>()

  /** Times are of whole seconds: one counts from its end on. */
  const known =
    (at: Instant) =>
    (time: string | null | undefined): boolean => {
      const then = parseTimestamp(time ?? undefined)
      return then !== undefined && plus(plus(then, seconds(1)), staleness()) <= at
    }

  function neededTask(gone: Task, at: Parameters<Checker['check']>[0]['at'], model: Model): boolean {
    const uid = ownerOf(gone) ?? ''
    const { slot, attempt } = placeOf(gone)
    const least = Math.min(...wanted.within(uid, staleness(), at))
    const isNewest = [...model.all<Task>('Task')]
      .filter((task) => task.metadata.uid !== gone.metadata.uid && ownerOf(task) === uid && placeOf(task).slot === slot)
      .every((task) => placeOf(task).attempt < attempt)
    const stoppedAt = parseTimestamp(gone.status?.stoppedAt) ?? at
    const isTried = /^\d+$/.test(slot) ? Number(slot) < least : least > 0 && between(stoppedAt, at) < longestWait
    return isStoppedTask(gone) && isTried && isNewest
  }

  return {
    name: 'of what is over, what is still needed stays',
    check({ actor, at, kind, key, before, after }, model) {
      if (kind === 'ServiceRevision' && after !== undefined)
        wanted.record(after.metadata.uid, at, (after as ServiceRevision).spec.desiredCount)
      // what is marked goes, by whoever marked it; who names a revision in that moment makes another one, and it stays until its tasks have stopped
      const isMarked = before?.metadata.deletionTimestamp !== undefined
      const goes = after === undefined || after.metadata.deletionTimestamp !== undefined
      if (!goes || isMarked || before === undefined || !actor.startsWith('controllers')) return undefined
      const revision = [...model.all<ServiceRevision>('ServiceRevision')].find(
        ({ metadata }) => metadata.uid === ownerOf(before),
      )
      const uid = kind === 'Task' ? revision && ownerOf(revision) : ownerOf(before)
      const service = [...model.all<Service>('Service')].find(({ metadata }) => metadata.uid === uid)
      if (service === undefined || service.metadata.deletionTimestamp !== undefined) return undefined
      const isNeeded =
        (kind === 'Task' && neededTask(before as Task, at, model)) ||
        (kind === 'ServiceRevision' &&
          neededRevision(before as ServiceRevision, deploymentsOf(uid, model), model, known(at))) ||
        (kind === 'ServiceDeployment' && neededDeployment(before as ServiceDeployment, deploymentsOf(uid, model)))
      return isNeeded ? `${actor} deleted ${key}` : undefined
    },
  }
}
