/** Exponential back-off with jitter, as a pure function of the attempt. */
import type { Random } from './random.ts'
import { type Millis, millis } from './time.ts'

export interface Backoff {
  readonly first: Millis
  readonly factor: number
  readonly most: Millis
}

/** The delay before attempt `failures` + 1 without jitter: `first * factor^(failures-1)`, at most `most`; 0 for no failure. */
export const backoffDelay = (backoff: Backoff, failures: number): Millis =>
  failures <= 0
    ? millis(0)
    : millis(Math.min(backoff.most, backoff.first * backoff.factor ** Math.min(failures - 1, 60)))

/** Between half of `delay` and `delay`, so that many who failed together do not return together. */
export const jittered = (delay: Millis, random: Random): Millis => millis(delay / 2 + (delay / 2) * random.next())
