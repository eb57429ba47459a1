/** The stores that every trace is replayed on, empty. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../lib/clock.ts'
import { silentLogger } from '../../lib/log.ts'
import { systemRandom } from '../../lib/random.ts'
import { openEmbeddedStore } from '../../store/embedded/embedded-store.ts'
import { openEtcdStore } from '../../store/etcd/etcd-store.ts'
import { openMemoryStore } from '../../store/memory/memory-store.ts'
import type { Store } from '../../store/store.ts'
import { startEtcd } from '../conformance/etcd-server.ts'

const parts = { clock: systemClock, random: systemRandom, log: silentLogger }

/** A store, and what to do once it is closed. */
export interface OpenedStore {
  readonly store: Store
  after(): Promise<void> | void
}

export const stores = {
  async memory() {
    return { store: await openMemoryStore(parts), after: () => undefined }
  },
  async embedded() {
    const directory = mkdtempSync(join(tmpdir(), 'gantry-golden-'))
    const store = await openEmbeddedStore({ ...parts, directory })
    return { store, after: () => rmSync(directory, { recursive: true, force: true }) }
  },
  async etcd() {
    const server = await startEtcd()
    const store = await openEtcdStore({ ...parts, endpoints: [server.endpoint] })
    return { store, after: () => server[Symbol.asyncDispose]() }
  },
} as const satisfies Readonly<Record<string, () => Promise<OpenedStore>>>
export type StoreName = keyof typeof stores
