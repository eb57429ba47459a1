/** A bounded window of a kind's latest changes, for watches that start in the past. */
import { type Revision, revision } from '../../store/store.ts'
import type { Resource } from '../meta/object.ts'
import { expired } from './faults.ts'
import { limits } from './limits.ts'

/** A change as the store saw it, before any selector. `object` of DELETED is the last state, at the deletion's revision. */
export interface CacheEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly revision: Revision
  readonly object: Resource
  readonly previous: Resource | undefined
}

export class EventWindow {
  #events: CacheEvent[] = []
  /** Watches can start after this revision and later ones. */
  #floor: Revision = revision(0)

  push(event: CacheEvent): void {
    this.#events.push(event)
    if (this.#events.length <= 2 * limits.watchWindow) return
    const dropped = this.#events.length - limits.watchWindow
    this.#floor = (this.#events[dropped - 1] as CacheEvent).revision
    this.#events = this.#events.slice(dropped)
  }

  /** Forgets all; nothing is known of what was before `floor`. */
  reset(floor: Revision): void {
    this.#events = []
    this.#floor = floor
  }

  /** What happened after a revision, oldest first. Faults: Expired. */
  after(since: Revision): readonly CacheEvent[] {
    if (since < this.#floor) throw expired(since, this.#floor)
    let low = 0
    let high = this.#events.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#events[middle] as CacheEvent).revision > since) high = middle
      else low = middle + 1
    }
    return this.#events.slice(low)
  }
}
