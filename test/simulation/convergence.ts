/** Whether the world is as the users asked, everywhere: in the API and on the machines. Says what is missing. */
import type { Service } from '../../api/v1/service.ts'
import type { ServiceRevision } from '../../api/v1/service-revision.ts'
import type { Task } from '../../api/v1/task.ts'
import type { TaskDefinition } from '../../api/v1/task-definition.ts'
import type { Machines } from './checkers/engines.ts'
import { isHealthyTask, isLiveTask, isStoppedTask, serviceOf, stageName, tasksOf } from './checkers/service-bounds.ts'
import { keyIn, type Model } from './history.ts'

export function* missing(model: Model, machines: Machines): Iterable<string> {
  for (const service of model.all<Service>('Service')) yield* missingOf(service, model)
  for (const task of model.all<Task>('Task')) {
    const service = serviceOf(task)
    if (service !== undefined && model.get('Service', service) === undefined && !isStoppedTask(task))
      yield `task ${keyIn(task)} of a deleted service is ${stageName(task)}`
  }
  yield* missingOnMachines(model, machines)
}

function* missingOf(service: Service, model: Model): Iterable<string> {
  const key = keyIn(service)
  if (service.metadata.deletionTimestamp !== undefined) yield `service ${key} is still being deleted`
  const desired = service.spec.desiredCount ?? 0
  const tasks = tasksOf(model, key).filter((task) => !isStoppedTask(task))
  const newest = model.get<TaskDefinition>('TaskDefinition', service.spec.taskDefinition)?.status?.revisionName
  const good = tasks.filter((task) => isHealthyTask(task, model) && task.spec.taskDefinition === newest)
  if (good.length !== desired || tasks.length !== desired)
    yield `service ${key}: ${good.length} of ${desired} run ${newest}; all: ${tasks
      .map((task) => `${task.metadata.name} ${stageName(task)}${isLiveTask(task) ? '' : ' stopping'}`)
      .join(', ')}`
  const { status } = service
  if (status?.runningCount !== desired) yield `service ${key}: status says ${status?.runningCount} run, not ${desired}`
  if (status?.rolloutState !== 'COMPLETED') yield `service ${key}: rollout is ${status?.rolloutState}`
  for (const revision of model.all<ServiceRevision>('ServiceRevision')) {
    const { desiredCount, taskDefinition } = revision.spec
    if (`${revision.metadata.namespace}/${revision.spec.service}` !== key) continue
    if (desiredCount > 0 && taskDefinition !== newest)
      yield `${keyIn(revision)} still wants ${desiredCount} of ${taskDefinition}`
  }
}

/** Running containers belong to running tasks, and running tasks have theirs. */
function* missingOnMachines(model: Model, machines: Machines): Iterable<string> {
  const running = new Map<string, number>()
  for (const [machine, containers] of machines) {
    for (const { labels, status } of containers) {
      if (status !== 'running') continue
      const uid = (labels['com.amazonaws.ecs.task-arn'] ?? '').split('/').at(-1) ?? ''
      running.set(`${machine} ${uid}`, (running.get(`${machine} ${uid}`) ?? 0) + 1)
    }
  }
  for (const task of model.all<Task>('Task')) {
    const place = `${task.spec.containerInstance} ${task.metadata.uid.replaceAll('-', '')}`
    if (stageName(task) === 'RUNNING' && !running.has(place)) yield `task ${keyIn(task)} runs, but has no container`
    if (stageName(task) === 'RUNNING') running.delete(place)
  }
  for (const place of running.keys()) yield `orphan container: ${place}`
}
