/** Performs the steps of a scenario as a user would: through the API, by name. */
import { runTask } from '../../api/client/run-task.ts'
import type { Draft } from '../../api/meta/object.ts'
import { ContainerInstance } from '../../api/v1/container-instance.ts'
import { Service } from '../../api/v1/service.ts'
import { ServiceDeployment } from '../../api/v1/service-deployment.ts'
import { Task } from '../../api/v1/task.ts'
import { TaskDefinition, type TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import { protectionFor } from '../../api/v1/task-protection.ts'
import { Fault, isFault, unreachable } from '../../lib/errors.ts'
import { minutes } from '../../lib/time.ts'
import { isLiveTask, tasksOf } from './checkers/service-bounds.ts'
import { isBad } from './definition-step.ts'
import { endedBadly, newestDeployment, rests } from './failed-deployments.ts'
import { leftBehind, performRevision } from './revisions.ts'
import { performSchedule } from './schedules.ts'
import { type Breaker, type HookShape, retentionOf, type ServiceShape, type Steps } from './service-shape.ts'
import type { Step } from './step.ts'
import { cluster, type World } from './world.ts'

const signal = new AbortController().signal
const at = (name: string) => ({ namespace: cluster, name })

export const perform = (world: World, step: Step): Promise<void> => world.asUser(() => act(world, step))

async function act(world: World, step: Step): Promise<void> {
  const { user } = world
  switch (step.step) {
    case 'taskDefinition':
      return applyDefinition(world, step)
    case 'service':
      return applyService(world, step.shape)
    case 'scale': {
      const body = { spec: { desiredCount: step.desired } }
      await user.patch(Service, at(step.service), { type: 'merge', body }, signal)
      return
    }
    case 'deleteService':
      return user.delete(Service, at(step.service), {}, signal)
    case 'drain':
    case 'activate': {
      const body = { spec: { status: step.step === 'drain' ? 'DRAINING' : 'ACTIVE' } }
      await user.patch(ContainerInstance, at(step.instance), { type: 'merge', body }, signal)
      return
    }
    case 'deregister': {
      const lives = world
        .engine(step.instance)
        .containers()
        .some(({ status }) => status === 'running')
      if (!lives) await user.delete(ContainerInstance, at(step.instance), {}, signal)
      return
    }
    case 'stopTask': {
      const task = liveTask(world, step)
      if (task !== undefined) await user.delete(Task, at(task.metadata.name), {}, signal)
      return
    }
    case 'protect': {
      const task = liveTask(world, step)
      const protection = step.minutes === 0 ? null : protectionFor(world.clock.now(), minutes(step.minutes))
      const body = { spec: { protection } }
      if (task !== undefined) await user.patch(Task, at(task.metadata.name), { type: 'merge', body }, signal)
      return
    }
    case 'revert':
      return revert(world, step.service, step.back)
    case 'restart': {
      const annotations = { 'gantry.dev/force-new-deployment': String(world.clock.now()) }
      await user.patch(Service, at(step.service), { type: 'merge', body: { metadata: { annotations } } }, signal)
      return
    }
    case 'abort':
    case 'rollback':
      return stop(world, step)
    case 'promote':
      return promote(world, step.service)
    case 'answer':
      return answer(world, step)
    case 'pause':
    case 'unpause': {
      const body = { spec: { paused: step.step === 'pause' ? true : null } }
      await user.patch(Service, at(step.service), { type: 'merge', body }, signal)
      return
    }
    case 'push':
      world.registry.push(step.image)
      return
    case 'run':
      return run(world, step)
    case 'schedule':
    case 'runNow':
    case 'suspend':
    case 'resume':
    case 'deleteSchedule':
    case 'suspendAll':
      return performSchedule(world, step)
    case 'deregisterRevision':
    case 'deleteRevision':
      return performRevision(world, step)
    case 'unblock':
      return unblock(world)
    case 'repair':
      return repair(world, step.all)
    case 'retry':
      return retry(world, step.all)
    default:
      unreachable(step)
  }
}

function liveTask({ model }: World, { service, nth }: { service: string; nth: number }): Task | undefined {
  const tasks = tasksOf(model, `${cluster}/${service}`).filter(isLiveTask)
  return tasks[nth % Math.max(1, tasks.length)]
}

async function applyDefinition({ user }: World, step: Extract<Step, { step: 'taskDefinition' }>): Promise<void> {
  const app = {
    name: 'app',
    image: step.image,
    cpu: step.cpu,
    memory: step.memory,
    essential: true,
    stopTimeout: 10,
    portMappings: [{ containerPort: 80, hostPort: step.hostPort, protocol: 'tcp' as const }],
    environment: [{ name: 'GANTRY_FAKE', value: step.script }],
    // An update without a check removes the one before.
    healthCheck: step.checked ? { command: ['CMD', 'true'], interval: 5, timeout: 2, retries: 2 } : undefined,
  }
  const sidecar = { name: 'metrics', image: 'metrics:1', cpu: 0, memory: 16, essential: false }
  const spec = { containerDefinitions: step.sidecar ? [app, sidecar] : [app] }
  try {
    await user.create(TaskDefinition, { metadata: { name: step.family }, spec } as Draft<TaskDefinition>, signal)
  } catch (error) {
    if (!isFault(error, 'AlreadyExists')) throw error
    await user.patch(TaskDefinition, { namespace: '', name: step.family }, { type: 'merge', body: { spec } }, signal)
  }
}

const breakerOf = ({ rollback, cumulative, count }: Breaker) => ({
  enable: true,
  rollback,
  resetOnHealthyTask: !cumulative,
  ...(count === undefined ? {} : { thresholdConfiguration: { type: 'COUNT' as const, value: count } }),
})

async function run({ user }: World, step: Extract<Step, { step: 'run' }>): Promise<void> {
  const environment = [{ name: 'GANTRY_FAKE', value: step.script }]
  const app = { name: 'app', image: step.image, memory: step.memory, environment }
  const request = { taskDefinition: step.family, count: step.count, spec: { overrides: { containerOverrides: [app] } } }
  await runTask(user, { request, namespace: cluster, unique: step.unique }, signal)
}

const withoutSteps = {
  strategy: null,
  canaryConfiguration: null,
  linearConfiguration: null,
  bakeTimeInMinutes: null,
  lifecycleHooks: null,
}

function hookOf({ type, stage, goesOn, retries, script }: HookShape) {
  const timeoutConfiguration = { timeoutInMinutes: 1, action: goesOn ? 'CONTINUE' : 'ROLLBACK' }
  if (type === 'PAUSE') return { targetType: type, lifecycleStages: [stage], timeoutConfiguration }
  const app = { name: 'app', environment: [{ name: 'GANTRY_FAKE', value: script }] }
  const hookDetails = { taskDefinition: 'migrate', overrides: { containerOverrides: [app] }, retries }
  return { targetType: type, lifecycleStages: [stage], hookDetails }
}

const stepsOf = ({ strategy, percent, stepBake, bake }: Steps) => ({
  strategy,
  bakeTimeInMinutes: bake,
  ...(strategy === 'CANARY'
    ? { canaryConfiguration: { canaryPercent: percent, canaryBakeTimeInMinutes: stepBake } }
    : {}),
  ...(strategy === 'LINEAR' ? { linearConfiguration: { stepPercent: percent, stepBakeTimeInMinutes: stepBake } } : {}),
})

async function applyService({ user }: World, shape: ServiceShape): Promise<void> {
  const { name, desired, min, max, spread, breaker, ready, steps, hook } = shape
  const spec = {
    taskDefinition: name,
    desiredCount: desired,
    deploymentConfiguration: {
      minimumHealthyPercent: min,
      maximumPercent: max,
      ...(breaker === undefined ? {} : { deploymentCircuitBreaker: breakerOf(breaker) }),
      ...(ready === undefined ? {} : { minReadySeconds: ready }),
      ...(steps === undefined ? {} : stepsOf(steps)),
      ...(hook === undefined ? {} : { lifecycleHooks: [hookOf(hook)] }),
    },
    retention: retentionOf(shape),
    placementStrategy: spread ? [{ type: 'spread' as const, field: 'instanceId' }] : [],
  }
  try {
    await user.create(Service, { metadata: at(name), spec } as Draft<Service>, signal)
  } catch (error) {
    if (!isFault(error, 'AlreadyExists')) throw error
    const old = await user.get(Service, at(name), signal)
    if (old.metadata.deletionTimestamp !== undefined) throw new Fault('Conflict', `${name} is being deleted`)
    const { deploymentConfiguration } = spec
    const body = { spec: { ...spec, deploymentConfiguration: { ...withoutSteps, ...deploymentConfiguration } } }
    await user.patch(Service, at(name), { type: 'merge', body }, signal)
  }
}

/** Pins the service to an earlier revision of its family, or lets it follow the newest again. */
async function revert({ user, model }: World, service: string, back: number): Promise<void> {
  const revisions = [...model.all<TaskDefinitionRevision>('TaskDefinitionRevision')]
    .filter(({ metadata }) => metadata.name.startsWith(`${service}.`))
    .map(({ spec }) => spec.revision)
    .sort((a, b) => b - a)
  const revision = back === 0 ? undefined : revisions[back]
  const taskDefinition = revision === undefined ? service : `${service}:${revision}`
  await user.patch(Service, at(service), { type: 'merge', body: { spec: { taskDefinition } } }, signal)
}

async function stop({ user, model }: World, step: Extract<Step, { step: 'abort' | 'rollback' }>): Promise<void> {
  const service = model.get<Service>('Service', `${cluster}/${step.service}`)
  const newest = service === undefined ? undefined : newestDeployment(service, model)
  if (newest === undefined || newest.status?.finishedAt !== undefined) return
  const body = { spec: { stop: { type: step.step === 'abort' ? 'ABORT' : 'ROLLBACK' } } }
  await user.patch(ServiceDeployment, at(newest.metadata.name), { type: 'merge', body }, signal)
}

async function promote({ user, model }: World, name: string): Promise<void> {
  const service = model.get<Service>('Service', `${cluster}/${name}`)
  const newest = service === undefined ? undefined : newestDeployment(service, model)
  const { shift, waitsUntil } = newest?.status ?? {}
  if (newest === undefined || waitsUntil === undefined) return
  const body = { spec: { promotedThrough: shift?.step ?? 1 } }
  await user.patch(ServiceDeployment, at(newest.metadata.name), { type: 'merge', body }, signal)
}

async function answer({ user, model }: World, step: Extract<Step, { step: 'answer' }>): Promise<void> {
  const service = model.get<Service>('Service', `${cluster}/${step.service}`)
  const newest = service === undefined ? undefined : newestDeployment(service, model)
  const waiting = (newest?.status?.lifecycleHookDetails ?? []).filter(({ status }) => status === 'AWAITING_ACTION')
  if (newest === undefined || waiting.length === 0 || newest.spec.hookAnswers !== undefined) return
  const hookAnswers = waiting.map(({ hookId }) => ({ hookId, action: step.action }))
  const body = { spec: { hookAnswers } }
  await user.patch(ServiceDeployment, at(newest.metadata.name), { type: 'merge', body }, signal)
}

async function unblock({ user, model }: World): Promise<void> {
  for (const { metadata, spec } of model.all<Service>('Service')) {
    const body = { spec: { deploymentConfiguration: { lifecycleHooks: null } } }
    if (spec.deploymentConfiguration?.lifecycleHooks !== undefined)
      await user.patch(Service, at(metadata.name), { type: 'merge', body }, signal)
    if (spec.paused === true)
      await user.patch(Service, at(metadata.name), { type: 'merge', body: { spec: { paused: null } } }, signal)
    const desired = spec.desiredCount ?? 0
    const { minimumHealthyPercent: min = 100, maximumPercent: max = 200 } = spec.deploymentConfiguration ?? {}
    const stuck = Math.ceil((desired * min) / 100) === desired && Math.floor((desired * max) / 100) === desired
    if (!stuck || metadata.deletionTimestamp !== undefined) continue
    const raised = { spec: { deploymentConfiguration: { maximumPercent: 200 } } }
    await user.patch(Service, at(metadata.name), { type: 'merge', body: raised }, signal)
  }
}

async function repair(world: World, all: boolean): Promise<void> {
  const resting = new Set<string>()
  for (const service of world.model.all<Service>('Service')) {
    const { name } = service.metadata
    if (!all && rests(service, world.model)) resting.add(name)
    else if (service.spec.taskDefinition !== name && service.metadata.deletionTimestamp === undefined)
      await world.user.patch(Service, at(name), { type: 'merge', body: { spec: { taskDefinition: name } } }, signal)
  }
  for (const { metadata, spec } of world.model.all<TaskDefinition>('TaskDefinition')) {
    const [app, ...others] = spec.containerDefinitions
    const script = app?.environment?.find(({ name }) => name === 'GANTRY_FAKE')?.value ?? ''
    const left = leftBehind(world.model, metadata.name)
    if (app === undefined || !(isBad(script) || left !== undefined) || resting.has(metadata.name)) continue
    const environment = [
      { name: 'GANTRY_FAKE', value: isBad(script) ? '' : script },
      ...(left === undefined ? [] : [{ name: 'AFTER', value: left.metadata.name }]),
    ]
    const body = { spec: { containerDefinitions: [{ ...app, environment }, ...others] } }
    await world.user.patch(TaskDefinition, { namespace: '', name: metadata.name }, { type: 'merge', body }, signal)
  }
}

async function retry(world: World, all: boolean): Promise<void> {
  for (const service of world.model.all<Service>('Service')) {
    if (!endedBadly(service, world.model) || (!all && rests(service, world.model))) continue
    if (service.metadata.deletionTimestamp !== undefined) continue
    await repair(world, true)
    await act(world, { step: 'restart', service: service.metadata.name })
  }
}
