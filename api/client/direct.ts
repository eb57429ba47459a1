/** The ResourceClient in process: on the registry, without a wire. */
import { apiVersionOf, type Kind } from '../meta/kind.ts'
import { keyOf, type Resource } from '../meta/object.ts'
import { ownManager } from '../registry/managed-fields/update.ts'
import type { Registry } from '../registry/registry.ts'
import type { ResourceClient, WatchEvent } from './client.ts'

/** A client whose objects are the registry's own: read-only and shared with every other reader. It owns what it writes as `fieldManager`. */
export function directClient(
  registry: Registry,
  { fieldManager = ownManager }: { readonly fieldManager?: string } = {},
): ResourceClient {
  const writing = { fieldManager }
  const raw = (kind: Kind, object: object): object => ({ apiVersion: apiVersionOf(kind), kind: kind.kind, ...object })
  return {
    get: (kind, key, signal) => registry.get(kind, key, signal),
    async list(kind, options, signal) {
      const { resourceVersion, items } = await registry.list(kind, options, signal)
      return { resourceVersion, items }
    },
    watch: <T extends Resource>(kind: Kind<T>, options: Parameters<ResourceClient['watch']>[1], signal: AbortSignal) =>
      registry.watch(kind, options, signal) as AsyncIterable<WatchEvent<T>>,
    create: (kind, object, signal) =>
      registry.create(kind, object.metadata.namespace ?? '', raw(kind as unknown as Kind, object), writing, signal),
    update: (kind, object, signal) => registry.update(kind, keyOf(object), object, writing, signal),
    updateStatus: (kind, object, signal) => registry.updateStatus(kind, keyOf(object), object, writing, signal),
    finalize: (kind, object, signal) => registry.finalize(kind, keyOf(object), object, writing, signal),
    patch: (kind, key, patch, signal) => registry.patch(kind, key, patch, writing, signal),
    apply: (kind, wanted, options, signal) => {
      const { name, namespace = '' } = wanted.metadata
      const config = raw(kind as unknown as Kind, wanted)
      return registry.apply(kind, { namespace, name }, config, { ...writing, ...options }, signal)
    },
    async delete(kind, key, options, signal) {
      await registry.delete(kind, key, options, signal)
    },
  }
}
