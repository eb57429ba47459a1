/**
 * The one write path: parse, default, admit, validate, then an optimistic transaction on the store. Knows kinds only as
 * values; objects that come out are read-only and shared.
 */
import type { Clock } from '../../lib/clock.ts'
import { Fault, isFault } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import { type Random, randomSuffix, randomUuid } from '../../lib/random.ts'
import { Scope } from '../../lib/scope.ts'
import type { Store } from '../../store/store.ts'
import { apiVersionOf, groupResource, type Kind } from '../meta/kind.ts'
import type { Draft, ObjectKey, Resource } from '../meta/object.ts'
import { invalidObject, parseObject } from '../meta/parse.ts'
import { standardAdmission, standardObjects } from './admission/standard.ts'
import type { Admission } from './admission.ts'
import { admitter } from './admit.ts'
import { checkIdentity, checkNamespace, checkPreconditions, unversioned } from './checks.ts'
import { decideDeletion, isFinished, type Propagation } from './deletion.ts'
import { leaseSharer } from './expiry.ts'
import { alreadyExists, changedMeanwhile, conflict, notFound } from './faults.ts'
import { storeKey } from './keys.ts'
import { KindCache } from './kind-cache.ts'
import { limits } from './limits.ts'
import { listKind, type RegistryList, type RegistryListOptions } from './list.ts'
import { jsonPatch, mergePatch } from './patch.ts'
import { isUnchanged, prepareCreate, prepareStatus, prepareUpdate } from './prepare.ts'
import { until } from './until.ts'
import { type RegistryEvent, type WatchOptions, watchKind } from './watch.ts'
import { type Step, type WriteParts, write } from './write.ts'

export interface WriteOptions {
  /** What to do about unknown members; default `strict`. */
  readonly unknown?: 'strict' | 'warn' | 'ignore'
  /** Do everything but store it. */
  readonly dryRun?: boolean
  /** Hears what was accepted but may surprise, once each. */
  readonly warn?: (text: string) => void
}

export interface DeleteOptions {
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
  readonly propagationPolicy?: Propagation
  readonly dryRun?: boolean
}

export interface RegistryPatch {
  readonly type: 'merge' | 'json'
  readonly body: unknown
  readonly subresource?: 'status'
}

/** What a write of an object to a subresource concerns. */
type Part = 'main' | 'status'

/**
 * All resources of one store. Raw input is parsed here; faults are worded as Kubernetes words them. The signal of a call
 * ends the wait for it; a write that was sent may still happen.
 */
export interface Registry {
  readonly kinds: readonly Kind[]
  /** Faults: NotFound. */
  get<T extends Resource>(kind: Kind<T>, key: ObjectKey, signal: AbortSignal): Promise<T>
  /** Faults: BadRequest (selectors, continue), Expired, Timeout (a version from the future). */
  list<T extends Resource>(kind: Kind<T>, options: RegistryListOptions, signal: AbortSignal): Promise<RegistryList<T>>
  /** Every change after a version, through selectors. Ends by throwing: Expired, or the signal's reason. */
  watch<T extends Resource>(
    kind: Kind<T>,
    options: WatchOptions,
    signal: AbortSignal,
  ): AsyncIterableIterator<RegistryEvent<T>>
  /** Faults: Invalid, AlreadyExists, NotFound (of the namespace), Forbidden. */
  create<T extends Resource>(
    kind: Kind<T>,
    namespace: string,
    raw: unknown,
    options: WriteOptions,
    signal: AbortSignal,
  ): Promise<T>
  /** Replaces all but status. Faults: Invalid, Conflict, NotFound. */
  update<T extends Resource>(
    kind: Kind<T>,
    key: ObjectKey,
    raw: unknown,
    options: WriteOptions,
    signal: AbortSignal,
  ): Promise<T>
  /** Replaces status alone. Faults as update. */
  updateStatus<T extends Resource>(
    kind: Kind<T>,
    key: ObjectKey,
    raw: unknown,
    options: WriteOptions,
    signal: AbortSignal,
  ): Promise<T>
  /** Changes the newest version; the result is written as by update. */
  patch<T extends Resource>(
    kind: Kind<T>,
    key: ObjectKey,
    patch: RegistryPatch,
    options: WriteOptions,
    signal: AbortSignal,
  ): Promise<T>
  /** Marks (removed: false) or removes; gives the last state. Faults: NotFound, Conflict. */
  delete<T extends Resource>(
    kind: Kind<T>,
    key: ObjectKey,
    options: DeleteOptions,
    signal: AbortSignal,
  ): Promise<{ readonly object: T; readonly removed: boolean }>
  /** Deletes all that are selected, one by one; gives them as they were. */
  deleteCollection<T extends Resource>(
    kind: Kind<T>,
    selection: RegistryListOptions,
    options: DeleteOptions,
    signal: AbortSignal,
  ): Promise<RegistryList<T>>
  /** Resolves when every kind can be watched without delay. */
  ready(signal: AbortSignal): Promise<void>
  /** Ends what runs in the background; the store stays open. */
  close(): Promise<void>
}

