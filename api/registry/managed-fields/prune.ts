/** Takes out of a merged object what its applier gave up and nobody else owns. */
import { withDeclaredMembers } from '../../meta/fields/along-type.ts'
import { difference, type FieldSet, intersection, isEmptySet, union } from '../../meta/fields/field-set.ts'
import type { FieldType } from '../../meta/fields/field-type.ts'
import { removeFields } from '../../meta/fields/remove-items.ts'
import { fieldSetOf } from '../../meta/fields/to-field-set.ts'

/**
 * `merged` without fields of `before` (what the applier owned) that are not in `owned` (what anybody owns now, the applier
 * too). What nobody ever owned stays, though what holds it may go with all it holds.
 */
export function pruned(type: FieldType, merged: unknown, before: FieldSet, owned: FieldSet): unknown {
  if (isEmptySet(before)) return merged
  const declared = (set: FieldSet): FieldSet => withDeclaredMembers(set, type)
  const all = declared(fieldSetOf(type, merged))
  const last = declared(before)
  // everything that the applier had, but for what is owned, and then but for what it never had
  const bare = declared(fieldSetOf(type, removeFields(type, merged, last)))
  const lessOwned = removeFields(type, merged, difference(all, union(bare, declared(owned))))
  const rest = declared(fieldSetOf(type, lessOwned))
  return removeFields(type, merged, intersection(difference(all, rest), last))
}
