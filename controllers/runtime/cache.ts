/**
 * The objects that informers and writes brought, with indexes. An object only ever moves to a newer version, and one
 * that was seen to go is remembered until no stream can still deliver something older.
 */
import { groupResource, type Kind } from '../../api/meta/kind.ts'
import {
  controllerOf,
  hasFinalizers,
  isDeleting,
  keyOf,
  keyText,
  type ObjectKey,
  type Resource,
} from '../../api/meta/object.ts'
import { Fault, invariant } from '../../lib/errors.ts'
import { deepFreeze } from '../../lib/freeze.ts'
import { Bucket, BucketMap } from './bucket.ts'
import type { Cache, Index } from './controller.ts'
import { type Selection, selectionTest } from './selection.ts'

/** Told of every change of the cache, after it; at least one of both objects is there. */
export type OnChange = (kind: Kind, old: Resource | undefined, now: Resource | undefined) => void

export interface CacheOptions {
  readonly onChange: OnChange
}

/** One stream's way into the cache. */
export interface Source {
  /** A consistent list: what this stream had and the list has not is gone. */
  replace(objects: readonly Resource[], listVersion: string): void
  /** ADDED or MODIFIED. */
  put(object: Resource): void
  /** DELETED: gone, or out of the selection. */
  remove(object: Resource): void
  /** Everything up to here was delivered. */
  progress(version: string): void
}

/**
 * A resourceVersion as a number to compare by, within one kind of one server. Kubernetes declares that from 1.35 on (decimal,
 * without leading zeros, growing); before that, versions are etcd's revisions and are just so. Of a server whose versions are
 * anything else nothing can be said to be newer. Faults: Unavailable there.
 */
export function versionNumber(version: string): bigint {
  if (version === '') return 0n
  if (!/^(0|[1-9]\d*)$/.test(version))
    throw new Fault('Unavailable', `the server's resourceVersion ${JSON.stringify(version)} cannot be compared`)
  return BigInt(version)
}
const versionOf = (object: Resource): bigint => versionNumber(object.metadata.resourceVersion)

export class ObjectCache implements Cache {
  readonly #kinds = new Map<string, KindCache>()
  readonly #indexes: Index[] = []
  readonly #options: CacheOptions

  constructor(options: CacheOptions) {
    this.#options = options
  }

  /** Declares an index; before the first stream of its kind. */
  declare(index: Index): void {
    const same = this.#indexes.some(
      ({ kind, name }) => name === index.name && groupResource(kind) === groupResource(index.kind),
    )
    invariant(!same, 'two indexes of one kind have one name', { kind: index.kind.kind, index: index.name })
    this.#indexes.push(index)
  }

  get<T extends Resource>(kind: Kind<T>, key: ObjectKey): T | undefined {
    return this.#of(kind).objects.get(keyText(key)) as T | undefined
  }
  list<T extends Resource>(kind: Kind<T>, namespace?: string): readonly T[] {
    const of = this.#of(kind)
    return (namespace === undefined ? of.objects.list() : of.byNamespace.list(namespace)) as readonly T[]
  }
  owned<T extends Resource>(kind: Kind<T>, owner: Resource): readonly T[] {
    return this.#of(kind).byOwner.list(owner.metadata.uid) as readonly T[]
  }
  indexed<T extends Resource>(kind: Kind<T>, index: string, value: string): readonly T[] {
    const found = this.#of(kind).indexes.get(index)
    invariant(found !== undefined, 'read of an index that no controller declares', { kind: kind.kind, index })
    return found.buckets.list(value) as readonly T[]
  }

  /** Opens the way in for one stream; a kind can be read once it has a stream. */
  source(kind: Kind, only: Selection | undefined): Source {
    const name = groupResource(kind)
    const of = this.#kinds.get(name) ?? new KindCache(kind, this.#indexes, this.#options)
    this.#kinds.set(name, of)
    return of.source(only)
  }

  /** Whether any stream feeds this kind. */
  has(kind: Pick<Kind, 'group' | 'plural'>): boolean {
    return this.#kinds.has(groupResource(kind))
  }
  /** An object as this process just wrote or read it. Kinds without a stream are not kept: nothing would refresh them. */
  learn(kind: Pick<Kind, 'group' | 'plural'>, object: Resource): void {
    this.#kinds.get(groupResource(kind))?.learn(object)
  }
  /** This very object is known to be gone; another one may have its name by now. */
  forget(kind: Pick<Kind, 'group' | 'plural'>, gone: Resource): void {
    this.#kinds.get(groupResource(kind))?.forget(gone)
  }

  #of(kind: Pick<Kind, 'group' | 'plural' | 'kind'>): KindCache {
    const of = this.#kinds.get(groupResource(kind))
    invariant(of !== undefined, 'read of a kind that no controller watches', { kind: kind.kind })
    return of
  }
}

interface Stream {
  readonly selects: (object: Resource) => boolean
  /** Keys this stream vouches for. */
  readonly keys: Set<string>
  /** Keys that left at a version which the stream has not passed: it may still deliver something older. */
  readonly tombstones: Map<string, bigint>
  seen: bigint
}

