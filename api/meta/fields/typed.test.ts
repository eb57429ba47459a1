import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { reconciled, withDeclaredMembers } from './along-type.ts'
import { compare } from './compare.ts'
import { type FieldSet, inOrder, pathsOf, setOf, shownPath } from './field-set.ts'
import { fieldTypeOf } from './field-type.ts'
import { merge } from './merge.ts'
import { removeFields } from './remove-items.ts'
import { fieldSetOf } from './to-field-set.ts'
import { typeProblems } from './type-problems.ts'

const port = z.strictObject({
  number: z.int(),
  protocol: z.enum(['tcp', 'udp']).default('tcp'),
  name: z.string().optional(),
})
const schema = z.strictObject({
  color: z.string().optional(),
  size: z.int().default(1),
  on: z.boolean().nullable().optional(),
  port: z.union([z.int(), z.string()]).optional(),
  nested: z.strictObject({ a: z.string().optional(), b: z.string().optional() }).optional(),
  anchor: z.strictObject({ x: z.int().optional(), y: z.int().optional() }).meta({ mapType: 'atomic' }).optional(),
  labels: z.record(z.string(), z.string()).optional(),
  zones: z.record(z.string(), z.strictObject({ weight: z.int().optional() })).optional(),
  ports: z
    .array(port)
    .meta({ listType: 'map', listMapKeys: ['number', 'protocol'] })
    .optional(),
  tags: z.array(z.string()).meta({ listType: 'set' }).optional(),
  args: z.array(z.string()).optional(),
  raw: z.looseObject({ known: z.string().optional() }).optional(),
  any: z.unknown().optional(),
})
const type = fieldTypeOf(schema)
const shown = (set: FieldSet): string[] => [...pathsOf(set)].map(shownPath).sort()

describe('what a value says', () => {
  it.each<{ of: string; value: object; want: string[] }>([
    {
      of: 'leaves',
      value: { color: 'red', size: 2, on: null, port: 'http' },
      want: ['.color', '.on', '.port', '.size'],
    },
    { of: 'an object', value: { nested: { a: '1' } }, want: ['.nested.a'] },
    { of: 'an empty object', value: { nested: {}, labels: {} }, want: ['.labels', '.nested'] },
    { of: 'an atomic object', value: { anchor: { x: 1 } }, want: ['.anchor'] },
    { of: 'a map', value: { labels: { a: '1' } }, want: ['.labels.a'] },
    { of: 'a map of objects', value: { zones: { a: { weight: 1 } } }, want: ['.zones.a', '.zones.a.weight'] },
    {
      of: 'a list that is a map, with a default in the key',
      value: { ports: [{ number: 80 }] },
      want: ['.ports[number=80,protocol="tcp"]', '.ports[number=80,protocol="tcp"].number'],
    },
    { of: 'a set', value: { tags: ['a', 'b'] }, want: ['.tags[="a"]', '.tags[="b"]'] },
    { of: 'an empty set', value: { tags: [], ports: [] }, want: [] },
    { of: 'an atomic list', value: { args: [] }, want: ['.args'] },
    { of: 'repeated items', value: { tags: ['a', 'a'] }, want: ['.tags[="a"]'] },
    {
      of: 'any JSON',
      value: { raw: { known: 'x', other: { l: [1], n: null } } },
      want: ['.raw.known', '.raw.other', '.raw.other.l', '.raw.other.n'],
    },
    { of: 'no object', value: { any: 5 }, want: ['.any'] },
  ])('of $of', ({ value, want }) => expect(shown(fieldSetOf(type, value))).toEqual(want))
})

