/** POST /validate over TLS: where a kube-apiserver asks before it stores something of ours. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { asFault, failure } from '../../../api/server/answer/status.ts'
import type { Clock } from '../../../lib/clock.ts'
import { Fault } from '../../../lib/errors.ts'
import { closedAfter, type ListenAddress, listening } from '../../../lib/listening.ts'
import type { Logger } from '../../../lib/log.ts'
import type { KeyPair } from '../../../lib/x509/key-pair.ts'
import { operatorLimits } from '../limits.ts'

const limits = operatorLimits.webhook

export interface WebhookServerOptions {
  readonly listen: ListenAddress
  readonly clock: Clock
  readonly log: Logger
  readonly certificate: KeyPair
  /** The answer to a body. */
  readonly answer: (text: string, signal: AbortSignal) => Promise<string>
}

export interface WebhookServer {
  readonly url: string
  /** From now on, for new connections. Throws when it is none. */
  present(certificate: KeyPair): void
  /** Resolves once it has stopped. */
  readonly closed: Promise<void>
}

const tls = ({ certificate, key }: KeyPair) => ({ cert: certificate, key, minVersion: 'TLSv1.2' as const })

const tooLarge = (): Fault => new Fault('TooLarge', `a review may have ${limits.body} bytes`)

async function textOf(request: IncomingMessage): Promise<string> {
  if (Number(request.headers['content-length'] ?? 0) > limits.body) throw tooLarge()
  const chunks: Buffer[] = []
  let size = 0
  // the connection has yet to carry the refusal
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limits.body) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Aborts with `signal`, and when nobody waits for the response any more. */
function whileAwaited(response: ServerResponse, signal: AbortSignal): AbortSignal {
  const gone = new AbortController()
  response.once('close', () => gone.abort(new Fault('Timeout', 'nobody waits for this answer any more')))
  return AbortSignal.any([signal, gone.signal])
}

/** Serves until `signal` aborts. Faults: Unavailable when the address cannot be listened on. */
export async function serveWebhook(options: WebhookServerOptions, signal: AbortSignal): Promise<WebhookServer> {
  const { listen, clock, log, certificate, answer } = options
  let underWay = 0

  async function answered(request: IncomingMessage, response: ServerResponse): Promise<string> {
    if (request.url?.split('?', 1)[0] !== '/validate') throw new Fault('NotFound', 'not found: there is /validate')
    if (request.method !== 'POST') throw new Fault('MethodNotAllowed', 'only POST')
    if (underWay >= limits.inFlight) throw new Fault('TooManyRequests', `${underWay} reviews are under way`)
    underWay += 1
    try {
      return await answer(await textOf(request), whileAwaited(response, signal))
    } finally {
      underWay -= 1
    }
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const type = { 'content-type': 'application/json' }
    try {
      const text = await answered(request, response)
      response.writeHead(200, type).end(text)
    } catch (error) {
      const status = failure(asFault(error))
      const code = status.code ?? 500
      // anybody in the cluster can send nonsense
      log[code >= 500 ? 'warn' : 'debug']({ err: status.message }, 'a write could not be reviewed')
      response.writeHead(code, { ...type, connection: 'close' }).end(JSON.stringify(status))
    }
  }

  const server = createServer(
    { ...tls(certificate), requestTimeout: limits.request, headersTimeout: limits.request },
    (request, response) => void respond(request, response),
  )
  const { address, port } = await listening(server, listen)
  return {
    url: `https://${address.includes(':') ? `[${address}]` : address}:${port}/validate`,
    present: (next) => server.setSecureContext(tls(next)),
    closed: closedAfter(server, { clock, grace: operatorLimits.closing }, signal),
  }
}
