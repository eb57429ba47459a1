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
import { Gadget, Widget } from './widget.ts'

export interface RunningServer {
  readonly url: string
  readonly credentials: Credentials
  readonly registry: Registry
}

/** Serves all kinds, Widget and Gadget until the test ends. */
export async function aRunningServer(given: Pick<ServerParts, 'audit'> = {}): Promise<RunningServer> {
  const parts = { clock: systemClock, random: systemRandom, log: silentLogger }
  const stop = new AbortController()
  const store = await openMemoryStore(parts)
  const kinds = [...allKinds, Widget, Gadget] as unknown as readonly Kind[]
  const registry = await openRegistry({ ...parts, store, kinds }, stop.signal)
  const credentials = await loadCredentials(
    { client: directClient(registry), clock: systemClock, hosts: [] },
    stop.signal,
  )
  const server = await startServer(
    { ...parts, ...given, registry, credentials, listen: { host: '127.0.0.1', port: 0 } },
    stop.signal,
  )
  onTestFinished(async () => {
    stop.abort(new Error('the test is over'))
    await server.closed
    await registry.close()
    await store.close()
  })
  return { url: server.url, credentials, registry }
}
