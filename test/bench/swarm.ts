/**
 * The peer: Docker Swarm on the same engine; updates all at once, restarts after its default delay unless told otherwise. It can
 * only be asked again and again, which costs it: so it is asked once the engine has what it is to say.
 */

import { docker } from '../local-image.ts'
import { lineOf } from './container-line.ts'
import type { Contender, UpdateOrder } from './contender.ts'
import { benchCommand, benchImage } from './image.ts'
import { until } from './patience.ts'
import { type RunningContainers, runningContainers } from './running-containers.ts'

const service = 'gantry-bench'

interface SwarmTask {
  readonly Status: { readonly State: string; readonly ContainerStatus?: { readonly ContainerID: string } }
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

const running = async (): Promise<readonly SwarmTask[]> => {
  const wanted = await docker.listTasks({ filters: { service: [service], 'desired-state': ['running'] } })
  return (wanted as unknown as readonly SwarmTask[]).filter(({ Status }) => Status.State === 'running')
}
const containers = () =>
  docker.listContainers({ all: true, filters: { label: [`com.docker.swarm.service.name=${service}`] } })

/** Updates all tasks at once, as Gantry does. */
export function swarm(restartDelay: number): Contender {
  let version = 1
  let desired = 0
  let containersUp: RunningContainers
  const update = async (order?: UpdateOrder): Promise<void> => {
    const current = docker.getService(service)
    const { Version } = (await current.inspect()) as { Version: { Index: number } }
    await current.update({ ...spec(version, desired, restartDelay, order), version: Version.Index } as never)
  }
  /** All that are desired run, and none of `old`. */
  const runsWithout = async (what: string, old: readonly string[]): Promise<void> => {
    await until(`${what}, on the engine`, async () => {
      const ids = containersUp.ids()
      return ids.length === desired && !old.some((id) => ids.includes(id))
    })
    await until(what, async () => {
      const now = await running()
      return now.length === desired && !now.some((t) => old.includes(t.Status.ContainerStatus?.ContainerID ?? ''))
    })
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
      containersUp = await runningContainers({ 'com.docker.swarm.service.name': service })
    },
    async start(count) {
      version = 1
      desired = count
      await docker.createService(spec(version, desired, restartDelay) as never)
      await runsWithout('all run', [])
    },
    async scale(count) {
      desired = count
      await update()
      await runsWithout('so many run', [])
    },
    async replaceKilled() {
      const victim = containersUp.ids()[0]
      if (victim === undefined) throw new Error('no task to kill')
      await docker.getContainer(victim).kill()
      await runsWithout('all run again', [victim])
    },
    async roll(order) {
      version += 1
      const old = containersUp.ids()
      await update(order)
      await runsWithout('only new ones run', old)
    },
    remove: removeService,
    left: async () => (await containers()).map(lineOf),
    async close() {
      await removeService()
      await containersUp.close()
      await docker.swarmLeave({ force: true })
    },
  }
}
