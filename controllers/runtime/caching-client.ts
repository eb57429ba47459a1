/** Write-through: what this process writes is in its cache before the call returns, so that no pass sees older. */
import type { ResourceClient } from '../../api/client/client.ts'
import type { Kind } from '../../api/meta/kind.ts'
import { hasFinalizers, keyOf, keyText, type ObjectKey, type Resource } from '../../api/meta/object.ts'
import { Fault, type FaultCode, isFault } from '../../lib/errors.ts'
import type { ObjectCache } from './cache.ts'

const provesOld: readonly FaultCode[] = ['Conflict', 'AlreadyExists', 'NotFound']
/** It may have happened. */
const unanswered: readonly FaultCode[] = ['Timeout', 'Unavailable']

/**
 * `client`, with results of writes and reads put into `cache` when newer. A write refused by Conflict, AlreadyExists or
 * NotFound proves the cache old: that one object is read again before the fault goes on, so that a retry at once makes sense.
 *
 * A write without an answer may have been applied. Before the next write its object is read again, and when that shows something
 * new, the write is refused by Conflict: it was decided without knowing. (To stop one task, hear nothing, and stop another one
 * would take a service below its minimum.)
 */
export function cachingClient(client: ResourceClient, cache: ObjectCache): ResourceClient {
  const learned = <T extends Resource>(kind: Kind<T>, object: T): T => {
    cache.learn(kind, object)
    return object
  }
  const refresh = async (kind: Kind, key: ObjectKey, signal: AbortSignal): Promise<void> => {
    if (!cache.has(kind)) return
    const before = cache.get(kind, key)
    try {
      cache.learn(kind, await client.get(kind, key, signal))
    } catch (error) {
      if (isFault(error, 'NotFound')) {
        if (before !== undefined) cache.forget(kind, before)
      } else if (isFault(error, ...unanswered)) throw error
    }
  }
  const inDoubt = new Map<string, { readonly kind: Kind; readonly key: ObjectKey }>()
  const versionOf = (kind: Kind, key: ObjectKey): string | undefined => cache.get(kind, key)?.metadata.resourceVersion
  const settle = async (signal: AbortSignal): Promise<void> => {
    for (const [id, { kind, key }] of inDoubt) {
      const before = versionOf(kind, key)
      await refresh(kind, key, signal)
      inDoubt.delete(id)
      if (versionOf(kind, key) !== before)
        throw new Fault('Conflict', `a write to ${kind.kind} ${keyText(key)} that got no answer was applied`)
    }
  }
  /** Notes what a failure says about the cache. */
  const write = async <T>(kind: Kind, key: ObjectKey, signal: AbortSignal, request: () => Promise<T>): Promise<T> => {
    await settle(signal)
    try {
      return await request()
    } catch (error) {
      if (key.name === '') throw error
      if (isFault(error, ...provesOld)) await refresh(kind, key, signal).catch(() => undefined)
      if (isFault(error, ...unanswered) && cache.has(kind)) inDoubt.set(`${kind.kind} ${keyText(key)}`, { kind, key })
      throw error
    }
  }
  const change = async <T extends Resource>(
    kind: Kind<T>,
    key: ObjectKey,
    signal: AbortSignal,
    request: () => Promise<T>,
  ): Promise<T> => learned(kind, await write(kind as unknown as Kind, key, signal, request))
  return {
    get: async (kind, key, signal) => learned(kind, await client.get(kind, key, signal)),
    list: (kind, options, signal) => client.list(kind, options, signal),
    watch: (kind, options, signal) => client.watch(kind, options, signal),
    create: (kind, object, signal) => {
      const { namespace, name } = object.metadata
      return change(kind, { namespace: namespace ?? '', name: name ?? '' }, signal, () =>
        client.create(kind, object, signal),
      )
    },
    update: (kind, object, signal) => change(kind, keyOf(object), signal, () => client.update(kind, object, signal)),
    updateStatus: (kind, object, signal) =>
      change(kind, keyOf(object), signal, () => client.updateStatus(kind, object, signal)),
    finalize: (kind, object, signal) =>
      change(kind, keyOf(object), signal, () => client.finalize(kind, object, signal)),
    patch: (kind, key, patch, signal) => change(kind, key, signal, () => client.patch(kind, key, patch, signal)),
    apply: (kind, wanted, options, signal) => {
      const { name, namespace = '' } = wanted.metadata
      return change(kind, { namespace, name }, signal, () => client.apply(kind, wanted, options, signal))
    },
    async delete(kind, key, options, signal) {
      const before = cache.has(kind) ? cache.get(kind, key) : undefined
      await write(kind as unknown as Kind, key, signal, () => client.delete(kind, key, options, signal))
      // Without finalizers it is gone; with some it was only marked, which the watch will tell.
      if (before !== undefined && !hasFinalizers(before)) cache.forget(kind, before)
    },
  }
}
