/** What is protected from scale-in, rollouts and drains stays (ecs-core 4.9). */
import type { Service } from '../../../api/v1/service.ts'
import type { ServiceRevision } from '../../../api/v1/service-revision.ts'
import type { Task } from '../../../api/v1/task.ts'
import { parseTimestamp } from '../../../lib/time.ts'
import type { Change, Model } from '../history.ts'
import type { Checker } from './checker.ts'
import { isLiveTask, serviceOf } from './service-bounds.ts'

/** Its service is being deleted, was, or was made anew: who deletes a service wants its tasks gone (ecs-core 5.10). */
function isAbandoned(task: Task, model: Model): boolean {
  const owner = task.metadata.ownerReferences?.find(({ controller }) => controller === true)
  const revision = model.get<ServiceRevision>('ServiceRevision', `${task.metadata.namespace}/${owner?.name}`)
  const service = model.get<Service>('Service', serviceOf(task) ?? '')
  const isOf = revision?.metadata.ownerReferences?.some(({ uid }) => uid === service?.metadata.uid)
  return revision?.metadata.uid !== owner?.uid || isOf !== true || service?.metadata.deletionTimestamp !== undefined
}

/** Its health checks failed, or its instance is lost: then its end is only written down. */
const isExcused = ({ spec: { stopCode, stoppedReason }, status }: Task): boolean =>
  stoppedReason === 'Task failed container health checks' ||
  (stopCode ?? status?.stopCode ?? 'ServiceSchedulerInitiated') !== 'ServiceSchedulerInitiated'

const isProtected = ({ protection }: Task['spec'], at: Change['at']): boolean =>
  protection !== undefined && parseTimestamp(protection.expirationDate) > at

/** To the moment: a stop is of the very version that was looked at. */
export const protectedStay: Checker = {
  name: 'a protected task is not stopped by the system',
  check({ actor, at, kind, key, before, after }, model) {
    const [old, now] = [before as Task | undefined, after as Task | undefined]
    if (kind !== 'Task' || !actor.startsWith('controllers') || old === undefined) return undefined
    if (!isLiveTask(old) || !isProtected(old.spec, at) || (now !== undefined && isLiveTask(now))) return undefined
    if (isAbandoned(old, model) || (now !== undefined && isExcused(now))) return undefined
    return `${actor} stopped ${key} (${now?.spec.stoppedReason}), protected until ${old.spec.protection?.expirationDate}`
  },
}
