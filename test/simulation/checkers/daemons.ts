/** A DAEMON service has one task on an instance at most, whatever its revision (ecs-core 5.11). */
import type { Service } from '../../../api/v1/service.ts'
import type { Task } from '../../../api/v1/task.ts'
import type { Checker } from './checker.ts'
import { isStoppedTask, serviceOf, tasksOf } from './service-bounds.ts'

/** Where a daemon's task may run, be it bound or not: its constraint says it from the first. */
const placeOf = ({ spec }: Task): string | undefined =>
  /ec2InstanceId == "(.+?)"/.exec((spec.placementConstraints ?? []).map(({ expression }) => expression).join())?.[1]

export const oneDaemonEach: Checker = {
  name: 'a daemon has at most one task on an instance',
  check({ kind, key, actor, before, after }, model) {
    if (kind !== 'Task' || before !== undefined || after === undefined || actor.startsWith('late ')) return undefined
    const task = after as Task
    const service = serviceOf(task) ?? ''
    if (model.get<Service>('Service', service)?.spec.schedulingStrategy !== 'DAEMON') return undefined
    const place = placeOf(task)
    if (place === undefined) return `${key} may run anywhere`
    const others = tasksOf(model, service).filter(
      (other) => other.metadata.name !== task.metadata.name && placeOf(other) === place && !isStoppedTask(other),
    )
    return others.length === 0
      ? undefined
      : `${key} is beside ${others.map(({ metadata }) => metadata.name).join(', ')}`
  },
}
