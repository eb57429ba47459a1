/** Field sets under the names that their members have in another group version which shows the same objects. Pure. */
import type { FieldSet } from '../../meta/fields/field-set.ts'
import { memberElement } from '../../meta/fields/path-element.ts'
import type { Kind } from '../../meta/kind.ts'
import { namesIn } from '../../meta/views.ts'

/** `fields` as `to` names them; undefined when `from` or `to` is no version of the kind's objects. */
export function fieldsNamedIn(kind: Kind, fields: FieldSet, from: string, to: string): FieldSet | undefined {
  const names = namesIn(kind, from, to)
  if (names === undefined || names.size === 0) return names === undefined ? undefined : fields
  const elements = new Map([...names].map(([name, other]) => [memberElement(name), memberElement(other)]))
  return Object.fromEntries(Object.entries(fields).map(([element, below]) => [elements.get(element) ?? element, below]))
}
