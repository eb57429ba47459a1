import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { withDefaults } from './defaults.ts'
import { duplicateProblems, lastOfEach } from './duplicates.ts'
import { hasIdentifiedItems } from './schema-walk.ts'

const Port = z.strictObject({ port: z.int(), protocol: z.string().default('tcp') })
const Ports = z
  .array(Port)
  .optional()
  .meta({ listType: 'map', listMapKeys: ['port', 'protocol'] })
const schema = z.strictObject({
  ports: Ports,
  tags: z.array(z.string()).meta({ listType: 'set' }).optional(),
  args: z.array(z.string()).optional(),
  parts: z.record(z.string(), z.strictObject({ ports: Ports })).optional(),
})

describe('items that repeat', () => {
  it.each([
    {
      when: 'none',
      value: {
        ports: [
          { port: 1, protocol: 'tcp' },
          { port: 1, protocol: 'udp' },
        ],
        tags: ['a', 'b'],
      },
      want: [],
    },
    { when: 'free lists', value: { args: ['a', 'a'] }, want: [] },
    {
      when: 'a set',
      value: { tags: ['a', 'b', 'a', 'a'] },
      want: ['tags[2]: Duplicate value: "a"', 'tags[3]: Duplicate value: "a"'],
    },
    {
      when: 'a map',
      value: {
        ports: [
          { port: 1, protocol: 'tcp' },
          { port: 1, protocol: 'tcp', x: 1 },
        ],
      },
      want: ['ports[1]: Duplicate value: {"port":1,"protocol":"tcp"}'],
    },
    {
      when: 'deep inside',
      value: { parts: { a: { ports: [{ port: 1 }, { port: 1 }] } } },
      want: ['parts.a.ports[1]: Duplicate value: {"port":1}'],
    },
  ])('$when', ({ value, want }) => {
    expect(duplicateProblems(schema, value).map(({ path, message }) => `${path}: ${message}`)).toEqual(want)
  })

  it('are left out but for the last, in order', () => {
    const meta = { listType: 'map', listMapKeys: ['n'], duplicates: 'lastWins' } as const
    const [a1, b, a2] = [{ n: 'a', v: 1 }, { n: 'b' }, { n: 'a', v: 2 }]
    expect(lastOfEach([a1, b, a2], meta)).toEqual([b, a2])
    const unique = [a1, b]
    expect(lastOfEach(unique, meta)).toBe(unique)
  })

  it('are looked for only where a schema can have them', () => {
    expect(hasIdentifiedItems(schema)).toBe(true)
    expect(hasIdentifiedItems(z.strictObject({ args: z.array(z.string()) }))).toBe(false)
  })
})

it('defaults are filled in at every depth, whatever the values', () => {
  const deep = z.strictObject({
    list: z.array(z.strictObject({ a: z.int().default(1) })),
    inner: z.strictObject({ b: z.string().default('x') }).prefault({}),
    map: z.record(z.string(), z.strictObject({ c: z.boolean().default(true) })),
    other: z.string().optional(),
  })
  expect(withDefaults(deep, { list: [{}, { a: 'wrong' }], map: { k: {} } })).toEqual({
    list: [{ a: 1 }, { a: 'wrong' }],
    inner: { b: 'x' },
    map: { k: { c: true } },
  })
})
