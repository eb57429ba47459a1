/** How owners gain and lose fields when an object changes: the rules that updates and applies have in common. */

import { reconciled } from '../../meta/fields/along-type.ts'
import { type Comparison, compare } from '../../meta/fields/compare.ts'
import {
  difference,
  type FieldSet,
  isEmptySet,
  recursiveDifference,
  setOf,
  union,
} from '../../meta/fields/field-set.ts'
import { type FieldType, fieldTypeOf } from '../../meta/fields/field-type.ts'
import { memberElement } from '../../meta/fields/path-element.ts'
import { apiVersionOf, type Kind } from '../../meta/kind.ts'
import { fieldsNamedIn } from './names.ts'
import type { Owner, Owners } from './owners.ts'

/** What the server says of an object's identity is nobody's. */
const nobodys = setOf(
  ['f:apiVersion'],
  ['f:kind'],
  ['f:metadata'],
  ...[
    'name',
    'namespace',
    'creationTimestamp',
    'selfLink',
    'uid',
    'clusterName',
    'generation',
    'managedFields',
    'resourceVersion',
  ].map((name) => ['f:metadata', memberElement(name)]),
)

/** `fields` without those that nobody can own. */
export const ownable = (fields: FieldSet): FieldSet => difference(fields, nobodys)

/** The members of an object that a write to one of its subresources ('' is the object itself) leaves alone. */
export function untouchedBy(kind: Kind, subresource: string): readonly string[] {
  if (subresource === 'status') return ['spec']
  return kind.statusSubresource ? ['status'] : []
}

/** `fields` without members that the write leaves alone. */
export const touched = (fields: FieldSet, untouched: readonly string[]): FieldSet =>
  untouched.length === 0
    ? fields
    : recursiveDifference(fields, setOf(...untouched.map((name) => [memberElement(name)])))

export interface Change extends Comparison {
  /** Added or modified: who had it loses it. */
  readonly taken: FieldSet
}

/** The object without metadata.managedFields, which nobody owns. */
export function unmanaged<T extends object>(object: T): T {
  const { metadata } = object as { readonly metadata?: { readonly managedFields?: unknown } }
  if (metadata?.managedFields === undefined) return object
  const { managedFields: _, ...rest } = metadata
  return { ...object, metadata: rest }
}

/** What a write changes; metadata.managedFields aside. */
export function changeOf(type: FieldType, before: object, after: object, untouched: readonly string[]): Change {
  const comparison = compare(type, unmanaged(before), unmanaged(after), untouched)
  return { ...comparison, taken: union(comparison.modified, comparison.added) }
}

const settled = new WeakMap<FieldSet, FieldType>()

/** The owners whose fields are named in a version that is served, under their names in `kind`, as of today's schema. */
export function current(kind: Kind, owners: Owners): Owners {
  const type = fieldTypeOf(kind.schema)
  const apiVersion = apiVersionOf(kind)
  const result = new Map<string, Owner>()
  for (const [identity, owner] of owners) {
    const named = fieldsNamedIn(kind, owner.fields, owner.apiVersion, apiVersion)
    if (named === undefined) continue
    const fields = settled.get(named) === type ? named : reconciled(named, type)
    settled.set(fields, type)
    result.set(identity, fields === owner.fields ? owner : { ...owner, fields })
  }
  return result
}

/** Owners after a change by somebody else: what was taken or removed is not theirs any more. */
export function afterChange(owners: Owners, { taken, removed }: Change): Owners {
  const lost = union(taken, removed)
  const result = new Map<string, Owner>()
  for (const [identity, owner] of owners) {
    const fields = difference(owner.fields, lost)
    if (!isEmptySet(fields)) result.set(identity, fields === owner.fields ? owner : { ...owner, fields })
  }
  return result
}
