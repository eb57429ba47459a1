/** A number of places that are taken and given back, first come first served. */
export class Slots {
  #count: number
  #taken = 0
  readonly #waiting: (() => void)[] = []

  constructor(count: number) {
    this.#count = count
  }

  /** From now on there are so many; who has one keeps it. */
  resize(count: number): void {
    this.#count = count
    this.#admit()
  }

  /**
   * Runs `work` in a place of its own, which it may leave before it ends; rejects with the signal's reason if none came free before
   * it aborted.
   */
  async within<T>(signal: AbortSignal, work: (leave: () => void) => Promise<T>): Promise<T> {
    await this.#take(signal)
    let left = false
    const leave = (): void => {
      if (!left) this.#give()
      left = true
    }
    try {
      return await work(leave)
    } finally {
      leave()
    }
  }

  #take(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1)
        reject(signal.reason)
      }
      const enter = (): void => {
        signal.removeEventListener('abort', onAbort)
        resolve()
      }
      signal.addEventListener('abort', onAbort, { once: true })
      this.#waiting.push(enter)
      this.#admit()
    })
  }

  #give(): void {
    this.#taken -= 1
    this.#admit()
  }

  #admit(): void {
    for (; this.#taken < this.#count; this.#taken += 1) {
      const next = this.#waiting.shift()
      if (next === undefined) return
      next()
    }
  }
}
