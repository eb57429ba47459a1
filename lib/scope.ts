/** Ownership of background work: what starts in a scope is aborted, awaited and reported by it. */
import { messageOf } from './errors.ts'

/**
 * Owns a group of tasks. The first failure aborts the rest and rejects `ended`; leaving the scope (`await using`)
 * aborts everything and waits for it.
 */
export class Scope implements AsyncDisposable {
  readonly #controller = new AbortController()
  readonly #running = new Set<Promise<void>>()
  readonly #outer: AbortSignal
  readonly #onOuterAbort: () => void
  readonly #settled = Promise.withResolvers<void>()

  constructor(outer: AbortSignal) {
    this.#outer = outer
    this.#onOuterAbort = () => this.#stop(outer.reason)
    this.#settled.promise.catch(() => undefined)
    if (outer.aborted) this.#onOuterAbort()
    else outer.addEventListener('abort', this.#onOuterAbort, { once: true })
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Resolves when the scope was aborted from outside or disposed; rejects with the first failure of a task. */
  get ended(): Promise<void> {
    return this.#settled.promise
  }

  /**
   * Starts `work` at once under this scope's signal; does nothing when the scope was aborted already. An error thrown
   * after the abort is the echo of the abort: ignored.
   */
  go(name: string, work: (signal: AbortSignal) => Promise<void>): void {
    if (this.signal.aborted) return
    const running = this.#own(name, work).finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  async #own(name: string, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    try {
      await work(this.signal)
    } catch (error) {
      if (this.signal.aborted) return
      const failure = new Error(`${name}: ${messageOf(error)}`, { cause: error })
      this.#settled.reject(failure)
      this.#stop(failure)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop(new Error('scope closed'))
    while (this.#running.size > 0) await Promise.allSettled(this.#running)
  }

  #stop(reason: unknown): void {
    this.#outer.removeEventListener('abort', this.#onOuterAbort)
    if (!this.#controller.signal.aborted) this.#controller.abort(reason)
    this.#settled.resolve()
  }
}
