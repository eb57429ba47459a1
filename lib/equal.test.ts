import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isEqual } from './equal.ts'

it('equality is that of the JSON text, but for the order of members', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      expect(isEqual(a, structuredClone(a))).toBe(true)
      const sorted = (value: unknown): string =>
        JSON.stringify(value, (_, member: unknown) =>
          typeof member === 'object' && member !== null && !Array.isArray(member)
            ? Object.fromEntries(Object.entries(member).sort(([x], [y]) => (x < y ? -1 : 1)))
            : member,
        )
      // -0 and 0 are one number to JSON and to us.
      expect(isEqual(a, b)).toBe(sorted(a) === sorted(b))
    }),
  )
  expect(isEqual({ a: undefined, b: 1 }, { b: 1 })).toBe(true)
})
