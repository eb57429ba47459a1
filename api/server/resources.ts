/** The verbs of resources: translates a request into a call of the registry, and its result into an answer. */
import type { Clock } from '../../lib/clock.ts'
import { Fault, isFault } from '../../lib/errors.ts'
import { type Random, randomBelow } from '../../lib/random.ts'
import { millis, seconds } from '../../lib/time.ts'
import type { User } from '../access/user.ts'
import { apiVersionOf, groupResource, type Kind } from '../meta/kind.ts'
import type { ObjectKey, Resource } from '../meta/object.ts'
import { selectorOf } from '../meta/selectors.ts'
import { jsonOf } from '../registry/codec.ts'
import { notFound } from '../registry/faults.ts'
import type { RegistryList } from '../registry/list.ts'
import type { Registry } from '../registry/registry.ts'
import { readScale, scaleOf, scaleReplacement } from '../registry/scale.ts'
import { parseVersion } from '../registry/watch.ts'
import type { WriteOptions } from '../registry/writes.ts'
import { Scale } from '../v1/scale.ts'
import { acceptedForm, type Form, objectForm } from './accept.ts'
import { json, jsonText, pageNotFound, refusal, withWarnings } from './answer.ts'
import { readObject, readOptional, readPatch, readScaleBody } from './body.ts'
import { limits } from './limits.ts'
import { deleteOptions, flag, listQuery, selectors, whole, writeQuery } from './query.ts'
import type { ExtraSubresource } from './served.ts'
import { success } from './status.ts'
import { streamOf } from './stream.ts'
import { partial, type RowObject, table } from './table.ts'
import { isBuiltIn, type Target, unknownResource } from './target.ts'
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
  readonly user: User
  /** Of what a write is about to store. */
  readonly review?: WriteOptions['review']
}

const forms: readonly Form[] = ['object', 'Table', 'PartialObjectMetadata']
const includes: readonly RowObject[] = ['None', 'Metadata', 'Object']

/** Kubernetes' verb for a method; methods it does not know have none. */
const verbs: Readonly<Record<string, string>> = {
  GET: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
}

const notAllowed = (kind: Kind, method: string): Fault =>
  isBuiltIn(kind.group)
    ? new Fault('MethodNotAllowed', 'the server does not allow this method on the requested resource')
    : new Fault(
        'MethodNotAllowed',
        `${verbs[method] ?? ''} is not supported on resources of kind "${groupResource(kind)}"`,
        {
          about: { group: kind.group, resource: kind.plural, kind: kind.kind, name: '' },
        },
      )

export const isWatch = (query: URLSearchParams, { name, subresource }: Target): boolean =>
  flag(query, 'watch') && subresource === undefined && (name === undefined || name !== '')

function includeOf(query: URLSearchParams): RowObject {
  const given = query.get('includeObject') ?? 'Metadata'
  const found = includes.find((one) => one === given)
  if (found === undefined) throw new Fault('BadRequest', `includeObject must be one of ${includes.join(', ')}`)
  return found
}

const formFor = ({ request, target: { kind } }: Asked): Form =>
  objectForm(request.headers.get('accept') ?? undefined, forms, isBuiltIn(kind.group))

/** An object, or what of it was asked for, in the form that was asked for. */
function objectAnswer(parts: ResourceParts, asked: Asked, whole: Resource, status = 200): Response {
  const isScale = asked.target.subresource === 'scale'
  const kind = isScale ? (Scale as unknown as Kind) : asked.target.kind
  const object = isScale ? scaleOf(asked.target.kind, whole) : whole
  const form = formFor(asked)
  if (form === 'Table') {
    const metadata = { resourceVersion: object.metadata.resourceVersion }
    const options = { include: includeOf(asked.query), columns: true }
    return json(table(kind, [object], metadata, options, parts.clock.now()), status)
  }
  if (form === 'PartialObjectMetadata') return json(partial(object), status)
  const { resourceVersion, ...metadata } = object.metadata
  // what a dry run made has no version
  return resourceVersion === '' ? json({ ...object, metadata }, status) : jsonText(jsonOf(object), status)
}

