/** When history is forgotten without being asked: what is old, and what is too much. */
import type { Cancel, Clock } from '../../lib/clock.ts'
import { type Instant, type Millis, plus } from '../../lib/time.ts'
import { type Revision, revision } from '../store.ts'

/** How much history is kept. Without `every` only its size counts. */
export interface Retention {
  readonly events: number
  readonly bytes: number
  readonly age?: { readonly keep: Millis; readonly every: Millis }
}

interface Size {
  readonly events: number
  readonly bytes: number
  readonly compacted: Revision
  readonly newest: Revision
}

/** Up to where to forget, at half of the limit so that it is not asked for at every commit; undefined: keep all. */
export function tooMuch(size: Size, { events, bytes }: Retention): Revision | undefined {
  if (size.events <= events && size.bytes <= bytes) return undefined
  return revision(size.compacted + Math.ceil((size.newest - size.compacted) / 2))
}

/** Remembers now and then where history stood, and asks to forget what stood there long enough ago. */
export class AgeCompactor {
  readonly #clock: Clock
  readonly #newest: () => Revision
  readonly #compact: (before: Revision) => void
  readonly #marks: { readonly at: Instant; readonly revision: Revision }[] = []
  #timer: Cancel | undefined

  constructor(clock: Clock, newest: () => Revision, compact: (before: Revision) => void) {
    this.#clock = clock
    this.#newest = newest
    this.#compact = compact
  }

  start(keep: Millis, every: Millis): void {
    this.#timer = this.#clock.after(every, () => {
      this.start(keep, every)
      this.#look(keep)
    })
  }

  stop(): void {
    this.#timer?.()
  }

  #look(keep: Millis): void {
    const now = this.#clock.now()
    let old: Revision | undefined
    while (this.#marks[0] !== undefined && plus(this.#marks[0].at, keep) <= now) old = this.#marks.shift()?.revision
    this.#marks.push({ at: now, revision: this.#newest() })
    if (old !== undefined) this.#compact(old)
  }
}
