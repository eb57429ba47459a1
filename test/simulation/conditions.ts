/** What goes wrong for one process at the moment. Faults set it, the process's client and engine obey it. */
import { type Millis, millis } from '../../lib/time.ts'

export interface Flakiness {
  /** Chance that a write is refused before it is applied. */
  readonly refuse: number
  /** Chance that a write is applied but its answer lost. */
  readonly lose: number
  /** Chance that the writer gives up and the write is applied later all the same. */
  readonly late: number
}

export const reliable: Flakiness = { refuse: 0, lose: 0, late: 0 }

/** How a watch ends before its time: in good order, with 410, in the middle of a line, with its connection. */
export const watchEnds = ['inOrder', 'expired', 'inALine', 'cut'] as const
export type WatchEnd = (typeof watchEnds)[number]

/** How the server at the other end of the wire is. */
export interface ServerState {
  /** Chance that a request is refused with 429. */
  readonly busy: number
  /** A request, and its answer, take at most so much longer. */
  readonly delay: Millis
}

const atEase: ServerState = { busy: 0, delay: millis(0) }

export class Conditions {
  /** Requests fail at once, or hang, until it is over. */
  cutOff: 'no' | 'errors' | 'hangs' = 'no'
  flaky: Flakiness = reliable
  /** The same between the process's own registry and the store. */
  flakyStore: Flakiness = reliable
  /** The process dies at its n-th write from now, before or after the write is applied. */
  crash: { writes: number; readonly when: 'before' | 'after' } | undefined
  /** Added to each engine call. */
  engineDelay: Millis = millis(0)
  server: ServerState = atEase
  #watchesEnd = Promise.withResolvers<WatchEnd>()
  readonly #stale = new Map<string, number>()
  #changed = Promise.withResolvers<void>()

  /** Watches of this kind deliver nothing until as many `thaw` as `freeze` were called. */
  freeze(kind: string): void {
    this.#stale.set(kind, (this.#stale.get(kind) ?? 0) + 1)
  }
  thaw(kind: string): void {
    this.#stale.set(kind, (this.#stale.get(kind) ?? 1) - 1)
    this.change()
  }
  isStale(kind: string): boolean {
    return (this.#stale.get(kind) ?? 0) > 0
  }
  get anyStale(): boolean {
    return [...this.#stale.values()].some((n) => n > 0)
  }
  get isServerStrained(): boolean {
    return this.server !== atEase
  }
  endStrain(): void {
    this.server = atEase
  }
  /** Ends all watches that are open on the wire. */
  endWatches(how: WatchEnd): void {
    this.#watchesEnd.resolve(how)
    this.#watchesEnd = Promise.withResolvers()
  }
  /** Tells those that are open now when to end, and how. */
  get watchesEnd(): Promise<WatchEnd> {
    return this.#watchesEnd.promise
  }
  /** Everything is well again. */
  heal(): void {
    this.server = atEase
    this.cutOff = 'no'
    this.flaky = reliable
    this.flakyStore = reliable
    this.crash = undefined
    this.engineDelay = millis(0)
    this.#stale.clear()
    this.change()
  }
  /** Wakes those who wait for something to change. */
  change(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }
  get changed(): Promise<void> {
    return this.#changed.promise
  }
}
