/** Fills in defaults along a schema without judging values: for looking at an object that is not valid yet. */
import type { z } from 'zod'
import { isRecord } from './json.ts'
import { defaultOf, itemOf, mapValueOf, membersOf } from './schema-walk.ts'

/** `value` with the defaults of absent members, at every depth. */
export function withDefaults(schema: z.core.$ZodType, value: unknown): unknown {
  const given = value === undefined ? defaultOf(schema) : value
  if (Array.isArray(given)) {
    const item = itemOf(schema)
    return item === undefined ? given : given.map((one) => withDefaults(item, one))
  }
  if (!isRecord(given)) return given
  const members = membersOf(schema)
  if (members !== undefined) {
    const filled = Object.entries(members.shape).map(
      ([name, member]) => [name, withDefaults(member, given[name])] as const,
    )
    return { ...given, ...Object.fromEntries(filled.filter(([, member]) => member !== undefined)) }
  }
  const each = mapValueOf(schema)
  if (each === undefined) return given
  return Object.fromEntries(Object.entries(given).map(([key, one]) => [key, withDefaults(each, one)]))
}
