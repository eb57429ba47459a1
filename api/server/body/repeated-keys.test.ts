import { expect, it } from 'vitest'
import { repeatedKeys } from './repeated-keys.ts'

it.each<[string, readonly string[]]>([
  ['{}', []],
  ['{"a":1,"b":{"a":1},"c":["a","a"]}', []],
  ['{"a":1,"a":2,"a":3}', ['a', 'a']],
  ['{"a":{"b":1, "b" : 2}}', ['a.b']],
  ['{"a":[{"n":1},{"n":1,"n":2}],"a":[]}', ['a[1].n', 'a']],
  ['{"a":"a","b":"\\"a\\":","a":"\\\\"}', ['a']],
  ['{"\\u0061":1,"a":1}', ['a']],
  ['{"":1,"a":{"":1}}', []],
  ['[{"a":1,"a":1}]', ['[0].a']],
  ['"a"', []],
])('%s', (text, paths) => {
  expect(() => JSON.parse(text)).not.toThrow()
  expect(repeatedKeys(text)).toEqual(paths.map((path) => `duplicate field "${path}"`))
})

it.each([
  { what: 'many', text: `{${'"a":1,'.repeat(1000)}"a":1}`, told: 100 },
  {
    what: 'far down',
    text: `${`{"${'k'.repeat(3000)}":`.repeat(40)}{${'"a":1,'.repeat(1000)}"a":1}${'}'.repeat(40)}`,
    told: 1,
  },
])('tells no more than is bearable: $what', ({ text, told }) => {
  expect(() => JSON.parse(text)).not.toThrow()
  expect(repeatedKeys(text)).toHaveLength(told)
})
