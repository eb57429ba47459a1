/** Requests to the server's process, and how long each took. */
import type { IncomingMessage } from 'node:http'
import { Agent, request as httpsRequest } from 'node:https'
import { sleep, systemClock } from '../../../lib/clock.ts'
import { millis } from '../../../lib/time.ts'

const never = new AbortController().signal
/** Short beside what is measured, long enough not to compete with the server for the machine. */
const tick = millis(2)

export interface Door {
  readonly url: string
  readonly authority: string
  readonly token: string
}

export interface Ask {
  readonly method: string
  readonly path: string
  readonly body?: object
  readonly contentType?: string
}

export class Load {
  readonly #door: Door
  readonly #agent: Agent

  constructor(door: Door) {
    this.#door = door
    this.#agent = new Agent({ ca: door.authority, keepAlive: true, maxSockets: 128 })
  }

  /** The answer's bytes. Throws on a refusal. */
  async send(ask: Ask): Promise<Buffer> {
    const response = await this.open(ask, this.#agent)
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk as Buffer)
    const bytes = Buffer.concat(chunks)
    if ((response.statusCode ?? 0) >= 300)
      throw new Error(`${ask.method} ${ask.path}: ${bytes.toString().slice(0, 500)}`)
    return bytes
  }

  /** An answer to be read; on a connection of its own unless an agent is given. */
  open({ method, path, body, contentType = 'application/json' }: Ask, agent?: Agent): Promise<IncomingMessage> {
    const text = body === undefined ? undefined : JSON.stringify(body)
    return new Promise((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${this.#door.token}`,
        ...(text === undefined ? {} : { 'content-type': contentType, 'content-length': Buffer.byteLength(text) }),
      }
      const options = { method, headers, agent: agent ?? false, ca: this.#door.authority }
      const request = httpsRequest(new URL(path, this.#door.url), options, resolve)
      request.on('error', reject)
      request.end(text)
    })
  }

  /** How long a request took, in ms. */
  async timed(ask: Ask): Promise<number> {
    const began = performance.now()
    await this.send(ask)
    return performance.now() - began
  }

  /**
   * Starts so many requests a second for that long, whether or not the ones before have ended, but no more than `most` at a
   * time: who cannot keep up is asked as fast as it can. All their times, and how many a second were answered.
   */
  async atRate(
    perSecond: number,
    seconds: number,
    make: (i: number) => Ask,
    { most = Number.POSITIVE_INFINITY, ended }: { readonly most?: number; readonly ended?: (i: number) => void } = {},
  ): Promise<{ readonly times: readonly number[]; readonly perSecond: number }> {
    const began = performance.now()
    const all: Promise<number>[] = []
    let open = 0
    const one = async (i: number): Promise<number> => {
      open++
      const time = await this.timed(make(i))
      open--
      ended?.(i)
      return time
    }
    for (let i = 0; i < perSecond * seconds; i++) {
      const due = began + (i * 1000) / perSecond
      while (performance.now() < due || open >= most) await sleep(systemClock, tick, never)
      all.push(one(i))
    }
    const times = await Promise.all(all)
    return { times, perSecond: (all.length / (performance.now() - began)) * 1000 }
  }

  /** So many requests a second are answered when so many are under way at any time. */
  async throughput(
    seconds: number,
    atOnce: number,
    make: (i: number) => Ask,
  ): Promise<{ readonly perSecond: number; readonly requests: number }> {
    const began = performance.now()
    let done = 0
    let next = 0
    const one = async (): Promise<void> => {
      while (performance.now() - began < seconds * 1000) {
        await this.send(make(next++))
        done++
      }
    }
    await Promise.all(Array.from({ length: atOnce }, one))
    return { perSecond: (done / (performance.now() - began)) * 1000, requests: done }
  }

  close(): void {
    this.#agent.destroy()
  }
}
