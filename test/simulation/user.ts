/** Performs the steps of a scenario as a user would: through the API, by name. */
import { runTask } from '../../api/client/run-task.ts'
import type { Draft } from '../../api/meta/object.ts'
import { ContainerInstance } from '../../api/v1/container-instance.ts'
import { Service } from '../../api/v1/service.ts'
import { Task } from '../../api/v1/task.ts'
import { TaskDefinition, type TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import { protectionFor } from '../../api/v1/task-protection.ts'
import { isFault, unreachable } from '../../lib/errors.ts'
import { minutes } from '../../lib/time.ts'
import { applyService } from './apply-service.ts'
import { isLiveTask, tasksOf } from './checkers/service-bounds.ts'
import { repair, restart, retry, unblock } from './repairs.ts'
import { answer, promote, stop } from './requests.ts'
import { performRevision } from './revisions.ts'
import { performSchedule } from './schedules.ts'
import type { Step } from './step.ts'
import { cluster, type World } from './world.ts'
import { performZone } from './zones.ts'

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
    case 'rebalancing':
      return performZone(world, step)
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
    case 'bounds': {
      const deploymentConfiguration = { minimumHealthyPercent: step.min, maximumPercent: step.max }
      await user.patch(
        Service,
        at(step.service),
        { type: 'merge', body: { spec: { deploymentConfiguration } } },
        signal,
      )
      return
    }
    case 'keep': {
      const body = { spec: { revisionHistoryLimit: step.revisions ?? null } }
      await user.patch(TaskDefinition, { namespace: '', name: step.family }, { type: 'merge', body }, signal)
      return
    }
    case 'revert':
      return revert(world, step.service, step.back)
    case 'restart':
      return restart(world, step.service)
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
    // An update without one of them removes that of before.
    restartPolicy: step.restartPolicy,
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

async function run({ user }: World, step: Extract<Step, { step: 'run' }>): Promise<void> {
  const environment = [{ name: 'GANTRY_FAKE', value: step.script }]
  const app = { name: 'app', image: step.image, memory: step.memory, environment }
  const request = { taskDefinition: step.family, count: step.count, spec: { overrides: { containerOverrides: [app] } } }
  await runTask(user, { request, namespace: cluster, unique: step.unique }, signal)
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
