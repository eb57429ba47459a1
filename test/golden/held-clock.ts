/** The clock of a golden world: the machine's, unless its hands are held. */
import { type Cancel, type Clock, systemClock } from '../../lib/clock.ts'
import type { Instant, Millis } from '../../lib/time.ts'

export class HeldClock implements Clock {
  #held: Instant | undefined

  now(): Instant {
    return this.#held ?? systemClock.now()
  }

  /** Timers run on: what is held is only what the time is said to be. */
  after(delay: Millis, then: () => void): Cancel {
    return systemClock.after(delay, then)
  }

  /** It stays the same time until the end of the block. */
  hold(): Disposable {
    this.#held = systemClock.now()
    return {
      [Symbol.dispose]: () => {
        this.#held = undefined
      },
    }
  }
}