export interface RegistryParts {
  readonly store: Store
  readonly kinds: readonly Kind[]
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** Default: Gantry's own rules. */
  readonly admission?: readonly Admission[]
  /** Objects to create when missing. Default: the `default` cluster and the system namespace. */
  readonly initial?: readonly { readonly kind: Kind; readonly object: Draft<Resource> }[]
}

/** Opens the registry; its background work ends with the signal or `close`. Faults: Unavailable (of the store). */
export async function openRegistry(parts: RegistryParts, signal: AbortSignal): Promise<Registry> {
  const { store, kinds, clock, random, log } = parts
  const admission = parts.admission ?? standardAdmission
  const caches = new Map(kinds.map((kind) => [groupResource(kind), new KindCache(kind, { store, clock, log })]))
  const share = leaseSharer(store, clock)
  const writing: WriteParts = {
    store,
    cacheOf,
    leaseFor: async (kind, s) => (kind.timeToLiveSeconds === undefined ? undefined : share(kind.timeToLiveSeconds, s)),
  }

  function cacheOf(kind: Pick<Kind, 'group' | 'plural'>): KindCache {
    const cache = caches.get(groupResource(kind))
    if (cache === undefined) throw new Fault('NotFound', `the server serves no ${groupResource(kind)}`)
    return cache
  }

  async function stored<T extends Resource>(kind: Kind<T>, key: ObjectKey, s: AbortSignal): Promise<T | undefined> {
    const { kv } = await store.get(storeKey(kind, key), s)
    return kv === undefined ? undefined : cacheOf(kind).decoded(kind, kv)
  }

  const { admitted, reviewDeletion, marked, isHeld } = admitter({
    rules: admission,
    clock,
    random,
    peek: (kind, key) => cacheOf(kind).peek(storeKey(kind, key)),
    stored,
    serves: (kind) => caches.has(groupResource(kind)),
  })

  /** Runs a write and then tells its warnings, each once. */
  async function telling<R>(options: WriteOptions, run: (warn: (text: string) => void) => Promise<R>): Promise<R> {
    const texts = new Set<string>()
    const result = await run((text) => texts.add(text))
    for (const text of texts) options.warn?.(text)
    return result
  }

  function parse<T extends Resource>(
    kind: Kind<T>,
    raw: unknown,
    options: WriteOptions,
    warn: (text: string) => void,
  ): T {
    const parsed = parseObject(kind, raw, { unknown: options.unknown ?? 'strict' })
    for (const text of parsed.warnings) warn(text)
    return parsed.object
  }

  async function createNamed<T extends Resource>(
    kind: Kind<T>,
    given: T,
    key: ObjectKey,
    options: WriteOptions,
    warn: (text: string) => void,
    s: AbortSignal,
  ): Promise<T> {
    const prepared = prepareCreate(kind, given, { ...key, uid: randomUuid(random), now: clock.now() })
    const { object } = await write(
      writing,
      kind,
      key,
      async (current, fresh, inner): Promise<Step<T>> => {
        if (current !== undefined) throw alreadyExists(kind as unknown as Kind, key.name)
        return { do: 'put', ...(await admitted(kind, prepared, undefined, fresh, warn, inner)) }
      },
      options,
      s,
    )
    return object
  }

  /** The step that stores `next` over `current`, whatever door it came through. */
  async function replacing<T extends Resource>(
    kind: Kind<T>,
    next: T,
    current: T,
    part: Part,
    fresh: boolean,
    warn: (text: string) => void,
    s: AbortSignal,
  ): Promise<Step<T>> {
    const general = kind as unknown as Kind
    const { uid, resourceVersion } = next.metadata
    if (uid !== '' && uid !== current.metadata.uid) {
      throw conflict(
        general,
        next.metadata.name,
        `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid}`,
      )
    }
    if (resourceVersion !== '' && resourceVersion !== current.metadata.resourceVersion) {
      throw changedMeanwhile(general, current.metadata.name)
    }
    if (part === 'status') {
      const object = prepareStatus(next, current)
      if (isUnchanged(object, current)) return { do: 'keep', object: current }
      const problems = kind
        .validate(object, current)
        .filter(({ path }) => path === 'status' || path.startsWith('status.'))
      if (problems.length > 0) throw invalidObject(kind, current.metadata.name, problems)
      return { do: 'put', object }
    }
    const prepared = prepareUpdate(kind, next, current)
    if (isUnchanged(prepared, current)) {
      for (const text of kind.warnings(current)) warn(text)
      return { do: 'keep', object: current }
    }
    const { object, unchanged, creates } = await admitted(kind, prepared, current, fresh, warn, s)
    const settled = prepareUpdate(kind, object, current) // an admission may have changed the spec, or changed it back
    if (isUnchanged(settled, current)) return { do: 'keep', object: current }
    if (isFinished(settled, isHeld(general, settled))) return { do: 'remove', object: settled }
    return { do: 'put', object: settled, unchanged, creates }
  }

  function writeOver<T extends Resource>(
    kind: Kind<T>,
    key: ObjectKey,
    raw: unknown,
    part: Part,
    options: WriteOptions,
    s: AbortSignal,
  ): Promise<T> {
    return telling(options, async (warn) => {
      const next = parse(kind, raw, options, warn)
      checkIdentity(kind as unknown as Kind, key, next)
      if (next.metadata.resourceVersion === '' && kind.group !== '') await mustExist(kind, key, s)
      const { object } = await write(
        writing,
        kind,
        key,
        async (current, fresh, inner): Promise<Step<T>> => {
          if (current === undefined) throw notFound(kind as unknown as Kind, key.name)
          return replacing(kind, next, current, part, fresh, warn, inner)
        },
        options,
        s,
      )
      return object
    })
  }

  /** Kubernetes: an update of these kinds says which version it replaces; of a missing object it says that first. */
  async function mustExist<T extends Resource>(kind: Kind<T>, key: ObjectKey, s: AbortSignal): Promise<never> {
    if ((await stored(kind, key, s)) === undefined) throw notFound(kind as unknown as Kind, key.name)
    throw unversioned(kind as unknown as Kind, key.name)
  }

  const registry: Registry = {
    kinds,

    async get(kind, key, s) {
      const object = await stored(kind, key, s)
      if (object === undefined) throw notFound(kind as unknown as Kind, key.name)
      return object
    },

    list: (kind, options, s) => listKind(store, cacheOf(kind), kind, options, s),

    watch: (kind, options, s) => watchKind(cacheOf(kind), kind, options, AbortSignal.any([s, scope.signal])),

    create: (kind, namespace, raw, options, s) =>
      telling(options, async (warn) => {
        const given = parse(kind, raw, options, warn)
        const general = kind as unknown as Kind
        if (given.metadata.resourceVersion !== '') {
          throw new Fault('BadRequest', 'resourceVersion should not be set on objects to be created')
        }
        const at = kind.scope === 'Cluster' ? '' : namespace
        checkNamespace(general, at, given)
        const prefix = given.metadata.generateName ?? ''
        if (given.metadata.name !== '' || prefix === '') {
          return createNamed(kind, given, { namespace: at, name: given.metadata.name }, options, warn, s)
        }
        for (let attempt = 1; ; attempt++) {
          const name = `${prefix.slice(0, 58)}${randomSuffix(random)}`
          try {
            return await createNamed(kind, given, { namespace: at, name }, options, warn, s)
          } catch (error) {
            if (!isFault(error, 'AlreadyExists') || attempt >= limits.nameAttempts) throw error
          }
        }
      }),

    update: (kind, key, raw, options, s) => writeOver(kind, key, raw, 'main', options, s),
    async updateStatus(kind, key, raw, options, s) {
      if (!kind.statusSubresource) throw new Fault('NotFound', 'the server could not find the requested resource')
      return writeOver(kind, key, raw, 'status', options, s)
    },

    patch: <T extends Resource>(
      kind: Kind<T>,
      key: ObjectKey,
      patch: RegistryPatch,
      options: WriteOptions,
      s: AbortSignal,
    ): Promise<T> =>
      telling(options, async (warn) => {
        const { object } = await write<T>(
          writing,
          kind,
          key,
          async (current, fresh, inner) => {
            const general = kind as unknown as Kind
            if (current === undefined) throw notFound(general, key.name)
            const raw = patch.type === 'merge' ? mergePatch(current, patch.body) : jsonPatch(current, patch.body)
            const next = parse(kind, raw, options, warn)
            checkIdentity(general, key, next)
            if (next.metadata.resourceVersion === '' && kind.group !== '') throw unversioned(general, key.name)
            return replacing(kind, next, current, patch.subresource ?? 'main', fresh, warn, inner)
          },
          options,
          s,
        )
        return object
      }),

    async delete<T extends Resource>(kind: Kind<T>, key: ObjectKey, options: DeleteOptions, s: AbortSignal) {
      const general = kind as unknown as Kind
      const written = await write<T>(
        writing,
        kind,
        key,
        async (current, fresh, inner) => {
          if (current === undefined) throw notFound(general, key.name)
          checkPreconditions(general, current, options.preconditions)
          await reviewDeletion(general, current, fresh, inner)
          const decided = decideDeletion(current, options.propagationPolicy, isHeld(general, current), clock.now())
          if (decided.do === 'remove') return { do: 'remove', object: current }
          if (decided.do === 'nothing') return { do: 'keep', object: current }
          return { do: 'put', object: (await marked(general, decided.object, current, fresh, inner)) as T }
        },
        options,
        s,
      )
      return { object: written.object, removed: written.outcome === 'remove' }
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

    close: () => scope[Symbol.asyncDispose](),
  }

  const scope = new Scope(signal)
  for (const cache of caches.values()) scope.go('kind cache', (s) => cache.run(s))
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
    await registry.create(kind, object.metadata.namespace ?? '', raw, {}, signal)
  } catch (error) {
    if (!isFault(error, 'AlreadyExists')) throw error
  }
}
