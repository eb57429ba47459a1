import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isEqual } from '../../lib/equal.ts'
import { jsonPatch, mergePatch } from './patch.ts'

// RFC 7386, appendix A.
it.each([
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [
    ['a', 'b'],
    ['c', 'd'],
    ['c', 'd'],
  ],
  [{ a: 'b' }, ['c'], ['c']],
  [{ a: 'foo' }, null, null],
  [{ a: 'foo' }, 'bar', 'bar'],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
])('merge %j with %j is %j', (target, patch, result) => {
  expect(mergePatch(target, patch)).toEqual(result)
})

it('a merge patch cannot reach prototypes', () => {
  mergePatch({}, JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'))
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
})

it('a patch never writes into its target', () => {
  const target = { spec: { list: [1, 2], map: { a: 1 } } }
  const copy = structuredClone(target)
  jsonPatch(target, [{ op: 'add', path: '/spec/list/-', value: 3 }])
  mergePatch(target, { spec: { map: { b: 2 } } })
  expect(target).toEqual(copy)
})

it.each([
  ['no list', { op: 'add' }, 'BadRequest'],
  ['an unknown operation', [{ op: 'replant', path: '/a' }], 'Invalid'],
  ['a missing path', [{ op: 'remove' }], 'Invalid'],
  ['a failed test', [{ op: 'test', path: '/a', value: 2 }], 'Invalid'],
  ['a missing member', [{ op: 'remove', path: '/nope' }], 'Invalid'],
])('a JSON patch with %s is refused', (_, patch, code) => {
  expect(() => jsonPatch({ a: 1 }, patch)).toThrow(expect.objectContaining({ code }))
})

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
