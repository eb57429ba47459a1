import { expect, it } from 'vitest'
import { beyondBounds } from './value-bounds.ts'

const itself: unknown[] = []
itself.push(itself, itself, itself)
const endless: { self?: unknown } = {}
endless.self = endless
const nested = (levels: number): unknown => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`)
const doubled = (times: number): unknown => (times === 0 ? 1 : Array(2).fill(doubled(times - 1)))

it.each([
  { what: 'a plain object', value: { a: [1, 'b', null, true] }, want: undefined },
  { what: 'as much as may be', value: Array.from({ length: 100 }, () => 1), want: undefined },
  { what: 'one too many', value: Array.from({ length: 101 }, () => 1), want: 'has more than 100 values' },
  { what: 'as deep as may be', value: nested(11), want: undefined },
  { what: 'a level too deep', value: nested(12), want: 'is nested deeper than 10 levels' },
  { what: 'a hundred thousand levels', value: nested(100_000), want: 'is nested deeper than 10 levels' },
  { what: 'what contains itself three times', value: itself, want: 'has more than 100 values' },
  { what: 'what contains itself once', value: endless, want: 'is nested deeper than 10 levels' },
  { what: 'doubled again and again', value: doubled(16), want: 'has more than 100 values' },
  { what: 'infinity', value: { a: [Number.POSITIVE_INFINITY] }, want: 'has a number that is too large, or none' },
  { what: 'no number', value: Number.NaN, want: 'has a number that is too large, or none' },
])('$what', ({ value, want }) => {
  expect(beyondBounds(value, { depth: 10, values: 100 })).toBe(want)
})
