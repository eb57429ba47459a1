/** Gantry itself, in a shape that it runs in, driven through its API as any client would. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ResourceClient } from '../../api/client/client.ts'
import { kubernetesClient } from '../../api/client/kubernetes.ts'
import { Service } from '../../api/v1/service.ts'
import { isStopped, lastStatusOf, Task } from '../../api/v1/task.ts'
import { TaskDefinition } from '../../api/v1/task-definition.ts'
import { labelFilter } from '../../controllers/agent/engine/docker-events.ts'
import { containersOf } from '../../controllers/agent/labels.ts'
import { systemClock } from '../../lib/clock.ts'
import { silentLogger } from '../../lib/log.ts'
import { systemRandom } from '../../lib/random.ts'
import { docker } from '../local-image.ts'
import { lineOf } from './container-line.ts'
import type { Contender } from './contender.ts'
import { type FollowedTasks, followTasks } from './followed-tasks.ts'
import { benchCommand, benchImage } from './image.ts'
import { until } from './patience.ts'
import { type RunningContainers, runningContainers } from './running-containers.ts'
import { type Shape, upShape } from './shapes.ts'

const name = 'bench'
const namespace = 'default'
const never = new AbortController().signal
const key = { namespace, name }

/** All at once, the new tasks first or the old. */
const percents = {
  'start-first': { minimumHealthyPercent: 100, maximumPercent: 200 },
  'stop-first': { minimumHealthyPercent: 0, maximumPercent: 100 },
}

/** By default `gantry up`. */
export function gantry(shape: Shape = upShape()): Contender {
  let directory: string
  let client: ResourceClient
  let tasks: FollowedTasks
  let containersUp: RunningContainers
  let version = 1
  let desired = 0

  const definition = () => ({
    family: name,
    containerDefinitions: [
      {
        name: 'main',
        image: benchImage,
        cpu: 0,
        memory: 16,
        essential: true,
        command: benchCommand,
        environment: [{ name: 'VERSION', value: String(version) }],
        stopTimeout: 10,
      },
    ],
  })
  const live = (): readonly Task[] => tasks.list().filter((t) => !isStopped(t))
  const running = (): readonly Task[] =>
    live().filter((t) => lastStatusOf(t) === 'RUNNING' && t.spec.desiredStatus === 'RUNNING')
  const labels = containersOf(namespace, shape.instance)
  const containers = () => docker.listContainers({ all: true, filters: { label: labelFilter(labels) } })

  return {
    name: shape.name,
    async open() {
      directory = await mkdtemp(join(tmpdir(), 'gantry-bench-'))
      const kubeconfig = await shape.open(directory)
      client = kubernetesClient(kubeconfig, { clock: systemClock, random: systemRandom, log: silentLogger })
      await until(
        'its API',
        () =>
          client.list(Service, { namespace }, never).then(
            () => true,
            () => false,
          ),
        30,
      )
      tasks = await followTasks(client, namespace)
      containersUp = await runningContainers(labels)
    },
    async start(count) {
      version = 1
      desired = count
      await client.create(TaskDefinition, { metadata: { name }, spec: definition() }, never)
      await client.create(
        Service,
        {
          metadata: { name, namespace },
          spec: { taskDefinition: name, desiredCount: desired, schedulingStrategy: 'REPLICA' },
        },
        never,
      )
      await until('all run', async () => running().length === desired)
    },
    async scale(count) {
      desired = count
      await client.patch(Service, key, { type: 'merge', body: { spec: { desiredCount: desired } } }, never)
      await until('so many run', async () => running().length === desired)
      await until('no container of more is left', async () => containersUp.ids().length === desired)
    },
    async replaceKilled() {
      const victim = running()[0]
      const container = victim?.status?.containers?.[0]?.runtimeId
      if (victim === undefined || container === undefined) throw new Error('no task to kill')
      await docker.getContainer(container).kill()
      await until('all run again', async () => {
        const now = running()
        return now.length === desired && now.every((t) => t.metadata.uid !== victim.metadata.uid)
      })
    },
    async roll(order) {
      version += 1
      const deploymentConfiguration = percents[order]
      await client.patch(Service, key, { type: 'merge', body: { spec: { deploymentConfiguration } } }, never)
      const old = new Set(live().map((t) => t.metadata.uid))
      await client.patch(
        TaskDefinition,
        { namespace: '', name },
        { type: 'merge', body: { spec: definition() } },
        never,
      )
      await until('only new ones run', async () => {
        const now = live()
        return now.length === desired && now.every((t) => !old.has(t.metadata.uid) && lastStatusOf(t) === 'RUNNING')
      })
    },
    async remove() {
      await client.delete(Service, key, { propagationPolicy: 'Background' }, never)
      await until('no container is left', async () => (await containers()).length === 0)
      await client.delete(TaskDefinition, { namespace: '', name }, {}, never)
      await until('the definition is gone', () =>
        client.get(TaskDefinition, { namespace: '', name }, never).then(
          () => false,
          () => true,
        ),
      )
    },
    async left() {
      const { items } = await client.list(Task, { namespace }, never)
      return [
        ...(await containers()).map(lineOf),
        ...items.map(({ metadata, spec, status }) => JSON.stringify({ metadata, spec, status })),
      ]
    },
    async close() {
      await tasks.close()
      await containersUp.close()
      await shape.close()
      for (const c of await containers()) await docker.getContainer(c.Id).remove({ force: true })
      await rm(directory, { recursive: true, force: true })
    },
  }
}
