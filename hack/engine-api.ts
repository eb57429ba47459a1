/** The few calls to the Docker engine's HTTP API that scripts need; they must work before anything else does. */
import { type IncomingMessage, request } from 'node:http'
import { Readable } from 'node:stream'

export interface EngineAnswer {
  readonly status: number
  readonly body: string
}

interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly body?: AsyncIterable<unknown>
  readonly contentType?: string
  /** Gives up after so many ms. */
  readonly timeout?: number
}

/** Where the engine listens: DOCKER_HOST (unix:// or tcp://), else the usual socket. */
function engineAddress(): { readonly socketPath: string } | { readonly host: string; readonly port: number } {
  const host = process.env.DOCKER_HOST ?? ''
  if (host.startsWith('unix://')) return { socketPath: host.slice('unix://'.length) }
  if (host.startsWith('tcp://') || host.startsWith('http://')) {
    const { hostname, port } = new URL(host.replace(/^tcp/, 'http'))
    return { host: hostname, port: Number(port === '' ? 2375 : port) }
  }
  return { socketPath: '/var/run/docker.sock' }
}

/** One call. Rejects when the engine cannot be reached; any status is an answer. */
export function callEngine({ method, path, body, contentType, timeout = 60_000 }: Call): Promise<EngineAnswer> {
  return new Promise((resolve, reject) => {
    const headers = contentType === undefined ? {} : { 'content-type': contentType }
    const call = request({ ...engineAddress(), method, path, headers, timeout }, (response) => {
      collect(response).then((text) => resolve({ status: response.statusCode ?? 0, body: text }), reject)
    })
    call.on('timeout', () => call.destroy(new Error(`the Docker engine did not answer within ${timeout / 1000} s`)))
    call.on('error', reject)
    if (body === undefined) call.end()
    else Readable.from(body).on('error', reject).pipe(call)
  })
}

async function collect(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

/** A call whose answer must be good; the parsed answer. */
export async function askEngine<T>(call: Call): Promise<T> {
  const { status, body } = await callEngine(call)
  if (status >= 300) throw new Error(`${call.method} ${call.path}: ${status} ${body.trim()}`)
  return (body === '' ? undefined : JSON.parse(body)) as T
}

export interface EngineContainer {
  readonly Id: string
  readonly Names: readonly string[]
  readonly Labels: Readonly<Record<string, string>>
  readonly State: string
}

/** All containers, running or not; with `label`, those that carry it. */
export const listContainers = (label?: string): Promise<readonly EngineContainer[]> => {
  const filters = label === undefined ? '' : `&filters=${encodeURIComponent(JSON.stringify({ label: [label] }))}`
  return askEngine({ method: 'GET', path: `/containers/json?all=true${filters}` })
}

export const listNetworks = (): Promise<readonly { readonly Id: string; readonly Name: string }[]> =>
  askEngine({ method: 'GET', path: '/networks' })
