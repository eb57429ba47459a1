/** Lays one value over another as server-side apply does: nothing goes, what both say is as the second says it. */
import { isRecord } from '../json.ts'
import { type FieldType, itemElement, type ListType, type MapType, memberType, typeFor } from './field-type.ts'

const isBare = (value: unknown): boolean =>
  !isRecord(value) && !Array.isArray(value) ? true : Object.keys(value).length === 0

function mergeMap(type: MapType, left: unknown, right: unknown): unknown {
  const [l, r] = [isRecord(left) ? left : undefined, isRecord(right) ? right : undefined]
  if (type.atomic || (isBare(l) && isBare(r))) return right
  const result: Record<string, unknown> = { ...l }
  for (const [name, value] of Object.entries(r ?? {})) {
    const member = memberType(type, name)
    if (value === undefined || member === undefined) continue
    Object.defineProperty(result, name, {
      value: merge(member, l !== undefined && Object.hasOwn(l, name) ? l[name] : undefined, value),
      enumerable: true,
      writable: true,
      configurable: true,
    })
  }
  return result
}

interface Item {
  readonly element: string
  readonly value: unknown
}

const itemsOf = (type: ListType, list: unknown): readonly Item[] =>
  (Array.isArray(list) ? list : []).flatMap((value) => {
    const { element } = itemElement(type, value)
    return element === undefined ? [] : [{ element, value }]
  })

/**
 * Items that both have stand in the order of `right`; those of one alone stay where they were relative to the next item
 * that both have. An item that `left` has more than once is taken from `right` where it has it.
 */
function mergeList(type: ListType, left: unknown, right: unknown): unknown {
  if (type.relation === 'atomic' || (isBare(left) && isBare(right))) return right
  const [lefts, rights] = [itemsOf(type, left), itemsOf(type, right)]
  const given = new Map<string, unknown>()
  for (const { element, value } of lefts) given.set(element, given.has(element) ? null : value)
  const wanted = new Map(rights.map(({ element, value }) => [element, value]))
  const shared = rights.map(({ element }) => element).filter((element) => given.has(element))
  const done = new Set<string>()
  const result: unknown[] = []
  let next = 0 // the first of `shared` that is not done

  const takeRight = ({ element, value }: Item): void => {
    result.push(merge(type.item, given.get(element), value))
    done.add(element)
    if (shared[next] === element) next++
  }

  let [l, r] = [0, 0]
  while (l < lefts.length || r < rights.length) {
    const [mine, theirs] = [lefts[l], rights[r]]
    if (mine !== undefined && theirs !== undefined) {
      if (mine.element === theirs.element) {
        takeRight(theirs)
        l++
        r++
        continue
      }
      if (wanted.has(mine.element) && shared[next] !== undefined && shared[next] !== mine.element) {
        l++ // it comes with its turn in `right`
        continue
      }
    }
    if (mine !== undefined && !wanted.has(mine.element)) {
      result.push(mine.value)
      l++
      continue
    }
    if (mine !== undefined && done.has(mine.element)) l++
    if (theirs !== undefined) {
      takeRight(theirs)
      r++
    }
  }
  return result
}

/** `left` with all that `right` says. `undefined` says nothing, null says what an empty object or list does. */
export function merge(type: FieldType, left: unknown, right: unknown): unknown {
  if (right === undefined) return left
  if (left === undefined) return right
  const [leftType, rightType] = [typeFor(type, left), typeFor(type, right)]
  const of = right === null && type.kind === 'deduced' ? leftType : rightType
  if (of.kind === 'map') return mergeMap(of, left, right)
  return of.kind === 'list' ? mergeList(of, left, right) : right
}
