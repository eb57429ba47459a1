/** What every mutation is made of: choices, odd values, and a copy of a value with something changed somewhere. */
import { type Random, randomBelow } from '../../lib/random.ts'
import type { TraceRequest } from '../golden/trace.ts'

/** A request that is being made strange. */
export type Mutable = { -readonly [K in keyof TraceRequest]: TraceRequest[K] }
/** Changes a request in place, or leaves it when it is about something else. */
export type Mutation = (request: Mutable, random: Random) => void

export const pick = <T>(random: Random, from: readonly T[]): T => from[randomBelow(random, from.length)] as T
export const maybe = (random: Random, probability: number): boolean => random.next() < probability

/** Values that nobody expects. */
export const odd: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  9007199254740993n,
  -9223372036854775808n,
  '',
  ' ',
  'a'.repeat(300),
  '\u0000',
  '💥\ud800',
  '__proto__',
  'constructor',
  '../../etc',
  '2026-13-45T99:99:99Z',
  [],
  [null],
  [[[[]]]],
  {},
  JSON.parse('{"__proto__":1}'),
  { '': {} },
  { a: { b: { c: { d: {} } } } },
]

const words = [
  'metadata',
  'spec',
  'status',
  'name',
  'namespace',
  'labels',
  'annotations',
  'finalizers',
  'ownerReferences',
  'managedFields',
  'resourceVersion',
  'uid',
  'deletionTimestamp',
  'generation',
  '__proto__',
  'hasOwnProperty',
  'f:spec',
  '.',
] as const

/** A copy with something changed somewhere. */
export function bent(value: unknown, random: Random): unknown {
  if (maybe(random, 0.05)) return pick(random, odd)
  if (Array.isArray(value)) {
    const items = value.map((one) => (maybe(random, 0.3) ? bent(one, random) : one))
    if (maybe(random, 0.1)) items.push(...items)
    if (maybe(random, 0.1)) items.splice(randomBelow(random, items.length + 1), 1, pick(random, odd))
    return items
  }
  if (typeof value !== 'object' || value === null) return maybe(random, 0.2) ? pick(random, odd) : value
  const entries = Object.entries(value).flatMap(([name, one]): [string, unknown][] => {
    if (maybe(random, 0.05)) return []
    if (maybe(random, 0.05)) return [[pick(random, words), one]]
    return [[name, maybe(random, 0.4) ? bent(one, random) : one]]
  })
  if (maybe(random, 0.1)) entries.push([pick(random, words), pick(random, odd)])
  return Object.fromEntries(entries)
}
