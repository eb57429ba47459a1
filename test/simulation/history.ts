/** The store's own history as changes of objects: what the checkers see. Shares no code with registry or controllers. */
import type { Resource } from '../../api/meta/object.ts'
import type { Instant } from '../../lib/time.ts'
import type { StoreEvent } from '../../store/store.ts'

/** One committed change of one object. */
export interface Change {
  readonly revision: number
  readonly at: Instant
  /** Which process wrote it: `controllers-0#3`, `agent-one#1`, `user`, or `?`. */
  readonly actor: string
  readonly kind: string
  /** `namespace/name`, or `name`. */
  readonly key: string
  readonly before: Resource | undefined
  readonly after: Resource | undefined
}

/** All objects as of one revision. */
export class Model {
  readonly #kinds = new Map<string, Map<string, Resource>>()

  all<T extends Resource>(kind: string): Iterable<T> {
    return (this.#kinds.get(kind)?.values() ?? []) as Iterable<T>
  }
  get<T extends Resource>(kind: string, key: string): T | undefined {
    return this.#kinds.get(kind)?.get(key) as T | undefined
  }
  apply({ kind, key, after }: Pick<Change, 'kind' | 'key' | 'after'>): void {
    const objects = this.#kinds.get(kind) ?? new Map<string, Resource>()
    this.#kinds.set(kind, objects)
    if (after === undefined) objects.delete(key)
    else objects.set(key, after)
  }
}

const decoder = new TextDecoder()

/** Reads what the store keeps; undefined for keys that hold no object. */
function objectOf(value: Uint8Array | undefined): Resource | undefined {
  if (value === undefined) return undefined
  const read = JSON.parse(decoder.decode(value)) as Partial<Resource>
  return read.kind === undefined || read.metadata === undefined ? undefined : (read as Resource)
}

export const keyIn = (object: Resource): string =>
  object.metadata.namespace === undefined
    ? object.metadata.name
    : `${object.metadata.namespace}/${object.metadata.name}`

/** A store event as a change, if it concerns an object. */
export function changeOf(event: StoreEvent, at: Instant, actorOf: (revision: number) => string): Change | undefined {
  const revision = event.type === 'put' ? event.kv.modRevision : event.modRevision
  const before = objectOf(event.previous?.value)
  const after = event.type === 'put' ? objectOf(event.kv.value) : undefined
  const object = after ?? before
  if (object === undefined) return undefined
  return { revision, at, actor: actorOf(revision), kind: object.kind, key: keyIn(object), before, after }
}
