/** What an invariant is: it looks at every committed change and says what is wrong, if anything. */
import type { Millis } from '../../../lib/time.ts'
import type { Change, Model } from '../history.ts'

export interface Checker {
  /** The invariant, as a sentence. */
  readonly name: string
  /** Called after `change` was applied to `model`; returns what is wrong. */
  check(change: Change, model: Model): string | undefined
}

/** How old what a controller knows may be at the moment: longer while a fault keeps news from it. */
export type Staleness = () => Millis
