/**
 * The work queue of one controller: a key added ten times runs once, a key added while it runs runs once more after, a
 * key that fails waits longer each time, a key that can settle waits for more of its changes, and keys take turns.
 */
import { type Backoff, backoffDelay, jittered } from '../../lib/backoff.ts'
import type { Cancel, Clock } from '../../lib/clock.ts'
import type { Random } from '../../lib/random.ts'
import { between, type Instant, instant, type Millis, millis, plus } from '../../lib/time.ts'

export interface QueueOptions {
  readonly clock: Clock
  readonly random: Random
  /** So long after a pass over a key `settle` keeps it waiting. */
  readonly settle: Millis
  /** Told of the number of waiting keys whenever it changes. */
  readonly onDepth?: (depth: number) => void
  /** Told how long a key waited when it is taken. */
  readonly onWait?: (wait: Millis) => void
}

interface Later {
  readonly at: Instant
  readonly cancel: Cancel
}

export class WorkQueue {
  /** Keys ready to run, in order of arrival, with the time they came. */
  readonly #ready = new Map<string, Instant>()
  readonly #running = new Set<string>()
  /** Running keys that were added meanwhile. */
  readonly #dirty = new Set<string>()
  /** Running keys that were settled meanwhile. */
  readonly #settling = new Set<string>()
  /** When the last pass over each key ended, those of long ago first and in time forgotten. */
  readonly #passed = new Map<string, Instant>()
  readonly #later = new Map<string, Later>()
  readonly #failures = new Map<string, number>()
  readonly #takers: (() => void)[] = []
  readonly #options: QueueOptions

  constructor(options: QueueOptions) {
    this.#options = options
  }

  /** Keys waiting to run; those that wait for their time do not count. */
  get depth(): number {
    return this.#ready.size
  }
  /** Nothing to run and nothing running, whatever may come later. */
  get idle(): boolean {
    return this.#ready.size === 0 && this.#running.size === 0
  }

  /** Runs the key as soon as a worker is free. What was planned for later is dropped: this pass will plan again. */
  add(key: string): void {
    if (this.#running.has(key)) {
      this.#dirty.add(key)
      return
    }
    this.#unplan(key)
    if (this.#ready.has(key)) return
    this.#ready.set(key, this.#options.clock.now())
    this.#options.onDepth?.(this.#ready.size)
    this.#takers.shift()?.()
  }

  /**
   * As `add`, but not so soon after the last pass over the key: one pass will see this change and those that follow it. The first
   * change after a while is not held up.
   */
  settle(key: string): void {
    if (this.#running.has(key)) {
      this.#settling.add(key)
      return
    }
    if (this.#ready.has(key)) return
    const at = this.#settledAt(key)
    const planned = this.#later.get(key)
    if (at <= this.#options.clock.now()) this.add(key)
    else if (planned === undefined || at < planned.at) this.#plan(key, at)
  }

  /** The next key, marked as running until `finish` or `retry`. Rejects with the signal's reason. */
  async take(signal: AbortSignal): Promise<string> {
    for (;;) {
      signal.throwIfAborted()
      const next = this.#ready.entries().next()
      if (!next.done) return this.#start(...next.value)
      await this.#someAdded(signal)
    }
  }

  /** The pass over the key succeeded: failures are forgotten; it runs again at `wakeAt`, if given, at the latest. */
  finish(key: string, wakeAt?: Instant): void {
    this.#failures.delete(key)
    const settling = this.#end(key)
    if (this.#dirty.delete(key)) this.add(key)
    else if (wakeAt !== undefined) this.#plan(key, wakeAt)
    if (settling) this.settle(key)
  }

  /**
   * The pass failed: runs again after a delay that grows with each failure in a row, which it returns. Changes during the
   * failed pass wait as well (they may be its own writes); a change during the delay runs it at once.
   */
  retry(key: string, backoff: Backoff): Millis {
    const failures = (this.#failures.get(key) ?? 0) + 1
    this.#failures.set(key, failures)
    const delay = jittered(backoffDelay(backoff, failures), this.#options.random)
    this.#dirty.delete(key)
    this.#end(key)
    this.#plan(key, plus(this.#options.clock.now(), delay))
    return delay
  }

  /** Cancels all timers. */
  close(): void {
    for (const { cancel } of this.#later.values()) cancel()
    this.#later.clear()
  }

  #start(key: string, since: Instant): string {
    this.#ready.delete(key)
    this.#running.add(key)
    this.#options.onDepth?.(this.#ready.size)
    this.#options.onWait?.(between(since, this.#options.clock.now()))
    return key
  }

  /** The pass over the key is over; whether it was settled meanwhile. */
  #end(key: string): boolean {
    const now = this.#options.clock.now()
    this.#running.delete(key)
    this.#passed.delete(key)
    this.#passed.set(key, now)
    for (const old of this.#passed.keys()) {
      if (this.#settledAt(old) > now) break
      this.#passed.delete(old)
    }
    return this.#settling.delete(key)
  }

  #settledAt(key: string): Instant {
    const { clock, settle } = this.#options
    const passed = this.#passed.get(key)
    const now = clock.now()
    if (passed === undefined) return now
    // A clock that was set back must not make it long.
    return plus(instant(Math.min(passed, now)), settle)
  }

  /** Adds the key at `at`. */
  #plan(key: string, at: Instant): void {
    const now = this.#options.clock.now()
    this.#unplan(key)
    const cancel = this.#options.clock.after(millis(Math.max(0, at - now)), () => this.add(key))
    this.#later.set(key, { at, cancel })
  }

  #unplan(key: string): void {
    this.#later.get(key)?.cancel()
    this.#later.delete(key)
  }

  #someAdded(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        const at = this.#takers.indexOf(wake)
        if (at >= 0) this.#takers.splice(at, 1)
        reject(signal.reason)
      }
      const wake = (): void => {
        signal.removeEventListener('abort', onAbort)
        resolve()
      }
      signal.addEventListener('abort', onAbort, { once: true })
      this.#takers.push(wake)
    })
  }
}
