/** What the agent remembers of tasks besides their resources, for as long as it lives. Losing it costs only time. */
import type { Instant } from '../../lib/time.ts'
import type { Remembered } from './state.ts'

export class Memory {
  readonly #tasks = new Map<string, Remembered>()

  /** Creates the entry at the first look. */
  of(uid: string, now: Instant): Remembered {
    const known = this.#tasks.get(uid)
    if (known !== undefined) return known
    const fresh: Remembered = { firstSeen: now, failures: {} }
    this.#tasks.set(uid, fresh)
    return fresh
  }

  /** Does nothing for a task that was forgotten. */
  note(uid: string, change: (known: Remembered) => Partial<Remembered>): void {
    const known = this.#tasks.get(uid)
    if (known !== undefined) this.#tasks.set(uid, { ...known, ...change(known) })
  }

  forget(uid: string): void {
    this.#tasks.delete(uid)
  }
}
