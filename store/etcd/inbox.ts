/** What arrived on a stream, taken one by one by a reader that also knows how long to wait. */
import type { Clock } from '../../lib/clock.ts'
import type { Millis } from '../../lib/time.ts'
import type { DuplexStream } from './connection.ts'

export class Inbox<T> {
  readonly #stream: DuplexStream<never, T>
  readonly #clock: Clock
  readonly #most: number
  readonly #messages: T[] = []
  #failure: { readonly reason: unknown } | undefined
  #wake: (() => void) | undefined

  /** Pauses the stream when more than `most` messages wait, so that a slow reader makes the server wait. */
  constructor(stream: DuplexStream<never, T>, clock: Clock, most: number) {
    this.#stream = stream
    this.#clock = clock
    this.#most = most
    stream.on('data', (message) => {
      this.#messages.push(message)
      if (this.#messages.length >= most) stream.pause()
      this.#wake?.()
    })
    stream.on('error', (error) => this.fail(error))
    stream.on('end', () => this.fail(new Error('the server ended the stream')))
  }

  /** What has arrived is still read, then `take` throws this. */
  fail(reason: unknown): void {
    this.#failure ??= { reason }
    this.#wake?.()
  }

  /** The next message; undefined when none came within `patience`. */
  async take(patience: Millis): Promise<T | undefined> {
    if (this.#messages.length === 0 && this.#failure === undefined) await this.#wait(patience)
    const message = this.#messages.shift()
    if (message === undefined) {
      if (this.#failure !== undefined) throw this.#failure.reason
      return undefined
    }
    if (this.#messages.length === this.#most >>> 1) this.#stream.resume()
    return message
  }

  #wait(patience: Millis): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        cancel()
        this.#wake = undefined
        resolve()
      }
      const cancel = this.#clock.after(patience, wake)
      this.#wake = wake
    })
  }
}
