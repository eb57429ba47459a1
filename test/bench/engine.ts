/** The limit: the Docker engine alone, driven as fast as it goes. */

import { docker } from '../local-image.ts'
import { lineOf } from './container-line.ts'
import type { Contender } from './contender.ts'
import { benchCommand, benchImage } from './image.ts'
import { until } from './patience.ts'
import { type RunningContainers, runningContainers } from './running-containers.ts'

/** Best of 1, 2, 4, 8 and 16 at once on a 2-core machine; `npm run bench -- converge --engine-concurrency N` tries others. */
export const defaultConcurrency = 4
/** The same, of 2, 4, 8 and 45: stopping is half waiting. */
const stopsAtOnce = 8
const label = 'dev.gantry.bench.engine'

type Step = () => Promise<unknown>

async function inParallel(concurrency: number, work: readonly Step[]): Promise<void> {
  const queue = [...work]
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await next()
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
}

const ours = () => docker.listContainers({ all: true, filters: { label: [label] } })

async function startOne(): Promise<void> {
  const container = await docker.createContainer({
    Image: benchImage,
    Cmd: benchCommand,
    Labels: { [label]: '1' },
    HostConfig: { NetworkMode: 'bridge' },
  })
  await container.start()
}

export function engineAlone(concurrency: number): Contender {
  const start = (count: number): Promise<void> =>
    inParallel(
      concurrency,
      Array.from({ length: count }, () => startOne),
    )
  const stop = (ids: readonly string[]): Promise<void> =>
    inParallel(
      stopsAtOnce,
      ids.map((id) => () => docker.getContainer(id).stop({ t: 10 })),
    )
  let containersUp: RunningContainers
  const runs = (count: number) => until('so many run', async () => containersUp.ids().length === count)
  return {
    name: `engine alone (${concurrency} at once)`,
    async open() {
      containersUp = await runningContainers({ [label]: '1' })
    },
    async start(count) {
      await start(count)
      await runs(count)
    },
    async scale(count) {
      const now = containersUp.ids()
      await (count > now.length ? start(count - now.length) : stop(now.slice(count)))
      await runs(count)
    },
    async roll(order) {
      const old = containersUp.ids()
      const steps = [() => stop(old), () => start(old.length)]
      for (const step of order === 'stop-first' ? steps : steps.toReversed()) await step()
      await runs(old.length)
    },
    async remove() {
      const containers = await ours()
      await inParallel(
        concurrency,
        containers.map((c) => async () => {
          if (c.State === 'running') await docker.getContainer(c.Id).stop({ t: 10 })
          await docker.getContainer(c.Id).remove()
        }),
      )
    },
    left: async () => (await ours()).map(lineOf),
    async close() {
      await containersUp.close()
      for (const c of await ours()) await docker.getContainer(c.Id).remove({ force: true })
    },
  }
}
