/** The direct client, on every store. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { directClient } from '../../api/client/direct.ts'
import type { Kind } from '../../api/meta/kind.ts'
import { openRegistry } from '../../api/registry/registry.ts'
import { Cluster } from '../../api/v1/cluster.ts'
import { systemClock } from '../../lib/clock.ts'
import { silentLogger } from '../../lib/log.ts'
import { systemRandom } from '../../lib/random.ts'
import { openEmbeddedStore } from '../../store/embedded/embedded-store.ts'
import { openEtcdStore } from '../../store/etcd/etcd-store.ts'
import { openMemoryStore } from '../../store/memory/memory-store.ts'
import { revision, type Store } from '../../store/store.ts'
import { type ClientUnderTest, clientConformance, servedKinds } from './client.ts'
import { startEtcd } from './etcd-server.ts'

const parts = { clock: systemClock, random: systemRandom, log: silentLogger }

async function openOn(store: Store, after: () => Promise<void>): Promise<ClientUnderTest> {
  const stop = new AbortController()
  // Something happened before the registry was opened, so that version 1 is history.
  for (const value of [1, 2]) {
    const put = { key: '/before', value: Uint8Array.of(value) }
    await store.transact({ compare: [], puts: [put] }, stop.signal)
  }
  await store.compact(revision(2), stop.signal)
  const registry = await openRegistry(
    { ...parts, store, kinds: [...servedKinds, Cluster as unknown as Kind] },
    stop.signal,
  )
  return {
    client: directClient(registry),
    async close() {
      stop.abort(new Error('the test is over'))
      await registry.close()
      await store.close()
      await after()
    },
  }
}

clientConformance('direct on memory', async () => openOn(await openMemoryStore(parts), async () => undefined))

clientConformance('direct on embedded', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'gantry-client-'))
  return openOn(await openEmbeddedStore({ ...parts, directory }), () => rm(directory, { recursive: true }))
})

clientConformance('direct on etcd', async () => {
  const etcd = await startEtcd()
  const store = await openEtcdStore({ ...parts, endpoints: [etcd.endpoint] })
  return openOn(store, () => etcd[Symbol.asyncDispose]())
})
