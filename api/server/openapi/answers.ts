/** Answers about schemas, `/openapi/v2` and `/openapi/v3`: made once, when somebody first asks. */
import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { httpDate, type Instant } from '../../../lib/time.ts'
import { pageNotFound, plain } from '../answer/answer.ts'
import type { ServedResource } from '../discovery/served.ts'
import { documentsOf } from './documents.ts'
import { encodeSecond, encodeThird } from './gnostic-proto.ts'
import { swaggerOf } from './swagger.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** A document in one encoding. */
interface Encoded {
  readonly type: string
  readonly bytes: Bytes
  readonly hash: string
}

/** One document in each of its encodings. */
interface Encodings {
  json(): Promise<Encoded>
  protobuf(): Promise<Encoded>
}

/** Calls `make` once; a failure is not kept. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined
      throw error
    })
    return made
  }
}

const encoded = (type: string, bytes: Bytes): Encoded => ({
  type,
  bytes,
  hash: createHash('sha512').update(bytes).digest('hex').toUpperCase(),
})

const encodings = (
  document: object,
  protobufType: string,
  protobuf: (document: object) => Promise<Bytes>,
): Encodings => ({
  json: once(async () => encoded('application/json', Buffer.from(JSON.stringify(document)))),
  protobuf: once(async () => encoded(protobufType, await protobuf(document))),
})

const typeOf = (version: 'v2' | 'v3'): string => `application/com.github.proto-openapi.spec.${version}.v1.0+protobuf`

/** Which encoding the client likes best; undefined when it takes none of ours. */
function chosen(accept: string | null, version: 'v2' | 'v3'): keyof Encodings | undefined {
  for (const range of (accept ?? '*/*').split(',')) {
    const [type = ''] = range.split(';', 1)
    switch (type.trim()) {
      case 'application/json':
      case 'application/*':
      case '*/*':
        return 'json'
      // the name that is registered, and the one that clients send
      case typeOf(version):
      case typeOf(version).replace('.v1.0', '@v1.0'):
        return 'protobuf'
    }
  }
  return undefined
}

const zip = promisify(gzip)

/** Answers below `/openapi/`; `since` is what documents are dated. */
export function openApiAnswers(
  served: readonly ServedResource[],
  since: Instant,
): (path: string, request: Request) => Promise<Response> {
  const documents = documentsOf(served)
  const third = new Map(
    [...documents].map(([path, document]) => [path, encodings(document, typeOf('v3'), encodeThird)] as const),
  )
  const second = encodings(swaggerOf([...documents.values()]), typeOf('v2'), encodeSecond)
  const dated = { 'last-modified': httpDate(since) }
  const zipped = new WeakMap<Encoded, Promise<Bytes>>()

  function answer(request: Request, { type, bytes, hash }: Encoded, headers: Record<string, string>): Response {
    const etag = `"${hash}"`
    if (request.headers.get('if-none-match') === etag) {
      return new Response(null, { status: 304, headers: { etag, ...headers } })
    }
    return new Response(bytes, { headers: { 'content-type': type, etag, ...dated, ...headers } })
  }

  async function index(): Promise<Response> {
    const urls = [...third].map(async ([path, document]) => {
      const { hash } = await document.json()
      return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }] as const
    })
    const response = plain(JSON.stringify({ paths: Object.fromEntries(await Promise.all(urls)) }))
    response.headers.set('last-modified', dated['last-modified'])
    return response
  }

  async function ofVersion(path: string, document: Encodings, request: Request): Promise<Response> {
    const vary = 'Accept'
    const encoding = chosen(request.headers.get('accept'), 'v3')
    if (encoding === undefined) return new Response(null, { status: 406, headers: { vary } })
    const { hash } = await document.json()
    const asked = new URL(request.url).searchParams.get('hash')
    if (asked !== null && asked !== hash) {
      const location = `/openapi/v3/${path}?hash=${hash}`
      const headers = { location, vary, etag: `"${hash}"`, 'content-type': 'application/json' }
      return new Response(null, { status: 301, headers })
    }
    const one = encoding === 'json' ? await document.json() : await document.protobuf()
    return answer(request, one, asked === null ? { vary } : { vary, 'cache-control': 'public, immutable' })
  }

  async function whole(request: Request): Promise<Response> {
    const vary = 'Accept-Encoding, Accept'
    const encoding = chosen(request.headers.get('accept'), 'v2')
    if (encoding === undefined) return new Response(null, { status: 406, headers: { vary } })
    const one = encoding === 'json' ? await second.json() : await second.protobuf()
    if (!/\bgzip\b/.test(request.headers.get('accept-encoding') ?? '')) return answer(request, one, { vary })
    const bytes = await (zipped.get(one) ?? zip(one.bytes))
    zipped.set(one, Promise.resolve(bytes))
    return answer(request, { ...one, bytes }, { vary, 'content-encoding': 'gzip' })
  }

  return async (path, request) => {
    if (path === '/openapi/v2') return whole(request)
    if (path === '/openapi/v3') return index()
    const below = path.startsWith('/openapi/v3/') ? path.slice('/openapi/v3/'.length) : undefined
    if (below === undefined) return pageNotFound()
    const document = third.get(below)
    return document === undefined ? new Response(null, { status: 404 }) : ofVersion(below, document, request)
  }
}
