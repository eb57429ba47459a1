/** Sends a recorded request over HTTPS exactly as it was recorded: no header is added, nothing is followed or unpacked. */
import type { IncomingMessage } from 'node:http'
import { Agent, request as httpsRequest } from 'node:https'
import { gunzipSync } from 'node:zlib'
import type { TraceRequest } from './trace.ts'
import { parseExact, textOf } from './trace.ts'

export interface Door {
  readonly url: string
  /** PEM of the authority. */
  readonly authority: string
  /** Bearer tokens by the traces' users; `admin` is who no user stands for. */
  readonly tokens: Readonly<Record<'admin' | 'limited', string>>
}

/** What came back, before it is read. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly bytes: Buffer
}

export class Wire {
  readonly #door: Door
  readonly #agent: Agent
  constructor(door: Door) {
    this.#door = door
    this.#agent = new Agent({ ca: door.authority, keepAlive: true, maxSockets: 64 })
  }

  /** The whole answer; undefined when the connection was closed without one. */
  async send(request: TraceRequest): Promise<Answer | undefined> {
    const response = await this.#open(request)
    if (response === undefined) return undefined
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk as Buffer)
    return { status: response.statusCode ?? 0, headers: headersOf(response), bytes: Buffer.concat(chunks) }
  }

  /** An answer whose body goes on. */
  async stream(request: TraceRequest): Promise<{ readonly answer: Answer; readonly body: IncomingMessage }> {
    const body = await this.#open(request)
    if (body === undefined) throw new Error(`no answer to the watch ${request.path}`)
    return {
      answer: { status: body.statusCode ?? 0, headers: headersOf(body), bytes: Buffer.alloc(0) },
      body,
    }
  }

  /** Status and the first bytes of the text; a stream is left after them. */
  async glance(request: TraceRequest): Promise<{ readonly status: number; readonly text: string }> {
    const response = await this.#open(request)
    if (response === undefined) throw new Error('the connection was closed')
    const status = response.statusCode ?? 0
    const chunks: Buffer[] = []
    const isStream = request.query?.watch !== undefined && status === 200
    if (isStream) response.destroy()
    else for await (const chunk of response) chunks.push(chunk as Buffer)
    return { status, text: Buffer.concat(chunks).subarray(0, 2000).toString('utf8') }
  }

  close(): void {
    this.#agent.destroy()
  }

  #open(given: TraceRequest): Promise<IncomingMessage | undefined> {
    const url = new URL(this.#door.url)
    const query = new URLSearchParams(
      Object.entries(given.query ?? {}).flatMap(([name, value]) =>
        (typeof value === 'string' ? [value] : value).map((one): [string, string] => [name, one]),
      ),
    ).toString()
    const body = bodyOf(given)
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage | undefined>()
    const sent = httpsRequest(
      {
        host: url.hostname,
        port: url.port,
        agent: this.#agent,
        method: given.method,
        path: query === '' ? given.path : `${given.path}?${query}`,
        headers: {
          ...given.headers,
          ...this.#credentials(given.user),
          ...(body === undefined ? {} : { 'content-length': String(body.byteLength) }),
        },
      },
      resolve,
    )
    sent.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' || error.code === 'EPIPE' ? resolve(undefined) : reject(error),
    )
    sent.end(body)
    return promise
  }

  #credentials(user: TraceRequest['user']): Record<string, string> {
    if (user === 'anonymous') return {}
    const { admin, limited } = this.#door.tokens
    return { authorization: `Bearer ${user === 'badtoken' ? 'not-a-token' : user === 'limited' ? limited : admin}` }
  }
}

function bodyOf(request: TraceRequest): Buffer | undefined {
  if (request.bodyBase64 !== undefined) return Buffer.from(request.bodyBase64, 'base64')
  if (request.bodyText !== undefined) return Buffer.from(request.bodyText)
  return request.body === undefined ? undefined : Buffer.from(textOf(generated(request.body)))
}

const times = (count: number, letter: string): string => letter.repeat(count)

/** Bodies too long to be stored, made from their descriptions. */
function generated(body: unknown): unknown {
  const text = typeof body === 'object' && body !== null ? (body as Record<string, unknown>)['<generated>'] : undefined
  if (typeof text !== 'string') return body
  const [count] = /\d{5,}/.exec(text) ?? []
  const many = Number(count)
  const name = /^(?:Widget|Secret|ConfigMap) "([^"]+)"/.exec(text)?.[1] ?? ''
  const widget = { apiVersion: 'golden.gantry.dev/v1', kind: 'Widget' }
  if (text.includes('spec.raw.x')) {
    return { ...widget, metadata: { name }, spec: { color: 'red', raw: { x: times(many, 'y') } } }
  }
  if (text.includes('annotation a')) {
    return { ...widget, metadata: { name, annotations: { a: times(many, 'x') } }, spec: { color: 'red' } }
  }
  if (text.startsWith('merge patch')) return { spec: { note: times(many, 'y') } }
  if (text.startsWith('10001 times')) {
    return Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/spec/color', value: 'red' }))
  }
  if (text.startsWith('Secret')) {
    return { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: { a: times(many, 'x') } }
  }
  if (text.startsWith('ConfigMap')) {
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { a: times(many, 'x') } }
  }
  throw new Error(`no such generated body: ${text}`)
}

function headersOf(response: IncomingMessage): Answer['headers'] {
  const headers: Record<string, string | string[]> = {}
  for (let at = 0; at < response.rawHeaders.length; at += 2) {
    const name = (response.rawHeaders[at] as string).toLowerCase()
    const value = response.rawHeaders[at + 1] as string
    const before = headers[name]
    headers[name] = before === undefined ? value : [...(typeof before === 'string' ? [before] : before), value]
  }
  return headers
}

/** The text of an answer, unpacked. */
export const bodyText = ({ headers, bytes }: Answer): string =>
  (headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString('utf8')

/** What a JSON text says; undefined when it is none. */
export function jsonOrNothing(text: string): unknown {
  try {
    return parseExact(text)
  } catch {
    return undefined
  }
}
