/**
 * The merge patch that brings a live object to what a file says (kubectl's client-side apply): what the file sets is set,
 * what an earlier apply had set and the file no longer has is removed, all else is left alone.
 */
import { isEqual } from '../../lib/equal.ts'

/** Where kubectl keeps what was last applied; the same name, so that both tools can be used on one object. */
export const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration'

type Json = Readonly<Record<string, unknown>>

/** RFC 7386 patch from `live` to `wanted`, deleting what `last` had and `wanted` lacks. Lists are replaced whole. */
export function threeWayPatch(last: Json | undefined, wanted: Json, live: Json): Json {
  const patch: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(wanted)) {
    const before = live[key]
    if (isObject(value) && isObject(before)) {
      const lastValue = last?.[key]
      const inner = threeWayPatch(isObject(lastValue) ? lastValue : undefined, value, before)
      if (Object.keys(inner).length > 0) patch[key] = inner
    } else if (value === null ? before !== undefined : !isEqual(value, before)) patch[key] = value
  }
  for (const key of Object.keys(last ?? {})) if (!(key in wanted) && key in live) patch[key] = null
  return patch
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** `object` as it is sent: with itself in the annotation that the next apply compares with. */
export function withLastApplied(object: Json): Json {
  const metadata = isObject(object.metadata) ? object.metadata : {}
  const { [lastAppliedAnnotation]: _, ...annotations } = isObject(metadata.annotations) ? metadata.annotations : {}
  const applied = { ...object, metadata: { ...metadata, annotations } }
  return {
    ...object,
    metadata: { ...metadata, annotations: { ...annotations, [lastAppliedAnnotation]: `${JSON.stringify(applied)}\n` } },
  }
}

/** What the last apply said; undefined when it was made otherwise, or the annotation cannot be read. */
export function lastApplied(live: Json): Json | undefined {
  const annotations = isObject(live.metadata) ? live.metadata.annotations : undefined
  const text = isObject(annotations) ? annotations[lastAppliedAnnotation] : undefined
  if (typeof text !== 'string') return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