describe('comparing', () => {
  it.each<{ when: string; before: object; after: object; added?: string[]; modified?: string[]; removed?: string[] }>([
    { when: 'nothing changed', before: { color: 'red', tags: ['a'] }, after: { tags: ['a'], color: 'red' } },
    { when: 'a leaf came', before: {}, after: { color: 'red' }, added: ['.color'] },
    { when: 'a leaf went', before: { color: 'red' }, after: {}, removed: ['.color'] },
    { when: 'a leaf became null', before: { on: true }, after: { on: null }, modified: ['.on'] },
    { when: 'an object came', before: {}, after: { nested: { a: '1' } }, added: ['.nested', '.nested.a'] },
    { when: 'an object was emptied', before: { nested: { a: '1' } }, after: { nested: {} }, removed: ['.nested.a'] },
    { when: 'an empty object came', before: {}, after: { nested: {} }, added: ['.nested'] },
    {
      when: 'an atomic object changed',
      before: { anchor: { x: 1 } },
      after: { anchor: { y: 1 } },
      modified: ['.anchor'],
    },
    {
      when: 'an item changed',
      before: { ports: [{ number: 80, protocol: 'tcp', name: 'a' }] },
      after: { ports: [{ number: 80, name: 'b' }] },
      modified: ['.ports[number=80,protocol="tcp"].name'],
      removed: ['.ports[number=80,protocol="tcp"].protocol'],
    },
    { when: 'items moved', before: { tags: ['a', 'b'] }, after: { tags: ['b', 'a'] } },
    { when: 'an atomic list moved', before: { args: ['a', 'b'] }, after: { args: ['b', 'a'] }, modified: ['.args'] },
    { when: 'a list came', before: {}, after: { tags: ['a'] }, added: ['.tags', '.tags[="a"]'] },
    {
      when: 'an item was doubled',
      before: { tags: ['a'] },
      after: { tags: ['a', 'a'] },
      added: ['.tags[="a"]'],
      removed: ['.tags[="a"]'],
    },
    {
      when: 'any JSON became another',
      before: { any: { a: 1 } },
      after: { any: 'x' },
      modified: ['.any'],
      removed: ['.any.a'],
    },
  ])('says what happened when $when', ({ before, after, added = [], modified = [], removed = [] }) => {
    const found = compare(type, before, after)
    expect({ added: shown(found.added), modified: shown(found.modified), removed: shown(found.removed) }).toEqual({
      added,
      modified,
      removed,
    })
  })

  it('leaves out members that do not concern it', () => {
    const { modified } = compare(type, { color: 'a', size: 1 }, { color: 'b', size: 2 }, ['size'])
    expect(shown(modified)).toEqual(['.color'])
  })
})

describe('merging', () => {
  it.each<{ when: string; left: object; right: object; want: object }>([
    { when: 'both say something else', left: { color: 'red' }, right: { size: 2 }, want: { color: 'red', size: 2 } },
    {
      when: 'both say the same field',
      left: { nested: { a: '1', b: '2' } },
      right: { nested: { a: '3' } },
      want: { nested: { a: '3', b: '2' } },
    },
    {
      when: 'an atomic object is said',
      left: { anchor: { x: 1 } },
      right: { anchor: { y: 2 } },
      want: { anchor: { y: 2 } },
    },
    {
      when: 'null is said of an object with members',
      left: { nested: { a: '1' } },
      right: { nested: null },
      want: { nested: { a: '1' } },
    },
    { when: 'null is said of a leaf', left: { on: true }, right: { on: null }, want: { on: null } },
    { when: 'an empty list is said', left: { tags: ['a'] }, right: { tags: [] }, want: { tags: ['a'] } },
    {
      when: 'an item has a default in its key',
      left: { ports: [{ number: 1, protocol: 'tcp' }] },
      right: { ports: [{ number: 1, name: 'x' }] },
      want: { ports: [{ number: 1, protocol: 'tcp', name: 'x' }] },
    },
  ])('keeps what is said when $when', ({ left, right, want }) => expect(merge(type, left, right)).toEqual(want))

  it.each([
    { left: 'abc', right: 'cab', want: 'cab' },
    { left: 'ab', right: 'c', want: 'abc' },
    { left: 'abc', right: 'ca', want: 'bca' },
    { left: 'bca', right: 'ba', want: 'bca' },
    { left: 'ace', right: 'bcd', want: 'abced' },
    { left: 'abced', right: 'eaz', want: 'bcedaz' },
    { left: 'bcedaz', right: 'ec', want: 'bedazc' },
    { left: 'ac', right: 'za', want: 'zac' },
    { left: '', right: 'ba', want: 'ba' },
    { left: 'aab', right: 'b', want: 'aab' },
    { left: 'aab', right: 'ba', want: 'ba' },
  ])('orders $left and $right as $want', ({ left, right, want }) => {
    expect(merge(type, { tags: [...left] }, { tags: [...right] })).toEqual({ tags: [...want] })
  })
})

