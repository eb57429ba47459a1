/** /livez, /readyz and /metrics on a plain HTTP port, for the kubelet and for Prometheus. */
import { createServer } from 'node:http'
import type { Registry as Metrics } from 'prom-client'
import type { Clock } from '../../lib/clock.ts'
import { messageOf } from '../../lib/errors.ts'
import { closedAfter, type ListenAddress, listening } from '../../lib/listening.ts'
import { operatorLimits as limits } from './limits.ts'

export interface HealthOptions {
  readonly listen: ListenAddress
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
  const { address, port } = await listening(server, listen)
  const closed = closedAfter(server, { clock, grace: limits.closing }, signal)
  return { url: `http://${address.includes(':') ? `[${address}]` : address}:${port}`, closed }
}
