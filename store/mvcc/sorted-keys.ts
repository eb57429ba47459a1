/** An ordered list of keyed things in short chunks: insertion and search stay cheap at hundreds of thousands of keys. */
import { compareKeys } from '../keys.ts'

/** A chunk splits in two past this; moving so few pointers costs less than a microsecond. */
const chunkMost = 512

export class SortedKeys<T extends { readonly key: string }> {
  readonly #chunks: T[][] = []

  /** Adds a thing whose key is not there yet. */
  insert(thing: T): void {
    const at = this.#chunkOf(thing.key)
    const chunk = this.#chunks[at]
    if (chunk === undefined) {
      this.#chunks.push([thing])
      return
    }
    chunk.splice(lowerBound(chunk, thing.key), 0, thing)
    if (chunk.length > chunkMost) this.#chunks.splice(at + 1, 0, chunk.splice(chunk.length >>> 1))
  }

  remove(key: string): void {
    const at = this.#chunkOf(key)
    const chunk = this.#chunks[at]
    if (chunk === undefined) return
    const index = lowerBound(chunk, key)
    if (chunk[index]?.key !== key) return
    chunk.splice(index, 1)
    if (chunk.length === 0) this.#chunks.splice(at, 1)
  }

  /** Visits everything from `key` (inclusive) on, in order, for as long as `visit` says true. */
  visitFrom(key: string, visit: (thing: T) => boolean): void {
    let at = this.#chunkOf(key)
    let index = lowerBound(this.#chunks[at] ?? [], key)
    for (; at < this.#chunks.length; at++, index = 0) {
      const chunk = this.#chunks[at] ?? []
      for (; index < chunk.length; index++) if (!visit(chunk[index] as T)) return
    }
  }

  /** The last chunk that starts at or before `key`; the first one when none does. */
  #chunkOf(key: string): number {
    let low = 0
    let high = this.#chunks.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const first = this.#chunks[middle]?.[0]
      if (first !== undefined && compareKeys(first.key, key) <= 0) low = middle + 1
      else high = middle
    }
    return Math.max(0, low - 1)
  }
}

/** The index of the first thing whose key is not before `key`. */
function lowerBound(chunk: readonly { readonly key: string }[], key: string): number {
  let low = 0
  let high = chunk.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareKeys(chunk[middle]?.key ?? '', key) < 0) low = middle + 1
    else high = middle
  }
  return low
}
