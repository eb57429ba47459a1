/** A bucket of tokens: so many requests at once after a pause, so many a second in the long run. Who comes first goes first. */
import { type Clock, sleep } from '../../lib/clock.ts'
import { type Instant, millis } from '../../lib/time.ts'

export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

export class RateLimit {
  readonly #rate: Rate
  readonly #clock: Clock
  /** When the bucket is full again; earlier than now: it is full. */
  #fullAt: Instant

  constructor(rate: Rate, clock: Clock) {
    this.#rate = rate
    this.#clock = clock
    this.#fullAt = clock.now()
  }

  /** Takes a token, once there is one. */
  async pass(signal: AbortSignal): Promise<void> {
    const { perSecond, burst } = this.#rate
    const now = this.#clock.now()
    this.#fullAt = (Math.max(this.#fullAt, now) + 1000 / perSecond) as Instant
    const wait = this.#fullAt - now - (burst * 1000) / perSecond
    if (wait > 0) await sleep(this.#clock, millis(wait), signal)
  }
}
