/** Time as an argument: everything that waits or asks for the time is given a Clock. */
import type { Instant, Millis } from './time.ts'

/** Cancels a timer; calling it again does nothing. */
export type Cancel = () => void

export interface Clock {
  now(): Instant
  /** Runs `then` once, after `delay`. */
  after(delay: Millis, then: () => void): Cancel
}

/** What setTimeout can count, 24.8 days: it takes more for no delay at all. */
const longestTimer = 2 ** 31 - 1

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now() as Instant,
  after: (delay, then) => {
    const wait = (left: number): NodeJS.Timeout =>
      left > longestTimer
        ? setTimeout(() => {
            timer = wait(left - longestTimer)
          }, longestTimer)
        : setTimeout(then, left)
    let timer = wait(delay)
    return () => clearTimeout(timer)
  },
}

/** Resolves after `delay`, or rejects with the signal's reason as soon as it aborts. */
export function sleep(clock: Clock, delay: Millis, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const onAbort = (): void => {
      cancel()
      reject(signal.reason)
    }
    const cancel = clock.after(delay, () => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    })
    signal.addEventListener('abort', onAbort, { once: true })
  })
}

/**
 * A signal that aborts with `signal`, or with a Timeout fault after `delay`. Call `done` when the work ended, so that
 * neither the timer nor the listener outlives it.
 */
export function deadline(
  clock: Clock,
  delay: Millis,
  signal: AbortSignal,
  onTimeout: () => Error,
): { readonly signal: AbortSignal; readonly done: () => void } {
  const controller = new AbortController()
  const onAbort = (): void => controller.abort(signal.reason)
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  const cancel = clock.after(delay, () => controller.abort(onTimeout()))
  return {
    signal: controller.signal,
    done: () => {
      cancel()
      signal.removeEventListener('abort', onAbort)
    },
  }
}
