/** No instance is promised more than it has: CPU, memory and fixed host ports of bound tasks that are not stopping. */
import type { ContainerInstance } from '../../../api/v1/container-instance.ts'
import type { Task } from '../../../api/v1/task.ts'
import type { TaskDefinitionRevision } from '../../../api/v1/task-definition.ts'
import { between, type Instant } from '../../../lib/time.ts'
import type { Change, Model } from '../history.ts'
import type { Checker, Staleness } from './checker.ts'
import { isLiveTask } from './service-bounds.ts'

interface Promised {
  cpu: number
  memory: number
  readonly ports: string[]
}

function promisedTo(model: Model, namespace: string, instance: string): Promised {
  const sum: Promised = { cpu: 0, memory: 0, ports: [] }
  for (const task of model.all<Task>('Task')) {
    if (task.metadata.namespace !== namespace || task.spec.containerInstance !== instance || !isLiveTask(task)) continue
    const runs = task.status?.taskDefinition ?? task.spec.taskDefinition
    const revision = model.get<TaskDefinitionRevision>('TaskDefinitionRevision', runs)
    const definition = revision?.spec.taskDefinition
    const containers = (definition?.containerDefinitions ?? []).map((container) => ({
      ...container,
      ...task.spec.overrides?.containerOverrides?.find(({ name }) => name === container.name),
    }))
    sum.cpu += definition?.cpu === undefined ? containers.reduce((n, c) => n + (c.cpu ?? 0), 0) : Number(definition.cpu)
    sum.memory +=
      definition?.memory === undefined
        ? containers.reduce((n, c) => n + (c.memoryReservation ?? c.memory ?? 0), 0)
        : Number(definition.memory)
    for (const mapping of containers.flatMap((c) => c.portMappings ?? []))
      if ((mapping.hostPort ?? 0) !== 0) sum.ports.push(`${mapping.hostPort}/${mapping.protocol ?? 'tcp'}`)
  }
  return sum
}

export function capacity(staleness: Staleness): Checker {
  /** Instances that were deleted, and when: who binds a task to one may not know it yet. */
  const gone = new Map<string, Instant>()

  function check(change: Change, model: Model): string | undefined {
    if (change.kind === 'ContainerInstance' && change.after === undefined) gone.set(change.key, change.at)
    const [before, after] = [change.before as Task | undefined, change.after as Task | undefined]
    const instance = after?.spec?.containerInstance
    if (change.kind !== 'Task' || instance === undefined || before?.spec.containerInstance === instance)
      return undefined
    const namespace = after?.metadata.namespace ?? ''
    const key = `${namespace}/${instance}`
    const registered = model.get<ContainerInstance>('ContainerInstance', key)?.status?.registeredResources
    const left = gone.get(key)
    if (registered === undefined && left !== undefined && between(left, change.at) <= staleness()) return undefined
    if (registered === undefined) return `${change.key} was bound to ${instance}, which is not registered`
    const promised = promisedTo(model, namespace, instance)
    const twice = promised.ports.find((port, at) => promised.ports.indexOf(port) !== at)
    if (twice !== undefined) return `${instance}: host port ${twice} is promised to two tasks, ${change.key} the second`
    if (promised.cpu > registered.cpu) return `${instance}: ${promised.cpu} CPU units promised of ${registered.cpu}`
    if (promised.memory > registered.memory)
      return `${instance}: ${promised.memory} MiB promised of ${registered.memory}`
    return undefined
  }

  return { name: 'no instance is over-committed and no host port promised twice', check }
}
