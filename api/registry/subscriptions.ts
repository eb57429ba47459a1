/**
 * Who hears of which change of a kind. A change is handed only to those whose selection demands a value that the object
 * has or had, found by that value: the others cost it nothing.
 */
import type { Cancel, Clock } from '../../lib/clock.ts'
import type { Fault } from '../../lib/errors.ts'
import { type FieldTerm, fieldText } from '../meta/field-selector.ts'
import type { CacheEvent } from './event-window.ts'
import { tooSlow } from './faults.ts'
import { limits } from './limits.ts'

/** What one watch has yet to read. */
export class Subscription {
  readonly #leave: () => void
  readonly #clock: Clock
  #cancelTick: Cancel
  #events: CacheEvent[]
  #failure: Fault | undefined
  #ticked = false
  #wake: () => void = () => undefined

  constructor(events: readonly CacheEvent[], clock: Clock, leave: () => void) {
    this.#events = [...events]
    this.#clock = clock
    this.#leave = leave
    this.#cancelTick = this.#tickLater()
  }

  push(event: CacheEvent): void {
    if (this.#events.length >= limits.watchBacklog) this.fail(tooSlow())
    if (this.#failure !== undefined) return
    this.#events.push(event)
    this.#wake()
  }

  fail(reason: Fault): void {
    this.#failure ??= reason
    this.#events = []
    this.close()
    this.#wake()
  }

  /** What came, at most `most`, oldest first. Throws why the subscription failed. */
  take(most: number): readonly CacheEvent[] {
    if (this.#failure !== undefined) throw this.#failure
    return this.#events.splice(0, most)
  }

  /** Whether a bookmark is due, once. */
  takeTick(): boolean {
    const ticked = this.#ticked
    this.#ticked = false
    return ticked
  }

  /** Resolves when there is something to take, or when the signal aborts. */
  async wait(signal: AbortSignal): Promise<void> {
    if (this.#events.length > 0 || this.#ticked || this.#failure !== undefined || signal.aborted) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    signal.addEventListener('abort', this.#wake, { once: true })
    await promise
    signal.removeEventListener('abort', this.#wake)
  }

  close(): void {
    this.#cancelTick()
    this.#leave()
  }

  #tickLater(): Cancel {
    return this.#clock.after(limits.bookmarkInterval, () => {
      this.#ticked = true
      this.#cancelTick = this.#tickLater()
      this.#wake()
    })
  }
}

/** Fewest objects first: one name, the objects of one instance, those of a namespace. */
function narrowest(demands: readonly FieldTerm[]): FieldTerm | undefined {
  const isName = ({ field }: FieldTerm): boolean => field === 'metadata.name'
  const isField = ({ field }: FieldTerm): boolean => field !== 'metadata.namespace'
  return demands.find(isName) ?? demands.find(isField) ?? demands[0]
}

export class Subscriptions {
  readonly #all = new Set<Subscription>()
  readonly #undemanding = new Set<Subscription>()
  readonly #byField = new Map<string, Map<string, Set<Subscription>>>()
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Hears of what meets all `demands`, and of some other changes; first of `missed`. */
  add(demands: readonly FieldTerm[], missed: readonly CacheEvent[]): Subscription {
    const demand = narrowest(demands)
    const peers = demand === undefined ? this.#undemanding : this.#peers(demand)
    const subscription = new Subscription(missed, this.#clock, () => {
      this.#all.delete(subscription)
      peers.delete(subscription)
      if (demand !== undefined && peers.size === 0) this.#forget(demand, peers)
    })
    this.#all.add(subscription)
    peers.add(subscription)
    return subscription
  }

  publish(event: CacheEvent): void {
    for (const one of this.#undemanding) one.push(event)
    for (const [field, byValue] of this.#byField) {
      const now = fieldText(event.object, field)
      for (const one of byValue.get(now) ?? []) one.push(event)
      const before = event.previous === undefined ? now : fieldText(event.previous, field)
      if (before !== now) for (const one of byValue.get(before) ?? []) one.push(event)
    }
  }

  fail(reason: Fault): void {
    for (const one of [...this.#all]) one.fail(reason)
  }

  #peers({ field, value }: FieldTerm): Set<Subscription> {
    const byValue = this.#byField.get(field) ?? new Map<string, Set<Subscription>>()
    this.#byField.set(field, byValue)
    const peers = byValue.get(value) ?? new Set()
    byValue.set(value, peers)
    return peers
  }

  #forget({ field, value }: FieldTerm, peers: Set<Subscription>): void {
    const byValue = this.#byField.get(field)
    if (byValue?.get(value) !== peers) return
    byValue.delete(value)
    if (byValue.size === 0) this.#byField.delete(field)
  }
}
