/** What a tag stands for is settled once for each service revision, and all its tasks run that. */
import type { ServiceRevision } from '../../../api/v1/service-revision.ts'
import type { Task } from '../../../api/v1/task.ts'
import { between, type Instant } from '../../../lib/time.ts'
import type { Model } from '../history.ts'
import type { Checker, Staleness } from './checker.ts'
import { isLiveTask } from './service-bounds.ts'

type Images = NonNullable<NonNullable<ServiceRevision['status']>['containerImages']>
const imagesOf = (revision: unknown): Images => (revision as ServiceRevision | undefined)?.status?.containerImages ?? []

export const imagesSettledOnce: Checker = {
  name: 'what a tag stands for is settled once for each revision',
  check({ kind, key, before, after }) {
    if (kind !== 'ServiceRevision' || before?.metadata.uid !== after?.metadata.uid) return undefined
    for (const { containerName, imageDigest } of imagesOf(before)) {
      const now = imagesOf(after).find((one) => one.containerName === containerName)?.imageDigest
      if (now !== imageDigest) return `${key}: ${containerName} was ${imageDigest}, now it is ${now ?? 'open'}`
    }
    return undefined
  },
}

/** What was settled within `staleness` may not be known yet to who starts a task. */
export function newTasksAreTold(staleness: Staleness): Checker {
  const settledAt = new Map<string, Instant>()
  return {
    name: 'a new task is told what its revision is settled on',
    check({ kind, key, at, actor, before, after }, model) {
      if (kind === 'ServiceRevision' && imagesOf(before).length !== imagesOf(after).length) settledAt.set(key, at)
      if (kind !== 'Task' || before !== undefined || after === undefined || actor.startsWith('late ')) return undefined
      const owner = `${after.metadata.namespace}/${after.metadata.ownerReferences?.[0]?.name}`
      const settled = imagesOf(model.get<ServiceRevision>('ServiceRevision', owner))
      const since = settledAt.get(owner)
      if (settled.length === 0 || since === undefined || between(since, at) <= staleness()) return undefined
      const told = (after as Task).spec.containerImages ?? []
      const untold = settled.find((one) => !told.some((other) => other.imageDigest === one.imageDigest))
      return untold === undefined ? undefined : `${key} was not told that ${untold.image} is ${untold.imageDigest}`
    },
  }
}

/** Revisions whose live tasks run different bytes. */
export function* mixedImages(model: Model): Iterable<string> {
  const seen = new Map<string, string>()
  for (const task of model.all<Task>('Task')) {
    const owner = task.metadata.ownerReferences?.[0]?.uid
    if (owner === undefined || !isLiveTask(task)) continue
    for (const { name, imageDigest } of task.status?.containers ?? []) {
      if (imageDigest === undefined) continue // its registry did not say
      const other = seen.get(`${owner} ${name}`) ?? imageDigest
      seen.set(`${owner} ${name}`, other)
      if (other !== imageDigest)
        yield `task ${task.metadata.name} runs ${imageDigest} in ${name}, another one of its revision runs ${other}`
    }
  }
}
