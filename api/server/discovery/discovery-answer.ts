/** Answers to discovery, in the form and encoding that the client accepts. */
import { createHash } from 'node:crypto'
import { accepted } from '../answer/accept.ts'
import { json, jsonText } from '../answer/answer.ts'
import { protobufType } from '../protobuf/envelope.ts'
import { aggregated, aggregatedType, apiGroup, apiGroupList, apiResourceList, apiVersions } from './discovery.ts'
import type { ServedResource } from './served.ts'

/** The plain document at `path`; undefined when there is none. */
function documentAt(served: readonly ServedResource[], path: string, address: string): object | undefined {
  const [, root, first, second, ...more] = path.split('/')
  if (more.length > 0) return undefined
  if (root === 'api') {
    if (second !== undefined) return undefined
    return first === undefined ? apiVersions(served, address) : apiResourceList(served, first)
  }
  if (root !== 'apis') return undefined
  if (first === undefined) return apiGroupList(served)
  return second === undefined ? apiGroup(served, first) : apiResourceList(served, `${first}/${second}`)
}

function everything(served: readonly ServedResource[], path: string, request: Request): Response {
  const text = JSON.stringify(aggregated(served, path === '/api' ? 'core' : 'groups'))
  const etag = `"${createHash('sha256').update(text).digest('hex').toUpperCase()}"`
  const isKnown = request.headers.get('if-none-match') === etag
  const response = isKnown ? new Response(null, { status: 304 }) : jsonText(text, 200, aggregatedType)
  for (const [name, value] of [
    ['cache-control', 'public'],
    ['etag', etag],
    ['vary', 'Accept'],
  ] as const) {
    response.headers.set(name, value)
  }
  return response
}

/** The answer at `/api`, `/apis` and one or two segments below; undefined when nothing is there. Faults: NotAcceptable. */
export async function discoveryAnswer(
  served: readonly ServedResource[],
  path: string,
  request: Request,
): Promise<Response | undefined> {
  const document = documentAt(served, path, new URL(request.url).host)
  if (document === undefined) return undefined
  const accept = request.headers.get('accept') ?? undefined
  const isRoot = path === '/api' || path === '/apis'
  const { form, encoding } = accepted(accept, isRoot ? ['object', 'aggregated'] : ['object'], () => true)
  if (form === 'aggregated') return everything(served, path, request)
  if (encoding !== 'protobuf') return json(document)
  const { encodeObject } = await import('../protobuf/encode.ts')
  const typed = { apiVersion: '', ...document } as Parameters<typeof encodeObject>[0]
  return new Response(encodeObject(typed) ?? null, { headers: { 'content-type': protobufType } })
}
