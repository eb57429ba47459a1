/** Deployments: one in progress per service, each ends once, and goes back only to what had completed. */
import type { ServiceDeployment } from '../../../api/v1/service-deployment.ts'
import type { Task } from '../../../api/v1/task.ts'
import type { Checker, Staleness } from './checker.ts'

/** ecs-core 5.14; what nobody wrote is PENDING. */
const next: Readonly<Record<string, readonly string[]>> = {
  PENDING: ['IN_PROGRESS', 'STOP_REQUESTED', 'ROLLBACK_REQUESTED', 'STOPPED'],
  IN_PROGRESS: ['SUCCESSFUL', 'STOP_REQUESTED', 'ROLLBACK_REQUESTED', 'ROLLBACK_IN_PROGRESS', 'STOPPED'],
  STOP_REQUESTED: ['STOPPED'],
  ROLLBACK_REQUESTED: ['ROLLBACK_IN_PROGRESS', 'SUCCESSFUL', 'STOPPED'],
  ROLLBACK_IN_PROGRESS: ['ROLLBACK_SUCCESSFUL', 'ROLLBACK_FAILED'],
}
const inProgress = ['IN_PROGRESS', 'ROLLBACK_IN_PROGRESS']

const statusOf = (deployment: ServiceDeployment): string => deployment.status?.status ?? 'PENDING'
const serviceOf = ({ metadata }: ServiceDeployment): string => metadata.ownerReferences?.[0]?.uid ?? ''

export const deploymentsEndOnce: Checker = {
  name: 'a deployment takes the steps that ECS has, ends once, and stays as it ended',
  check({ kind, key, before, after }) {
    if (kind !== 'ServiceDeployment' || before === undefined || after === undefined) return undefined
    const [old, now] = [before as ServiceDeployment, after as ServiceDeployment]
    const [from, to] = [statusOf(old), statusOf(now)]
    const isOver = next[from] === undefined
    if (isOver && JSON.stringify(old.status) !== JSON.stringify(now.status)) return `${key} was ${from} and changed`
    if (from !== to && next[from]?.includes(to) !== true) return `${key} went from ${from} to ${to}`
    const [was, is] = [old.status?.rollback, now.status?.rollback]
    if (was !== undefined && JSON.stringify(was) !== JSON.stringify(is)) return `${key} changed where it goes back to`
    return undefined
  },
}

export const oneInProgress: Checker = {
  name: 'never more than one deployment of a service is in progress',
  check({ kind, after }, model) {
    if (kind !== 'ServiceDeployment' || after === undefined) return undefined
    const changed = after as ServiceDeployment
    if (!inProgress.includes(statusOf(changed))) return undefined
    const all = [...model.all<ServiceDeployment>('ServiceDeployment')].filter(
      (one) => serviceOf(one) === serviceOf(changed) && inProgress.includes(statusOf(one)),
    )
    return all.length <= 1 ? undefined : all.map((one) => `${one.metadata.name} is ${statusOf(one)}`).join(', ')
  },
}

/** What had completed is remembered: the deployments themselves go in time. */
export function backToWhatWorked(): Checker {
  const completed = new Map<string, Set<string>>()
  return {
    name: 'a deployment goes back only to a revision that had completed, and only once',
    check({ kind, key, before, after }) {
      if (kind !== 'ServiceDeployment' || after === undefined) return undefined
      const now = after as ServiceDeployment
      const known = completed.get(serviceOf(now)) ?? new Set()
      completed.set(serviceOf(now), known)
      if (statusOf(now) === 'SUCCESSFUL') known.add(now.spec.targetServiceRevision)
      const { rollback } = now.status ?? {}
      if (rollback === undefined || (before as ServiceDeployment | undefined)?.status?.rollback !== undefined)
        return undefined
      if (rollback.serviceRevision === now.spec.targetServiceRevision) return `${key} goes back to what failed`
      return known.has(rollback.serviceRevision)
        ? undefined
        : `${key} goes back to ${rollback.serviceRevision}, which never completed`
    },
  }
}

/** A revision whose deployment failed without a way back gets no more tasks. */
export function failedStartsNothing(staleness: Staleness): Checker {
  /** By service uid: the revision, and since when. */
  const closed = new Map<string, { readonly revision: string; readonly at: number }>()
  return {
    name: 'a failed deployment starts no more tasks',
    check({ kind, actor, at, key, before, after }, model) {
      if (kind === 'ServiceDeployment' && after !== undefined) {
        const now = after as ServiceDeployment
        const isNew = before === undefined
        const { status, deploymentCircuitBreaker: breaker } = now.status ?? {}
        if (isNew) closed.delete(serviceOf(now))
        else if (
          status === 'STOPPED' &&
          breaker?.status === 'TRIGGERED' &&
          status !== statusOf(before as ServiceDeployment)
        )
          closed.set(serviceOf(now), { revision: now.spec.targetServiceRevision, at })
        return undefined
      }
      if (kind !== 'Task' || before !== undefined || after === undefined || actor.startsWith('late ')) return undefined
      const [owner] = (after as Task).metadata.ownerReferences ?? []
      const revision = model.get('ServiceRevision', `${after.metadata.namespace}/${owner?.name}`)
      const of = closed.get(revision?.metadata.ownerReferences?.[0]?.uid ?? '')
      if (of?.revision !== owner?.name || of === undefined || at - of.at <= staleness()) return undefined
      return `${key} was started, ${(at - of.at) / 1000} s after its deployment failed`
    },
  }
}
