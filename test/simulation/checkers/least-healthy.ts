/** A planned stop never takes a service's healthy tasks below ceil(desired * minimumHealthyPercent / 100). */
import type { Service } from '../../../api/v1/service.ts'
import type { ServiceRevision } from '../../../api/v1/service-revision.ts'
import type { Task } from '../../../api/v1/task.ts'
import { between, type Instant } from '../../../lib/time.ts'
import { type Change, keyIn, type Model } from '../history.ts'
import type { Checker, Staleness } from './checker.ts'
import { BoundsHistory, isHealthyTask, isOfOtherImage, readyAt, serviceOf, tasksOf } from './service-bounds.ts'

/** For these it is told to stop because its machine is gone, or said to be. */
const losses: readonly unknown[] = ['TerminationNotice', 'UserInitiated']

/** Whether a controller (not the user, not a failure) told this task to stop. */
function isPlannedStop({ actor, before, after }: Change): boolean {
  const [old, now] = [before as Task | undefined, after as Task | undefined]
  if (!actor.startsWith('controllers') || old === undefined || old.spec.desiredStatus === 'STOPPED') return false
  if (now === undefined) return true
  const deleted = old.metadata.deletionTimestamp === undefined && now.metadata.deletionTimestamp !== undefined
  return (now.spec.desiredStatus === 'STOPPED' && !losses.includes(now.spec.stopCode)) || deleted
}

/** Tasks that run other bytes than what their revision now is settled on. */
function settledAgainst({ kind, before, after }: Change, model: Model): readonly Task[] {
  const [old, now] = [before as ServiceRevision | undefined, after as ServiceRevision | undefined]
  if (kind !== 'ServiceRevision' || now?.status?.containerImages?.length === old?.status?.containerImages?.length)
    return []
  return [...model.all<Task>('Task')].filter(
    (task) => task.metadata.ownerReferences?.[0]?.uid === now?.metadata.uid && isOfOtherImage(task, model),
  )
}

/**
 * Tasks that failed within `staleness` count as healthy: the controller may not have seen it. So does a minimum that was
 * in force within it.
 */
export function leastHealthy(staleness: Staleness): Checker {
  const bounds = new BoundsHistory()
  /** Healthy tasks that ceased to be so without anybody's plan. */
  const failedAt = new Map<string, { readonly service: string; readonly at: Instant }>()
  return {
    name: 'a planned stop leaves at least the minimum healthy',
    check(change, model) {
      bounds.follow(change)
      for (const task of settledAgainst(change, model))
        failedAt.set(keyIn(task), { service: serviceOf(task) ?? '', at: change.at })
      if (change.kind !== 'Task' || change.before === undefined) return undefined
      const service = serviceOf(change.before)
      const wasHealthy = isHealthyTask(change.before as Task, model)
      const isHealthy = change.after !== undefined && isHealthyTask(change.after as Task, model)
      if (service === undefined || !wasHealthy || isHealthy) return undefined
      if (!isPlannedStop(change)) {
        failedAt.set(change.key, { service, at: change.at })
        return undefined
      }
      const owner = model.get<Service>('Service', service)
      if (owner === undefined || owner.metadata.deletionTimestamp !== undefined) return undefined
      const window = staleness()
      const recent = bounds.recent.within(service, window, change.at)
      // one that was not ready yet, or only just became so, may have been taken for one that costs nothing
      const ready = recent.map((b) => readyAt(change.before as Task, b, model))
      if (ready.some((at) => between(at, change.at) <= window)) return undefined
      for (const [key, { at }] of failedAt) if (between(at, change.at) > 600_000) failedAt.delete(key)
      const failed = [...failedAt.values()].filter((f) => f.service === service && between(f.at, change.at) <= window)
      const healthy = tasksOf(model, service).filter(
        (task) => isHealthyTask(task, model) && recent.some((b) => readyAt(task, b, model) <= change.at),
      ).length
      const lower = Math.min(...recent.map((b) => b.lower))
      if (healthy + failed.length >= lower) return undefined
      return `${change.actor} stopped ${change.key}: service ${service} has ${healthy} healthy left (+${failed.length} just failed), at least ${lower} required`
    },
  }
}
