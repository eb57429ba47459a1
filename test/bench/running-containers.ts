/** Which containers run, by the engine's events: the same for every contender, and it costs the engine next to nothing. */
import { dockerEngine } from '../../controllers/agent/engine/docker.ts'
import { labelFilter } from '../../controllers/agent/engine/docker-events.ts'
import type { LabelFilter } from '../../controllers/agent/engine/engine.ts'
import { systemClock } from '../../lib/clock.ts'
import { silentLogger } from '../../lib/log.ts'
import { systemRandom } from '../../lib/random.ts'
import { docker } from '../local-image.ts'

export interface RunningContainers {
  ids(): readonly string[]
  close(): Promise<void>
}

/** Follows those with these labels; resolves once they are listed. */
export async function runningContainers(labels: LabelFilter): Promise<RunningContainers> {
  const ending = new AbortController()
  const listed = Promise.withResolvers<void>()
  const running = new Set<string>()
  const relist = async (): Promise<void> => {
    const found = await docker.listContainers({ filters: { label: labelFilter(labels) } })
    running.clear()
    for (const { Id } of found) running.add(Id)
    listed.resolve()
  }
  const follow = async (): Promise<void> => {
    const engine = dockerEngine({ clock: systemClock, random: systemRandom, log: silentLogger })
    for await (const event of engine.events(labels, ending.signal)) {
      if (event.type === 'resync') await relist()
      else if (event.type === 'started') running.add(event.id)
      else if (event.type === 'died') running.delete(event.id)
    }
  }
  const ended = follow().catch((error: unknown) => {
    listed.reject(error)
    if (!ending.signal.aborted) throw error
  })
  await listed.promise
  return {
    ids: () => [...running],
    async close() {
      ending.abort()
      await ended
    },
  }
}
