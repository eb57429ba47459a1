/** The limit: the Docker engine alone, driven as fast as it goes. */

import { docker } from '../local-image.ts'
import type { Contender } from './contender.ts'
import { benchCommand, benchImage } from './image.ts'
import { until } from './patience.ts'

/** Best of 1, 2, 4, 8 and 16 at once on a 2-core machine; `npm run bench -- converge --engine-concurrency N` tries others. */
export const defaultConcurrency = 4
const label = 'dev.gantry.bench.engine'

async function inParallel(concurrency: number, work: readonly (() => Promise<void>)[]): Promise<void> {
  const queue = [...work]
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await next()
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
}

const ours = () => docker.listContainers({ all: true, filters: { label: [label] } })

export function engineAlone(concurrency: number): Contender {
  const startOne = async (): Promise<void> => {
    const container = await docker.createContainer({
      Image: benchImage,
      Cmd: benchCommand,
      Labels: { [label]: '1' },
      HostConfig: { NetworkMode: 'bridge' },
    })
    await container.start()
  }
  return {
    name: `engine alone (${concurrency} at once)`,
    open: async () => undefined,
    async start(count) {
      await inParallel(
        concurrency,
        Array.from({ length: count }, () => startOne),
      )
      await until('all run', async () => (await ours()).filter((c) => c.State === 'running').length === count)
    },
    async remove() {
      const containers = await ours()
      await inParallel(
        concurrency,
        containers.map((c) => async () => {
          await docker.getContainer(c.Id).stop({ t: 10 })
          await docker.getContainer(c.Id).remove()
        }),
      )
    },
    async close() {
      for (const c of await ours()) await docker.getContainer(c.Id).remove({ force: true })
    },
  }
}
