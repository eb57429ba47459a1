/**
 * Which attempt at a slot this process sent last. A creation without an answer may still come, after the tasks that its number
 * was counted from are gone; whoever tries again must meet it under its own name, and not begin to count anew.
 */
import { slotAndAttempt } from '../../api/v1/service-names.ts'

/** By slot: the highest attempt that is over, as far as this process knows. */
export type Attempts = ReadonlyMap<string, number>

const none: Attempts = new Map()

interface Started {
  readonly name: string
  readonly revision: { readonly metadata: { readonly name: string } }
}

export class TriedAttempts {
  /** By service and revision. */
  readonly #known = new Map<string, Map<string, Map<string, number>>>()

  of(service: string, revision: string): Attempts {
    return this.#known.get(service)?.get(revision) ?? none
  }

  /** These are about to be created: until one is known to be there, the next try has its name. */
  trying(service: string, starts: readonly Started[]): void {
    for (const start of starts) this.#raise(service, start, -1)
  }
  /** These were created: the next try is another one. */
  made(service: string, starts: readonly Started[]): void {
    for (const start of starts) this.#raise(service, start, 0)
  }
  /** What is remembered of a service that has only these revisions left; none: all of it goes. */
  keep(service: string, revisions: ReadonlySet<string>): void {
    const known = this.#known.get(service)
    for (const name of known?.keys() ?? []) if (!revisions.has(name)) known?.delete(name)
    if (known?.size === 0) this.#known.delete(service)
  }

  #raise(service: string, { name, revision }: Started, by: number): void {
    const place = slotAndAttempt(revision.metadata.name, name)
    if (place === undefined) return
    const revisions = this.#known.get(service) ?? new Map<string, Map<string, number>>()
    const slots = revisions.get(revision.metadata.name) ?? new Map<string, number>()
    this.#known.set(service, revisions.set(revision.metadata.name, slots))
    slots.set(place.slot, Math.max(place.attempt + by, slots.get(place.slot) ?? 0))
  }
}
