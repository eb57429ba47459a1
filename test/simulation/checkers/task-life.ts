/** A task only moves forward, is bound at most once, and shares its slot with no other live task. */
import type { Task } from '../../../api/v1/task.ts'
import type { Checker } from './checker.ts'
import { isLiveTask, stageName, stageOf } from './service-bounds.ts'

export const forwardOnly: Checker = {
  name: 'task statuses only move forward',
  check({ kind, key, before, after }) {
    if (kind !== 'Task' || before === undefined || after === undefined) return undefined
    const [old, now] = [before as Task, after as Task]
    if (stageOf(now) < stageOf(old)) return `${key} went from ${stageName(old)} back to ${stageName(now)}`
    if (old.spec.desiredStatus === 'STOPPED' && now.spec.desiredStatus !== 'STOPPED')
      return `${key} was told to stop, then to run`
    return undefined
  },
}

export const boundOnce: Checker = {
  name: 'a task bound once is never re-bound',
  check({ kind, key, before, after }) {
    if (kind !== 'Task' || before === undefined || after === undefined) return undefined
    const [old, now] = [(before as Task).spec.containerInstance, (after as Task).spec.containerInstance]
    return old === undefined || old === now ? undefined : `${key} was bound to ${old}, now to ${now ?? 'none'}`
  },
}

/** `<revision>-<slot>` of a task that a service made. */
const slotOf = (name: string): string | undefined => /^(.+-\d+)-\d+$/.exec(name)?.[1]

export const oneTaskPerSlot: Checker = {
  name: 'no two live tasks in one slot',
  check({ kind, key, before, after }, model) {
    if (kind !== 'Task' || before !== undefined || after === undefined) return undefined
    const revision = after.metadata.labels?.['gantry.dev/service-revision']
    const slot = slotOf(after.metadata.name)
    if (revision === undefined || slot === undefined || !isLiveTask(after as Task)) return undefined
    for (const other of model.all<Task>('Task')) {
      const same =
        other.metadata.namespace === after.metadata.namespace &&
        other.metadata.labels?.['gantry.dev/service-revision'] === revision &&
        slotOf(other.metadata.name) === slot
      if (same && other.metadata.name !== after.metadata.name && isLiveTask(other))
        return `${key} was created in a slot that ${other.metadata.name} holds`
    }
    return undefined
  },
}
