/**
 * How many stops are under way at once. The engine takes the networks of containers down one by one, and what waits for that holds up
 * starts: so few at once while processes leave quickly. Processes that take their time are waited for, which is no work: many then, and
 * an order to stop reaches each of them soon.
 */
import type { Clock } from '../../lib/clock.ts'
import type { Millis } from '../../lib/time.ts'
import { Slots } from './slots.ts'

export interface StopsOptions {
  readonly clock: Clock
  /** At once while they end quickly... */
  readonly quick: number
  /** ...twice as many for each that does not, up to this. */
  readonly slow: number
  /** A stop that takes longer waits for a process. */
  readonly patience: Millis
}

export class Stops {
  readonly #options: StopsOptions
  readonly #slots: Slots
  #atOnce: number

  constructor(options: StopsOptions) {
    this.#options = options
    this.#slots = new Slots(options.quick)
    this.#atOnce = options.quick
  }

  /** Runs `stop` when it is its turn; rejects with the signal's reason if that did not come before it aborted. */
  async run(signal: AbortSignal, stop: () => Promise<void>): Promise<void> {
    const { clock, quick, slow, patience } = this.#options
    await this.#slots.within(signal, async (leave) => {
      let isSlow = false
      const cancel = clock.after(patience, () => {
        isSlow = true
        leave()
        this.#resize(Math.min(slow, this.#atOnce * 2))
      })
      try {
        await stop()
      } finally {
        cancel()
        if (!isSlow) this.#resize(quick)
      }
    })
  }

  #resize(atOnce: number): void {
    this.#atOnce = atOnce
    this.#slots.resize(atOnce)
  }
}
