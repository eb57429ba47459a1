/** A value without some of its fields. */
import { isRecord } from '../json.ts'
import { type FieldSet, isEmptySet } from './field-set.ts'
import { type FieldType, itemElement, type ListType, type MapType, memberType, typeFor } from './field-type.ts'
import { memberElement } from './path-element.ts'

/** What a set says of one step: take all of it, part of it, or nothing. */
const verdict = (toRemove: FieldSet, element: string): 'all' | 'part' | 'none' => {
  const node = toRemove[element]
  if (node === undefined) return 'none'
  return isEmptySet(node) || '.' in node ? 'all' : 'part'
}

function fromMap(type: MapType, value: unknown, toRemove: FieldSet): unknown {
  if (type.atomic || !isRecord(value)) return null
  const kept = Object.entries(value).flatMap(([name, member]) => {
    const element = memberElement(name)
    const what = verdict(toRemove, element)
    if (what === 'all') return []
    const of = memberType(type, name)
    if (what === 'none' || of === undefined) return [[name, member] as const]
    return [[name, removeFields(of, member, toRemove[element] as FieldSet)] as const]
  })
  return kept.length === 0 ? null : Object.fromEntries(kept)
}

function fromList(type: ListType, value: unknown, toRemove: FieldSet): unknown {
  if (type.relation === 'atomic' || !Array.isArray(value)) return null
  const kept = value.flatMap((item: unknown) => {
    const element = itemElement(type, item).element ?? ''
    const what = verdict(toRemove, element)
    if (what === 'all') return []
    return [what === 'none' ? item : removeFields(type.item, item, toRemove[element] as FieldSet)]
  })
  return kept.length === 0 ? null : kept
}

/**
 * `value` without the fields of `toRemove` and what is below them. As in Kubernetes, an object or list that loses all it
 * had, but is not itself removed, becomes null.
 */
export function removeFields(type: FieldType, value: unknown, toRemove: FieldSet): unknown {
  if (isEmptySet(toRemove)) return value
  const of = typeFor(type, value)
  if (of.kind === 'map') return fromMap(of, value, toRemove)
  return of.kind === 'list' ? fromList(of, value, toRemove) : value
}
