/** The watches that a case holds open, and what came on them. */
import type { IncomingMessage } from 'node:http'
import { createInterface } from 'node:readline'
import { until } from '../until.ts'
import { parseExact } from './trace.ts'

export class OpenWatch {
  readonly #events: unknown[] = []
  readonly #body: IncomingMessage
  #ended = false

  constructor(body: IncomingMessage) {
    this.#body = body
    body.on('error', () => undefined)
    const lines = createInterface({ input: body })
    lines.on('line', (line) => {
      if (line.trim() !== '') this.#events.push(parseExact(line))
    })
    body.once('close', () => {
      this.#ended = true
    })
  }

  /** The next `count` events, or as many as came before the end or before the patience ended. */
  async next(count: number, isWanted: (event: unknown) => boolean): Promise<readonly unknown[]> {
    const wanted = (): readonly unknown[] => this.#events.filter(isWanted)
    await until('events came', () => wanted().length >= count || this.#ended, 20).catch(() => undefined)
    const taken = wanted().slice(0, count)
    const last = this.#events.indexOf(taken.at(-1))
    this.#events.splice(0, last + 1)
    return taken
  }

  /** What came in that time. */
  async quiet(milliseconds: number, isWanted: (event: unknown) => boolean): Promise<readonly unknown[]> {
    const wanted = (): readonly unknown[] => this.#events.filter(isWanted)
    await until('something came', () => wanted().length > 0, milliseconds / 1000).catch(() => undefined)
    return wanted()
  }

  /** Whether the server ended it within `seconds`. */
  async ended(seconds: number): Promise<boolean> {
    await until('the watch ended', () => this.#ended, seconds).catch(() => undefined)
    return this.#ended
  }

  close(): void {
    this.#body.destroy()
  }
}
