import { describe, expect, it } from 'vitest'
import { readYaml, writeYaml } from './yaml.ts'

describe('reading', () => {
  it.each<[string, unknown]>([
    ['a: yes', { a: true }],
    ['a: 010', { a: 8 }],
    ['a: 22:22', { a: '22:22' }],
    ['a: 2001-01-01T00:00:00Z', { a: '2001-01-01T00:00:00Z' }],
    ['a: 1\n---\na: 2', { a: 1 }],
    ['a: &x {b: 1}\nc: *x', { a: { b: 1 }, c: { b: 1 } }],
    ['{"a": [1, null]}', { a: [1, null] }],
    ['', null],
  ])('%j', (text, value) => {
    expect(readYaml(text)).toEqual({ value, repeated: [] })
  })

  it('tells keys that are there twice; the last counts', () => {
    expect(readYaml('a: 1\nb: {c: 1}\na: 2')).toEqual({
      value: { a: 2, b: { c: 1 } },
      repeated: ['line 3: key "a" already set in map'],
    })
  })

  it('tells no more of them than is bearable', () => {
    expect(readYaml('a: 1\n'.repeat(1000)).repeated).toHaveLength(100)
  })

  it.each([
    ['- '.repeat(100_000), 'the body is nested deeper than 500 levels (line 1)'],
    ['\n'.repeat(600_000), 'the body has more than 500000 words and signs (line 500001)'],
  ])('refuses what is too much', (text, says) => {
    expect(() => readYaml(text)).toThrow(says)
  })

  it.each(['a: [', '\tx: 1'])('refuses %j', (text) => {
    expect(() => readYaml(text)).toThrow()
  })
})

it('writes what reads back the same, keys sorted, texts that look like something else quoted', () => {
  const value = { b: ['yes', '010', '2001-01-01T00:00:00Z', ''], a: { c: [{ d: 1 }], e: {}, f: [] } }
  const text = writeYaml(value)
  expect(readYaml(text).value).toEqual(value)
  expect(text).toBe('a:\n  c:\n  - d: 1\n  e: {}\n  f: []\nb:\n- "yes"\n- "010"\n- "2001-01-01T00:00:00Z"\n- ""\n')
})
