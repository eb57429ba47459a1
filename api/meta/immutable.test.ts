import { expect, it } from 'vitest'
import { isEqual } from '../../lib/equal.ts'
import { growing, immutable, setOnce } from './immutable.ts'

it.each([
  [1, 1, true],
  [1, '1', false],
  [{ a: 1, b: [1, { c: 2 }] }, { b: [1, { c: 2 }], a: 1 }, true],
  [{ a: 1 }, { a: 1, b: undefined }, true],
  [{ a: 1 }, { a: 1, b: null }, false],
  [[1, 2], [2, 1], false],
  [[1], [1, 1], false],
  [[], {}, false],
  [null, {}, false],
])('%j and %j are the same: %s', (a, b, want) => {
  expect(isEqual(a, b)).toBe(want)
  expect(isEqual(b, a)).toBe(want)
})

it('every changed member is a problem, but for those that may change', () => {
  expect(immutable({ a: 1, b: 1, c: 1 }, { a: 1, b: 2, d: 3 }, 'spec', ['d'])).toEqual([
    { path: 'spec.b', reason: 'FieldValueInvalid', message: 'Invalid value: 2: field is immutable' },
    { path: 'spec.c', reason: 'FieldValueInvalid', message: 'Invalid value: null: field is immutable' },
  ])
})

it.each([
  { when: 'set', old: {}, next: { a: 1 }, want: [] },
  { when: 'left', old: { a: { b: 1 } }, next: { a: { b: 1 } }, want: [] },
  { when: 'changed', old: { a: 1 }, next: { a: 2 }, want: ['spec.a: Invalid value: 2: field is immutable once set'] },
  { when: 'taken away', old: { a: 1 }, next: {}, want: ['spec.a: Invalid value: null: field is immutable once set'] },
])('a member that is settable once is $when', ({ old, next, want }) => {
  expect(setOnce(old, next, 'spec', ['a']).map(({ path, message }) => `${path}: ${message}`)).toEqual(want)
})

it.each([
  { when: 'set', old: {}, next: { a: 1 }, want: [] },
  { when: 'left', old: { a: 1 }, next: { a: 1 }, want: [] },
  { when: 'raised', old: { a: 1 }, next: { a: 2 }, want: [] },
  { when: 'lowered', old: { a: 2 }, next: { a: 1 }, want: ['spec.a: Invalid value: 1: may only grow'] },
  { when: 'taken away', old: { a: 2 }, next: {}, want: ['spec.a: Invalid value: null: may only grow'] },
])('a number that may only grow is $when', ({ old, next, want }) => {
  expect(growing(old, next, 'spec', ['a']).map(({ path, message }) => `${path}: ${message}`)).toEqual(want)
})
