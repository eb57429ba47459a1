/** Requests to an API server and what their answers mean: time limits, a pace, patience with a server that is busy, faults, warnings. */

import { backoffDelay, jittered } from '../../lib/backoff.ts'
import { type Clock, deadline, sleep } from '../../lib/clock.ts'
import { Fault, isFault, messageOf } from '../../lib/errors.ts'
import type { Random } from '../../lib/random.ts'
import { type Millis, millis, seconds } from '../../lib/time.ts'
import { limits } from './limits.ts'
import { type Rate, RateLimit } from './rate-limit.ts'
import { faultOf } from './status.ts'
import type { Transport, WireAnswer } from './transport.ts'

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, string | undefined>>
  readonly body?: unknown
  readonly contentType?: string
  /** Asked each time that it is about to be sent, after every wait; throws where that may not be any more. */
  readonly beforeSending?: (() => void) | undefined
}

export interface ConnectionOptions {
  readonly clock: Clock
  readonly random: Random
  /** Told of each Warning header, without its number and quotes. */
  readonly onWarning?: ((text: string) => void) | undefined
  /** Told of each answer to a request, by HTTP status. */
  readonly onAnswer?: ((call: Call, status: number) => void) | undefined
  /** How long to wait for an answer; default limits.request. */
  readonly timeout?: Millis | undefined
  /** How many requests are sent in what time; default limits.rate. */
  readonly rate?: Rate | undefined
}

/** `299 - "text"` as the text. */
const warningText = (header: string): string => {
  const quoted = /"((?:[^"\\]|\\.)*)"/.exec(header)?.[1]
  return quoted === undefined ? header : quoted.replace(/\\(.)/g, '$1')
}

/** A header that came more than once is joined by Node with commas outside the quotes. */
const warningsOf = (header: string | undefined): readonly string[] =>
  header === undefined ? [] : [...header.matchAll(/\d{3} \S+ "(?:[^"\\]|\\.)*"/g)].map(([one]) => warningText(one))

export class Connection {
  readonly #transport: Transport
  readonly #options: ConnectionOptions
  readonly #rate: RateLimit

  constructor(transport: Transport, options: ConnectionOptions) {
    this.#transport = transport
    this.#options = options
    this.#rate = new RateLimit(options.rate ?? limits.rate, options.clock)
  }

  /** One request and its JSON answer. Faults: what the server says; Unavailable (not sent), Timeout (perhaps done). */
  async json(call: Call, signal: AbortSignal): Promise<unknown> {
    return await this.#patiently(call, signal, () => this.#exchange(call, signal))
  }

  /**
   * A stream of bytes that goes on until the server ends it or its reader does. Its connection is not shared.
   * `signal` and the time limit hold until the answer begins.
   */
  async stream(call: Call, signal: AbortSignal): Promise<WireAnswer> {
    return await this.#patiently(call, signal, () => this.#open(call, signal))
  }

  /** A server that is busy says so before it does anything: the same is asked again when it said, or later and later. */
  async #patiently<T>({ beforeSending }: Call, signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
    const { clock, random } = this.#options
    for (let attempt = 1; ; attempt += 1) {
      await this.#rate.pass(signal)
      beforeSending?.()
      try {
        return await ask()
      } catch (error) {
        if (!isFault(error, 'TooManyRequests') || attempt >= limits.busyAttempts) throw error
        const told = seconds(Math.min(error.retryAfterSeconds ?? 0, limits.retryAfterSeconds))
        const wait = millis(Math.max(told, backoffDelay(limits.busy, attempt)))
        await sleep(clock, millis(wait + jittered(limits.busy.first, random)), signal)
      }
    }
  }

  async #exchange(call: Call, signal: AbortSignal): Promise<unknown> {
    const limit = this.#limit(call, 'Timeout', signal)
    try {
      const answer = await this.#send(call, { isStream: false }, limit.signal)
      const body = await read(answer, limit.signal)
      for (const text of warningsOf(answer.header('warning'))) this.#options.onWarning?.(text)
      if (answer.status >= 300) throw refusal(answer, body)
      return body === '' ? undefined : parseJson(body)
    } catch (error) {
      signal.throwIfAborted()
      throw error
    } finally {
      limit.done()
    }
  }

  async #open(call: Call, signal: AbortSignal): Promise<WireAnswer> {
    const limit = this.#limit(call, 'Unavailable', signal)
    try {
      const answer = await this.#send(call, { isStream: true }, limit.signal)
      if (answer.status >= 300) throw refusal(answer, await read(answer, limit.signal))
      return answer
    } finally {
      limit.done()
    }
  }

  #limit({ method, path }: Call, code: 'Timeout' | 'Unavailable', signal: AbortSignal): ReturnType<typeof deadline> {
    const late = (): Fault => new Fault(code, `${method} ${path}: no answer in time`)
    return deadline(this.#options.clock, this.#options.timeout ?? limits.request, signal, late)
  }

  async #send(call: Call, { isStream }: { readonly isStream: boolean }, signal: AbortSignal): Promise<WireAnswer> {
    const { method, path, contentType = 'application/json' } = call
    const query = new URLSearchParams()
    for (const [name, value] of Object.entries(call.query ?? {})) if (value !== undefined) query.set(name, value)
    const body = call.body === undefined ? undefined : Buffer.from(JSON.stringify(call.body))
    const headers = {
      accept: 'application/json',
      'user-agent': limits.userAgent,
      ...(body === undefined ? {} : { 'content-type': contentType }),
    }
    const asked = query.size === 0 ? path : `${path}?${query}`
    const answer = await this.#transport.send({ method, path: asked, headers, body, isStream }, signal)
    this.#options.onAnswer?.(call, answer.status)
    return answer
  }
}

async function read(answer: WireAnswer, signal: AbortSignal): Promise<string> {
  const parts: Uint8Array[] = []
  let size = 0
  try {
    for await (const part of answer.body) {
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

function refusal(answer: WireAnswer, body: string): Fault {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    parsed = { message: body.trim() === '' ? undefined : body.trim().slice(0, 1000) }
  }
  const retryAfter = Number(answer.header('retry-after') ?? Number.NaN)
  const fault = faultOf(answer.status, parsed)
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
