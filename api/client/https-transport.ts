/** HTTPS to an API server, or to the next one of several: a pool of kept connections for requests, and a connection of its own for each stream. */

import { request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https'
import type { Socket } from 'node:net'
import type { KubeConfig } from '@kubernetes/client-node'
import type { Clock } from '../../lib/clock.ts'
import { Fault, isFault } from '../../lib/errors.ts'
import { limits } from './limits.ts'
import { Servers } from './servers.ts'
import type { Transport, WireAnswer, WireRequest } from './transport.ts'

export interface HttpsOptions {
  readonly clock: Clock
  /** Other addresses of the same API, asked in turn when the one in use fails. */
  readonly others?: readonly string[] | undefined
}

/** Node's codes of failures that happen before a request can have reached the server. */
const beforeSending: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'NO_CONNECTION_IN_TIME',
])

export class HttpsTransport implements Transport {
  readonly #config: KubeConfig
  readonly #clock: Clock
  readonly #servers: Servers
  /** Connections that have carried a request before. */
  readonly #known = new WeakSet<Socket>()
  #pool: { readonly agent: Agent; readonly identity: string } | undefined

  /** Of the current context. Faults: BadRequest when the configuration names no server. */
  constructor(config: KubeConfig, options: HttpsOptions) {
    const server = config.getCurrentCluster()?.server
    if (server === undefined) throw new Fault('BadRequest', 'the kubeconfig has no current cluster')
    this.#config = config
    this.#clock = options.clock
    const others = (options.others ?? []).filter((other) => other !== server)
    this.#servers = new Servers([new URL(server), ...others.map((other) => new URL(other))])
  }

  async send(asked: WireRequest, signal: AbortSignal): Promise<WireAnswer> {
    const { method, path, body } = asked
    const options: RequestOptions = { headers: { ...asked.headers } }
    await this.#config.applyToHTTPSOptions(options)
    const pool = this.#poolFor(options)
    const server = this.#servers.current
    const url = new URL(server.href.replace(/\/$/, '') + path)
    const headers = { ...options.headers, ...(body === undefined ? {} : { 'content-length': body.length }) }
    const secure = url.protocol === 'https:'
    // `false`: a connection of its own, closed with the request.
    const agent = { agent: asked.isStream ? (false as const) : pool }
    return new Promise((resolve, reject) => {
      const settings = { ...options, ...agent, method, headers, signal }
      const request = secure ? httpsRequest(url, settings) : httpRequest(url, { method, headers, signal })
      request.setTimeout(0)
      request.once('socket', (socket) => this.#connectInTime(socket, secure))
      request.once('response', (response) => {
        // A server whose store is away may be alone with that.
        if (response.statusCode === 503) this.#servers.leave(server)
        resolve(answerOf(response))
      })
      request.on('error', (error) => {
        if (!signal.aborted || isTimeUp(signal.reason)) this.#servers.leave(server)
        reject(signal.aborted ? signal.reason : connectionFault(error, asked))
      })
      request.end(body)
    })
  }

  /** The pool of those who show the same certificate: with a renewed one, connections of the old one finish what they do. */
  #poolFor(options: RequestOptions): Agent {
    const identity = String(options.cert ?? '')
    if (this.#pool?.identity === identity) return this.#pool.agent
    if (this.#pool !== undefined) retire(this.#pool.agent)
    const agent = new Agent({
      keepAlive: true,
      maxSockets: limits.sockets,
      scheduling: 'lifo',
      ca: options.ca,
      cert: options.cert,
      key: options.key,
      rejectUnauthorized: options.rejectUnauthorized ?? true,
      servername: options.servername,
    })
    this.#pool = { agent, identity }
    return agent
  }

  /** Destroys a new connection that is not up in time: a dead machine is left sooner than a slow one. */
  #connectInTime(socket: Socket, secure: boolean): void {
    // Node says nothing of a connection that a waiting request is given as soon as another one is done with it
    if (this.#known.has(socket)) return
    this.#known.add(socket)
    const cancel = this.#clock.after(limits.connect, () =>
      socket.destroy(Object.assign(new Error('no connection in time'), { code: 'NO_CONNECTION_IN_TIME' })),
    )
    socket.once(secure ? 'secureConnect' : 'connect', cancel)
    socket.once('close', cancel)
  }
}

const answerOf = (response: IncomingMessage): WireAnswer => ({
  status: response.statusCode ?? 0,
  header: (name) => {
    const value = response.headers[name]
    return typeof value === 'string' ? value : value?.join(', ')
  },
  body: response,
  end: (why) => void response.destroy(why),
})

/** Closes what is idle, now and later. */
function retire(agent: Agent): void {
  const idle = (): readonly Socket[] => Object.values(agent.freeSockets).flatMap((sockets) => sockets ?? [])
  for (const socket of idle()) socket.destroy()
  agent.on('free', (socket: Socket) => {
    if (idle().includes(socket)) socket.destroy()
  })
}

/** A time limit ended the request, and not somebody who lost interest. */
const isTimeUp = (reason: unknown): boolean => isFault(reason, 'Timeout', 'Unavailable')

/** A failed connection: certainly not done, or unknown, by how far it came. Reads repeat at no risk. */
function connectionFault(error: Error & { code?: string }, { method, path }: WireRequest): Fault {
  const [plain] = path.split('?', 1)
  const certain = method === 'GET' || beforeSending.has(error.code ?? '')
  return new Fault(certain ? 'Unavailable' : 'Timeout', `${method} ${plain}: ${error.message}`, { cause: error })
}
