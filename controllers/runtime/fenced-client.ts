/** Cuts off a process that may no longer act: no request of it is sent after that, and those under way are aborted. */
import type { ResourceClient } from '../../api/client/client.ts'
import { Fault } from '../../lib/errors.ts'
import type { Leadership } from './leader.ts'

/** `client` for the time of `leadership`. Writes after it fault with Unavailable. */
export function fencedClient(client: ResourceClient, leadership: Leadership): ResourceClient {
  const both = (signal: AbortSignal): AbortSignal =>
    signal === leadership.signal ? signal : AbortSignal.any([signal, leadership.signal])
  const write = (signal: AbortSignal): AbortSignal => {
    if (!leadership.mayWrite()) throw new Fault('Unavailable', 'this process leads no more')
    return both(signal)
  }
  return {
    get: async (kind, key, signal) => await client.get(kind, key, both(signal)),
    list: async (kind, options, signal) => await client.list(kind, options, both(signal)),
    watch: (kind, options, signal) => client.watch(kind, options, both(signal)),
    create: async (kind, object, signal) => await client.create(kind, object, write(signal)),
    update: async (kind, object, signal) => await client.update(kind, object, write(signal)),
    updateStatus: async (kind, object, signal) => await client.updateStatus(kind, object, write(signal)),
    finalize: async (kind, object, signal) => await client.finalize(kind, object, write(signal)),
    patch: async (kind, key, patch, signal) => await client.patch(kind, key, patch, write(signal)),
    apply: async (kind, wanted, options, signal) => await client.apply(kind, wanted, options, write(signal)),
    delete: async (kind, key, options, signal) => await client.delete(kind, key, options, write(signal)),
  }
}
