/** The commits since the last compaction, for watchers that read them at their own pace. */
import { type Revision, revision, type StoreEvent, type WatchBatch } from '../store.ts'

export interface Commit {
  readonly revision: Revision
  readonly events: readonly StoreEvent[]
}

export class History {
  /** One commit for each revision after `#compacted`, without holes. */
  #commits: Commit[] = []
  #compacted: Revision
  #events = 0
  #bytes = 0

  constructor(compacted: Revision) {
    this.#compacted = compacted
  }

  /** Nothing can be read from before this revision. */
  get compacted(): Revision {
    return this.#compacted
  }

  get newest(): Revision {
    return revision(this.#compacted + this.#commits.length)
  }

  get events(): number {
    return this.#events
  }

  get bytes(): number {
    return this.#bytes
  }

  push(commit: Commit): void {
    this.#commits.push(commit)
    this.#weigh(commit, 1)
  }

  /**
   * Events under `prefix` after `after`, at most `most` unless the first revision has more; `revision` is how far was
   * read.
   */
  read(prefix: string, after: Revision, most: number): WatchBatch {
    const events: StoreEvent[] = []
    let at = Math.max(0, after - this.#compacted)
    for (; at < this.#commits.length && events.length < most; at++)
      for (const event of this.#commits[at]?.events ?? []) if (keyOf(event).startsWith(prefix)) events.push(event)
    return { revision: revision(Math.max(after, this.#compacted + at)), events }
  }

  /** Forgets everything up to and including `before`; returns what was forgotten. */
  compact(before: Revision): readonly Commit[] {
    const forgotten = this.#commits.splice(0, before - this.#compacted)
    this.#compacted = before
    for (const commit of forgotten) this.#weigh(commit, -1)
    return forgotten
  }

  #weigh(commit: Commit, sign: 1 | -1): void {
    this.#events += sign * commit.events.length
    for (const event of commit.events) if (event.type === 'put') this.#bytes += sign * event.kv.value.byteLength
  }
}

export const keyOf = (event: StoreEvent): string => (event.type === 'put' ? event.kv.key : event.key)
