/** Cuts off a process that may no longer act: no request of it is sent after that, and those under way are aborted. */
import type { ResourceClient } from '../../api/client/client.ts'
import { Fault } from '../../lib/errors.ts'
import type { Leadership } from './leader.ts'

/** `client` for the time of `leadership`. Writes after it fault with Unavailable. */
export function fencedClient(client: ResourceClient, leadership: Leadership): ResourceClient {
  const both = (signal: AbortSignal): AbortSignal =>
    signal === leadership.signal ? signal : AbortSignal.any([signal, leadership.signal])
  const mayWrite = (): void => {
    if (!leadership.mayWrite()) throw new Fault('Unavailable', 'this process leads no more')
  }
  const write = (signal: AbortSignal): AbortSignal => {
    mayWrite()
    return both(signal)
  }
  // between here and there a request may wait for longer than the lease holds
  const guarded = client.guarded?.(mayWrite) ?? client
  return {
    get: async (kind, key, signal) => await client.get(kind, key, both(signal)),
    list: async (kind, options, signal) => await client.list(kind, options, both(signal)),
    watch: (kind, options, signal) => client.watch(kind, options, both(signal)),
    create: async (kind, object, signal) => await guarded.create(kind, object, write(signal)),
    update: async (kind, object, signal) => await guarded.update(kind, object, write(signal)),
    updateStatus: async (kind, object, signal) => await guarded.updateStatus(kind, object, write(signal)),
    finalize: async (kind, object, signal) => await guarded.finalize(kind, object, write(signal)),
    patch: async (kind, key, patch, signal) => await guarded.patch(kind, key, patch, write(signal)),
    apply: async (kind, wanted, options, signal) => await guarded.apply(kind, wanted, options, write(signal)),
    delete: async (kind, key, options, signal) => await guarded.delete(kind, key, options, write(signal)),
  }
}
