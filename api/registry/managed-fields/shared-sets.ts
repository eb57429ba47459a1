/**
 * One copy of each field set that many objects have: all Tasks of one Service are owned alike, and thousands of them are
 * in memory.
 */
import { deepFreeze } from '../../../lib/freeze.ts'
import type { FieldSet } from '../../meta/fields/field-set.ts'
import type { Resource } from '../../meta/object.ts'
import { limits } from '../limits.ts'

const byText = new Map<string, FieldSet>()
const shared = new WeakSet<FieldSet>()

/** Whether the text of a set is surely too long; looks at no more of the set than it takes to know. */
function isLong(set: FieldSet): boolean {
  let rest: number = limits.sharedSetLength
  const goesOver = (of: FieldSet): boolean => {
    for (const element in of) {
      rest -= element.length
      if (rest < 0 || goesOver(of[element] as FieldSet)) return true
    }
    return false
  }
  return goesOver(set)
}

/** The copy to keep of a set in canonical order. */
export function sharedSet(set: FieldSet): FieldSet {
  if (shared.has(set) || isLong(set)) return set
  const text = JSON.stringify(set)
  if (text.length > limits.sharedSetLength) return set
  const known = byText.get(text)
  if (known !== undefined) return known
  if (byText.size >= limits.sharedSets) byText.clear()
  byText.set(text, deepFreeze(set))
  shared.add(set)
  return set
}

/** `object` with the copies of its field sets that other objects have. */
export function withSharedSets<T extends Resource>(object: T): T {
  const entries = object.metadata.managedFields
  if (entries === undefined) return object
  const managedFields = entries.map(({ fieldsV1, ...entry }) =>
    fieldsV1 === undefined ? entry : { ...entry, fieldsV1: sharedSet(fieldsV1 as FieldSet) },
  )
  return { ...object, metadata: { ...object.metadata, managedFields } }
}
