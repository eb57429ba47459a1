/** /livez, /readyz and /metrics on a plain HTTP port, for the kubelet and for Prometheus. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Registry as Metrics } from 'prom-client'
import type { Clock } from '../../lib/clock.ts'
import { Fault, messageOf } from '../../lib/errors.ts'
import { operatorLimits as limits } from './limits.ts'

export interface HealthOptions {
  readonly listen: { readonly host: string; readonly port: number }
  readonly clock: Clock
  readonly metrics: Metrics
  /** Why the process is not ready; undefined when it is. */
  readonly unready: () => string | undefined
}

export interface HealthServer {
  /** `http://host:port`. */
  readonly url: string
  /** Resolves once it has stopped. */
  readonly closed: Promise<void>
}

interface Answer {
  readonly status: number
  readonly text: string
  readonly type?: string
}

async function answerTo(path: string, { metrics, unready }: HealthOptions): Promise<Answer> {
  switch (path) {
    case '/livez':
    case '/healthz':
      return { status: 200, text: 'ok' }
    case '/readyz': {
      const why = unready()
      return why === undefined ? { status: 200, text: 'ok' } : { status: 503, text: why }
    }
    case '/metrics':
      return { status: 200, text: await metrics.metrics(), type: metrics.contentType }
    default:
      return { status: 404, text: 'not found: there are /livez, /readyz and /metrics' }
  }
}

/** Serves until `signal` aborts. Faults: Unavailable when the address cannot be listened on. */
export async function serveHealth(options: HealthOptions, signal: AbortSignal): Promise<HealthServer> {
  const { listen, clock } = options
  const server = createServer((request, response) => {
    const { method = '', url = '/' } = request
    const path = url.split('?', 1)[0] ?? ''
    const readable = method === 'GET' || method === 'HEAD'
    const answer = readable ? answerTo(path, options) : Promise.resolve({ status: 405, text: 'only GET' })
    void answer
      .catch((error: unknown): Answer => ({ status: 500, text: messageOf(error) }))
      .then(({ status, text, type = 'text/plain; charset=utf-8' }: Answer) =>
        response.writeHead(status, { 'content-type': type }).end(method === 'HEAD' ? '' : text),
      )
  })
  const { address, port } = await bind(server, listen)
  const closed = new Promise<void>((resolve) => server.once('close', resolve))
  const stop = (): void => {
    server.close()
    server.closeIdleConnections()
    server.once(
      'close',
      clock.after(limits.closing, () => server.closeAllConnections()),
    )
  }
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
  return { url: `http://${address.includes(':') ? `[${address}]` : address}:${port}`, closed }
}

function bind(server: Server, { host, port }: HealthOptions['listen']): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void =>
      reject(new Fault('Unavailable', `cannot listen on ${host}:${port}: ${messageOf(error)}`, { cause: error }))
    server.once('error', fail)
    server.listen({ host, port }, () => {
      server.off('error', fail)
      resolve(server.address() as AddressInfo)
    })
  })
}
