import { expect, it } from 'vitest'
import { z } from 'zod'
import { problemsOf } from './problems.ts'
import { embedded, exactlyOne, intOrString, mapOfAtMost, preserving } from './schema-parts.ts'

const schema = z.strictObject({
  port: intOrString().optional(),
  raw: preserving({ a: z.string().optional() }).optional(),
  target: exactlyOne(
    z.strictObject({ byName: z.string().optional(), byId: z.int().optional() }),
    ['byName'],
    ['byId'],
  ).optional(),
  settings: mapOfAtMost(1, z.string()).optional(),
  child: embedded().optional(),
})
const pod = { apiVersion: 'v1', kind: 'Pod' }

it.each([
  { port: 80 },
  { port: 'http' },
  { raw: { a: 'x', b: [{ c: null }] } },
  { target: { byId: 1 } },
  { settings: { a: 'b' } },
  { child: { ...pod, metadata: { name: 'Any_Name', labels: { a: 'b' } }, spec: { free: null } } },
])('%j is taken as it is', (value) => {
  expect(schema.parse(value)).toEqual(value)
})

it.each([
  [{ port: 1.5 }, ['port TypeInvalid: port in body must be of type integer,string: "number"']],
  [{ raw: 'x' }, ['raw TypeInvalid: raw in body must be of type object: "string"']],
  [
    { target: {} },
    ['<nil> Invalid: "target" must validate one and only one schema (oneOf). Found none', 'target.byName Required'],
  ],
  [{ target: { byName: 'a', byId: 1 } }, ['<nil> Invalid: (oneOf). Found 2 valid alternatives']],
  [{ settings: { a: 'b', c: 'd' } }, ['settings TooMany: 2: must have at most 1 items']],
  [{ child: {} }, ['child.apiVersion Required', 'child.kind Required']],
  [{ child: { ...pod, apiVersion: 'a/b/c' } }, ['child.apiVersion Invalid: unexpected GroupVersion string: a/b/c']],
  [{ child: { ...pod, kind: 'pod!' } }, ['child.kind Invalid: may have mixed case']],
  [{ child: { ...pod, metadata: { labels: { a: 'b c' } } } }, ['child.metadata.labels Invalid: a valid label']],
])('%j is refused', (value, want) => {
  const problems = problemsOf(schema, schema.safeParse(value, { reportInput: true }).error?.issues ?? [])
  expect(problems).toHaveLength(want.length)
  for (const [i, text] of want.entries()) {
    const [place, says = ''] = text.split(': ')
    expect(`${problems[i]?.path} ${problems[i]?.reason.replace('FieldValue', '')}`).toBe(place)
    expect(problems[i]?.message).toContain(says)
  }
})
