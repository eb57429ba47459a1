/** Whether the world is as the users asked, everywhere: in the API and on the machines. Says what is missing. */
import type { ContainerInstance } from '../../api/v1/container-instance.ts'
import type { ScheduledTask } from '../../api/v1/scheduled-task.ts'
import type { Service } from '../../api/v1/service.ts'
import type { ServiceRevision } from '../../api/v1/service-revision.ts'
import { revisionNameOf, type Task } from '../../api/v1/task.ts'
import type { TaskDefinition, TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import { protectedUntil } from '../../api/v1/task-protection.ts'
import type { Instant } from '../../lib/time.ts'
import type { Machines } from './checkers/engines.ts'
import { mixedImages } from './checkers/images.ts'
import { isHealthyTask, isLiveTask, isStoppedTask, serviceOf, stageName, tasksOf } from './checkers/service-bounds.ts'
import { uneven } from './checkers/zone-balance.ts'
import { endedBadly, endless, missingAfterFailure, newestDeployment, rests } from './failed-deployments.ts'
import { keyIn, type Model } from './history.ts'

/** `all`: services whose deployment failed must run the newest as well; else they may rest on what worked before. */
export function* missing(model: Model, machines: Machines, all: boolean, now: Instant): Iterable<string> {
  for (const service of model.all<Service>('Service')) yield* missingOf(service, model, all, now)
  for (const task of model.all<Task>('Task')) {
    const service = serviceOf(task)
    if (service !== undefined && model.get('Service', service) === undefined && !isStoppedTask(task))
      yield `task ${keyIn(task)} of a deleted service is ${stageName(task)}`
    if (service === undefined && !isStoppedTask(task)) yield `standalone task ${keyIn(task)} is ${stageName(task)}`
  }
  yield* missingOfSchedules(model)
  yield* mixedImages(model)
  yield* uneven(model)
  yield* missingOfRevisions(model)
  yield* missingOnMachines(model, machines)
}

/** Nothing is due any more: every run is over and written down, and its tasks may go. */
function* missingOfSchedules(model: Model): Iterable<string> {
  for (const scheduled of model.all<ScheduledTask>('ScheduledTask')) {
    const { status, metadata } = scheduled
    if (metadata.deletionTimestamp !== undefined) yield `scheduled task ${keyIn(scheduled)} is still being deleted`
    if (status?.observedGeneration !== metadata.generation || (status?.active ?? 0) > 0)
      yield `scheduled task ${keyIn(scheduled)} has ${status?.active} runs under way`
  }
  for (const task of model.all<Task>('Task')) {
    if (task.metadata.labels?.['gantry.dev/scheduled-task'] === undefined) continue
    if (!isStoppedTask(task)) yield `task ${keyIn(task)} of a run that is over is ${stageName(task)}`
    else if (task.metadata.finalizers?.includes('gantry.dev/scheduled-run')) yield `task ${keyIn(task)} is held`
  }
}

/** A revision is what it was told to be; one that is to go is gone, unless something is made of it, or says so. */
function* missingOfRevisions(model: Model): Iterable<string> {
  const referred = new Set([
    ...[...model.all<ServiceRevision>('ServiceRevision')].map(({ spec }) => spec.taskDefinition),
    ...[...model.all<Service>('Service')].map(({ spec }) => spec.taskDefinition.replace(/:(?=\d+$)/, '.')),
    ...[...model.all<Task>('Task')].filter((task) => !isStoppedTask(task)).map(revisionNameOf),
  ])
  for (const { metadata, spec, status } of model.all<TaskDefinitionRevision>('TaskDefinitionRevision')) {
    const { name, deletionTimestamp } = metadata
    const wanted = deletionTimestamp === undefined ? (spec.desiredStatus ?? 'ACTIVE') : 'DELETE_IN_PROGRESS'
    if (status?.status !== wanted) yield `revision ${name} says ${status?.status}, not ${wanted}`
    const isHeld = status?.conditions?.some(({ type, status: is }) => type === 'InUse' && is === 'True') === true
    if (deletionTimestamp !== undefined && !(isHeld && referred.has(name))) yield `revision ${name} is still there`
  }
}

/** Of a DAEMON one for each instance that takes tasks. */
function desiredOf({ spec, metadata }: Service, model: Model): number {
  if (spec.schedulingStrategy !== 'DAEMON') return spec.desiredCount ?? 0
  return [...model.all<ContainerInstance>('ContainerInstance')].filter(
    (instance) =>
      instance.metadata.namespace === metadata.namespace &&
      instance.spec.status === 'ACTIVE' &&
      instance.status?.agentConnected === true,
  ).length
}

function* missingOf(service: Service, model: Model, all: boolean, now: Instant): Iterable<string> {
  const key = keyIn(service)
  if (service.metadata.deletionTimestamp !== undefined) yield `service ${key} is still being deleted`
  const desired = desiredOf(service, model)
  const tasks = tasksOf(model, key).filter((task) => !isStoppedTask(task))
  yield* endless(service, model)
  if (!all && endedBadly(service, model)) {
    yield* missingAfterFailure(service, model)
    if (!rests(service, model)) yield `service ${key}: its deployment failed, and what is left does not work`
    for (const task of tasks) if (stageName(task) !== 'RUNNING') yield `task ${keyIn(task)} is ${stageName(task)}`
    // what its protection keeps may be too much
    for (const task of tasks) if (protectedUntil(task, now) !== undefined) yield `task ${keyIn(task)} is protected`
    const back = newestDeployment(service, model)?.status?.rollback?.serviceRevision
    if (back !== undefined) yield* missingTasks(service, tasks, definitionOf(model, key, back), model)
    return
  }
  const newest = model.get<TaskDefinition>('TaskDefinition', service.spec.taskDefinition)?.status?.revisionName
  yield* missingTasks(service, tasks, newest, model)
  const { status } = service
  if (status?.runningCount !== desired) yield `service ${key}: status says ${status?.runningCount} run, not ${desired}`
  if (status?.rolloutState !== 'COMPLETED') yield `service ${key}: rollout is ${status?.rolloutState}`
  if (status?.conditions?.find(({ type }) => type === 'Ready')?.status !== 'True') yield `service ${key} is not Ready`
  for (const revision of model.all<ServiceRevision>('ServiceRevision')) {
    const { desiredCount, taskDefinition } = revision.spec
    if (`${revision.metadata.namespace}/${revision.spec.service}` !== key) continue
    if (desiredCount > 0 && taskDefinition !== newest)
      yield `${keyIn(revision)} still wants ${desiredCount} of ${taskDefinition}`
  }
}

const definitionOf = (model: Model, service: string, revision: string): string | undefined =>
  model.get<ServiceRevision>('ServiceRevision', `${service.split('/')[0]}/${revision}`)?.spec.taskDefinition

function* missingTasks(
  service: Service,
  tasks: readonly Task[],
  definition: string | undefined,
  model: Model,
): Iterable<string> {
  const desired = desiredOf(service, model)
  const good = tasks.filter((task) => isHealthyTask(task, model) && task.spec.taskDefinition === definition)
  if (good.length !== desired || tasks.length !== desired)
    yield `service ${keyIn(service)}: ${good.length} of ${desired} run ${definition}; all: ${tasks
      .map((task) => `${task.metadata.name} ${stageName(task)}${isLiveTask(task) ? '' : ' stopping'}`)
      .join(', ')}`
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
