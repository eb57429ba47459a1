/** Those who wait for the next commit under a prefix: woken by one, by time (progress), or by the end. */
import type { Cancel, Clock } from '../../lib/clock.ts'
import type { Millis } from '../../lib/time.ts'
import { type Revision, revision } from '../store.ts'
import { type Commit, keyOf } from './history.ts'

/** `quietUntil`: nothing under the prefix happened up to this revision; `progress`: and it is time to say so. */
export interface Woken {
  readonly progress: boolean
  readonly quietUntil: Revision
}

interface Waiter {
  readonly wake: (woken: Woken) => void
  readonly fail: (reason: unknown) => void
}

export class Watchers {
  readonly #clock: Clock
  readonly #interval: Millis
  readonly #newest: () => Revision
  readonly #byPrefix = new Map<string, Set<Waiter>>()
  #timer: Cancel | undefined

  constructor(clock: Clock, interval: Millis, newest: () => Revision) {
    this.#clock = clock
    this.#interval = interval
    this.#newest = newest
  }

  /** Resolves at the next commit under `prefix` or when a progress notification is due. */
  wait(prefix: string, signal: AbortSignal): Promise<Woken> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      const waiters = this.#byPrefix.get(prefix) ?? new Set()
      this.#byPrefix.set(prefix, waiters)
      const leave = (): void => {
        signal.removeEventListener('abort', onAbort)
        waiters.delete(waiter)
        if (waiters.size === 0 && this.#byPrefix.get(prefix) === waiters) this.#byPrefix.delete(prefix)
        if (this.#byPrefix.size === 0) this.#stopTimer()
      }
      const waiter: Waiter = {
        wake: (woken) => {
          leave()
          resolve(woken)
        },
        fail: (reason) => {
          leave()
          reject(reason)
        },
      }
      const onAbort = (): void => waiter.fail(signal.reason)
      signal.addEventListener('abort', onAbort, { once: true })
      waiters.add(waiter)
      this.#startTimer()
    })
  }

  /** Wakes those whose prefix one of the commits is under. Each distinct prefix is compared once, not each watcher. */
  notify(commits: readonly Commit[]): void {
    for (const [prefix, waiters] of [...this.#byPrefix]) {
      const first = commits.find(({ events }) => events.some((event) => keyOf(event).startsWith(prefix)))
      if (first === undefined) continue
      const quietUntil = revision(first.revision - 1)
      for (const waiter of [...waiters]) waiter.wake({ progress: false, quietUntil })
    }
  }

  /** Ends all waiting with `reason`. */
  end(reason: Error): void {
    for (const waiter of [...this.#byPrefix.values()].flatMap((waiters) => [...waiters])) waiter.fail(reason)
  }

  #startTimer(): void {
    this.#timer ??= this.#clock.after(this.#interval, () => {
      this.#timer = undefined
      const quietUntil = this.#newest()
      for (const waiter of [...this.#byPrefix.values()].flatMap((waiters) => [...waiters]))
        waiter.wake({ progress: true, quietUntil })
    })
  }

  #stopTimer(): void {
    this.#timer?.()
    this.#timer = undefined
  }
}