describe('removing', () => {
  const value = { color: 'red', nested: { a: '1', b: '2' }, tags: ['a', 'b'], args: ['x'] }
  it.each<{ of: string; remove: string[][]; want: object | null }>([
    { of: 'a leaf', remove: [['f:color']], want: { nested: value.nested, tags: value.tags, args: value.args } },
    { of: 'a member of an object', remove: [['f:nested', 'f:a']], want: { ...value, nested: { b: '2' } } },
    {
      of: 'all members of an object',
      remove: [
        ['f:nested', 'f:a'],
        ['f:nested', 'f:b'],
      ],
      want: { ...value, nested: null },
    },
    { of: 'an item', remove: [['f:tags', 'v:"a"']], want: { ...value, tags: ['b'] } },
    { of: 'what is not there', remove: [['f:size'], ['f:tags', 'v:"z"']], want: value },
    { of: 'everything', remove: [['f:color'], ['f:nested'], ['f:tags'], ['f:args']], want: null },
  ])('of $of', ({ remove, want }) => expect(removeFields(type, value, setOf(...remove))).toEqual(want))
})

describe('a set along a type', () => {
  it('gains the declared members on the way', () => {
    const set = setOf(['f:nested', 'f:a'], ['f:labels', 'f:x'], ['f:zones', 'f:z', 'f:weight'])
    expect(shown(withDeclaredMembers(set, type))).toEqual(
      ['.labels', '.labels.x', '.nested', '.nested.a', '.zones', '.zones.z.weight'].sort(),
    )
  })

  it('that has become atomic owns the whole', () => {
    const set = setOf(['f:anchor', 'f:x'], ['f:args', 'v:"a"'], ['f:nested', 'f:a'])
    expect(inOrder(reconciled(set, type))).toEqual(setOf(['f:anchor'], ['f:args'], ['f:nested', 'f:a']))
    const same = setOf(['f:anchor'], ['f:nested', 'f:a'])
    expect(reconciled(same, type)).toBe(same)
  })
})

describe('type problems', () => {
  it.each<{ value: object; want: string }>([
    { value: { size: 'x' }, want: '.size: expected numeric (int or float), got string' },
    { value: { color: 1 }, want: '.color: expected string, got &value.valueUnstructured{Value:1}' },
    { value: { nested: 'x' }, want: '.nested: expected map, got &{x}' },
    { value: { tags: {} }, want: '.tags: expected list, got &{map[]}' },
    { value: { on: 'x' }, want: '.on: expected boolean, got &{x}' },
    { value: { bogus: 1 }, want: '.bogus: field not declared in schema' },
    { value: { tags: ['a', 'a'] }, want: '.tags: duplicate entries for key [="a"]' },
    {
      value: { ports: [{ number: 1 }, { number: 1, protocol: 'tcp' }] },
      want: '.ports: duplicate entries for key [number=1,protocol="tcp"]',
    },
    { value: { ports: [null] }, want: '.ports: element 0: associative list with keys may not have a null element' },
    {
      value: { tags: [null] },
      want: ".tags: element 0: associative list without keys has an element that's an explicit null",
    },
  ])('$want', ({ value, want }) => expect(typeProblems(type, value)).toEqual([want]))

  it('are none of null, and of any JSON', () => {
    expect(typeProblems(type, { color: null, nested: null, tags: null, any: { x: [{}] }, raw: { x: 1 } })).toEqual([])
  })
})
