import { describe, expect, it } from 'vitest'
import { jsonPatch, strayTexts } from './json-patch.ts'
import { limits } from './limits.ts'

const target = { spec: { size: 1, none: null, tags: ['a', 'b'], settings: { 'a/b': '1', 'a~b': '2' } } }
const doublings = (count: number): readonly object[] =>
  Array.from({ length: count }, (_, i) => ({ op: 'copy', from: '/spec', path: `/spec/x${i}` }))
/** Puts /spec/tags two levels deeper with each. */
const nesting = (count: number): readonly object[] =>
  Array.from({ length: count }, () => [
    { op: 'add', path: '/spec/x', value: {} },
    { op: 'move', from: '/spec/tags', path: '/spec/x/y' },
    { op: 'move', from: '/spec/x', path: '/spec/tags' },
  ]).flat()
const patched = (...operations: readonly object[]): unknown => (jsonPatch(target, operations) as typeof target).spec

describe('a JSON patch', () => {
  it.each([
    { does: 'adds', op: { op: 'add', path: '/spec/x', value: 1 }, want: { x: 1 } },
    { does: 'adds null without a value', op: { op: 'add', path: '/spec/x' }, want: { x: null } },
    { does: 'adds over what is there', op: { op: 'add', path: '/spec/size', value: 2 }, want: { size: 2 } },
    { does: 'appends', op: { op: 'add', path: '/spec/tags/-', value: 'z' }, want: { tags: ['a', 'b', 'z'] } },
    { does: 'appends at -1', op: { op: 'add', path: '/spec/tags/-1', value: 'z' }, want: { tags: ['a', 'b', 'z'] } },
    {
      does: 'appends at the length',
      op: { op: 'add', path: '/spec/tags/2', value: 'z' },
      want: { tags: ['a', 'b', 'z'] },
    },
    { does: 'inserts', op: { op: 'add', path: '/spec/tags/1', value: 'z' }, want: { tags: ['a', 'z', 'b'] } },
    { does: 'removes an item', op: { op: 'remove', path: '/spec/tags/0' }, want: { tags: ['b'] } },
    { does: 'removes the last item at -1', op: { op: 'remove', path: '/spec/tags/-1' }, want: { tags: ['a'] } },
    { does: 'replaces', op: { op: 'replace', path: '/spec/tags/0', value: 'z' }, want: { tags: ['z', 'b'] } },
    { does: 'adds where it should replace', op: { op: 'replace', path: '/spec/x', value: 1 }, want: { x: 1 } },
    { does: 'moves', op: { op: 'move', from: '/spec/tags/0', path: '/spec/x' }, want: { tags: ['b'], x: 'a' } },
    { does: 'copies', op: { op: 'copy', from: '/spec/tags', path: '/spec/x' }, want: { x: ['a', 'b'] } },
    { does: 'copies what is missing as null', op: { op: 'copy', from: '/spec/y', path: '/spec/x' }, want: { x: null } },
    { does: 'takes missing for null', op: { op: 'test', path: '/spec/y', value: null }, want: {} },
    { does: 'tests', op: { op: 'test', path: '/spec/settings', value: { 'a~b': '2', 'a/b': '1' } }, want: {} },
    {
      does: 'knows escapes',
      op: { op: 'remove', path: '/spec/settings/a~1b' },
      want: { settings: { 'a~b': '2' } },
    },
  ])('$does', ({ op, want }) => {
    expect(patched(op)).toEqual({ ...target.spec, ...want })
  })

  it('may replace everything', () => {
    expect(jsonPatch(target, [{ op: 'replace', path: '', value: { a: 1 } }])).toEqual({ a: 1 })
  })

  it('drops the first part of a pointer without a leading slash', () => {
    expect(jsonPatch(target, [{ op: 'add', path: 'spec/x', value: 1 }])).toEqual({ ...target, x: 1 })
  })

  it('may copy copies, and put things into each other, as far as an object may go', () => {
    const { length } = JSON.stringify(jsonPatch(target, [...doublings(10), ...nesting(200)]))
    expect(length).toBeGreaterThan(2 ** 10 * JSON.stringify(target.spec).length)
  })

  it('of null changes nothing', () => {
    expect(jsonPatch(target, null)).toEqual(target)
  })

  it('never writes into its target, nor shares with the patch', () => {
    const copy = structuredClone(target)
    const value = { a: [1] }
    const result = jsonPatch(target, [
      { op: 'add', path: '/spec/x', value },
      { op: 'add', path: '/spec/x/a/-', value: 2 },
    ])
    expect(target).toEqual(copy)
    expect(value).toEqual({ a: [1] })
    expect(result).toMatchObject({ spec: { x: { a: [1, 2] } } })
  })

  it('cannot reach prototypes', () => {
    jsonPatch({}, [{ op: 'add', path: '/__proto__', value: { polluted: true } }])
    expect(() => jsonPatch({}, [{ op: 'add', path: '/constructor/prototype/polluted', value: true }])).toThrow()
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  it.each([
    ['no list', { op: 'add' }, 'BadRequest'],
    ['an operation that is no object', [5], 'BadRequest'],
    ['too many operations', Array(limits.patchOperations + 1).fill({ op: 'test', path: '/x' }), 'TooLarge'],
    ['an unknown operation', [{ op: 'replant', path: '/a' }], 'Invalid'],
    ['no path', [{ op: 'remove' }], 'Invalid'],
    ['a failed test', [{ op: 'test', path: '/spec/size', value: 2 }], 'Invalid'],
    ['a test of something missing', [{ op: 'test', path: '/spec/y', value: 2 }], 'Invalid'],
    ['nothing to remove', [{ op: 'remove', path: '/nope' }], 'Invalid'],
    ['nothing to move', [{ op: 'move', from: '/nope', path: '/x' }], 'Invalid'],
    ['an index beyond the end', [{ op: 'add', path: '/spec/tags/9', value: 1 }], 'Invalid'],
    ['an index that is none', [{ op: 'add', path: '/spec/tags/x', value: 1 }], 'Invalid'],
    ['a missing parent', [{ op: 'add', path: '/spec/anchor/x', value: 1 }], 'Invalid'],
    ['a scalar on the way', [{ op: 'add', path: '/spec/size/x', value: 1 }], 'Invalid'],
    ['a scalar for the whole', [{ op: 'replace', path: '', value: 1 }], 'Invalid'],
    ['copies of copies that grow beyond bounds', doublings(60), 'Invalid'],
    ['a deep heap of moves', nesting(3000), 'BadRequest'],
  ])('with %s is refused', (_, patch, code) => {
    expect(() => jsonPatch(target, patch)).toThrow(expect.objectContaining({ code }))
  })
})

it('what is said twice and members that no operation has are named', () => {
  const patch = [
    { op: 'add', path: '/a', value: 1, foo: 2 },
    { op: 'test', path: '/a', bar: 1, a: 2 },
  ]
  expect(strayTexts(['duplicate field "[0].op"'], patch)).toEqual([
    'json patch duplicate field "[0].op"',
    'json patch unknown field "[0].foo"',
    'json patch unknown field "[1].a"',
    'json patch unknown field "[1].bar"',
  ])
})
