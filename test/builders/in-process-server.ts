/** Our own API server without a socket: its application, called by the client's transport, on whatever clock. */

import type { HttpBindings } from '@hono/node-server'
import { Registry as MetricsRegistry } from 'prom-client'
import type { Access } from '../../api/access/access.ts'
import { openAccess } from '../../api/access/access.ts'
import type { Authenticator } from '../../api/access/authenticator.ts'
import { builtInPolicy } from '../../api/access/built-in-policy.ts'
import { administrator } from '../../api/access/user.ts'
import type { ResourceClient } from '../../api/client/client.ts'
import { clientOver, type KubernetesClientOptions } from '../../api/client/kubernetes.ts'
import type { Transport, WireAnswer, WireRequest } from '../../api/client/transport.ts'
import type { Registry } from '../../api/registry/registry.ts'
import { serverApp } from '../../api/server/app.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Logger } from '../../lib/log.ts'
import type { Random } from '../../lib/random.ts'

export interface InProcessParts {
  readonly registry: Registry
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** What is between client and server; default: nothing. */
  readonly wire?: (inner: Transport) => Transport
}

type App = ReturnType<typeof serverApp>

/** Everybody may do everything, and nothing is stored about that. */
const everything: Access = {
  authorize: async () => ({ allowed: true, reason: '' }),
  policy: builtInPolicy(),
  review: async () => undefined,
  wrote: async () => undefined,
  close: async () => undefined,
}

/** The application until `signal` aborts. Default: whoever asks is the administrator. */
export function inProcessServer(
  parts: InProcessParts & { readonly access?: Access; readonly authenticate?: Authenticator },
  signal: AbortSignal,
): App {
  const { access = everything, authenticate = async () => administrator } = parts
  return serverApp({ ...parts, access, authenticate, version: '0.0.0', metrics: new MetricsRegistry(), signal })
}

/** The same with the rules of access that its store has. */
export async function guardedServer(
  parts: InProcessParts & { readonly authenticate: Authenticator },
  signal: AbortSignal,
): Promise<App> {
  return inProcessServer({ ...parts, access: await openAccess(parts, signal) }, signal)
}

/** Sends to an application in this process. */
export const inProcessTransport = (app: App): Transport => ({
  async send({ method, path, headers, body }: WireRequest, signal: AbortSignal): Promise<WireAnswer> {
    signal.throwIfAborted()
    const bytes = body === undefined ? {} : { body: new Uint8Array(body) }
    const line = new Line()
    const request = new Request(`https://gantry.test${path}`, { method, headers, signal, ...bytes })
    const response = await app.fetch(request, { outgoing: line } as unknown as HttpBindings)
    signal.throwIfAborted()
    return line.answer(response)
  },
})

/** What stands for the connection of one request: the server may set headers on it, and either side may cut it. */
class Line {
  readonly #headers = new Headers()
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  #broken: Error | undefined

  setHeader(name: string, values: string | readonly string[]): void {
    for (const value of [values].flat()) this.#headers.append(name, value)
  }
  destroy(why: Error = new Error('the connection was cut')): void {
    this.#broken ??= why
    void this.#reader?.cancel().catch(() => undefined)
  }

  answer(response: Response): WireAnswer {
    this.#reader = response.body?.getReader()
    return {
      status: response.status,
      header: (name) => this.#headers.get(name) ?? response.headers.get(name) ?? undefined,
      body: this.#pieces(),
      end: (why) => this.destroy(why),
    }
  }

  async *#pieces(): AsyncGenerator<Uint8Array, void, void> {
    for (;;) {
      const next = await this.#reader?.read()
      if (this.#broken !== undefined) throw this.#broken
      if (next === undefined || next.done) return
      yield next.value
    }
  }
}

/** A client of the server that runs in this process. */
export const inProcessClient = (
  app: App,
  { wire = (inner) => inner, ...options }: Omit<KubernetesClientOptions, 'others'> & Pick<InProcessParts, 'wire'>,
): ResourceClient => clientOver(wire(inProcessTransport(app)), options)
