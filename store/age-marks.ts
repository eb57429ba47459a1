/** Where history stood at earlier times, to know what is old enough to forget. */
import { type Instant, type Millis, plus } from '../lib/time.ts'
import type { Revision } from './store.ts'

export class AgeMarks {
  readonly #marks: { readonly at: Instant; readonly revision: Revision }[] = []

  /** Notes that `newest` is the revision of `now`; returns the revision of at least `keep` ago, once there is one. */
  look(now: Instant, newest: Revision, keep: Millis): Revision | undefined {
    let old: Revision | undefined
    while (this.#marks[0] !== undefined && plus(this.#marks[0].at, keep) <= now) old = this.#marks.shift()?.revision
    this.#marks.push({ at: now, revision: newest })
    return old
  }
}
