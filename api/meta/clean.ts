/** Reads a raw object along its schema: takes out nulls, members that are dropped by rule, and unknown fields. */
import type { z } from 'zod'
import { lastOfEach } from './duplicates.ts'
import { fieldOf, under } from './field-path.ts'
import { innerPlaces } from './inner-places.ts'
import { isRecord } from './json.ts'
import { limits } from './limits.ts'
import { nearest } from './nearest.ts'
import { defaultOf, isEmbedded, itemOf, listMetaOf, mapValueOf, membersOf, takesNull } from './schema-walk.ts'

/** A member that the schema does not have. */
export interface UnknownField {
  readonly path: string
  /** What to do about it: the field that was probably meant, where it belongs, or what is allowed. */
  readonly hint: string
}

export interface Cleaned {
  /** The value without what was taken out; the same reference when nothing was. */
  readonly value: unknown
  /** In Kubernetes' order: of metadata, of all else by path, of the metadata of embedded resources. */
  readonly unknown: readonly UnknownField[]
  /** Paths of members left out because they were null. */
  readonly nulls: readonly string[]
  /** Paths of members that only other tools' output carries. */
  readonly dropped: readonly string[]
  /** Paths of lists from which all but the last item of a key were left out. */
  readonly repeated: readonly string[]
}

interface Place {
  readonly path: string
  readonly schema: z.core.$ZodType
  readonly known: readonly string[]
}

/** There is nothing to take out of it, and no need to know where it is. */
const isPlain = (value: unknown): boolean => typeof value !== 'object' || value === null

function hintFor(key: string, place: Place, outer: readonly Place[]): string {
  const close = nearest(key, place.known)
  if (close !== undefined && close.toLowerCase() === key.toLowerCase()) return `did you mean "${close}"?`
  const home = outer.findLast((candidate) => candidate.known.includes(key))
  if (home !== undefined) return `it belongs directly under ${home.path === '' ? 'the object' : home.path}`
  const inner = innerPlaces(place.schema, place.path, key)
  if (inner.length > 0 && inner.length <= limits.placesTold) return `it belongs under ${inner.join(' or ')}`
  if (close !== undefined) return `did you mean "${close}"?`
  return place.known.length === 0 ? 'no fields are allowed here' : `allowed: ${place.known.join(', ')}`
}

/**
 * Takes out of `raw` what `schema` has no place for. `droppedFields` are paths with `[]` for any index. Nulls that are
 * kept are those outside of metadata for which no default stands in.
 */
export function clean(
  schema: z.core.$ZodType,
  raw: unknown,
  droppedFields: readonly string[],
  kept: 'dropped' | 'kept' = 'dropped',
): Cleaned {
  const isNothing = (value: unknown, of: z.core.$ZodType, path: string): boolean =>
    value === null &&
    !takesNull(of) &&
    (kept === 'dropped' || path.startsWith('metadata.') || defaultOf(of) !== undefined)
  const toDrop = new Set(droppedFields)
  const unknown: UnknownField[] = []
  const nulls: string[] = []
  const inEmbedded = new Set<string>()
  const dropped: string[] = []
  const repeated: string[] = []

  const list = (item: z.core.$ZodType, values: readonly unknown[], path: string, outer: readonly Place[]): unknown => {
    const cleaned = values.map((value, i) => (isPlain(value) ? value : visit(item, value, under(path, i), outer)))
    return cleaned.some((value, i) => value !== values[i]) ? cleaned : values
  }

  const map = (
    valueSchema: z.core.$ZodType,
    values: Readonly<Record<string, unknown>>,
    path: string,
    outer: readonly Place[],
  ): unknown => {
    if (Object.values(values).every((value) => value !== null && isPlain(value))) return values
    // Kubernetes reads metadata into Go's maps of strings, in which null is the empty one
    const isText = path === 'metadata.labels' || path === 'metadata.annotations'
    const given = Object.entries(values).map(([key, value]) => [key, isText && value === null ? '' : value] as const)
    const kept = given.filter(([key, value]) => {
      const isNull = value === null && isNothing(value, valueSchema, under(path, key))
      if (isNull) nulls.push(under(path, key))
      return !isNull
    })
    const entries = kept.map(([key, value]) =>
      isPlain(value) ? ([key, value] as const) : ([key, visit(valueSchema, value, under(path, key), outer)] as const),
    )
    const same = kept.length === Object.keys(values).length && entries.every(([key, value]) => values[key] === value)
    return same ? values : Object.fromEntries(entries)
  }

  const members = (
    schema: z.core.$ZodType,
    { shape, closed }: NonNullable<ReturnType<typeof membersOf>>,
    values: Readonly<Record<string, unknown>>,
    path: string,
    outer: readonly Place[],
  ): unknown => {
    const place: Place = { path, schema, known: Object.keys(shape) }
    const result: Record<string, unknown> = {}
    let same = true
    for (const [key, value] of Object.entries(values)) {
      const at = under(path, key)
      const member = Object.hasOwn(shape, key) ? shape[key] : undefined
      if (toDrop.size > 0 && toDrop.has(fieldOf(at))) {
        dropped.push(at)
        same = false
      } else if (member === undefined && closed) {
        const hint = unknown.length < limits.guesses ? hintFor(key, place, outer) : 'there is no such field'
        unknown.push({ path: at, hint })
        same = false
      } else if (member !== undefined && isNothing(value, member, at)) {
        nulls.push(at)
        same = false
      } else {
        const cleaned = member === undefined ? value : visit(member, value, at, [...outer, place])
        result[key] = cleaned
        same &&= cleaned === value
      }
    }
    return same ? values : result
  }

  const visit = (at: z.core.$ZodType, value: unknown, path: string, outer: readonly Place[]): unknown => {
    if (Array.isArray(value)) {
      const item = itemOf(at)
      if (item === undefined) return value
      const meta = listMetaOf(at)
      const kept = meta?.duplicates === 'lastWins' ? lastOfEach(value, meta) : value
      if (kept.length < value.length) repeated.push(path)
      return list(item, kept, path, outer)
    }
    if (!isRecord(value)) return value
    const shape = membersOf(at)
    if (isEmbedded(at)) inEmbedded.add(under(path, 'metadata'))
    if (shape !== undefined) return members(at, shape, value, path, outer)
    const valueSchema = mapValueOf(at)
    return valueSchema === undefined ? value : map(valueSchema, value, path, outer)
  }

  const value = visit(schema, raw, '', [])
  const rank = ({ path }: UnknownField): number =>
    path.startsWith('metadata.') ? 0 : [...inEmbedded].some((outer) => path.startsWith(`${outer}.`)) ? 2 : 1
  const inOrder = unknown.sort((a, b) => rank(a) - rank(b) || (a.path < b.path ? -1 : 1))
  return { value, unknown: inOrder, nulls, dropped, repeated }
}
