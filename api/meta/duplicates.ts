/** Items that a list may hold once: by their key in lists that are maps, by themselves in lists that are sets. */
import type { z } from 'zod'
import type { FieldProblem } from '../../lib/errors.ts'
import { under } from './field-path.ts'
import { isRecord } from './json.ts'
import { duplicate } from './problems.ts'
import { hasIdentifiedItems, itemOf, type ListMeta, listMetaOf, mapValueOf, membersOf } from './schema-walk.ts'

/** What identifies `item` in its list: its key members, or all of it. */
function identity(item: unknown, meta: ListMeta): unknown {
  if (meta.listType !== 'map' || !isRecord(item)) return item
  return Object.fromEntries(meta.listMapKeys.filter((key) => item[key] !== undefined).map((key) => [key, item[key]]))
}

/** The list without all but the last item of each key. */
export function lastOfEach(items: readonly unknown[], meta: ListMeta): readonly unknown[] {
  const last = new Map(items.map((item, i) => [JSON.stringify(identity(item, meta)), i]))
  return last.size === items.length
    ? items
    : items.filter((item, i) => last.get(JSON.stringify(identity(item, meta))) === i)
}

function inList(items: readonly unknown[], meta: ListMeta, path: string): FieldProblem[] {
  const seen = new Set<string>()
  return items.flatMap((item, i) => {
    const key = identity(item, meta)
    const text = JSON.stringify(key)
    const again = seen.has(text)
    seen.add(text)
    return again ? [duplicate(under(path, i), key)] : []
  })
}

/** All items of `value` that repeat an earlier one although `schema` says that they may not, as Kubernetes reports it. */
export function duplicateProblems(schema: z.core.$ZodType, value: unknown, path = ''): FieldProblem[] {
  if (!hasIdentifiedItems(schema)) return []
  if (Array.isArray(value)) {
    const item = itemOf(schema)
    if (item === undefined) return []
    const meta = listMetaOf(schema)
    const once = meta !== undefined && meta.listType !== 'atomic' && meta.duplicates !== 'kept'
    const here = once && value.length > 1 ? inList(value, meta, path) : []
    if (!hasIdentifiedItems(item)) return here
    return [...here, ...value.flatMap((one, i) => duplicateProblems(item, one, under(path, i)))]
  }
  if (!isRecord(value)) return []
  const members = membersOf(schema)?.shape
  const each = mapValueOf(schema)
  return Object.entries(value).flatMap(([key, one]) => {
    const member = members?.[key] ?? each
    return member === undefined || !hasIdentifiedItems(member) ? [] : duplicateProblems(member, one, under(path, key))
  })
}
