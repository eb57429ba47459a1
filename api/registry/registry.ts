/**
 * The registry: all resources of one store behind one contract, and its opening. Knows kinds only as values; objects that
 * come out are read-only and shared.
 */
import type { Clock } from '../../lib/clock.ts'
import { Fault, isFault } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import type { Random } from '../../lib/random.ts'
import { Scope } from '../../lib/scope.ts'
import type { Store } from '../../store/store.ts'
import { apiVersionOf, groupResource, type Kind } from '../meta/kind.ts'
import type { Draft, ObjectKey, Resource } from '../meta/object.ts'
import { storedKind, viewed } from '../meta/views.ts'
import { standardAdmission, standardObjects } from './admission/standard.ts'
import type { Admission } from './admission.ts'
import { admitter } from './admit.ts'
import { type RegistryApply, registryApply } from './apply.ts'
import { leaseSharer } from './expiry.ts'
import { notFound, tooLarge } from './faults.ts'
import { storeKey } from './keys.ts'
import { KindCache } from './kind-cache.ts'
import { limits } from './limits.ts'
import { listKind, type RegistryList, type RegistryListOptions } from './list.ts'
import { ownManager } from './managed-fields/update.ts'
import type { Keyring } from './sealing/keyring.ts'
import { openSealed } from './sealing/sealed-kinds.ts'
import { feed } from './store-feed.ts'
import { until } from './until.ts'
import { parseVersion } from './version.ts'
import { type RegistryEvent, type WatchOptions, watchKind, watchOne } from './watch.ts'
import type { WriteParts } from './write.ts'
import { type DeleteOptions, type RegistryWrites, registryWrites } from './writes.ts'

/**
 * All resources of one store. Raw input is parsed here; faults are worded as Kubernetes words them. The signal of a call
 * ends the wait for it; a write that was sent may still happen.
 */
export interface Registry extends RegistryWrites, RegistryApply {
  readonly kinds: readonly Kind[]
  /** Faults: NotFound. */
  get<T extends Resource>(kind: Kind<T>, key: ObjectKey, signal: AbortSignal): Promise<T>
  /** As this process last saw it, perhaps a little old; undefined when absent, or not seen yet. */
  cached<T extends Resource>(kind: Kind<T>, key: ObjectKey): T | undefined
  /** From the cache, as of that version or a later one. Faults: NotFound, BadRequest, Timeout (a version from the future). */
  getNotOlderThan<T extends Resource>(
    kind: Kind<T>,
    key: ObjectKey,
    resourceVersion: string,
    signal: AbortSignal,
  ): Promise<T>
  /** Faults: BadRequest (selectors, continue), Expired, Timeout (a version from the future). */
  list<T extends Resource>(kind: Kind<T>, options: RegistryListOptions, signal: AbortSignal): Promise<RegistryList<T>>
  /** Every change after a version, through selectors. Ends by throwing: Expired, or the signal's reason. */
  watch<T extends Resource>(
    kind: Kind<T>,
    options: WatchOptions,
    signal: AbortSignal,
  ): AsyncIterableIterator<RegistryEvent<T>>
  /** The same; each batch has what came since the one before was taken. */
  watchBatches<T extends Resource>(
    kind: Kind<T>,
    options: WatchOptions,
    signal: AbortSignal,
  ): AsyncIterableIterator<readonly RegistryEvent<T>[]>
  /** Deletes all that are selected, one by one; gives them as they were. */
  deleteCollection<T extends Resource>(
    kind: Kind<T>,
    selection: RegistryListOptions,
    options: DeleteOptions,
    signal: AbortSignal,
  ): Promise<RegistryList<T>>
  /** Resolves when every kind can be watched without delay. */
  ready(signal: AbortSignal): Promise<void>
  /** How many stored objects cannot be read, by `plural.group`, where there are any. */
  unreadable(): ReadonlyMap<string, number>
  /** Ends what runs in the background; the store stays open. */
  close(): Promise<void>
}

export interface RegistryParts {
  readonly store: Store
  readonly kinds: readonly Kind[]
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** What secret kinds are encrypted with in the store; absent: not at all, and then none may be encrypted there. */
  readonly keyring?: Keyring
  /** Default: Gantry's own rules. */
  readonly admission?: readonly Admission[]
  /** Objects to create when missing. Default: the `default` cluster and the system namespace. */
  readonly initial?: readonly { readonly kind: Kind; readonly object: Draft<Resource> }[]
}

