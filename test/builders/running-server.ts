/** An API server on a port of its own, over a store in memory, for tests that speak to it as strangers would. */
import { onTestFinished } from 'vitest'
import { directClient } from '../../api/client/direct.ts'
import type { Kind } from '../../api/meta/kind.ts'
import { openRegistry, type Registry } from '../../api/registry/registry.ts'
import { type Credentials, loadCredentials } from '../../api/server/access/credentials.ts'
import { type ServerParts, startServer } from '../../api/server/server.ts'
import { allKinds } from '../../api/v1/kinds.ts'
import { systemClock } from '../../lib/clock.ts'
import { silentLogger } from '../../lib/log.ts'
import { systemRandom } from '../../lib/random.ts'
import { openMemoryStore } from '../../store/memory/memory-store.ts'
import type { Store } from '../../store/store.ts'
import { Gadget, Widget } from './widget.ts'

export interface RunningServer {
  readonly url: string
  readonly credentials: Credentials
  readonly registry: Registry
  /** Aborting it stops the server; `close` does, and waits for the end. */
  readonly stop: AbortController
  close(): Promise<void>
}

interface Given extends Partial<Pick<ServerParts, 'audit' | 'clock' | 'metrics' | 'timeouts'>> {
  /** Default: all, Widget and Gadget. */
  readonly kinds?: readonly unknown[]
  /** Default: an empty one. It is closed with the server. */
  readonly store?: Store
}

/** Serves until it is closed. */
export async function openServer(given: Given = {}): Promise<RunningServer> {
  const { kinds = [...allKinds, Widget, Gadget], store: kept, clock = systemClock, ...rest } = given
  const parts = { clock, random: systemRandom, log: silentLogger }
  const stop = new AbortController()
  const store = kept ?? (await openMemoryStore(parts))
  const registry = await openRegistry({ ...parts, store, kinds: kinds as readonly Kind[] }, stop.signal)
  const credentials = await loadCredentials({ client: directClient(registry), clock, hosts: [] }, stop.signal)
  const listen = { host: '127.0.0.1', port: 0 }
  const server = await startServer({ ...parts, ...rest, registry, credentials, listen }, stop.signal)
  return {
    url: server.url,
    credentials,
    registry,
    stop,
    async close() {
      stop.abort(new Error('the test is over'))
      await server.closed
      await registry.close()
      await store.close()
    },
  }
}

/** Serves until the test ends. */
export async function aRunningServer(given: Given = {}): Promise<RunningServer> {
  const server = await openServer(given)
  onTestFinished(() => server.close())
  return server
}
