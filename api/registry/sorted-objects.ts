/** One kind's objects by store key; in order when asked, at the price of sorting only what came since. */
import type { Resource } from '../meta/object.ts'

export class SortedObjects {
  readonly #byKey = new Map<string, Resource>()
  /** In order; keys of objects that went stay until the next question. */
  #keys: string[] = []
  #added: string[] = []
  #removed = false

  get(key: string): Resource | undefined {
    return this.#byKey.get(key)
  }

  set(key: string, object: Resource): void {
    if (!this.#byKey.has(key)) this.#added.push(key)
    this.#byKey.set(key, object)
  }

  delete(key: string): void {
    if (this.#byKey.delete(key)) this.#removed = true
  }

  clear(): void {
    this.#byKey.clear()
    this.#keys = []
    this.#added = []
  }

  /** The objects whose key starts with `prefix` and comes after `after`, in order of their keys. */
  *under(prefix: string, after = ''): Generator<readonly [key: string, object: Resource]> {
    this.#settle()
    const keys = this.#keys
    const from = after >= prefix ? firstAfter(keys, after) : firstAfter(keys, prefix)
    for (let i = from; i < keys.length; i++) {
      const key = keys[i] as string
      if (!key.startsWith(prefix)) return
      yield [key, this.#byKey.get(key) as Resource]
    }
  }

  #settle(): void {
    if (this.#removed) this.#keys = this.#keys.filter((key) => this.#byKey.has(key))
    this.#removed = false
    if (this.#added.length === 0) return
    // A key that went and came again is in both.
    const added = [...new Set(this.#added)].filter((key) => this.#byKey.has(key)).sort()
    this.#added = []
    const merged: string[] = []
    let at = 0
    for (const key of this.#keys) {
      while (at < added.length && (added[at] as string) < key) merged.push(added[at++] as string)
      if (added[at] === key) at++
      merged.push(key)
    }
    for (; at < added.length; at++) merged.push(added[at] as string)
    this.#keys = merged
  }
}

/** The index of the first key greater than `bound`. */
function firstAfter(keys: readonly string[], bound: string): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((keys[middle] as string) > bound) high = middle
    else low = middle + 1
  }
  return low
}