/** Opens the registry; its background work ends with the signal or `close`. Faults: Unavailable (of the store), BadRequest (a key is missing). */
export async function openRegistry(parts: RegistryParts, signal: AbortSignal): Promise<Registry> {
  const { kinds, clock, random, log } = parts
  const store = await openSealed(parts.store, kinds, parts.keyring, log, signal)
  const caches = new Map(
    kinds
      .filter(({ viewOf }) => viewOf === undefined)
      .map((kind) => [groupResource(kind), new KindCache(kind, { store, clock, log })]),
  )
  const share = leaseSharer(store, clock)
  const writing: WriteParts = {
    store,
    cacheOf,
    leaseFor: async (kind, s) => (kind.timeToLiveSeconds === undefined ? undefined : share(kind.timeToLiveSeconds, s)),
  }

  function cacheOf(kind: Pick<Kind, 'group' | 'plural' | 'viewOf'>): KindCache {
    const cache = caches.get(groupResource(kind.viewOf ?? kind))
    if (cache === undefined) throw new Fault('NotFound', `the server serves no ${groupResource(kind)}`)
    return cache
  }

  async function stored<T extends Resource>(kind: Kind<T>, key: ObjectKey, s: AbortSignal): Promise<T | undefined> {
    const base = storedKind(kind)
    const { kv } = await store.get(storeKey(base, key), s)
    return kv === undefined ? undefined : viewed(kind, cacheOf(base).decoded(base, kv))
  }

  function peek<T extends Resource>(kind: Kind<T>, key: ObjectKey): T | undefined {
    const object = cacheOf(kind).peek(storeKey(storedKind(kind), key))
    return object === undefined ? undefined : viewed(kind, object)
  }

  const admission = admitter({
    rules: parts.admission ?? standardAdmission,
    clock,
    random,
    peek,
    stored,
    serves: (kind) => caches.has(groupResource(kind)),
  })

  const registry: Registry = {
    kinds,
    ...registryWrites({ writing, admission, clock, random }),
    ...registryApply({ writing, admission, clock, random }),

    async get(kind, key, s) {
      const object = await stored(kind, key, s)
      if (object === undefined) throw notFound(kind as unknown as Kind, key.name)
      return object
    },

    cached: peek,

    async getNotOlderThan<T extends Resource>(kind: Kind<T>, key: ObjectKey, resourceVersion: string, s: AbortSignal) {
      const cache = cacheOf(kind)
      const wanted = parseVersion(resourceVersion)
      if (!(await cache.reach(wanted, limits.versionWait, s))) throw tooLarge(wanted, cache.revision)
      const object = peek(kind, key)
      if (object === undefined) throw notFound(kind as unknown as Kind, key.name)
      return object
    },

    async list(kind, options, s) {
      const parts = { store, cache: cacheOf(kind) }
      if (kind.viewOf === undefined) return listKind(parts, kind, options, s)
      const found = await listKind(parts, kind.viewOf, options, s)
      return { ...found, items: found.items.map((object) => viewed(kind, object)) }
    },

    watch: (kind, options, s) => watchOne(registry.watchBatches(kind, options, s)),

    watchBatches(kind, options, s) {
      const parts = { cache: cacheOf(kind), newest: (inner: AbortSignal) => store.currentRevision(inner) }
      return watchKind(parts, kind, options, AbortSignal.any([s, scope.signal]))
    },

    async deleteCollection(kind, selection, options, s) {
      const found = await registry.list(kind, selection, s)
      for (const { metadata } of found.items) {
        try {
          await registry.delete(kind, { namespace: metadata.namespace ?? '', name: metadata.name }, options, s)
        } catch (error) {
          if (!isFault(error, 'NotFound')) throw error
        }
      }
      return found
    },

    async ready(s) {
      await until(Promise.all([...caches.values()].map((cache) => cache.ready)), s)
    },

    unreadable: () =>
      new Map([...caches].flatMap(([name, { unreadable }]) => (unreadable > 0 ? [[name, unreadable] as const] : []))),

    close: () => scope[Symbol.asyncDispose](),
  }

  const scope = new Scope(signal)
  scope.go('caches', (s) => feed([...caches.values()], { store, clock, log }, s))
  try {
    for (const { kind, object } of parts.initial ?? standardObjects) {
      if (caches.has(groupResource(kind))) await ensure(registry, kind, object, signal)
    }
  } catch (error) {
    await registry.close()
    throw error
  }
  return registry
}

async function ensure(registry: Registry, kind: Kind, object: Draft<Resource>, signal: AbortSignal): Promise<void> {
  try {
    const raw = { apiVersion: apiVersionOf(kind), kind: kind.kind, ...object }
    await registry.create(kind, object.metadata.namespace ?? '', raw, { fieldManager: ownManager }, signal)
  } catch (error) {
    if (!isFault(error, 'AlreadyExists')) throw error
  }
}
