/** Objects to bytes and back, each done once: JSON without resourceVersion, which is the key's modRevision. */
import { Fault } from '../../lib/errors.ts'
import { deepFreeze } from '../../lib/freeze.ts'
import type { KeyValue, Revision } from '../../store/store.ts'
import { isRecord } from '../meta/json.ts'
import type { Kind } from '../meta/kind.ts'
import type { Resource } from '../meta/object.ts'
import { withSharedSets } from './managed-fields/shared-sets.ts'

const decoder = new TextDecoder()
/** What was made for the store, of objects before they had a version. */
const encoded = new WeakMap<Resource, Buffer>()
/** The JSON of objects, or how to make it from what the store has. */
const texts = new WeakMap<Resource, Buffer | { readonly plain: Buffer }>()

/** Up to where resourceVersion goes; objects of the registry begin so. */
const opening = /^\{"apiVersion":"[^"\\]*","kind":"[^"\\]*","metadata":\{/

/** The bytes of an object with its version put in; undefined when they begin in another way. */
function withVersion(plain: Buffer, { metadata }: Resource): Buffer | undefined {
  const [head] = opening.exec(plain.toString('latin1', 0, 512)) ?? []
  if (head === undefined) return undefined
  const comma = plain[head.length] === 0x7d ? '' : ','
  const version = Buffer.from(`"resourceVersion":"${metadata.resourceVersion}"${comma}`)
  return Buffer.concat([plain.subarray(0, head.length), version, plain.subarray(head.length)])
}

/** The object's JSON; made once for as long as the (read-only) object lives, whoever asks. */
export function bytesOf(object: Resource): Buffer {
  const known = texts.get(object)
  if (Buffer.isBuffer(known)) return known
  const bytes =
    (known === undefined ? undefined : withVersion(known.plain, object)) ?? Buffer.from(JSON.stringify(object))
  texts.set(object, bytes)
  return bytes
}

/** The same as text. */
export const jsonOf = (object: Resource): string => bytesOf(object).toString()

/** What the store keeps of an object. */
export function encode(object: Resource): Uint8Array {
  const known = encoded.get(object)
  if (known !== undefined) return known
  const metadata = { ...object.metadata, resourceVersion: undefined, selfLink: undefined }
  const bytes = Buffer.from(JSON.stringify({ ...object, metadata }))
  encoded.set(object, bytes)
  return bytes
}

/** `object` as of `revision`, read-only. */
export function versioned<T extends Resource>(object: T, revision: Revision): T {
  const made = deepFreeze({ ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } })
  const plain = encoded.get(object)
  if (plain !== undefined) texts.set(made, { plain })
  return made
}

function parsed<T extends Resource>({ key, value }: KeyValue): T {
  let raw: unknown
  try {
    raw = JSON.parse(decoder.decode(value))
  } catch {
    // the text that JSON.parse shows of what it could not read is nobody's to see
  }
  if (isRecord(raw) && isRecord(raw.metadata)) return raw as unknown as T
  throw new Fault('Internal', `what the store has under ${key} is no object that can be read`)
}

/**
 * A stored object, read-only. Defaults that came after it was written are filled in. Bytes that today's schema refuses
 * are given out as they are: a rule that came later must not hide an object from those who have to delete it. Faults:
 * Internal for what is no object at all; it never says what is there, which may be secret.
 */
export function decode<T extends Resource>(kind: Kind<T>, kv: KeyValue): T {
  const raw = parsed<T>(kv)
  const read = kind.schema.safeParse(raw)
  return versioned(withSharedSets(read.success ? read.data : raw), kv.modRevision)
}

/** The store revision of an object that came out of the registry. */
export const revisionOf = (object: Resource): Revision => Number(object.metadata.resourceVersion) as Revision
