/** A clock that moves only when told to: the clock of tests and of the simulation. */
import type { Cancel, Clock } from './clock.ts'
import { type Instant, instant, type Millis, plus } from './time.ts'

interface Timer {
  readonly at: Instant
  readonly order: number
  readonly then: () => void
}

/** Lets everything that is ready run: all promise callbacks, until nothing but timers and I/O is left. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

export class VirtualClock implements Clock {
  #now: Instant
  #order = 0
  readonly #timers = new Set<Timer>()

  constructor(start: Instant = instant(Date.UTC(2026, 0, 1))) {
    this.#now = start
  }

  now(): Instant {
    return this.#now
  }

  after(delay: Millis, then: () => void): Cancel {
    const timer: Timer = { at: plus(this.#now, Math.max(0, delay) as Millis), order: this.#order++, then }
    this.#timers.add(timer)
    return () => void this.#timers.delete(timer)
  }

  /** When the next timer is due; undefined when none is set. */
  next(): Instant | undefined {
    return this.#first()?.at
  }

  /** Moves to the next timer, fires it, and lets what it woke run. False when there was none due by `until`. */
  async step(until: Instant = instant(Number.MAX_SAFE_INTEGER)): Promise<boolean> {
    await settle()
    const timer = this.#first()
    if (timer === undefined || timer.at > until) return false
    this.#timers.delete(timer)
    this.#now = instant(Math.max(timer.at, this.#now))
    timer.then()
    await settle()
    return true
  }

  /** Fires every timer due within `by`, in order, and ends exactly `by` later. */
  async advance(by: Millis): Promise<void> {
    const until = plus(this.#now, by)
    while (await this.step(until));
    this.#now = until
  }

  #first(): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.#timers) {
      if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order))
        first = timer
    }
    return first
  }
}
