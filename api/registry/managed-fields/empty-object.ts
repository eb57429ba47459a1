/** What an object is before anything is known of it. */
import type { z } from 'zod'
import { isRecord } from '../../meta/json.ts'
import { isNative, type Kind } from '../../meta/kind.ts'
import { defaultOf, membersOf } from '../../meta/schema-walk.ts'

/** The members that Go has in a new struct: empty ones, empty text and null. Other defaults somebody has to choose. */
function zeroValues(schema: z.core.$ZodType): Readonly<Record<string, unknown>> {
  const members = Object.entries(membersOf(schema)?.shape ?? {}).map(([name, member]) => {
    const given = defaultOf(member)
    if (given === null || given === '') return [name, given]
    return [name, isRecord(given) ? zeroValues(member) : undefined]
  })
  return Object.fromEntries(members.filter(([, value]) => value !== undefined))
}

const known = new WeakMap<Kind, Readonly<Record<string, unknown>>>()

/** Kubernetes' own kinds are structs with members from the start; kinds with a schema have what they are given. */
export function emptyObject(kind: Kind): Readonly<Record<string, unknown>> {
  if (!isNative(kind)) return {}
  const before = known.get(kind)
  if (before !== undefined) return before
  const { metadata: _, ...zero } = zeroValues(kind.schema)
  known.set(kind, zero)
  return zero
}
