/**
 * The ResourceClient that tests of controllers get: the one that the run chose (`direct`, or `kubernetes` in the vitest project of that
 * name), on a registry over a store in memory. Beside it are another writer, and trouble on the line.
 */
import { onTestFinished } from 'vitest'
import type { DeleteOptions, ListOptions, ResourceClient, WatchEvent } from '../../api/client/client.ts'
import { apiVersionOf, type Kind } from '../../api/meta/kind.ts'
import { keyOf, keyText, type ObjectKey, type Resource } from '../../api/meta/object.ts'
import { decode, encode } from '../../api/registry/codec.ts'
import { prefixOf, storeKey } from '../../api/registry/keys.ts'
import { openRegistry } from '../../api/registry/registry.ts'
import { Namespace } from '../../api/v1/core.ts'
import { allKinds } from '../../api/v1/kinds.ts'
import { orAbort } from '../../controllers/runtime/race.ts'
import type { Clock } from '../../lib/clock.ts'
import { Fault, isFault } from '../../lib/errors.ts'
import { silentLogger } from '../../lib/log.ts'
import { seededRandom } from '../../lib/random.ts'
import { VirtualClock } from '../../lib/virtual-clock.ts'
import { openMemoryStore } from '../../store/memory/memory-store.ts'
import { type KeyValue, type Revision, revision, type Store, type Transaction } from '../../store/store.ts'
import { type Door, doors } from './doors.ts'
import { build } from './object.ts'

type Verb = keyof ResourceClient
type Trouble = Fault | undefined
/** Called before every request: a Fault refuses it, a promise delays it. */
type Interrupt = (verb: Verb, kind: string, key: string) => Trouble | Promise<unknown>
/** Called after every write with what it made: a Fault takes the place of the answer. */
type AfterWrite = (verb: Verb, kind: string, object: Resource) => Trouble

interface OpenWatch {
  isSilent: boolean
  readonly cut: AbortController
}

const never = new AbortController().signal
const chosen = (process.env.GANTRY_TEST_CLIENT ?? 'direct') as Door

/** What the store has, known as soon as a write through the client returns. */
class Mirror {
  readonly #values = new Map<string, KeyValue>()
  #revision: Revision = revision(0)
  #moved = Promise.withResolvers<void>()

