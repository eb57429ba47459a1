/** ResourceClient on any Kubernetes-style API server: Gantry's own or a kube-apiserver. */
import { KubeConfig } from '@kubernetes/client-node'
import type { Clock } from '../../lib/clock.ts'
import { Fault, messageOf } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import type { Random } from '../../lib/random.ts'
import type { Millis } from '../../lib/time.ts'
import { apiVersionOf, groupResource, type Kind } from '../meta/kind.ts'
import { type Draft, keyOf, type ObjectKey, type Resource } from '../meta/object.ts'
import type {
  ApplyOptions,
  DeleteOptions,
  ListOptions,
  PatchType,
  ResourceClient,
  ResourceList,
  Wanted,
  WatchEvent,
} from './client.ts'
import { type Call, Connection } from './connection.ts'
import { HttpsTransport } from './https-transport.ts'
import { limits } from './limits.ts'
import { collectionPath, objectPath } from './paths.ts'
import type { Rate } from './rate-limit.ts'
import { faultOf, type Status } from './status.ts'
import type { Transport } from './transport.ts'
import { watchLines } from './watch-stream.ts'

export interface KubernetesClientOptions {
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** Told of what the server warns about; default: the log. */
  readonly onWarning?: (text: string) => void
  /** How the server treats unknown fields of what is written; default: the server's own. */
  readonly fieldValidation?: 'Strict' | 'Warn' | 'Ignore'
  /** Name that the server records as the owner of written fields. */
  readonly fieldManager?: string
  /** Writes are answered as if they were done, and are not. */
  readonly dryRun?: boolean
  /** How long a watch may be silent; default limits.watchIdle. */
  readonly watchIdle?: Millis
  /** How long a request may take; default limits.request. */
  readonly timeout?: Millis
  /** URLs of other servers of the same API and authority, asked in turn when the one in use fails. */
  readonly others?: readonly string[]
  /** How many requests are sent in what time; default limits.rate. */
  readonly rate?: Rate
  /** Told of each answer to a request, by HTTP status. */
  readonly onAnswer?: (call: Call, status: number) => void
}

/** Reads a kubeconfig file. Faults: BadRequest when it cannot be read. */
export function readKubeConfig(path: string): KubeConfig {
  const config = new KubeConfig()
  try {
    config.loadFromFile(path)
  } catch (cause) {
    throw new Fault('BadRequest', `${path} cannot be read as a kubeconfig: ${messageOf(cause)}`, { cause })
  }
  return config
}

/** A client for the current context of `config` (a kubeconfig's path, or one read already). Nothing is sent yet. */
export function kubernetesClient(config: string | KubeConfig, options: KubernetesClientOptions): ResourceClient {
  const { clock, others } = options
  const known = typeof config === 'string' ? readKubeConfig(config) : config
  return clientOver(new HttpsTransport(known, { clock, others }), options)
}

/** A client that sends by `transport`. */
export function clientOver(transport: Transport, options: Omit<KubernetesClientOptions, 'others'>): ResourceClient {
  const { clock, random, log, timeout, rate, onAnswer } = options
  const onWarning = options.onWarning ?? ((text: string) => log.warn({ warning: text }, 'the server warns'))
  return new KubernetesClient(new Connection(transport, { clock, random, onWarning, timeout, rate, onAnswer }), options)
}

/** Who owns what programs of ours write, where they do not say. */
const defaultManager = 'gantry'

interface RawList {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string }
  readonly items?: readonly unknown[]
}

class KubernetesClient implements ResourceClient {
  readonly #connection: Connection
  readonly #options: KubernetesClientOptions
  readonly #writing: Readonly<Record<string, string | undefined>>
  readonly #beforeWrite: (() => void) | undefined

  constructor(connection: Connection, options: KubernetesClientOptions, beforeWrite?: () => void) {
    this.#connection = connection
    this.#options = options
    this.#beforeWrite = beforeWrite
    const { fieldManager = defaultManager, fieldValidation, dryRun } = options
    this.#writing = { fieldManager, fieldValidation, dryRun: dryRun === true ? 'All' : undefined }
  }

