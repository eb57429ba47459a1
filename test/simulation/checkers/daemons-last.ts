/** A daemon's task leaves a draining instance when the tasks of other services have gone (ecs-core 7.2). */
import type { ContainerInstance } from '../../../api/v1/container-instance.ts'
import type { Service } from '../../../api/v1/service.ts'
import type { Task } from '../../../api/v1/task.ts'
import { between, type Instant, minutes, parseTimestamp } from '../../../lib/time.ts'
import type { Model } from '../history.ts'
import type { Checker } from './checker.ts'
import { isLiveTask, isStoppedTask, serviceOf } from './service-bounds.ts'

/** Who runs for so long is known to everybody. */
const settled = minutes(2)

/** Whether the service has nothing to roll out or to take back: then it stops a task for its place alone. */
function isAtRest({ metadata, status }: Service, revision: string | undefined): boolean {
  const known = status?.observedGeneration === metadata.generation
  return (
    known &&
    status?.rolloutState === 'COMPLETED' &&
    status.currentServiceRevision === revision &&
    metadata.deletionTimestamp === undefined
  )
}

function replicaOn(instance: string, model: Model, at: Instant): Task | undefined {
  return [...model.all<Task>('Task')].find((task) => {
    const service = model.get<Service>('Service', serviceOf(task) ?? '')
    const startedAt = task.status?.startedAt
    return (
      task.spec.containerInstance === instance &&
      service !== undefined &&
      service.spec.schedulingStrategy !== 'DAEMON' &&
      !isStoppedTask(task) &&
      startedAt !== undefined &&
      between(parseTimestamp(startedAt), at) > settled
    )
  })
}

export const daemonsLeaveLast: Checker = {
  name: "a daemon's task leaves a draining instance after the others",
  check({ kind, key, at, before, after }, model) {
    const [old, now] = [before as Task | undefined, after as Task | undefined]
    if (kind !== 'Task' || old === undefined || now === undefined || !isLiveTask(old) || isLiveTask(now))
      return undefined
    if (now.spec.stoppedReason?.startsWith('Scaling activity') !== true) return undefined
    const { namespace, ownerReferences } = old.metadata
    const service = model.get<Service>('Service', serviceOf(old) ?? '')
    const name = old.spec.containerInstance ?? ''
    const instance = model.get<ContainerInstance>('ContainerInstance', `${namespace}/${name}`)
    if (service?.spec.schedulingStrategy !== 'DAEMON' || !isAtRest(service, ownerReferences?.[0]?.name))
      return undefined
    if (instance?.spec.status !== 'DRAINING' || instance.status?.agentConnected !== true) return undefined
    const replica = replicaOn(name, model, at)
    return replica === undefined ? undefined : `${key} left ${name} before ${replica.metadata.name}`
  },
}
