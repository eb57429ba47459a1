/** The peer: Docker Swarm on the same engine; updates all at once, restarts after its default delay unless told otherwise. */

import { docker } from '../local-image.ts'
import type { Contender, UpdateOrder } from './contender.ts'
import { benchCommand, benchImage } from './image.ts'
import { until } from './patience.ts'

const service = 'gantry-bench'

interface SwarmTask {
  readonly Spec: { readonly ContainerSpec: { readonly Env?: readonly string[] } }
  readonly Status: { readonly State: string; readonly ContainerStatus?: { readonly ContainerID: string } }
  readonly DesiredState: string
}

/** Swarm waits this long before it replaces a task that died, unless told otherwise. */
export const swarmRestartDelay = 5

const spec = (version: number, replicas: number, restartDelay: number, order: UpdateOrder = 'start-first') => ({
  Name: service,
  TaskTemplate: {
    ContainerSpec: {
      Image: benchImage,
      Command: benchCommand.slice(0, 1),
      Args: benchCommand.slice(1),
      Env: [`VERSION=${version}`],
    },
    RestartPolicy: { Condition: 'any', Delay: restartDelay * 1_000_000_000 },
  },
  Mode: { Replicated: { Replicas: replicas } },
  UpdateConfig: { Parallelism: 0, Order: order, Delay: 0, Monitor: 1_000_000 },
})

const tasks = async (): Promise<readonly SwarmTask[]> =>
  (await docker.listTasks({ filters: { service: [service] } })) as unknown as readonly SwarmTask[]
const runs = (task: SwarmTask): boolean => task.Status.State === 'running' && task.DesiredState === 'running'
const containers = () =>
  docker.listContainers({ all: true, filters: { label: [`com.docker.swarm.service.name=${service}`] } })

const running = () => docker.listContainers({ filters: { label: [`com.docker.swarm.service.name=${service}`] } })

/** Updates all tasks at once, as Gantry does. */
export function swarm(restartDelay: number): Contender {
  let version = 1
  let desired = 0
  const update = async (order?: UpdateOrder): Promise<void> => {
    const current = docker.getService(service)
    const { Version } = (await current.inspect()) as { Version: { Index: number } }
    await current.update({ ...spec(version, desired, restartDelay, order), version: Version.Index } as never)
  }
  const removeService = async (): Promise<void> => {
    await docker
      .getService(service)
      .remove()
      .catch(() => undefined)
    await until('no container is left', async () => (await containers()).length === 0)
  }
  return {
    name: 'Docker Swarm',
    async open() {
      await docker.swarmInit({
        ListenAddr: '127.0.0.1:23770',
        AdvertiseAddr: '127.0.0.1:23770',
        ForceNewCluster: false,
      })
    },
    async start(count) {
      version = 1
      desired = count
      await docker.createService(spec(version, desired, restartDelay) as never)
      await until('all run', async () => (await tasks()).filter(runs).length === desired)
    },
    async scale(count) {
      desired = count
      await update()
      await until('so many run', async () => (await tasks()).filter(runs).length === desired)
      await until('no container of more is left', async () => (await running()).length === desired)
    },
    async replaceKilled() {
      const victim = (await tasks()).find(runs)?.Status.ContainerStatus?.ContainerID
      if (victim === undefined) throw new Error('no task to kill')
      await docker.getContainer(victim).kill()
      await until('all run again', async () => {
        const running = (await tasks()).filter(runs)
        return running.length === desired && running.every((t) => t.Status.ContainerStatus?.ContainerID !== victim)
      })
    },
    async roll(order) {
      version += 1
      await update(order)
      await until('only new ones run', async () => {
        const running = (await tasks()).filter((t) => t.Status.State === 'running')
        return (
          running.length === desired && running.every((t) => t.Spec.ContainerSpec.Env?.includes(`VERSION=${version}`))
        )
      })
    },
    remove: removeService,
    async close() {
      await removeService()
      await docker.swarmLeave({ force: true })
    },
  }
}