  async get<T extends Resource>(kind: Kind<T>, key: ObjectKey, signal: AbortSignal): Promise<T> {
    return objectOf(kind, await this.#connection.json({ method: 'GET', path: objectPath(kind, key) }, signal))
  }

  async list<T extends Resource>(kind: Kind<T>, options: ListOptions, signal: AbortSignal): Promise<ResourceList<T>> {
    for (;;) {
      const items: T[] = []
      let next: string | undefined
      try {
        do {
          const query = { ...selectorsOf(options), limit: String(limits.page), continue: next }
          const path = collectionPath(kind, options.namespace)
          const page = (await this.#connection.json({ method: 'GET', path, query }, signal)) as RawList
          // Items of a list carry no apiVersion and kind of their own on a kube-apiserver.
          for (const item of page.items ?? [])
            items.push(objectOf(kind, { ...(item as object), apiVersion: apiVersionOf(kind), kind: kind.kind }))
          next = page.metadata?.continue === '' ? undefined : page.metadata?.continue
          if (next === undefined) return { resourceVersion: page.metadata?.resourceVersion ?? '', items }
        } while (next !== undefined)
      } catch (error) {
        // The continue token grew too old in the middle: a consistent list starts again.
        if (!(error instanceof Fault && error.code === 'Expired' && next !== undefined)) throw error
      }
    }
  }

  async *watch<T extends Resource>(
    kind: Kind<T>,
    options: ListOptions & { readonly resourceVersion: string },
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>> {
    const query = {
      ...selectorsOf(options),
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: options.resourceVersion,
    }
    const path = collectionPath(kind, options.namespace)
    const stream = await this.#connection.stream({ method: 'GET', path, query }, signal)
    const { clock, watchIdle } = this.#options
    for await (const { type, object } of watchLines(stream, { clock, idle: watchIdle ?? limits.watchIdle }, signal))
      yield eventOf(kind, type, object)
  }

  async create<T extends Resource>(kind: Kind<T>, object: Draft<T>, signal: AbortSignal): Promise<T> {
    const path = collectionPath(kind, object.metadata.namespace)
    return this.#write(kind, { method: 'POST', path, body: typed(kind, object) }, signal)
  }

  async update<T extends Resource>(kind: Kind<T>, object: T, signal: AbortSignal): Promise<T> {
    return this.#write(kind, { method: 'PUT', path: objectPath(kind, keyOf(object)), body: object }, signal)
  }

  async updateStatus<T extends Resource>(kind: Kind<T>, object: T, signal: AbortSignal): Promise<T> {
    return this.#write(kind, { method: 'PUT', path: objectPath(kind, keyOf(object), 'status'), body: object }, signal)
  }

  async finalize<T extends Resource>(kind: Kind<T>, object: T, signal: AbortSignal): Promise<T> {
    return this.#write(kind, { method: 'PUT', path: objectPath(kind, keyOf(object), 'finalize'), body: object }, signal)
  }

  async patch<T extends Resource>(
    kind: Kind<T>,
    key: ObjectKey,
    patch: { readonly type: PatchType; readonly body: unknown; readonly subresource?: 'status' },
    signal: AbortSignal,
  ): Promise<T> {
    const path = objectPath(kind, key, patch.subresource)
    const contentType = patch.type === 'merge' ? 'application/merge-patch+json' : 'application/json-patch+json'
    return this.#write(kind, { method: 'PATCH', path, body: patch.body, contentType }, signal)
  }

  async apply<T extends Resource>(
    kind: Kind<T>,
    wanted: Wanted,
    { force = false, subresource }: ApplyOptions,
    signal: AbortSignal,
  ): Promise<T> {
    const { name, namespace = '' } = wanted.metadata
    const path = objectPath(kind, { namespace, name }, subresource)
    const contentType = 'application/apply-patch+yaml'
    const body = { ...wanted, apiVersion: apiVersionOf(kind), kind: kind.kind }
    const query = { ...this.#writing, force: String(force) }
    return objectOf(kind, await this.#send({ method: 'PATCH', path, body, contentType, query }, signal))
  }

  async delete<T extends Resource>(
    kind: Kind<T>,
    key: ObjectKey,
    options: DeleteOptions,
    signal: AbortSignal,
  ): Promise<void> {
    const dryRun = this.#options.dryRun === true ? { dryRun: ['All'] } : {}
    const body = { kind: 'DeleteOptions', apiVersion: 'v1', ...options, ...dryRun }
    await this.#send({ method: 'DELETE', path: objectPath(kind, key), body }, signal)
  }

  guarded(beforeWrite: () => void): ResourceClient {
    return new KubernetesClient(this.#connection, this.#options, beforeWrite)
  }

  async #write<T extends Resource>(kind: Kind<T>, call: Call, signal: AbortSignal): Promise<T> {
    return objectOf(kind, await this.#send({ ...call, query: this.#writing }, signal))
  }

  #send(call: Call, signal: AbortSignal): Promise<unknown> {
    return this.#connection.json({ ...call, beforeSending: this.#beforeWrite }, signal)
  }
}

const typed = <T extends Resource>(kind: Kind<T>, object: Draft<T>): object => ({
  ...object,
  apiVersion: apiVersionOf(kind),
  kind: kind.kind,
})

const selectorsOf = ({ labelSelector, fieldSelector }: ListOptions): Record<string, string | undefined> => ({
  labelSelector,
  fieldSelector,
})

/**
 * What the server sent, as an object of the kind. It was validated where it was written, by a server that may be newer
 * than we are: only what makes it this kind of thing at all is checked here.
 */
function objectOf<T extends Resource>(kind: Kind<T>, raw: unknown): T {
  const object = raw as Partial<Resource> | null | undefined
  if (object?.kind !== kind.kind || object.metadata === undefined)
    throw new Fault('Unavailable', `the server sent something else than a ${groupResource(kind)} object`)
  return object as T
}

function eventOf<T extends Resource>(kind: Kind<T>, type: string, raw: unknown): WatchEvent<T> {
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type, object: objectOf(kind, raw) }
    case 'BOOKMARK':
      return { type, resourceVersion: (raw as Resource | undefined)?.metadata?.resourceVersion ?? '' }
    case 'ERROR':
      throw faultOf((raw as Status | undefined)?.code ?? 500, raw)
    default:
      throw new Fault('Unavailable', `the watch sent an event of unknown type ${type}`)
  }
}
