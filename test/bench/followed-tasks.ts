/** The tasks of a cluster as a client of the API follows them: one list and a watch, so that looking costs next to nothing. */
import type { ResourceClient } from '../../api/client/client.ts'
import { Task } from '../../api/v1/task.ts'
import { ObjectCache } from '../../controllers/runtime/cache.ts'
import { runInformer } from '../../controllers/runtime/informer.ts'
import { runtimeLimits } from '../../controllers/runtime/limits.ts'
import { noMetrics } from '../../controllers/runtime/metrics.ts'
import { systemClock } from '../../lib/clock.ts'
import { silentLogger } from '../../lib/log.ts'
import { systemRandom } from '../../lib/random.ts'

export interface FollowedTasks {
  list(): readonly Task[]
  close(): Promise<void>
}

/** Resolves once they are listed. */
export async function followTasks(client: ResourceClient, namespace: string): Promise<FollowedTasks> {
  const ending = new AbortController()
  const synced = Promise.withResolvers<void>()
  const cache = new ObjectCache({ onChange: () => undefined })
  const only = { namespace }
  const ended = runInformer(
    {
      client,
      clock: systemClock,
      random: systemRandom,
      log: silentLogger,
      metrics: noMetrics,
      limits: runtimeLimits,
      kind: Task,
      only,
      source: cache.source(Task, only),
      onSynced: synced.resolve,
    },
    ending.signal,
  )
  ended.catch(synced.reject)
  await synced.promise
  return {
    list: () => cache.list(Task),
    async close() {
      ending.abort()
      await ended
    },
  }
}
