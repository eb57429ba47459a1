/**
 * Serves the output of this machine's containers over HTTPS to the API servers of its cluster:
 * `GET /namespaces/NS/tasks/NAME/log?container=C&follow=true&tailLines=N&sinceSeconds=S&timestamps=true`, as text.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { serverUser } from '../../api/v1/well-known.ts'
import type { Cancel, Clock } from '../../lib/clock.ts'
import { Fault, type FaultCode, isFault, messageOf } from '../../lib/errors.ts'
import { type ListenAddress, listening } from '../../lib/listening.ts'
import type { Logger } from '../../lib/log.ts'
import { hours, instant, millis } from '../../lib/time.ts'
import { selfSigned } from '../../lib/x509/issue.ts'
import { readCertificate } from '../../lib/x509/read.ts'
import { orAbort } from '../runtime/race.ts'
import type { Engine, LogOptions } from './engine/engine.ts'
import { agentLimits } from './limits.ts'
import type { EngineView } from './view.ts'

export interface LogServerOptions {
  readonly engine: Engine
  readonly view: EngineView
  readonly clock: Clock
  readonly log: Logger
  /** The only namespace it serves. */
  readonly namespace: string
  readonly listen: ListenAddress
  /** PEM of the authority whose API servers are let in. */
  readonly clientCa: string
}

export interface LogServer {
  readonly endpoint: { readonly url: string; readonly certificate: string }
  /** Serves until the signal aborts, then closes all connections. */
  run(signal: AbortSignal): Promise<void>
}

/** Listens. Faults: Unavailable when the address cannot be had. */
export async function startLogServer(options: LogServerOptions): Promise<LogServer> {
  const { listen, clientCa, clock } = options
  const lifetime = millis(agentLimits.certificateYears * 365 * hours(24))
  // Readers know it from the instance's status; the key never leaves the process.
  const { certificate, key } = await selfSigned('gantry-agent', [listen.host], clock.now(), lifetime)
  const ending = new AbortController()
  const server = createServer(
    { cert: certificate, key, ca: clientCa, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.2' },
    (request, response) => void answer(options, request, response, ending.signal),
  )
  server.maxConnections = agentLimits.logReaders
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  const { port } = await listening(server, listen)
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host
  return {
    endpoint: { url: `https://${host}:${port}`, certificate },
    async run(signal) {
      try {
        await orAbort(new Promise<never>(() => undefined), signal)
      } finally {
        ending.abort(new Fault('Unavailable', 'the agent is stopping'))
        for (const socket of sockets) socket.destroy()
        await new Promise((resolve) => server.close(resolve))
      }
    },
  }
}

async function answer(
  options: LogServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
  ending: AbortSignal,
): Promise<void> {
  const gone = new AbortController()
  response.on('close', () => gone.abort(new Fault('Unavailable', 'the reader left')))
  const signal = AbortSignal.any([ending, gone.signal])
  // A container that is silent is no reason to let the reader wait for the answer to begin.
  let cancel: Cancel = () => undefined
  try {
    checkReader(request)
    const { id, logOptions } = asked(options, request)
    cancel = options.clock.after(agentLimits.logSilence, () => begin(response))
    for await (const { data } of options.engine.logs(id, logOptions, signal)) {
      begin(response)
      if (!response.write(data))
        await orAbort(new Promise<void>((resolve) => response.once('drain', () => resolve())), signal)
    }
    begin(response)
    response.end()
  } catch (error) {
    if (signal.aborted || response.headersSent) return void response.destroy()
    if (!isFault(error)) options.log.error({ err: error }, 'log request failed on a bug')
    response.writeHead(statusFor(error), { 'content-type': 'text/plain; charset=utf-8' })
    response.end(messageOf(error))
  } finally {
    cancel()
  }
}

const begin = (response: ServerResponse): void => {
  if (response.headersSent) return
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' })
  response.flushHeaders()
}

const statuses: Partial<Record<FaultCode, number>> = {
  BadRequest: 400,
  Forbidden: 403,
  NotFound: 404,
  Unavailable: 503,
}
const statusFor = (error: unknown): number => (isFault(error) ? statuses[error.code] : undefined) ?? 500

/** The cluster's authority vouches for people and for other agents too: they ask the API server, which knows who may. */
function checkReader(request: IncomingMessage): void {
  const shown = (request.socket as TLSSocket).getPeerX509Certificate()
  if (shown === undefined || readCertificate(shown).commonName !== serverUser)
    throw new Fault('Forbidden', 'only API servers may read logs here')
}

const route = /^\/namespaces\/([^/]+)\/tasks\/([^/]+)\/log$/

/** What is asked for: the newest container of that name under the task's key. */
function asked(
  { view, namespace, clock }: LogServerOptions,
  request: IncomingMessage,
): { readonly id: string; readonly logOptions: LogOptions } {
  const url = new URL(request.url ?? '/', 'https://agent')
  const [, ns, task] = route.exec(url.pathname) ?? []
  if (request.method !== 'GET' || ns === undefined || task === undefined)
    throw new Fault('NotFound', `no such path: ${request.method} ${url.pathname}`)
  const known = decodeURIComponent(ns) === namespace ? view.ofTask(`${namespace}/${decodeURIComponent(task)}`) : []
  const wanted = url.searchParams.get('container')
  const names = [...new Set(known.map(({ owner }) => owner.container))].sort()
  if (names.length === 0)
    throw new Fault(
      'NotFound',
      `task ${task} has no containers on this instance; those of a stopped task go after a while`,
    )
  if (wanted === null && names.length > 1)
    throw new Fault('BadRequest', `task ${task} has several containers, choose one of: ${names.join(', ')}`)
  const name = wanted ?? names[0]
  const found = known.filter(({ owner }) => owner.container === name).at(-1)
  if (found === undefined)
    throw new Fault('NotFound', `task ${task} has no container ${name} on this instance, it has: ${names.join(', ')}`)
  const number = (parameter: string): number | undefined => {
    const text = url.searchParams.get(parameter)
    if (text === null) return undefined
    if (!/^\d{1,9}$/.test(text)) throw new Fault('BadRequest', `${parameter}=${text} is not a whole number`)
    return Number(text)
  }
  const sinceSeconds = number('sinceSeconds')
  const tail = number('tailLines')
  return {
    id: found.state.id,
    logOptions: {
      follow: url.searchParams.get('follow') === 'true',
      timestamps: url.searchParams.get('timestamps') === 'true',
      ...(tail === undefined ? {} : { tail }),
      ...(sinceSeconds === undefined ? {} : { since: instant(clock.now() - sinceSeconds * 1000) }),
    },
  }
}