class KindCache {
  readonly objects = new Bucket()
  readonly byNamespace = new BucketMap()
  readonly byOwner = new BucketMap()
  readonly indexes: ReadonlyMap<string, { readonly valuesOf: Index['valuesOf']; readonly buckets: BucketMap }>
  readonly #streams: Stream[] = []
  readonly #kind: Kind
  readonly #options: CacheOptions

  constructor(kind: Kind, indexes: readonly Index[], options: CacheOptions) {
    this.#kind = kind
    this.#options = options
    const own = indexes.filter((index) => groupResource(index.kind) === groupResource(kind))
    this.indexes = new Map(own.map(({ name, valuesOf }) => [name, { valuesOf, buckets: new BucketMap() }]))
  }

  source(only: Selection | undefined): Source {
    const stream: Stream = { selects: selectionTest(only), keys: new Set(), tombstones: new Map(), seen: 0n }
    this.#streams.push(stream)
    return {
      replace: (objects, listVersion) => this.#replace(stream, objects, versionNumber(listVersion)),
      put: (object) => {
        this.#put(stream, object)
        this.#progress(stream, versionOf(object))
      },
      remove: (object) => {
        this.#leave(stream, keyText(keyOf(object)), versionOf(object))
        this.#progress(stream, versionOf(object))
      },
      progress: (version) => this.#progress(stream, versionNumber(version)),
    }
  }

  learn(object: Resource): void {
    const key = keyText(keyOf(object))
    const gone = isDeleting(object) && !hasFinalizers(object)
    for (const stream of this.#streams) {
      // a stream that is past this version and has no such object has told of its end: the answer was overtaken
      const isLate = versionOf(object) <= stream.seen && !stream.keys.has(key)
      if (gone || !stream.selects(object)) this.#leave(stream, key, versionOf(object))
      else if (!isLate) this.#put(stream, object)
    }
  }

  forget(gone: Resource): void {
    const key = keyText(keyOf(gone))
    const object = this.objects.get(key)
    if (object === undefined || object.metadata.uid !== gone.metadata.uid) return
    for (const stream of this.#streams) this.#leave(stream, key, versionOf(object))
  }

  #replace(stream: Stream, objects: readonly Resource[], listVersion: bigint): void {
    // A consistent list never goes back in history unless history itself was replaced (a restored backup).
    if (listVersion < stream.seen) this.#restart(stream)
    const listed = new Set(objects.map((object) => keyText(keyOf(object))))
    for (const key of [...stream.keys]) if (!listed.has(key)) this.#leave(stream, key, listVersion)
    for (const object of objects) this.#put(stream, object)
    this.#progress(stream, listVersion)
  }

  #restart(stream: Stream): void {
    stream.seen = 0n
    for (const key of [...stream.keys]) {
      const object = this.objects.get(key)
      if (object !== undefined) this.#leave(stream, key, versionOf(object))
    }
    stream.tombstones.clear()
  }

  #put(stream: Stream, object: Resource): void {
    const key = keyText(keyOf(object))
    const version = versionOf(object)
    const old = this.objects.get(key)
    if (old !== undefined && versionOf(old) >= version) {
      if (stream.selects(old)) stream.keys.add(key)
      return
    }
    if ((stream.tombstones.get(key) ?? -1n) >= version) return
    stream.tombstones.delete(key)
    stream.keys.add(key)
    this.#change(key, old, deepFreeze(object))
  }

  /** The stream no longer vouches for the key as of `version`; with the last stream the object goes. */
  #leave(stream: Stream, key: string, version: bigint): void {
    const old = this.objects.get(key)
    if (old !== undefined && versionOf(old) > version) return
    stream.keys.delete(key)
    if ((stream.tombstones.get(key) ?? -1n) < version) stream.tombstones.set(key, version)
    if (old !== undefined && !this.#streams.some((other) => other.keys.has(key))) this.#change(key, old, undefined)
  }

  /** A stream delivers in order: what it has passed cannot come again. */
  #progress(stream: Stream, version: bigint): void {
    if (version <= stream.seen) return
    stream.seen = version
    for (const [key, at] of stream.tombstones) if (at <= version) stream.tombstones.delete(key)
  }

  #change(key: string, old: Resource | undefined, now: Resource | undefined): void {
    if (old !== undefined) for (const [buckets, value] of this.#places(old)) buckets.delete(value, key)
    if (now === undefined) this.objects.delete(key)
    else {
      this.objects.set(key, now)
      for (const [buckets, value] of this.#places(now)) buckets.set(value, key, now)
    }
    this.#options.onChange(this.#kind, old, now)
  }

  *#places(object: Resource): Iterable<readonly [BucketMap, string]> {
    yield [this.byNamespace, object.metadata.namespace ?? '']
    const owner = controllerOf(object)
    if (owner !== undefined) yield [this.byOwner, owner.uid]
    for (const { valuesOf, buckets } of this.indexes.values()) {
      for (const value of new Set(valuesOf(object))) yield [buckets, value]
    }
  }
}
