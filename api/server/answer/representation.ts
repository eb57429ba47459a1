/** The last step of an answer: the JSON it was made in, as the client wants to read it. */
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { isRecord } from '../../meta/json.ts'
import { writeYaml } from '../body/yaml.ts'
import { limits } from '../limits.ts'
import { protobufType } from '../protobuf/envelope.ts'
import { encodingForStatus } from './accept.ts'
import { jsonBodyOf } from './json-answer.ts'

/** People who look with a browser or by hand get lines; `pretty` decides where it is said. */
const byHand = /^(curl|Wget|Mozilla\/5\.0)\b/

function isPretty(request: Request, query: URLSearchParams): boolean {
  const said = query.get('pretty')
  if (said !== null) return said !== 'false' && said !== '0'
  return (
    /;\s*pretty=(1|true)/.test(request.headers.get('accept') ?? '') ||
    byHand.test(request.headers.get('user-agent') ?? '')
  )
}

/** In protobuf; undefined for what has none, which clients of protobuf read as JSON. */
async function inProtobuf(text: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const { encodeObject } = await import('../protobuf/encode.ts')
  const value: unknown = JSON.parse(text)
  if (!isRecord(value) || typeof value.kind !== 'string' || typeof value.apiVersion !== 'string') return undefined
  return encodeObject({ ...value, kind: value.kind, apiVersion: value.apiVersion })
}

/** The body in the encoding that the client prefers; undefined when it is right as it is. */
async function encoded(
  request: Request,
  query: URLSearchParams,
  body: string | Buffer,
): Promise<{ readonly body: string | Uint8Array<ArrayBuffer>; readonly type?: string } | undefined> {
  const encoding = encodingForStatus(request.headers.get('accept') ?? undefined)
  const bytes = encoding === 'protobuf' ? await inProtobuf(body.toString()) : undefined
  if (bytes !== undefined) return { body: bytes, type: protobufType }
  const isYaml = encoding === 'yaml'
  if (!isYaml && !isPretty(request, query)) return undefined
  const value: unknown = JSON.parse(body.toString())
  return isYaml ? { body: writeYaml(value), type: 'application/yaml' } : { body: JSON.stringify(value, null, 2) }
}

const zip = promisify(gzip)

/** Kubernetes compresses what is read, when it is large and no stream. */
async function zipped(request: Request, body: string | Uint8Array): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const accepts = /\bgzip\b/.test(request.headers.get('accept-encoding') ?? '')
  if (!accepts || request.method !== 'GET' || body.length <= limits.compressFrom) return undefined
  return zip(body, { level: limits.compression })
}

/**
 * `response`, re-written when it is JSON and the client prefers another encoding, or lines, or fewer bytes. Streams and
 * texts stay as they are.
 */
export async function represented(request: Request, query: URLSearchParams, response: Response): Promise<Response> {
  const json = jsonBodyOf(response)
  if (json === undefined) return response
  const other = await encoded(request, query, json)
  const body = await zipped(request, other?.body ?? json)
  if (other === undefined && body === undefined) return response
  const headers = new Headers(response.headers)
  if (other?.type !== undefined) headers.set('content-type', other.type)
  if (body !== undefined) {
    headers.set('content-encoding', 'gzip')
    headers.append('vary', 'Accept-Encoding')
  }
  return new Response(body ?? other?.body ?? null, { status: response.status, headers })
}
