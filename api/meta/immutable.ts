/** Fields that may not change once an object exists, or once they are set. */
import { isEqual } from '../../lib/equal.ts'
import type { FieldProblem } from '../../lib/errors.ts'
import { under } from './field-path.ts'
import { invalid } from './problems.ts'

/** A problem for each member of `next` that differs from `old`, except those that may change. */
export function immutable(old: object, next: object, path: string, mayChange: readonly string[] = []): FieldProblem[] {
  const before = old as Readonly<Record<string, unknown>>
  const after = next as Readonly<Record<string, unknown>>
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((member) => !mayChange.includes(member) && !isEqual(before[member], after[member]))
    .map((member) => invalid(under(path, member), after[member] ?? null, 'field is immutable'))
}

/** A problem for each of `members` that was there before and is not the same in `next`. */
export const setOnce = (old: object, next: object, path: string, members: readonly string[]): FieldProblem[] => {
  const before = old as Readonly<Record<string, unknown>>
  const after = next as Readonly<Record<string, unknown>>
  return members
    .filter((member) => before[member] !== undefined && !isEqual(before[member], after[member]))
    .map((member) => invalid(under(path, member), after[member] ?? null, 'field is immutable once set'))
}

/** A problem for each of `members`, numbers, that was there before and is less in `next`, or gone. */
export const growing = (old: object, next: object, path: string, members: readonly string[]): FieldProblem[] => {
  const before = old as Readonly<Record<string, number | undefined>>
  const after = next as Readonly<Record<string, number | undefined>>
  return members
    .filter((member) => (before[member] ?? Number.NEGATIVE_INFINITY) > (after[member] ?? Number.NEGATIVE_INFINITY))
    .map((member) => invalid(under(path, member), after[member] ?? null, 'may only grow'))
}