function listAnswer(parts: ResourceParts, asked: Asked, list: RegistryList<Resource>): Response {
  const { kind } = asked.target
  const metadata = {
    resourceVersion: list.resourceVersion,
    ...(list.continue === undefined ? {} : { continue: list.continue }),
    ...(list.remainingItemCount === undefined ? {} : { remainingItemCount: list.remainingItemCount }),
  }
  switch (formFor(asked)) {
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

/** Runs a write as the query and the body want it; what it warns about becomes headers, of a refusal too. */
async function writing(
  { review, user }: Asked,
  options: Omit<WriteOptions, 'warn' | 'review' | 'requester'>,
  run: (options: WriteOptions) => Promise<Response>,
): Promise<Response> {
  const warnings: string[] = []
  try {
    return withWarnings(
      await run({
        ...options,
        requester: user,
        ...(review === undefined ? {} : { review }),
        warn: (text) => warnings.push(text),
      }),
      warnings,
    )
  } catch (error) {
    if (warnings.length === 0 || !isFault(error) || error.code === 'Internal') throw error
    return withWarnings(refusal(error), warnings)
  }
}

const keyOf = ({ namespace, name = '' }: Target): ObjectKey => ({ namespace, name })

async function create(parts: ResourceParts, asked: Asked): Promise<Response> {
  const { request, query, target, signal } = asked
  const { kind, namespace } = target
  const { value, repeated } = await readObject(request, kind)
  return writing(asked, { ...writeQuery(query, 'CreateOptions'), repeated }, async (options) =>
    objectAnswer(parts, asked, await parts.registry.create(kind, namespace, value, options, signal), 201),
  )
}

async function collection(parts: ResourceParts, asked: Asked): Promise<Response> {
  const { request, query, target, signal } = asked
  const { kind, namespace } = target
  const isAll = kind.scope === 'Namespaced' && namespace === ''
  if (isAll && request.method !== 'GET') {
    if (isBuiltIn(kind.group)) throw notAllowed(kind, request.method)
    return pageNotFound()
  }
  switch (request.method) {
    case 'GET':
      return listAnswer(parts, asked, await parts.registry.list(kind, { namespace, ...listQuery(query) }, signal))
    case 'POST':
      return create(parts, asked)
    case 'DELETE': {
      const options = deleteOptions(await readOptional(request), query)
      const selection = { namespace, ...listQuery(query) }
      return listAnswer(parts, asked, await parts.registry.deleteCollection(kind, selection, options, signal))
    }
    case 'PUT':
    case 'PATCH':
      throw new Fault('BadRequest', 'name must be provided')
    default:
      throw notAllowed(kind, request.method)
  }
}

async function one(parts: ResourceParts, asked: Asked, part: 'status' | 'scale' | undefined): Promise<Response> {
  const { request, query, target, signal } = asked
  const { registry } = parts
  const { kind } = target
  const key = keyOf(target)
  switch (request.method) {
    case 'GET':
      return objectAnswer(parts, asked, await registry.get(kind, key, signal))
    case 'POST':
      if (part !== undefined || isBuiltIn(kind.group)) throw notAllowed(kind, request.method)
      return create(parts, asked)
    case 'PUT': {
      const options = writeQuery(query, 'UpdateOptions')
      if (part === 'scale') {
        const patch = scaleReplacement(readScale(await readScaleBody(request), key))
        return writing(asked, options, async (all) =>
          objectAnswer(parts, asked, await registry.patch(kind, key, patch, all, signal)),
        )
      }
      const { value, repeated } = await readObject(request, kind)
      const update = part === 'status' ? registry.updateStatus : registry.update
      return writing(asked, { ...options, repeated }, async (all) => {
        let code = 200
        const made = (): void => {
          code = 201
        }
        return objectAnswer(parts, asked, await update(kind, key, value, { ...all, made }, signal), code)
      })
    }
    case 'PATCH': {
      const { repeated, ...given } = await readPatch(request)
      const patch = part === undefined ? given : { ...given, subresource: part }
      return writing(asked, { ...writeQuery(query, 'PatchOptions'), repeated }, async (options) =>
        objectAnswer(parts, asked, await registry.patch(kind, key, patch, options, signal)),
      )
    }
    case 'DELETE': {
      if (part !== undefined) throw notAllowed(kind, request.method)
      const options = deleteOptions(await readOptional(request), query)
      const { object, removed } = await registry.delete(kind, key, options, signal)
      if (!removed) return objectAnswer(parts, asked, object)
      const { name, uid } = object.metadata
      return json(success({ name, ...(kind.group === '' ? {} : { group: kind.group }), kind: kind.plural, uid }))
    }
    default:
      throw notAllowed(kind, request.method)
  }
}

/** Answers a request about `asked.target`. Faults go to the caller. */
export async function answerResource(parts: ResourceParts, asked: Asked): Promise<Response> {
  const { request, query, target, signal } = asked
  const { kind, name, subresource } = target
  if (request.method === 'GET' && isWatch(query, target)) return watchAnswer(parts, asked)
  formFor(asked) // refused before anything is done
  if (name === undefined) return collection(parts, asked)
  if (subresource === undefined) return one(parts, asked, undefined)
  if (subresource === 'status' && kind.statusSubresource) return one(parts, asked, 'status')
  if (subresource === 'scale' && kind.scale !== undefined) return one(parts, asked, 'scale')
  const extra = parts.subresources.find((one) => one.kind === kind && one.name === subresource)
  if (extra === undefined) throw isBuiltIn(kind.group) ? unknownResource() : notFound(kind, name)
  if (!extra.verbs.includes(verbs[request.method] ?? '')) throw notAllowed(kind, request.method)
  return extra.handle(keyOf(target), request, signal)
}
