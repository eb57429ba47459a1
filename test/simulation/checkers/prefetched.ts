/** Where nothing can start before an old task has stopped, none stops before the next ones' images are on its machine. */
import type { ContainerInstance } from '../../../api/v1/container-instance.ts'
import type { Service } from '../../../api/v1/service.ts'
import type { ServiceDeployment } from '../../../api/v1/service-deployment.ts'
import type { ServiceRevision } from '../../../api/v1/service-revision.ts'
import type { Task } from '../../../api/v1/task.ts'
import type { TaskDefinitionRevision } from '../../../api/v1/task-definition.ts'
import { between } from '../../../lib/time.ts'
import { type Change, keyIn, type Model } from '../history.ts'
import type { Checker, Staleness } from './checker.ts'
import { RecentValues } from './recent.ts'
import { BoundsHistory, isHealthyTask, isLiveTask, readyAt, serviceOf, tasksOf } from './service-bounds.ts'

const revisionLabel = 'gantry.dev/service-revision'

/** The task that a controller told to stop to make room, if that is what happened. */
function madeRoom({ kind, actor, before, after }: Change): Task | undefined {
  const [old, now] = [before as Task | undefined, after as Task | undefined]
  if (kind !== 'Task' || !actor.startsWith('controllers') || old === undefined || now === undefined) return undefined
  const told = old.spec.desiredStatus !== 'STOPPED' && now.spec.desiredStatus === 'STOPPED'
  return told && now.spec.stoppedReason?.startsWith('Scaling activity') === true ? old : undefined
}

const takesTasks = ({ spec, status }: ContainerInstance): boolean =>
  spec.status === 'ACTIVE' && status?.agentConnected === true && status.images !== undefined

/** What was in force within `staleness` may be what the controller went by. */
export function prefetched(staleness: Staleness, hasImage: (instance: string, image: string) => boolean): Checker {
  const bounds = new BoundsHistory()
  const targets = new RecentValues<string>()
  const takers = new RecentValues<boolean>()

  function follow({ kind, key, at, after }: Change): void {
    if (kind === 'ContainerInstance')
      takers.record(key, at, after !== undefined && takesTasks(after as ContainerInstance))
    if (kind !== 'ServiceDeployment' || after === undefined) return
    const { spec, status, metadata } = after as ServiceDeployment
    targets.record(
      `${metadata.namespace}/${spec.service}`,
      at,
      status?.rollback?.serviceRevision ?? spec.targetServiceRevision,
    )
  }
  /** The names of each image, by its tag and by the digest that it stands for, if that is settled. */
  const imagesOf = (namespace: string, name: string, model: Model): readonly (readonly string[])[] => {
    const revision = model.get<ServiceRevision>('ServiceRevision', `${namespace}/${name}`)
    const definition = model.get<TaskDefinitionRevision>('TaskDefinitionRevision', revision?.spec.taskDefinition ?? '')
    return (definition?.spec.taskDefinition.containerDefinitions ?? []).map(({ name: container, image }) => {
      const settled = revision?.status?.containerImages?.find(({ containerName }) => containerName === container)
      return settled === undefined ? [image] : [image, `${image.split(':')[0]}@${settled.imageDigest}`]
    })
  }

  return {
    name: 'no task that works makes room before the next images are there',
    check(change, model) {
      bounds.follow(change)
      follow(change)
      const task = madeRoom(change)
      const service = task === undefined ? undefined : serviceOf(task)
      if (task === undefined || service === undefined || !isHealthyTask(task, model)) return undefined
      const owner = model.get<Service>('Service', service)
      if (owner === undefined || owner.metadata.deletionTimestamp !== undefined) return undefined
      const window = staleness()
      const recent = bounds.recent.within(service, window, change.at)
      const live = 1 + tasksOf(model, service).filter(isLiveTask).length
      if (!recent.every(({ strict }) => strict) || live > Math.min(...recent.map(({ upper }) => upper)))
        return undefined
      if (recent.some((b) => between(readyAt(task, b, model), change.at) <= window)) return undefined
      const { namespace = '', labels } = task.metadata
      const { containerInstance = '' } = task.spec
      if (takers.within(`${namespace}/${containerInstance}`, window, change.at).some((takes) => !takes))
        return undefined
      const others = targets.within(service, window, change.at).filter((target) => target !== labels?.[revisionLabel])
      const missing = others.map((target) =>
        imagesOf(namespace, target, model).filter((names) => !names.some((name) => hasImage(containerInstance, name))),
      )
      if (missing.length === 0 || missing.some((images) => images.length === 0)) return undefined
      return `${change.actor} stopped ${keyIn(task)} on ${containerInstance}, which lacks ${missing.flat().join(', ')}`
    },
  }
}
