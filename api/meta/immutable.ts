/** Fields that may not change once an object exists. */
import type { FieldProblem } from '../../lib/errors.ts'
import { under } from './field-path.ts'
import { isRecord } from './json.ts'
import { invalid } from './problems.ts'

/** Whether two JSON values say the same; an absent member equals an undefined one. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, i) => sameJson(item, b[i]))
  }
  if (!isRecord(a) || !isRecord(b)) return false
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => sameJson(a[key], b[key]))
}

/** A problem for each member of `next` that differs from `old`, except those that may change. */
export function immutable(old: object, next: object, path: string, mayChange: readonly string[] = []): FieldProblem[] {
  const before = old as Readonly<Record<string, unknown>>
  const after = next as Readonly<Record<string, unknown>>
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((member) => !mayChange.includes(member) && !sameJson(before[member], after[member]))
    .map((member) => invalid(under(path, member), after[member] ?? null, 'field is immutable'))
}
