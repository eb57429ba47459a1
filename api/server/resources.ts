/** The verbs of resources: translates a request into a call of the registry, and its result into an answer. */
import type { Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/errors.ts'
import { type Random, randomBelow } from '../../lib/random.ts'
import { millis, seconds } from '../../lib/time.ts'
import { apiVersionOf, groupResource, type Kind } from '../meta/kind.ts'
import type { ObjectKey, Resource } from '../meta/object.ts'
import { selectorOf } from '../meta/selectors.ts'
import { jsonOf } from '../registry/codec.ts'
import type { RegistryList } from '../registry/list.ts'
import type { Registry } from '../registry/registry.ts'
import { parseVersion } from '../registry/watch.ts'
import type { WriteOptions } from '../registry/writes.ts'
import { acceptedForm, type Form } from './accept.ts'
import { json, jsonText, withWarnings } from './answer.ts'
import { readObject, readOptional, readPatch } from './body.ts'
import type { ExtraSubresource } from './discovery.ts'
import { limits } from './limits.ts'
import { deleteOptions, flag, listQuery, selectors, whole, writeQuery } from './query.ts'
import { success } from './status.ts'
import { streamOf } from './stream.ts'
import { partial, type RowObject, table } from './table.ts'
import type { Target } from './target.ts'
import { watchLines } from './watch-lines.ts'

/** A part of objects that this server answers itself, as `tasks/NAME/log`. */
export interface Subresource extends ExtraSubresource {
  handle(object: ObjectKey, request: Request, signal: AbortSignal): Promise<Response>
}

export interface ResourceParts {
  readonly registry: Registry
  readonly clock: Clock
  readonly random: Random
  readonly subresources: readonly Subresource[]
}

export interface Asked {
  readonly request: Request
  readonly query: URLSearchParams
  readonly target: Target
  /** Ends with the client's connection, and with the server. */
  readonly signal: AbortSignal
  /** A stream was begun; call when it ended. */
  readonly holdStream: () => () => void
  /** Breaks the connection. */
  readonly cut: () => void
}

const forms: readonly Form[] = ['object', 'Table', 'PartialObjectMetadata']
const includes: readonly RowObject[] = ['None', 'Metadata', 'Object']

const notAllowed = (): Fault =>
  new Fault('MethodNotAllowed', 'the server does not allow this method on the requested resource')

export const isWatch = (query: URLSearchParams, { name, subresource }: Target): boolean =>
  flag(query, 'watch') && subresource === undefined && (name === undefined || name !== '')

function includeOf(query: URLSearchParams): RowObject {
  const given = query.get('includeObject') ?? 'Metadata'
  const found = includes.find((one) => one === given)
  if (found === undefined) throw new Fault('BadRequest', `includeObject must be one of ${includes.join(', ')}`)
  return found
}

/** An object in the form that was asked for. */
function objectAnswer(parts: ResourceParts, asked: Asked, object: Resource, status = 200): Response {
  const { kind } = asked.target
  const form = acceptedForm(asked.request.headers.get('accept') ?? undefined, forms)
  if (form === 'Table') {
    const metadata = { resourceVersion: object.metadata.resourceVersion }
    const options = { include: includeOf(asked.query), columns: true }
    return json(table(kind, [object], metadata, options, parts.clock.now()), status)
  }
  return form === 'PartialObjectMetadata' ? json(partial(object), status) : jsonText(jsonOf(object), status)
}

function listAnswer(parts: ResourceParts, asked: Asked, list: RegistryList<Resource>): Response {
  const { kind } = asked.target
  const metadata = {
    resourceVersion: list.resourceVersion,
    ...(list.continue === undefined ? {} : { continue: list.continue }),
    ...(list.remainingItemCount === undefined ? {} : { remainingItemCount: list.remainingItemCount }),
  }
  switch (acceptedForm(asked.request.headers.get('accept') ?? undefined, forms)) {
    case 'Table': {
      const options = { include: includeOf(asked.query), columns: true }
      return json(table(kind, list.items, metadata, options, parts.clock.now()))
    }
    case 'PartialObjectMetadata':
      return json({
        kind: 'PartialObjectMetadataList',
        apiVersion: 'meta.k8s.io/v1',
        metadata,
        items: list.items.map(partial),
      })
    default: {
      // Each object's text is made once for all lists and watches that carry it.
      const head = JSON.stringify({ kind: `${kind.kind}List`, apiVersion: apiVersionOf(kind), metadata })
      return jsonText(`${head.slice(0, -1)},"items":[${list.items.map(jsonOf).join(',')}]}`)
    }
  }
}

function watchAnswer(parts: ResourceParts, asked: Asked): Response {
  const { query, target } = asked
  const { kind, name } = target
  const given = selectors(query)
  const byName = name === undefined ? [] : [`metadata.name=${name}`]
  const fieldSelector = [...(given.fieldSelector === undefined ? [] : [given.fieldSelector]), ...byName].join(',')
  const options = {
    namespace: target.namespace,
    ...given,
    ...(fieldSelector === '' ? {} : { fieldSelector }),
    resourceVersion: query.get('resourceVersion') ?? '',
    ...(query.has('sendInitialEvents') ? { sendInitialEvents: flag(query, 'sendInitialEvents') } : {}),
  }
  // What cannot be understood is refused at once; what is too old is the watch's first event.
  selectorOf(kind, options)
  if (options.resourceVersion !== '') parseVersion(options.resourceVersion)
  const form = acceptedForm(asked.request.headers.get('accept')?.replaceAll(';stream=watch', ''), forms)
  const include = includeOf(query)
  const asks = whole(query, 'timeoutSeconds') ?? 0
  const lasts =
    asks > 0
      ? millis(Math.min(seconds(asks), limits.watchMost))
      : millis(limits.watchLeast + randomBelow(parts.random, limits.watchLeast))

  const own = new AbortController()
  const stop = (): void => own.abort(new Fault('Unavailable', 'the watch ended'))
  if (asked.signal.aborted) stop()
  asked.signal.addEventListener('abort', stop, { once: true })
  const stopTimer = parts.clock.after(lasts, stop)
  const releaseHold = asked.holdStream()
  const release = (): void => {
    asked.signal.removeEventListener('abort', stop)
    stopTimer()
    stop()
    releaseHold()
  }
  const lines = watchLines(
    parts.registry.watch(kind, options, own.signal),
    { kind, form, include, bookmarks: flag(query, 'allowWatchBookmarks'), clock: parts.clock },
    own.signal,
  )
  return new Response(streamOf(lines, { clock: parts.clock, release, cut: asked.cut }), {
    headers: { 'content-type': 'application/json', 'cache-control': 'no-cache, private' },
  })
}

/** Runs a write with what the query says about unknown fields and dry runs; its warnings become headers. */
async function writing(asked: Asked, run: (options: WriteOptions) => Promise<Response>): Promise<Response> {
  const warnings: string[] = []
  const response = await run({ ...writeQuery(asked.query), warn: (text) => warnings.push(text) })
  return withWarnings(response, warnings)
}

const keyOf = ({ namespace, name = '' }: Target): ObjectKey => ({ namespace, name })

/** Of a body that may leave out its name and namespace where the URL says them. */
function named(raw: unknown, target: Target): unknown {
  if (typeof raw !== 'object' || raw === null || target.name === undefined) return raw
  const { metadata } = raw as { readonly metadata?: Readonly<Record<string, unknown>> }
  if (typeof metadata !== 'object' || metadata === null || (metadata.name !== undefined && metadata.name !== ''))
    return raw
  return { ...raw, metadata: { ...metadata, name: target.name } }
}

function checkKind(kind: Kind, raw: unknown): void {
  const given = raw as { readonly kind?: unknown; readonly apiVersion?: unknown } | null
  if (typeof given !== 'object' || given === null) throw new Fault('BadRequest', 'the body must be an object')
  if (given.kind !== kind.kind || given.apiVersion !== apiVersionOf(kind)) {
    throw new Fault(
      'BadRequest',
      `the object provided is ${String(given.apiVersion ?? 'without apiVersion')} ${String(given.kind ?? 'without kind')}, ` +
        `here only ${apiVersionOf(kind)} ${kind.kind} is accepted`,
    )
  }
}

async function collection(parts: ResourceParts, asked: Asked): Promise<Response> {
  const { request, query, target, signal } = asked
  const { kind, namespace } = target
  switch (request.method) {
    case 'GET':
      return listAnswer(parts, asked, await parts.registry.list(kind, { namespace, ...listQuery(query) }, signal))
    case 'POST': {
      if (kind.scope === 'Namespaced' && namespace === '') throw notAllowed()
      const raw = await readObject(request)
      checkKind(kind, raw)
      return writing(asked, async (options) =>
        objectAnswer(parts, asked, await parts.registry.create(kind, namespace, raw, options, signal), 201),
      )
    }
    case 'DELETE': {
      if (kind.scope === 'Namespaced' && namespace === '') throw notAllowed()
      const options = deleteOptions(await readOptional(request), query)
      const selection = { namespace, ...listQuery(query) }
      return listAnswer(parts, asked, await parts.registry.deleteCollection(kind, selection, options, signal))
    }
    case 'PUT':
    case 'PATCH':
      throw new Fault('BadRequest', 'name must be provided')
    default:
      throw notAllowed()
  }
}

async function one(parts: ResourceParts, asked: Asked, part: 'status' | undefined): Promise<Response> {
  const { request, target, signal } = asked
  const { registry } = parts
  const { kind } = target
  const key = keyOf(target)
  switch (request.method) {
    case 'GET':
      return objectAnswer(parts, asked, await registry.get(kind, key, signal))
    case 'PUT': {
      const raw = await readObject(request)
      checkKind(kind, raw)
      const body = named(raw, target)
      return writing(asked, async (options) =>
        objectAnswer(
          parts,
          asked,
          part === 'status'
            ? await registry.updateStatus(kind, key, body, options, signal)
            : await registry.update(kind, key, body, options, signal),
        ),
      )
    }
    case 'PATCH': {
      const patch = await readPatch(request)
      return writing(asked, async (options) =>
        objectAnswer(
          parts,
          asked,
          await registry.patch(
            kind,
            key,
            part === undefined ? patch : { ...patch, subresource: part },
            options,
            signal,
          ),
        ),
      )
    }
    case 'DELETE': {
      if (part !== undefined) throw notAllowed()
      const options = deleteOptions(await readOptional(request), asked.query)
      const { object, removed } = await registry.delete(kind, key, options, signal)
      if (!removed) return objectAnswer(parts, asked, object)
      const { name, uid } = object.metadata
      return json(success({ name, ...(kind.group === '' ? {} : { group: kind.group }), kind: kind.plural, uid }))
    }
    default:
      throw notAllowed()
  }
}

/** Answers a request about `asked.target`. Faults go to the caller. */
export async function answerResource(parts: ResourceParts, asked: Asked): Promise<Response> {
  const { request, query, target, signal } = asked
  const { kind, name, subresource } = target
  if (request.method === 'GET' && isWatch(query, target)) return watchAnswer(parts, asked)
  if (name === undefined) return collection(parts, asked)
  if (subresource === undefined) return one(parts, asked, undefined)
  if (subresource === 'status' && kind.statusSubresource) return one(parts, asked, 'status')
  const extra = parts.subresources.find((one) => one.kind === kind && one.name === subresource)
  if (extra === undefined) {
    throw new Fault('NotFound', 'the server could not find the requested resource', {
      about: { group: kind.group, resource: groupResource(kind), kind: kind.kind, name },
    })
  }
  if (request.method !== 'GET') throw notAllowed()
  return extra.handle(keyOf(target), request, signal)
}
