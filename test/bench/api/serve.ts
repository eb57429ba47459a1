/** The server's process: a store, the registry and the HTTPS server with nothing else in it, told by its parent what to do. */
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { directClient } from '../../../api/client/direct.ts'
import type { Kind } from '../../../api/meta/kind.ts'
import { openRegistry, type Registry } from '../../../api/registry/registry.ts'
import { loadCredentials } from '../../../api/server/access/credentials.ts'
import { startServer } from '../../../api/server/server.ts'
import { allKinds } from '../../../api/v1/kinds.ts'
import { Task } from '../../../api/v1/task.ts'
import { TaskDefinitionRevision } from '../../../api/v1/task-definition.ts'
import { systemClock } from '../../../lib/clock.ts'
import { silentLogger } from '../../../lib/log.ts'
import { systemRandom } from '../../../lib/random.ts'
import { openEmbeddedStore } from '../../../store/embedded/embedded-store.ts'
import { openEtcdStore } from '../../../store/etcd/etcd-store.ts'
import type { Store } from '../../../store/store.ts'
import { aTaskDefinitionRevision } from '../../builders/kinds.ts'
import { type Told, taskNamed, type Wanted } from './contract.ts'

const parts = { clock: systemClock, random: systemRandom, log: silentLogger }
const { values } = parseArgs({ options: { directory: { type: 'string' }, endpoint: { type: 'string' } } })
const stop = new AbortController()
const { signal } = stop

/** Kept apart from what is seeded through the API. */
const rawPrefix = '/bench/'

const store: Store =
  values.endpoint === undefined
    ? await openEmbeddedStore({ ...parts, directory: values.directory as string })
    : await openEtcdStore({ ...parts, endpoints: [values.endpoint] })
const registry = await openRegistry({ ...parts, store, kinds: allKinds }, signal)
await registry.ready(signal)
const revision = aTaskDefinitionRevision()
await registry.create(
  TaskDefinitionRevision,
  '',
  { ...revision, metadata: { name: revision.metadata.name } },
  {},
  signal,
)
const credentials = await loadCredentials({ client: directClient(registry), clock: systemClock, hosts: [] }, signal)
const server = await startServer({ ...parts, registry, credentials, listen: { host: '127.0.0.1', port: 0 } }, signal)

/** Runs `work` for each number from..to, so many at once. */
async function each(from: number, to: number, atOnce: number, work: (i: number) => Promise<unknown>): Promise<void> {
  let next = from
  const one = async (): Promise<void> => {
    while (next < to) await work(next++)
  }
  await Promise.all(Array.from({ length: atOnce }, one))
}

async function memory(): Promise<number> {
  globalThis.gc?.()
  await new Promise(setImmediate)
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

async function seed(to: number, of: Registry): Promise<void> {
  const have = (await of.list(Task, {}, signal)).items.length
  await each(have, to, 256, (i) => of.create(Task as never as Kind, 'default', taskNamed(i), {}, signal))
}

/** Writes of the same size straight into the store. */
async function rawWrites(count: number): Promise<number> {
  const value = Buffer.from(JSON.stringify((await registry.list(Task, { limit: 1 }, signal)).items[0] ?? {}))
  const began = performance.now()
  await each(0, count, 64, (i) => store.transact({ compare: [], puts: [{ key: `${rawPrefix}${i}`, value }] }, signal))
  return (count / (performance.now() - began)) * 1000
}

async function answer(wanted: Wanted): Promise<Told> {
  switch (wanted.do) {
    case 'seed':
      await seed(wanted.tasks, registry)
      return { memory: await memory() }
    case 'raw':
      return { perSecond: await rawWrites(wanted.writes) }
    case 'usage': {
      const [all, loop] = [process.cpuUsage(), process.threadCpuUsage()]
      return { cpu: (all.user + all.system) / 1000, loop: (loop.user + loop.system) / 1000 }
    }
  }
}

process.on('message', (wanted: Wanted) => void answer(wanted).then((told) => process.send?.(told)))
process.send?.({ url: server.url, authority: credentials.authority, token: credentials.adminToken } satisfies Told)
await once(process, 'disconnect')
stop.abort(new Error('measured'))
await server.closed
await registry.close()
await store.close()