  get revision(): Revision {
    return this.#revision
  }
  /** Those under a prefix, in the order of their keys. */
  under(prefix: string): readonly KeyValue[] {
    return [...this.#values.values()]
      .filter(({ key }) => key.startsWith(prefix))
      .sort((a, b) => (a.key < b.key ? -1 : 1))
  }
  async follow(store: Store, signal: AbortSignal): Promise<void> {
    for await (const batch of store.watch({ prefix: '/', after: revision(0) }, signal)) {
      for (const event of batch.events) {
        if (event.type === 'put') this.#values.set(event.kv.key, event.kv)
        else this.#values.delete(event.key)
      }
      this.#revision = batch.revision
      this.#moved.resolve()
      this.#moved = Promise.withResolvers()
    }
  }
  async reach(wanted: Revision): Promise<void> {
    while (this.#revision < wanted) await this.#moved.promise
  }
}

export class TestClient<C extends Clock = VirtualClock> implements ResourceClient {
  readonly clock: C
  readonly #kinds: readonly Kind[]
  readonly #store: Store
  readonly #door: ResourceClient
  readonly #mirror: Mirror
  readonly #watches = new Set<OpenWatch>()
  #interrupt: Interrupt | undefined
  #afterWrite: AfterWrite | undefined
  #asked = 0
  #compacted: Revision = revision(0)

  constructor(parts: { clock: C; kinds: readonly Kind[]; store: Store; door: ResourceClient; mirror: Mirror }) {
    this.clock = parts.clock
    this.#kinds = parts.kinds
    this.#store = parts.store
    this.#door = parts.door
    this.#mirror = parts.mirror
  }

  interrupt(interrupt: Interrupt | undefined): void {
    this.#interrupt = interrupt
  }
  afterWrite(afterWrite: AfterWrite | undefined): void {
    this.#afterWrite = afterWrite
  }
  /** The open watches deliver nothing more and do not end. */
  silence(): void {
    for (const watch of this.#watches) watch.isSilent = true
  }
  /** The open watches throw. */
  breakWatches(fault: Fault): void {
    for (const { cut } of this.#watches) cut.abort(fault)
  }
  get openWatches(): number {
    return this.#watches.size
  }
  /** Watches from earlier versions fault with Expired. */
  compact(): void {
    this.#compacted = this.#mirror.revision
  }
  /** The store's newest. */
  get resourceVersion(): string {
    return String(this.#mirror.revision)
  }
  /** Another one after every change of the store, and after every write that the client was asked for, even if it changed nothing. */
  get activity(): string {
    return `${this.#mirror.revision} ${this.#asked}`
  }

  /** Puts an object into the store as it is, as another server might have. */
  async put<T extends Resource>(object: T): Promise<T> {
    const key = this.#placeOf(object)
    const resourceVersion = String(await this.#commit({ puts: [{ key, value: encode({ ...object }) }] }))
    return { ...object, metadata: { ...object.metadata, resourceVersion } }
  }
  /** Removes it, whatever holds it. */
  async remove(object: Resource): Promise<void> {
    await this.#commit({ deletes: [this.#placeOf(object)] })
  }
  /** What the store has, by namespace and name. */
  all<T extends Resource>(kind: Kind<T>): readonly T[] {
    return this.#mirror.under(prefixOf(kind)).map((kv) => decode(kind, kv))
  }
  find<T extends Resource>(kind: Kind<T>, name: string, namespace?: string): T | undefined {
    return this.all(kind).find(
      ({ metadata }) => metadata.name === name && (namespace === undefined || metadata.namespace === namespace),
    )
  }

  async get<T extends Resource>(kind: Kind<T>, key: ObjectKey, signal: AbortSignal): Promise<T> {
    await this.#enter('get', kind, key, signal)
    return this.#door.get(kind, key, signal)
  }
  async list<T extends Resource>(kind: Kind<T>, options: ListOptions, signal: AbortSignal) {
    await this.#enter('list', kind, { namespace: options.namespace ?? '', name: '' }, signal)
    return this.#door.list(kind, options, signal)
  }
  async *watch<T extends Resource>(
    kind: Kind<T>,
    options: ListOptions & { readonly resourceVersion: string },
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>> {
    await this.#enter('watch', kind, { namespace: options.namespace ?? '', name: '' }, signal)
    if (Number(options.resourceVersion) < this.#compacted)
      throw new Fault('Expired', `version ${options.resourceVersion} was compacted`)
    const watch: OpenWatch = { isSilent: false, cut: new AbortController() }
    this.#watches.add(watch)
    const either = AbortSignal.any([signal, watch.cut.signal])
    try {
      for await (const event of this.#door.watch(kind, options, either)) if (!watch.isSilent) yield event
      if (watch.isSilent) await orAbort(new Promise(() => undefined), either)
    } finally {
      this.#watches.delete(watch)
    }
  }
  create: ResourceClient['create'] = (kind, object, signal) =>
    this.#write('create', kind, object.metadata, signal, () => this.#door.create(kind, object, signal))
  update: ResourceClient['update'] = (kind, object, signal) =>
    this.#write('update', kind, object.metadata, signal, () => this.#door.update(kind, object, signal))
  updateStatus: ResourceClient['updateStatus'] = (kind, object, signal) =>
    this.#write('updateStatus', kind, object.metadata, signal, () => this.#door.updateStatus(kind, object, signal))
  finalize: ResourceClient['finalize'] = (kind, object, signal) =>
    this.#write('finalize', kind, object.metadata, signal, () => this.#door.finalize(kind, object, signal))
  patch: ResourceClient['patch'] = (kind, key, patch, signal) =>
    this.#write('patch', kind, key, signal, () => this.#door.patch(kind, key, patch, signal))
  apply: ResourceClient['apply'] = (kind, wanted, options, signal) =>
    this.#write('apply', kind, wanted.metadata, signal, () => this.#door.apply(kind, wanted, options, signal))
  async delete<T extends Resource>(kind: Kind<T>, key: ObjectKey, options: DeleteOptions, signal: AbortSignal) {
    await this.#enter('delete', kind, key, signal)
    this.#asked += 1
    await this.#door.delete(kind, key, options, signal)
    await this.#seen()
  }

  async #write<T extends Resource>(
    verb: Verb,
    kind: Kind<T>,
    { namespace = '', name = '' }: Partial<ObjectKey>,
    signal: AbortSignal,
    write: () => Promise<T>,
  ): Promise<T> {
    await this.#enter(verb, kind, { namespace, name }, signal)
    this.#asked += 1
    const made = await write()
    await this.#seen()
    const lost = this.#afterWrite?.(verb, kind.kind, made)
    if (lost !== undefined) throw lost
    return made
  }
  async #enter(verb: Verb, kind: { readonly kind: string }, key: ObjectKey, signal: AbortSignal): Promise<void> {
    const trouble = await this.#interrupt?.(verb, kind.kind, keyText(key))
    if (trouble instanceof Fault) throw trouble
    signal.throwIfAborted()
  }
  /** The mirror has what is written. */
  async #seen(): Promise<void> {
    await this.#mirror.reach(await this.#store.currentRevision(never))
  }
  async #commit(changes: Omit<Transaction, 'compare'>): Promise<Revision> {
    const { revision: made } = await this.#store.transact({ compare: [], ...changes }, never)
    await this.#mirror.reach(made)
    return made
  }
  #placeOf(object: Resource): string {
    const kind = this.#kinds.find((one) => one.kind === object.kind && apiVersionOf(one) === object.apiVersion)
    if (kind === undefined) throw new Error(`nobody serves ${object.apiVersion} ${object.kind}`)
    return storeKey(kind, keyOf(object))
  }
}

export interface TestClientOptions<C extends Clock> {
  /** Default: one of its own that tests move. */
  readonly clock?: C
  /** Kinds that are served beside Gantry's. */
  readonly kinds?: readonly Kind[] | undefined
  /** Those that exist; default: `default` and `gantry-system`. */
  readonly namespaces?: readonly string[]
}

/** Opens an API with these objects, as they are, until the test ends. */
export async function openClient<C extends Clock = VirtualClock>(
  objects: readonly Resource[] = [],
  options: TestClientOptions<C> = {},
): Promise<TestClient<C>> {
  const clock = options.clock ?? (new VirtualClock() as unknown as C)
  const kinds = [...allKinds, ...(options.kinds ?? [])]
  const stop = new AbortController()
  const store = await openMemoryStore({ clock })
  const mirror = new Mirror()
  const following = mirror.follow(store, stop.signal).catch((error: unknown) => {
    if (!stop.signal.aborted && !isFault(error, 'Unavailable')) throw error
  })
  const parts = { clock, random: seededRandom(1), log: silentLogger }
  const registry = await openRegistry({ ...parts, store, kinds, initial: [] }, stop.signal)
  const door = doors[chosen]({ ...parts, registry }, stop.signal)
  const client = new TestClient({ clock, kinds, store, door, mirror })
  onTestFinished(async () => {
    stop.abort(new Error('the test is over'))
    await registry.close()
    await store.close()
    await following
  })
  const namespaces = options.namespaces ?? ['default', 'gantry-system']
  for (const name of namespaces) await client.put(build(Namespace, { name, spec: {} }, {}))
  for (const object of objects) await client.put(object)
  return client
}
