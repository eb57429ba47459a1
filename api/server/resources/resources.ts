/** The verbs of resources: translates a request into a call of the registry, and its result into an answer. */
import { Fault, isFault } from '../../../lib/errors.ts'
import { groupResource, isNative, type Kind } from '../../meta/kind.ts'
import type { ObjectKey } from '../../meta/object.ts'
import { notFound } from '../../registry/faults.ts'
import { readScale, scaleReplacement } from '../../registry/scale.ts'
import type { WriteOptions } from '../../registry/writes.ts'
import { json, pageNotFound, refusal, withWarnings } from '../answer/answer.ts'
import { listAnswer, objectAnswer, shapeFor } from '../answer/object-answer.ts'
import { success } from '../answer/status.ts'
import { isWatch, watchAnswer } from '../answer/watch-answer.ts'
import { readObject, readOptional, readPatch, readScaleBody } from '../body/body.ts'
import { asksForClusterServices, noClusterServices } from '../discovery/empty-lists.ts'
import type { Asked, ResourceParts } from './asked.ts'
import { listQuery } from './list-query.ts'
import { deleteOptions, flag, writeQuery } from './query.ts'
import { methodNotAllowed, type Target, unknownResource } from './target.ts'

/** Kubernetes' verb for a method; methods it does not know have none. */
const verbs: Readonly<Record<string, string>> = {
  GET: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
}

const notAllowed = (kind: Kind, method: string): Fault =>
  isNative(kind)
    ? methodNotAllowed()
    : new Fault(
        'MethodNotAllowed',
        `${verbs[method] ?? ''} is not supported on resources of kind "${groupResource(kind)}"`,
        {
          about: { group: kind.group, resource: kind.plural, kind: kind.kind, name: '' },
        },
      )

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
  return writing(asked, { ...writeQuery(query, 'CreateOptions', request), repeated }, async (options) =>
    objectAnswer(parts, asked, await parts.registry.create(kind, namespace, value, options, signal), 201),
  )
}

async function applyTo(
  { registry, ...parts }: ResourceParts,
  asked: Asked,
  part: 'status' | 'scale' | undefined,
  { body, repeated }: { readonly body: unknown; readonly repeated: readonly string[] },
): Promise<Response> {
  const { request, query, target, signal } = asked
  const wanted = { ...writeQuery(query, 'ApplyOptions', request), repeated, force: flag(query, 'force') }
  return writing(asked, wanted, async (all) => {
    let code = 200
    const made = (): void => {
      code = 201
    }
    const options = { ...wanted, ...all, made, ...(part === undefined ? {} : { subresource: part }) }
    const object = await registry.apply(target.kind, keyOf(target), body, options, signal)
    return objectAnswer({ registry, ...parts }, asked, object, code)
  })
}

async function collection(parts: ResourceParts, asked: Asked): Promise<Response> {
  const { request, query, target, signal } = asked
  const { kind, namespace } = target
  const isAll = kind.scope === 'Namespaced' && namespace === ''
  if (isAll && request.method !== 'GET') {
    if (isNative(kind)) throw notAllowed(kind, request.method)
    return pageNotFound()
  }
  switch (request.method) {
    case 'GET':
      if (asksForClusterServices(kind, query)) return json(noClusterServices)
      return listAnswer(parts, asked, await parts.registry.list(kind, { namespace, ...listQuery(query) }, signal))
    case 'POST':
      return create(parts, asked)
    case 'DELETE': {
      if (kind.specFinalizers) throw notAllowed(kind, request.method)
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

async function one(
  parts: ResourceParts,
  asked: Asked,
  part: 'status' | 'scale' | 'finalize' | undefined,
): Promise<Response> {
  const { request, query, target, signal } = asked
  const { registry } = parts
  const { kind } = target
  const key = keyOf(target)
  switch (request.method) {
    case 'GET': {
      const version = query.get('resourceVersion') ?? ''
      const read =
        version === '' ? registry.get(kind, key, signal) : registry.getNotOlderThan(kind, key, version, signal)
      return objectAnswer(parts, asked, await read)
    }
    case 'POST':
      if (part !== undefined || isNative(kind)) throw notAllowed(kind, request.method)
      return create(parts, asked)
    case 'PUT': {
      const options = writeQuery(query, 'UpdateOptions', request)
      if (part === 'scale') {
        const patch = scaleReplacement(readScale(await readScaleBody(request), key))
        return writing(asked, options, async (all) =>
          objectAnswer(parts, asked, await registry.patch(kind, key, patch, all, signal)),
        )
      }
      const { value, repeated } = await readObject(request, kind)
      const update = registry[part === 'status' ? 'updateStatus' : (part ?? 'update')]
      return writing(asked, { ...options, repeated }, async (all) => {
        let code = 200
        const made = (): void => {
          code = 201
        }
        return objectAnswer(parts, asked, await update(kind, key, value, { ...all, made }, signal), code)
      })
    }
    case 'PATCH': {
      const { repeated, type, body } = await readPatch(request, kind)
      if (part === 'finalize') throw notAllowed(kind, request.method)
      if (type === 'apply') return applyTo(parts, asked, part, { body, repeated })
      const patch = { type, body, ...(part === undefined ? {} : { subresource: part }) }
      return writing(asked, { ...writeQuery(query, 'PatchOptions', request), repeated }, async (options) =>
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
  shapeFor(asked) // refused before anything is done
  if (name === undefined) return collection(parts, asked)
  if (subresource === undefined) return one(parts, asked, undefined)
  if (subresource === 'status' && kind.statusSubresource) return one(parts, asked, 'status')
  if (subresource === 'scale' && kind.scale !== undefined) return one(parts, asked, 'scale')
  if (subresource === 'finalize' && kind.specFinalizers && request.method === 'PUT')
    return one(parts, asked, 'finalize')
  const extra = parts.subresources.find((one) => one.kind === kind && one.name === subresource)
  if (extra === undefined) throw isNative(kind) ? unknownResource() : notFound(kind, name)
  if (!extra.verbs.includes(verbs[request.method] ?? '')) throw notAllowed(kind, request.method)
  return extra.handle(keyOf(target), request, signal)
}
