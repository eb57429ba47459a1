/** Which fields one value adds to another, changes in it, and takes out of it. */
import { isEqual } from '../../../lib/equal.ts'
import { isRecord } from '../json.ts'
import { type FieldSet, insert } from './field-set.ts'
import { type FieldType, itemElement, type ListType, type MapType, memberType, typeFor } from './field-type.ts'
import { memberElement } from './path-element.ts'

/** No field is in more than one of the sets. */
export interface Comparison {
  readonly added: FieldSet
  readonly modified: FieldSet
  readonly removed: FieldSet
}

const isAbsent = (value: unknown): value is undefined => value === undefined
const membersIn = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  isRecord(value) ? value : undefined
const itemsIn = (value: unknown): readonly unknown[] | undefined => (Array.isArray(value) ? value : undefined)

/** Items by their step; several under one step are a duplicate, which merging keeps but does not look into. */
function byElement(type: ListType, items: readonly unknown[] = []): Map<string, unknown[]> {
  const found = new Map<string, unknown[]>()
  for (const item of items) {
    const { element } = itemElement(type, item)
    if (element === undefined) continue
    const same = found.get(element)
    if (same === undefined) found.set(element, [item])
    else same.push(item)
  }
  return found
}

/** What becomes of `before` in `after`, members of the object named in `except` aside. `undefined` is absence. */
export function compare(type: FieldType, before: unknown, after: unknown, except: readonly string[] = []): Comparison {
  const [added, modified, removed]: FieldSet[] = [{}, {}, {}]
  const path: string[] = []
  const note = (set: FieldSet | undefined): void => {
    if (set !== undefined && path.length > 0) insert(set, path)
  }
  const below = (element: string, of: FieldType, left: unknown, right: unknown): void => {
    path.push(element)
    visit(of, left, right)
    path.pop()
  }

  const leaf = (left: unknown, right: unknown): void => {
    if (isAbsent(left)) note(added)
    else if (isAbsent(right)) note(removed)
    else if (!isEqual(left, right)) note(modified)
  }
  const came = (left: unknown, right: unknown): void => {
    if (isAbsent(left)) note(added)
    else if (isAbsent(right)) note(removed)
  }

  const map = (of: MapType, left: unknown, right: unknown): void => {
    const [l, r] = [membersIn(left), membersIn(right)]
    // of a large object this takes long, and so does every other look at its members
    const [wasNamed, isNamed] = of.atomic ? [[], []] : [Object.keys(l ?? {}), Object.keys(r ?? {})]
    if (wasNamed.length === 0 && isNamed.length === 0) {
      leaf(left, right)
      return
    }
    const visitMember = (name: string): void => {
      if (path.length === 0 && except.includes(name)) return
      const member = memberType(of, name)
      const [was, is] = [l?.[name], r?.[name]]
      if (member !== undefined && was !== is) below(memberElement(name), member, was, is)
    }
    for (const name of wasNamed) visitMember(name)
    for (const name of isNamed) if (l?.[name] === undefined) visitMember(name)
    came(left, right)
  }

  const list = (of: ListType, left: unknown, right: unknown): void => {
    const [l, r] = [itemsIn(left), itemsIn(right)]
    if (of.relation === 'atomic' || ((l ?? []).length === 0 && (r ?? []).length === 0)) {
      leaf(left, right)
      return
    }
    if (isEqual(l, r)) return
    const [was, is] = [byElement(of, l), byElement(of, r)]
    for (const element of new Set([...was.keys(), ...is.keys()])) {
      const [lefts, rights] = [was.get(element) ?? [], is.get(element) ?? []]
      if (lefts.length <= 1 && rights.length <= 1) {
        below(element, of.item, lefts[0], rights[0])
        continue
      }
      if (lefts.length === 1) below(element, of.item, lefts[0], undefined)
      if (rights.length === 1) below(element, of.item, undefined, rights[0])
      path.push(element)
      if (lefts.length < 2) note(added)
      else if (rights.length < 2) note(removed)
      else if (!isEqual(lefts, rights)) note(modified)
      path.pop()
    }
    came(left, right)
  }

  const visitAs = (of: ReturnType<typeof typeFor>, left: unknown, right: unknown): void => {
    if (of.kind === 'map') map(of, left, right)
    else if (of.kind === 'list') list(of, left, right)
    else leaf(left, right)
  }

  const visit = (of: FieldType, left: unknown, right: unknown): void => {
    if (isAbsent(left) && isAbsent(right)) return
    const [leftType, rightType] = [typeFor(of, left ?? right), typeFor(of, right ?? left)]
    if (leftType !== rightType) visitAs(leftType, left, right)
    visitAs(rightType, left, right)
  }

  visit(type, before, after)
  return { added: added as FieldSet, modified: modified as FieldSet, removed: removed as FieldSet }
}
