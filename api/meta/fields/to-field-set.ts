/** The fields that a value says something about. */
import { isRecord } from '../json.ts'
import { type FieldSet, insert, noFields } from './field-set.ts'
import { type FieldType, itemElement, type ListType, type MapType, memberType, typeFor } from './field-type.ts'
import { memberElement } from './path-element.ts'

/**
 * Every leaf and every item that `value` mentions; the value itself is not one of them. Empty lists that merge are not
 * mentioned, empty objects are.
 */
export function fieldSetOf(type: FieldType, value: unknown): FieldSet {
  const set: FieldSet = {}
  const path: string[] = []
  const here = (): void => {
    if (path.length > 0) insert(set, path)
  }
  const below = (element: string, run: () => void): void => {
    path.push(element)
    run()
    path.pop()
  }

  const members = (at: MapType, values: Readonly<Record<string, unknown>>): void => {
    for (const [name, member] of Object.entries(values)) {
      const of = memberType(at, name)
      if (member === undefined || of === undefined) continue
      below(memberElement(name), () => {
        visit(of, member)
        if (member === null || (isRecord(member) && Object.keys(member).length === 0) || !at.fields.has(name)) here()
      })
    }
  }

  const items = (at: ListType, values: readonly unknown[]): void => {
    const elements = values.map((item) => itemElement(at, item).element)
    const count = new Map<string, number>()
    for (const element of elements) if (element !== undefined) count.set(element, (count.get(element) ?? 0) + 1)
    for (const [i, element] of elements.entries()) {
      if (element === undefined) continue
      below(element, () => {
        if (count.get(element) === 1) visit(at.item, values[i])
        here()
      })
    }
  }

  const visit = (given: FieldType, at: unknown): void => {
    const of = typeFor(given, at)
    if (of.kind === 'scalar') here()
    else if (of.kind === 'map') {
      if (of.atomic) here()
      else if (isRecord(at)) members(of, at)
    } else if (of.relation === 'atomic') here()
    else if (Array.isArray(at)) items(of, at)
  }

  visit(type, value)
  return Object.keys(set).length === 0 ? noFields : set
}
