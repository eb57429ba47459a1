/** Every key with its versions: reads at any revision that was not compacted away. */
import { compareKeys } from '../keys.ts'
import type { KeyValue, ListOptions, Revision } from '../store.ts'
import type { Row } from './log.ts'
import { SortedKeys } from './sorted-keys.ts'

interface Version {
  readonly position: number
  readonly revision: Revision
  /** Undefined: deleted. */
  readonly kv: KeyValue | undefined
}

interface Entry {
  readonly key: string
  /** Oldest first, never empty. */
  readonly versions: Version[]
}

export class KeySpace {
  readonly #entries = new Map<string, Entry>()
  readonly #order = new SortedKeys<Entry>()

  newest(key: string): KeyValue | undefined {
    return this.#entries.get(key)?.versions.at(-1)?.kv
  }

  at(key: string, revision: Revision): KeyValue | undefined {
    const entry = this.#entries.get(key)
    return entry === undefined ? undefined : kvAt(entry, revision)
  }

  /** Adds a version, newer than all others of its key. */
  apply(row: Row): KeyValue | undefined {
    const { key, value, revision, createRevision, lease } = row
    const kv = value === undefined ? undefined : { key, value, modRevision: revision, createRevision, lease }
    const version = { position: row.position, revision, kv }
    const entry = this.#entries.get(key)
    if (entry !== undefined) entry.versions.push(version)
    else {
      const fresh: Entry = { key, versions: [version] }
      this.#entries.set(key, fresh)
      this.#order.insert(fresh)
    }
    return kv
  }

  list({ prefix, limit = Number.POSITIVE_INFINITY, after }: ListOptions, revision: Revision): Listed {
    const items: KeyValue[] = []
    let remaining = 0
    const from = after !== undefined && compareKeys(after, prefix) > 0 ? after : prefix
    this.#order.visitFrom(from, (entry) => {
      if (!entry.key.startsWith(prefix)) return false
      const kv = entry.key === after ? undefined : kvAt(entry, revision)
      if (kv === undefined) return true
      if (items.length < limit) items.push(kv)
      else remaining++
      return true
    })
    return { items, remaining }
  }

  /** Drops the versions of a key that no read at `compacted` or later can see; their positions in the log. */
  compact(key: string, compacted: Revision): readonly number[] {
    const entry = this.#entries.get(key)
    if (entry === undefined) return []
    const seen = indexAt(entry, compacted)
    const deleted = seen >= 0 && entry.versions[seen]?.kv === undefined
    const dropped = entry.versions.splice(0, deleted ? seen + 1 : Math.max(0, seen)).map(({ position }) => position)
    if (entry.versions.length === 0) {
      this.#entries.delete(key)
      this.#order.remove(key)
    }
    return dropped
  }
}

export interface Listed {
  readonly items: readonly KeyValue[]
  readonly remaining: number
}

/** The index of the version that was newest at `revision`; -1 when there was none. */
function indexAt({ versions }: Entry, revision: Revision): number {
  let index = versions.length - 1
  while (index >= 0 && (versions[index]?.revision ?? 0) > revision) index--
  return index
}

const kvAt = (entry: Entry, revision: Revision): KeyValue | undefined => entry.versions[indexAt(entry, revision)]?.kv
