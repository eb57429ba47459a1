/** A proxy between kubectl and the server that notes what is asked, and may withhold what a poorer server would not have. */
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Agent, createServer, request as httpsRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Lack, RecordedRequest } from './kubectl-case.ts'

export interface Upstream {
  readonly url: string
  /** PEM of the authority that signed the certificate. */
  readonly authority: string
  readonly certificate: string
  readonly key: string
}

export interface Recorder {
  readonly url: string
  /** What was asked since the last `reset`, in order of arrival. */
  readonly requests: readonly RecordedRequest[]
  /** `onRequest` hears of each request once it was answered with headers. */
  reset(lacks: readonly Lack[], onRequest?: (request: RecordedRequest) => void): void
  close(): Promise<void>
}

const json = { 'content-type': 'application/json' }
const refusal = (code: number, reason: string): string =>
  JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'refused by the recorder',
    reason,
    code,
  })

const protobuf = 'application/vnd.kubernetes.protobuf'

/** What a poorer server would answer itself; undefined when it would not differ. */
function withheld(lacks: readonly Lack[], request: IncomingMessage): { code: number; reason: string } | undefined {
  const path = request.url ?? ''
  const has = (lack: Lack): boolean => lacks.includes(lack)
  if (has('protobuf-body') && request.headers['content-type'] === protobuf) {
    return { code: 415, reason: 'UnsupportedMediaType' }
  }
  if (has('openapi-v3') && path.startsWith('/openapi/v3')) return { code: 404, reason: 'NotFound' }
  if (has('openapi-v2') && path.startsWith('/openapi/v2')) return { code: 404, reason: 'NotFound' }
  if (has('protobuf-openapi-v2') && path.startsWith('/openapi/v2')) return { code: 406, reason: 'NotAcceptable' }
  return undefined
}

function acceptOf(lacks: readonly Lack[], accept: string | undefined): string | undefined {
  let types = accept?.split(',')
  if (lacks.includes('protobuf-answer')) types = types?.filter((type) => !type.includes(protobuf))
  if (lacks.includes('aggregated-discovery')) types = types?.filter((type) => !type.includes('APIGroupDiscoveryList'))
  return types?.join(',')
}

export async function startRecorder(upstream: Upstream): Promise<Recorder> {
  const target = new URL(upstream.url)
  const agent = new Agent({ ca: upstream.authority, keepAlive: true, maxSockets: 64 })
  let lacks: readonly Lack[] = []
  let requests: RecordedRequest[] = []
  let heard: ((request: RecordedRequest) => void) | undefined

  async function forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = '', query] = (request.url ?? '').split('?')
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const bytes = Buffer.concat(chunks)
    const headers = Object.fromEntries(
      ['accept', 'content-type', 'impersonate-user'].flatMap((name) => {
        const value = request.headers[name]
        return typeof value === 'string' ? [[name, value]] : []
      }),
    )
    const note = (status: number): void => {
      const noted: RecordedRequest = {
        method: request.method ?? '',
        path,
        ...(query === undefined ? {} : { query }),
        headers,
        ...(bytes.length === 0 ? {} : bodyOf(bytes, headers['content-type'])),
        status,
      }
      requests.push(noted)
      heard?.(noted)
    }
    const refused = withheld(lacks, request)
    if (refused !== undefined) {
      note(refused.code)
      response.writeHead(refused.code, json).end(refusal(refused.code, refused.reason))
      return
    }
    const sent = httpsRequest(
      {
        host: target.hostname,
        port: target.port,
        agent,
        method: request.method,
        path: request.url,
        headers: { ...request.headers, accept: acceptOf(lacks, request.headers.accept) },
      },
      (answer) => {
        note(answer.statusCode ?? 0)
        response.writeHead(answer.statusCode ?? 0, answer.headers)
        response.flushHeaders()
        answer.on('error', () => response.destroy())
        answer.pipe(response)
      },
    )
    sent.on('error', () => response.destroy())
    response.on('close', () => sent.destroy())
    sent.end(bytes)
  }

  const server = createServer({ key: upstream.key, cert: upstream.certificate }, (request, response) => {
    void forward(request, response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get requests() {
      return requests
    },
    reset(withhold, onRequest) {
      lacks = withhold
      requests = []
      heard = onRequest
    },
    async close() {
      agent.destroy()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function bodyOf(bytes: Buffer, type: string | undefined): Pick<RecordedRequest, 'body' | 'bodyText' | 'bodyBase64'> {
  if (type?.includes('protobuf') === true) return { bodyBase64: bytes.toString('base64') }
  const text = bytes.toString('utf8')
  try {
    return { body: JSON.parse(text) as unknown }
  } catch {
    return { bodyText: text }
  }
}
