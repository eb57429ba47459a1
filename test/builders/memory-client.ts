/**
 * A small ResourceClient with a life of its own for unit tests: versions, conflicts, finalizers, watches with history and
 * compaction. It validates nothing: the registry does that. `interrupt` and `silence` make trouble.
 */
import type { ListOptions, ResourceClient, WatchEvent } from '../../api/client/client.ts'
import { apiVersionOf, groupResource, type Kind } from '../../api/meta/kind.ts'
import { hasFinalizers, keyText, type ObjectKey, type Resource } from '../../api/meta/object.ts'
import { Fault } from '../../lib/errors.ts'
import { timestamp } from '../../lib/time.ts'
import { VirtualClock } from '../../lib/virtual-clock.ts'

interface Change {
  readonly version: number
  readonly place: string
  readonly old: Resource | undefined
  readonly now: Resource | undefined
}

interface Watcher {
  wake(): void
  silent: boolean
  broken: Fault | undefined
}

type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'updateStatus' | 'finalize' | 'patch' | 'delete'

const member = (object: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], object)

function selects(options: ListOptions, object: Resource): boolean {
  if (options.namespace !== undefined && object.metadata.namespace !== options.namespace) return false
  const fields = options.fieldSelector?.split(',') ?? []
  const labels = options.labelSelector?.split(',') ?? []
  const holds = (term: string, valueAt: (name: string) => unknown): boolean => {
    const [, name = '', operator, value] = /^(.+?)(!=|==?)(.*)$/.exec(term) ?? []
    return (String(valueAt(name) ?? '') === value) === (operator !== '!=')
  }
  return (
    fields.every((term) => holds(term, (path) => member(object, path))) &&
    labels.every((term) => holds(term, (label) => object.metadata.labels?.[label]))
  )
}

function merge(target: unknown, patch: unknown): unknown {
  if (patch === null || typeof patch !== 'object' || Array.isArray(patch)) return patch
  const out: Record<string, unknown> = { ...(target as object | undefined) }
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete out[name]
    else out[name] = merge(out[name], value)
  }
  return out
}

export class MemoryClient implements ResourceClient {
  readonly clock: VirtualClock
  readonly #objects = new Map<string, Resource>()
  readonly #history: Change[] = []
  readonly #watchers = new Set<Watcher>()
  #version = 1
  #compacted = 0
  #interrupt: ((verb: Verb, kind: string, key: string) => Fault | Promise<void> | undefined) | undefined

  constructor(objects: readonly Resource[] = [], clock: VirtualClock = new VirtualClock()) {
    this.clock = clock
    for (const object of objects) this.put(object)
  }

