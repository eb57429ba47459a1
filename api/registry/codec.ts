/** Objects to bytes and back, each done once: JSON without resourceVersion, which is the key's modRevision. */
import type { KeyValue, Revision } from '../../store/store.ts'
import type { Kind } from '../meta/kind.ts'
import type { Resource } from '../meta/object.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()
const texts = new WeakMap<Resource, string>()

/** The object's JSON; made once for as long as the (read-only) object lives, whoever asks. */
export function jsonOf(object: Resource): string {
  const known = texts.get(object)
  if (known !== undefined) return known
  const text = JSON.stringify(object)
  texts.set(object, text)
  return text
}

/** What the store keeps of an object. */
export const encode = (object: Resource): Uint8Array =>
  encoder.encode(
    JSON.stringify({ ...object, metadata: { ...object.metadata, resourceVersion: undefined, selfLink: undefined } }),
  )

/** Makes `value` and all in it read-only; returns it. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const member of Object.values(value)) deepFreeze(member)
  return value
}

/** `object` as of `revision`, read-only. */
export const versioned = <T extends Resource>(object: T, revision: Revision): T =>
  deepFreeze({ ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } })

/**
 * A stored object, read-only. Defaults that came after it was written are filled in. Bytes that today's schema refuses
 * are given out as they are: a rule that came later must not hide an object from those who have to delete it.
 */
export function decode<T extends Resource>(kind: Kind<T>, kv: KeyValue): T {
  const raw = JSON.parse(decoder.decode(kv.value)) as T
  const parsed = kind.schema.safeParse(raw)
  return versioned(parsed.success ? parsed.data : raw, kv.modRevision)
}

/** The store revision of an object that came out of the registry. */
export const revisionOf = (object: Resource): Revision => Number(object.metadata.resourceVersion) as Revision
