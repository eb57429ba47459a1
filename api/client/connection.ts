/** HTTPS to an API server, or to the next one of several: a pool of kept connections for requests, and a connection of its own for each stream. */

import { request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https'
import type { Socket } from 'node:net'
import type { KubeConfig } from '@kubernetes/client-node'
import { type Clock, deadline } from '../../lib/clock.ts'
import { Fault, isFault, messageOf } from '../../lib/errors.ts'
import type { Millis } from '../../lib/time.ts'
import { limits } from './limits.ts'
import { Servers } from './servers.ts'
import { faultOf } from './status.ts'

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, string | undefined>>
  readonly body?: unknown
  readonly contentType?: string
}

export interface ConnectionOptions {
  readonly clock: Clock
  /** Told of each Warning header, without its number and quotes. */
  readonly onWarning?: ((text: string) => void) | undefined
  /** How long to wait for an answer; default limits.request. */
  readonly timeout?: Millis
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

/** `299 - "text"` as the text. */
const warningText = (header: string): string => {
  const quoted = /"((?:[^"\\]|\\.)*)"/.exec(header)?.[1]
  return quoted === undefined ? header : quoted.replace(/\\(.)/g, '$1')
}

/** A header that came more than once is joined by Node with commas outside the quotes. */
const warningsOf = (header: string | undefined): readonly string[] =>
  header === undefined ? [] : [...header.matchAll(/\d{3} \S+ "(?:[^"\\]|\\.)*"/g)].map(([one]) => warningText(one))

export class Connection {
  readonly #config: KubeConfig
  readonly #options: ConnectionOptions
  readonly #servers: Servers
  #pool: { readonly agent: Agent; readonly identity: string } | undefined

  /** Faults: BadRequest when the configuration names no server. */
  constructor(config: KubeConfig, options: ConnectionOptions) {
    const server = config.getCurrentCluster()?.server
    if (server === undefined) throw new Fault('BadRequest', 'the kubeconfig has no current cluster')
    this.#config = config
    this.#options = options
    const others = (options.others ?? []).filter((other) => other !== server)
    this.#servers = new Servers([new URL(server), ...others.map((other) => new URL(other))])
  }

  /** One request and its JSON answer. Faults: what the server says; Unavailable (not sent), Timeout (perhaps done). */
  async json(call: Call, signal: AbortSignal): Promise<unknown> {
    const limit = deadline(
      this.#options.clock,
      this.#options.timeout ?? limits.request,
      signal,
      () => new Fault('Timeout', `${call.method} ${call.path}: no answer in time`),
    )
    try {
      const response = await this.#send(call, { pooled: true }, limit.signal)
      const body = await read(response, limit.signal)
      for (const text of warningsOf(response.headers.warning as string | undefined)) this.#options.onWarning?.(text)
      if (response.statusCode === undefined || response.statusCode >= 300) throw refusal(response, body)
      return body === '' ? undefined : parseJson(body)
    } catch (error) {
      signal.throwIfAborted()
      throw error
    } finally {
      limit.done()
    }
  }

  /**
   * A stream of bytes that goes on until the server ends it or its reader destroys it. Its connection is not shared.
   * `signal` and the time limit hold until the answer begins.
   */
  async stream(call: Call, signal: AbortSignal): Promise<IncomingMessage> {
    const limit = deadline(
      this.#options.clock,
      this.#options.timeout ?? limits.request,
      signal,
      () => new Fault('Unavailable', `${call.method} ${call.path}: no answer in time`),
    )
    try {
      const response = await this.#send(call, { pooled: false }, limit.signal)
      if (response.statusCode === undefined || response.statusCode >= 300)
        throw refusal(response, await read(response, limit.signal))
      return response
    } finally {
      limit.done()
    }
  }

  async #send(call: Call, { pooled }: { readonly pooled: boolean }, signal: AbortSignal): Promise<IncomingMessage> {
    const options: RequestOptions = { headers: { accept: 'application/json' } }
    await this.#config.applyToHTTPSOptions(options)
    const pool = this.#poolFor(options)
    const body = call.body === undefined ? undefined : Buffer.from(JSON.stringify(call.body))
    const server = this.#servers.current
    const url = new URL(server.href.replace(/\/$/, '') + call.path)
    for (const [name, value] of Object.entries(call.query ?? {}))
      if (value !== undefined) url.searchParams.set(name, value)
    const headers = {
      ...options.headers,
      ...(body === undefined
        ? {}
        : { 'content-type': call.contentType ?? 'application/json', 'content-length': body.length }),
    }
    const secure = url.protocol === 'https:'
    // `false`: a connection of its own, closed with the request.
    const agent = { agent: pooled ? pool : (false as const) }
    return new Promise((resolve, reject) => {
      const settings = { ...options, ...agent, method: call.method, headers, signal }
      const request = secure ? httpsRequest(url, settings) : httpRequest(url, { method: call.method, headers, signal })
      request.setTimeout(0)
      request.once('socket', (socket) => {
        if (!request.reusedSocket) this.#connectInTime(socket, secure)
      })
      request.once('response', (response) => {
        // A server whose store is away may be alone with that.
        if (response.statusCode === 503) this.#servers.leave(server)
        resolve(response)
      })
      request.on('error', (error) => {
        if (!signal.aborted || isTimeUp(signal.reason)) this.#servers.leave(server)
        reject(signal.aborted ? signal.reason : connectionFault(error, call))
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
    const cancel = this.#options.clock.after(limits.connect, () =>
      socket.destroy(Object.assign(new Error('no connection in time'), { code: 'NO_CONNECTION_IN_TIME' })),
    )
    socket.once(secure ? 'secureConnect' : 'connect', cancel)
    socket.once('close', cancel)
  }
}

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
function connectionFault(error: Error & { code?: string }, { method, path }: Call): Fault {
  const certain = method === 'GET' || beforeSending.has(error.code ?? '')
  return new Fault(certain ? 'Unavailable' : 'Timeout', `${method} ${path}: ${error.message}`, { cause: error })
}

async function read(response: IncomingMessage, signal: AbortSignal): Promise<string> {
  const parts: Buffer[] = []
  let size = 0
  try {
    for await (const part of response as AsyncIterable<Buffer>) {
      size += part.length
      if (size > limits.answer) throw new Fault('TooLarge', `the answer is larger than ${limits.answer} bytes`)
      parts.push(part)
    }
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof Fault) throw error
    throw new Fault('Timeout', `the answer broke off: ${messageOf(error)}`, { cause: error })
  }
  return Buffer.concat(parts).toString('utf8')
}

function refusal(response: IncomingMessage, body: string): Fault {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    parsed = { message: body.trim() === '' ? undefined : body.trim().slice(0, 1000) }
  }
  const retryAfter = Number(response.headers['retry-after'])
  const fault = faultOf(response.statusCode ?? 0, parsed)
  if (Number.isNaN(retryAfter) || fault.retryAfterSeconds !== undefined) return fault
  return new Fault(fault.code, fault.message, {
    problems: fault.problems,
    about: fault.about,
    retryAfterSeconds: retryAfter,
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Fault('Unavailable', `the server's answer is not JSON: ${messageOf(cause)}`, { cause })
  }
}
