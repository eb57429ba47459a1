/** A set of objects by key whose ordered list is made once per change and only when asked for. */
import type { Resource } from '../../api/meta/object.ts'

const none: readonly Resource[] = []

export class Bucket {
  readonly #objects = new Map<string, Resource>()
  #ordered: readonly Resource[] | undefined

  get size(): number {
    return this.#objects.size
  }
  get(key: string): Resource | undefined {
    return this.#objects.get(key)
  }
  set(key: string, object: Resource): void {
    this.#objects.set(key, object)
    this.#ordered = undefined
  }
  delete(key: string): void {
    if (this.#objects.delete(key)) this.#ordered = undefined
  }
  /** Ordered by key. */
  list(): readonly Resource[] {
    this.#ordered ??= [...this.#objects].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, object]) => object)
    return this.#ordered
  }
}

/** Buckets under values; an empty bucket does not stay. */
export class BucketMap {
  readonly #buckets = new Map<string, Bucket>()

  list(value: string): readonly Resource[] {
    return this.#buckets.get(value)?.list() ?? none
  }
  set(value: string, key: string, object: Resource): void {
    const bucket = this.#buckets.get(value) ?? new Bucket()
    this.#buckets.set(value, bucket)
    bucket.set(key, object)
  }
  delete(value: string, key: string): void {
    const bucket = this.#buckets.get(value)
    bucket?.delete(key)
    if (bucket?.size === 0) this.#buckets.delete(value)
  }
}
