import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareKeys } from './keys.ts'

test('keys are ordered as their bytes are', () => {
  const key = fc.string({ unit: 'binary', maxLength: 12 })
  fc.assert(
    fc.property(key, key, (a, b) => {
      expect(Math.sign(compareKeys(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)))
    }),
  )
})

test('the units around the surrogates are told apart', () => {
  const sorted = ['', 'a', '\u007f', '\u0080', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}']
  expect(sorted.toReversed().toSorted(compareKeys)).toEqual(sorted)
})
