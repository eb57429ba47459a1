/** The last step of an answer: the JSON it was made in, as the client wants to read it. */
import { isRecord } from '../meta/json.ts'
import { encodingForStatus } from './accept.ts'
import { jsonTextOf } from './answer.ts'
import { protobufType } from './protobuf/envelope.ts'
import { writeYaml } from './yaml.ts'

/** People who look with a browser or by hand get lines; `pretty` decides where it is said. */
const byHand = /^(curl|Wget|Mozilla\/5\.0)\b/

function isPretty(request: Request): boolean {
  const said = new URL(request.url).searchParams.get('pretty')
  if (said !== null) return said !== 'false' && said !== '0'
  return (
    /;\s*pretty=(1|true)/.test(request.headers.get('accept') ?? '') ||
    byHand.test(request.headers.get('user-agent') ?? '')
  )
}

/** In protobuf; undefined for what has none, which clients of protobuf read as JSON. */
async function inProtobuf(text: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const { encodeObject } = await import('./protobuf/encode.ts')
  const value: unknown = JSON.parse(text)
  if (!isRecord(value) || typeof value.kind !== 'string' || typeof value.apiVersion !== 'string') return undefined
  return encodeObject({ ...value, kind: value.kind, apiVersion: value.apiVersion })
}

/** `response`, re-written when it is JSON and the client prefers another encoding, or lines. Streams and texts stay as they are. */
export async function represented(request: Request, response: Response): Promise<Response> {
  const text = jsonTextOf(response)
  if (text === undefined) return response
  const encoding = encodingForStatus(request.headers.get('accept') ?? undefined)
  const bytes = encoding === 'protobuf' ? await inProtobuf(text) : undefined
  if (bytes !== undefined) {
    const headers = new Headers(response.headers)
    headers.set('content-type', protobufType)
    return new Response(bytes, { status: response.status, headers })
  }
  const isYaml = encoding === 'yaml'
  if (!isYaml && !isPretty(request)) return response
  const value: unknown = JSON.parse(text)
  const headers = new Headers(response.headers)
  if (isYaml) headers.set('content-type', 'application/yaml')
  return new Response(isYaml ? writeYaml(value) : JSON.stringify(value, null, 2), { status: response.status, headers })
}
