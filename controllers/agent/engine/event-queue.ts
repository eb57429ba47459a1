/** A bounded queue from callbacks to one asynchronous reader. */
import { Fault } from '../../../lib/errors.ts'
import { orAbort } from '../../runtime/race.ts'

export class EventQueue<T> {
  readonly #items: T[] = []
  readonly #most: number
  #failure: { readonly error: unknown } | undefined
  #wake: (() => void) | undefined

  constructor(most: number) {
    this.#most = most
  }

  push(item: T): void {
    if (this.#items.length >= this.#most) this.fail(new Fault('Unavailable', 'too many events wait to be read'))
    else this.#items.push(item)
    this.#wake?.()
  }

  /** After what is queued was read, `take` throws this. */
  fail(error: unknown): void {
    this.#failure ??= { error }
    this.#wake?.()
  }

  async take(signal: AbortSignal): Promise<T> {
    for (;;) {
      signal.throwIfAborted()
      const item = this.#items.shift()
      if (item !== undefined) return item
      if (this.#failure !== undefined) throw this.#failure.error
      const woken = Promise.withResolvers<void>()
      this.#wake = woken.resolve
      await orAbort(woken.promise, signal)
    }
  }
}
