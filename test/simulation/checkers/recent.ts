/** The values that something had within a window of time, the one in force at its beginning included. */
import { between, type Instant, type Millis } from '../../../lib/time.ts'

/** Longer than any staleness that a checker asks about. */
const kept = 600_000

export class RecentValues<T> {
  readonly #values = new Map<string, { readonly at: Instant; readonly value: T }[]>()

  record(key: string, at: Instant, value: T): void {
    const values = this.#values.get(key) ?? []
    this.#values.set(key, values)
    values.push({ at, value })
    while (values.length > 1 && between((values[1] as { at: Instant }).at, at) > kept) values.shift()
  }
  within(key: string, window: Millis, now: Instant): readonly T[] {
    const values = this.#values.get(key) ?? []
    const first = values.findLastIndex(({ at }) => between(at, now) >= window)
    return values.slice(Math.max(0, first)).map(({ value }) => value)
  }
}
