/** Write-through: what this process writes is in its cache before the call returns, so that no pass sees older. */
import type { ResourceClient } from '../../api/client/client.ts'
import type { Kind } from '../../api/meta/kind.ts'
import { hasFinalizers, keyOf, type ObjectKey, type Resource } from '../../api/meta/object.ts'
import { isFault } from '../../lib/errors.ts'
import type { ObjectCache } from './cache.ts'

/**
 * `client`, with results of writes and reads put into `cache` when newer. A write refused by Conflict, AlreadyExists or
 * NotFound proves the cache old: that one object is read again before the fault goes on, so that a retry at once makes sense.
 */
export function cachingClient(client: ResourceClient, cache: ObjectCache): ResourceClient {
  const learned = <T extends Resource>(kind: Kind<T>, object: T): T => {
    cache.learn(kind, object)
    return object
  }
  const refresh = async (kind: Kind<never> | Kind, key: ObjectKey, signal: AbortSignal): Promise<void> => {
    if (!cache.has(kind)) return
    try {
      cache.learn(kind, await client.get(kind as Kind, key, signal))
    } catch (error) {
      if (isFault(error, 'NotFound')) cache.forget(kind, key)
    }
  }
  const write = async <T extends Resource>(
    kind: Kind<T>,
    key: ObjectKey,
    signal: AbortSignal,
    request: () => Promise<T>,
  ): Promise<T> => {
    try {
      return learned(kind, await request())
    } catch (error) {
      if (key.name !== '' && isFault(error, 'Conflict', 'AlreadyExists', 'NotFound'))
        await refresh(kind as unknown as Kind, key, signal)
      throw error
    }
  }
  return {
    get: async (kind, key, signal) => learned(kind, await client.get(kind, key, signal)),
    list: (kind, options, signal) => client.list(kind, options, signal),
    watch: (kind, options, signal) => client.watch(kind, options, signal),
    create: (kind, object, signal) => {
      const { namespace, name } = object.metadata
      return write(kind, { namespace: namespace ?? '', name: name ?? '' }, signal, () =>
        client.create(kind, object, signal),
      )
    },
    update: (kind, object, signal) => write(kind, keyOf(object), signal, () => client.update(kind, object, signal)),
    updateStatus: (kind, object, signal) =>
      write(kind, keyOf(object), signal, () => client.updateStatus(kind, object, signal)),
    finalize: (kind, object, signal) => write(kind, keyOf(object), signal, () => client.finalize(kind, object, signal)),
    patch: (kind, key, patch, signal) => write(kind, key, signal, () => client.patch(kind, key, patch, signal)),
    apply: (kind, wanted, options, signal) => {
      const { name, namespace = '' } = wanted.metadata
      return write(kind, { namespace, name }, signal, () => client.apply(kind, wanted, options, signal))
    },
    async delete(kind, key, options, signal) {
      const before = cache.has(kind) ? cache.get(kind, key) : undefined
      try {
        await client.delete(kind, key, options, signal)
        // Without finalizers it is gone; with some it was only marked, which the watch will tell.
        if (before !== undefined && !hasFinalizers(before)) cache.forget(kind, key)
      } catch (error) {
        if (isFault(error, 'Conflict', 'NotFound')) await refresh(kind as unknown as Kind, key, signal)
        throw error
      }
    },
  }
}