  /** Called before every request: return a Fault to refuse it, a promise to delay it. */
  interrupt(
    interrupt: ((verb: Verb, kind: string, key: string) => Fault | Promise<void> | undefined) | undefined,
  ): void {
    this.#interrupt = interrupt
  }
  /** The open watches deliver nothing more and do not end. */
  silence(): void {
    for (const watcher of this.#watchers) watcher.silent = true
  }
  /** The open watches throw. */
  breakWatches(fault: Fault): void {
    for (const watcher of this.#watchers) {
      watcher.broken = fault
      watcher.wake()
    }
  }
  get openWatches(): number {
    return this.#watchers.size
  }
  /** Forgets history: watches from earlier versions fault with Expired. */
  compact(): void {
    this.#compacted = this.#version
    this.#history.length = 0
  }
  get version(): string {
    return String(this.#version)
  }

  /** Puts an object in as it is, as another writer would. */
  put<T extends Resource>(object: T): T {
    const place = `${object.kind} ${keyText({ namespace: object.metadata.namespace ?? '', name: object.metadata.name })}`
    return this.#commit(place, object) as T
  }
  /** Removes an object, as another writer would. */
  remove(object: Resource): void {
    this.#commit(
      `${object.kind} ${keyText({ namespace: object.metadata.namespace ?? '', name: object.metadata.name })}`,
      undefined,
    )
  }
  all<T extends Resource>(kind: Kind<T>): readonly T[] {
    return [...this.#objects.entries()]
      .filter(([place]) => place.startsWith(`${kind.kind} `))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, object]) => object as T)
  }

  async get<T extends Resource>(kind: Kind<T>, key: ObjectKey, signal: AbortSignal): Promise<T> {
    await this.#enter('get', kind, key, signal)
    return this.#current(kind, key)
  }

  async list<T extends Resource>(kind: Kind<T>, options: ListOptions, signal: AbortSignal) {
    await this.#enter('list', kind, { namespace: options.namespace ?? '', name: '' }, signal)
    return { resourceVersion: this.version, items: this.all(kind).filter((object) => selects(options, object)) }
  }

  async *watch<T extends Resource>(
    kind: Kind<T>,
    options: ListOptions & { readonly resourceVersion: string },
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>> {
    await this.#enter('watch', kind, { namespace: options.namespace ?? '', name: '' }, signal)
    let after = Number(options.resourceVersion)
    if (after < this.#compacted) throw new Fault('Expired', `version ${after} was compacted`)
    let wake = Promise.withResolvers<void>()
    const watcher: Watcher = { wake: () => wake.resolve(), silent: false, broken: undefined }
    const onAbort = (): void => wake.reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    this.#watchers.add(watcher)
    try {
      for (;;) {
        if (watcher.broken !== undefined) throw watcher.broken
        wake = Promise.withResolvers<void>()
        wake.promise.catch(() => undefined)
        const changes = watcher.silent ? [] : this.#history.filter((change) => change.version > after)
        for (const change of changes) {
          after = change.version
          if (change.place.startsWith(`${kind.kind} `)) yield* eventsOf<T>(change, options)
        }
        if (changes.length > 0 && !watcher.silent) yield { type: 'BOOKMARK', resourceVersion: String(after) }
        else await wake.promise
      }
    } finally {
      this.#watchers.delete(watcher)
      signal.removeEventListener('abort', onAbort)
    }
  }

  async create<T extends Resource>(kind: Kind<T>, object: { metadata: { name?: string } }, signal: AbortSignal) {
    const draft = object as unknown as T
    const key = { namespace: draft.metadata.namespace ?? '', name: draft.metadata.name }
    await this.#enter('create', kind, key, signal)
    if (this.#objects.has(placeOf(kind, key))) throw new Fault('AlreadyExists', `${placeOf(kind, key)} exists`)
    const metadata = {
      ...draft.metadata,
      uid: `uid-${this.#version + 1}`,
      creationTimestamp: timestamp(this.clock.now()),
    }
    const made = { ...draft, apiVersion: apiVersionOf(kind), kind: kind.kind, metadata } as T
    return this.#commit(placeOf(kind, key), made) as T
  }

  async update<T extends Resource>(kind: Kind<T>, object: T, signal: AbortSignal): Promise<T> {
    const key = { namespace: object.metadata.namespace ?? '', name: object.metadata.name }
    await this.#enter('update', kind, key, signal)
    const old = this.#unchanged(kind, key, object.metadata.resourceVersion)
    return this.#write(kind, key, (kind.statusSubresource ? { ...object, status: old.status } : object) as T)
  }

  async updateStatus<T extends Resource>(kind: Kind<T>, object: T, signal: AbortSignal): Promise<T> {
    const key = { namespace: object.metadata.namespace ?? '', name: object.metadata.name }
    await this.#enter('updateStatus', kind, key, signal)
    const old = this.#unchanged(kind, key, object.metadata.resourceVersion)
    return this.#write(kind, key, { ...old, status: object.status })
  }

  async finalize<T extends Resource>(kind: Kind<T>, object: T, signal: AbortSignal): Promise<T> {
    const key = { namespace: object.metadata.namespace ?? '', name: object.metadata.name }
    await this.#enter('finalize', kind, key, signal)
    const old = this.#unchanged(kind, key, object.metadata.resourceVersion)
    return this.#write(kind, key, { ...old, spec: object.spec })
  }

  async patch<T extends Resource>(
    kind: Kind<T>,
    key: ObjectKey,
    patch: { readonly type: 'merge' | 'json'; readonly body: unknown },
    signal: AbortSignal,
  ): Promise<T> {
    await this.#enter('patch', kind, key, signal)
    if (patch.type !== 'merge') throw new Fault('UnsupportedMediaType', 'MemoryClient patches by merge only')
    const { uid, resourceVersion } = (patch.body as Partial<Resource>).metadata ?? {}
    const old = this.#unchanged(kind, key, resourceVersion ?? '')
    if ((uid ?? old.metadata.uid) !== old.metadata.uid) throw new Fault('Conflict', 'the uid is another')
    return this.#write(kind, key, merge(old, patch.body) as T)
  }

  async apply<T extends Resource>(): Promise<T> {
    throw new Fault('UnsupportedMediaType', 'MemoryClient knows no owners of fields')
  }

  async delete<T extends Resource>(kind: Kind<T>, key: ObjectKey, options: object, signal: AbortSignal): Promise<void> {
    await this.#enter('delete', kind, key, signal)
    const { preconditions } = options as { preconditions?: { uid?: string; resourceVersion?: string } }
    const old = this.#current(kind, key)
    const stale =
      (preconditions?.uid ?? old.metadata.uid) !== old.metadata.uid ||
      (preconditions?.resourceVersion ?? old.metadata.resourceVersion) !== old.metadata.resourceVersion
    if (stale) throw new Fault('Conflict', 'the precondition does not hold')
    const deletionTimestamp = old.metadata.deletionTimestamp ?? timestamp(this.clock.now())
    this.#write(kind, key, { ...old, metadata: { ...old.metadata, deletionTimestamp } })
  }

  #current<T extends Resource>(kind: Kind<T>, key: ObjectKey): T {
    const object = this.#objects.get(placeOf(kind, key))
    if (object === undefined) throw new Fault('NotFound', `${groupResource(kind)} "${keyText(key)}" not found`)
    return object as T
  }

  #unchanged<T extends Resource>(kind: Kind<T>, key: ObjectKey, version: string): T {
    const old = this.#current(kind, key)
    if (version !== '' && old.metadata.resourceVersion !== version)
      throw new Fault('Conflict', `${placeOf(kind, key)} is at ${old.metadata.resourceVersion}, not ${version}`)
    return old
  }

  /** Writes, or removes what is deleting and has no finalizer left. */
  #write<T extends Resource>(kind: Kind<T>, key: ObjectKey, object: T): T {
    const gone = object.metadata.deletionTimestamp !== undefined && !hasFinalizers(object)
    const written = this.#commit(placeOf(kind, key), gone ? undefined : object)
    return (written ?? { ...object, metadata: { ...object.metadata, resourceVersion: this.version } }) as T
  }

  #commit(place: string, object: Resource | undefined): Resource | undefined {
    const old = this.#objects.get(place)
    this.#version += 1
    const now =
      object === undefined
        ? undefined
        : structuredClone({ ...object, metadata: { ...object.metadata, resourceVersion: this.version } })
    if (now === undefined) this.#objects.delete(place)
    else this.#objects.set(place, now)
    this.#history.push({ version: this.#version, place, old, now })
    for (const watcher of this.#watchers) watcher.wake()
    return now
  }

  async #enter(verb: Verb, kind: { readonly kind: string }, key: ObjectKey, signal: AbortSignal): Promise<void> {
    await Promise.resolve()
    const trouble = this.#interrupt?.(verb, kind.kind, keyText(key))
    if (trouble instanceof Fault) throw trouble
    await trouble
    signal.throwIfAborted()
  }
}

const placeOf = (kind: { readonly kind: string }, key: ObjectKey): string => `${kind.kind} ${keyText(key)}`

/** What a watch with these selectors shows of a change: leaving the selection is a deletion. */
function* eventsOf<T extends Resource>(change: Change, options: ListOptions): Iterable<WatchEvent<T>> {
  const was = change.old !== undefined && selects(options, change.old)
  const is = change.now !== undefined && selects(options, change.now)
  if (is) yield { type: was ? 'MODIFIED' : 'ADDED', object: change.now as T }
  else if (was) {
    const last = change.now ?? (change.old as Resource)
    yield {
      type: 'DELETED',
      object: { ...last, metadata: { ...last.metadata, resourceVersion: String(change.version) } } as T,
    }
  }
}
