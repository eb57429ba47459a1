import { expect, it } from 'vitest'
import { mergeIntoObject, mergePatch } from './merge-patch.ts'

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
  mergePatch(target, { spec: { map: { b: 2 } } })
  expect(target).toEqual(copy)
})

it.each([
  [null, 'Invalid JSON Patch'],
  [[], 'error decoding patch: a merge patch is an object'],
  ['x', 'error decoding patch: a merge patch is an object'],
])('%j is no patch of an object', (patch, message) => {
  expect(() => mergeIntoObject({}, patch)).toThrow(expect.objectContaining({ code: 'BadRequest', message }))
})
