import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Fault } from '../../lib/errors.ts'
import { defineKind } from './kind.ts'
import { limits } from './limits.ts'
import { nearest } from './nearest.ts'
import { invalidObject, parseObject, type UnknownFields } from './parse.ts'
import { invalid } from './problems.ts'

const Part = z.strictObject({
  name: z.string().regex(/^[a-z]+$/, 'must be lower-case letters'),
  image: z.string().min(1).max(8),
  memory: z.int().min(4).max(1024).optional(),
  colour: z.enum(['red', 'green']).optional(),
})
const Toy = defineKind(
  {
    kind: 'Toy',
    plural: 'toys',
    description: 'A toy.',
    droppedFields: ['spec.toyArn', 'spec.parts[].id'],
    shape: {
      spec: z.strictObject({
        parts: z.array(Part).max(2),
        size: z.int().default(1),
        weight: z.number().optional(),
        labels: z.record(z.string(), z.string()).optional(),
        slug: z
          .string()
          .regex(/^[a-z]+$/)
          .optional(),
        due: z.iso.datetime({ offset: true }).optional(),
        anything: z.record(z.string(), z.unknown()).optional(),
        note: z.string().nullable().optional(),
        paint: z.strictObject({ hue: z.int(), unit: z.string() }).optional(),
        light: z.strictObject({ hue: z.int(), unit: z.string() }).optional(),
        power: z
          .strictObject({ unit: z.string(), source: z.strictObject({ volts: z.int().optional() }).optional() })
          .optional(),
      }),
      status: z.strictObject({ phase: z.string().optional() }).optional(),
    },
  },
  {
    validate: (toy) => (toy.spec.size > 9 ? [invalid('spec.size', toy.spec.size, 'toys are small')] : []),
    misread: (raw) =>
      Array.isArray(raw.spec) ? [invalid('spec', 'array', 'is a list of parts: put it under spec.parts')] : [],
  },
)

const part = { name: 'wheel', image: 'wheel:1' }
const aToy = (spec: unknown): unknown => ({
  apiVersion: 'gantry.dev/v1',
  kind: 'Toy',
  metadata: { name: 'car' },
  spec,
})
const refusal = (raw: unknown, unknown: UnknownFields = 'strict'): readonly string[] => {
  try {
    parseObject(Toy, raw, { unknown })
  } catch (error) {
    if (error instanceof Fault && error.code === 'Invalid') {
      return error.problems
        .filter(({ path }) => path !== '<nil>')
        .map(({ path, reason, message }) => `${path} ${reason.replace('FieldValue', '')} ${message}`)
    }
    throw error
  }
  return []
}

describe('what is refused names the path, the value and what is allowed', () => {
  it.each([
    { when: 'no object', raw: 'x', want: [' Invalid Invalid value: "x": must be an object of kind Toy'] },
    {
      when: 'another apiVersion',
      raw: { ...(aToy({ parts: [] }) as object), apiVersion: 'v2' },
      want: ['apiVersion Invalid Invalid value: "v2": must be gantry.dev/v1'],
    },
    { when: 'no spec', raw: aToy(undefined), want: ['spec Required Required value'] },
    { when: 'a missing member', raw: aToy({}), want: ['spec.parts Required Required value'] },
    { when: 'null for a required member', raw: aToy({ parts: null }), want: ['spec.parts Required Required value'] },
    {
      when: 'a wrong type',
      raw: aToy({ parts: [{ ...part, memory: '64' }] }),
      want: [
        'spec.parts[0].memory TypeInvalid Invalid value: "string": spec.parts[0].memory in body must be of type integer: "string"',
      ],
    },
    {
      when: 'an object for a list',
      raw: aToy({ parts: { a: 1 } }),
      want: ['spec.parts TypeInvalid Invalid value: "object": spec.parts in body must be of type array: "object"'],
    },
    {
      when: 'a fraction',
      raw: aToy({ parts: [], size: 1.5 }),
      want: ['spec.size TypeInvalid Invalid value: "number": spec.size in body must be of type integer: "number"'],
    },
    {
      when: 'a null item',
      raw: aToy({ parts: [null] }),
      want: ['spec.parts[0] TypeInvalid Invalid value: "null": spec.parts[0] in body must be of type object: "null"'],
    },
    {
      when: 'a value of a map',
      raw: aToy({ parts: [], labels: { 'a.b/c': 1 } }),
      want: [
        'spec.labels[a.b/c] TypeInvalid Invalid value: "integer": spec.labels[a.b/c] in body must be of type string: "integer"',
      ],
    },
    {
      when: 'too large',
      raw: aToy({ parts: [{ ...part, memory: 2000 }] }),
      want: [
        'spec.parts[0].memory Invalid Invalid value: 2000: spec.parts[0].memory in body should be less than or equal to 1024',
      ],
    },
    {
      when: 'too small',
      raw: aToy({ parts: [{ ...part, memory: 1 }] }),
      want: [
        'spec.parts[0].memory Invalid Invalid value: 1: spec.parts[0].memory in body should be greater than or equal to 4',
      ],
    },
    {
      when: 'too many',
      raw: aToy({ parts: [part, part, part] }),
      want: ['spec.parts TooMany Too many: 3: must have at most 2 items'],
    },
    {
      when: 'too long',
      raw: aToy({ parts: [{ ...part, image: '123456789' }] }),
      want: ['spec.parts[0].image TooLong Too long: may not be more than 8 bytes'],
    },
    {
      when: 'empty',
      raw: aToy({ parts: [{ ...part, image: '' }] }),
      want: [
        'spec.parts[0].image Invalid Invalid value: "": spec.parts[0].image in body should be at least 1 chars long',
      ],
    },
    {
      when: 'not of the set',
      raw: aToy({ parts: [{ ...part, colour: 'blue' }] }),
      want: ['spec.parts[0].colour NotSupported Unsupported value: "blue": supported values: "red", "green"'],
    },
    {
      when: 'a pattern with words of its own',
      raw: aToy({ parts: [{ ...part, name: 'A' }] }),
      want: ['spec.parts[0].name Invalid Invalid value: "A": must be lower-case letters'],
    },
    {
      when: 'a bare pattern',
      raw: aToy({ parts: [], slug: 'A' }),
      want: ['spec.slug Invalid Invalid value: "A": spec.slug in body should match \'^[a-z]+$\''],
    },
    {
      when: 'no time',
      raw: aToy({ parts: [], due: 'soon' }),
      want: ['spec.due TypeInvalid Invalid value: "soon": spec.due in body must be of type date-time: "soon"'],
    },
    {
      when: 'several at once',
      raw: aToy({ parts: [{ name: 'a' }], size: 'x' }),
      want: [
        'spec.parts[0].image Required Required value',
        'spec.size TypeInvalid Invalid value: "string": spec.size in body must be of type integer: "string"',
      ],
    },
    {
      when: 'something well known that is not the object',
      raw: aToy([part]),
      want: ['spec Invalid Invalid value: "array": is a list of parts: put it under spec.parts'],
    },
  ])('$when', ({ raw, want }) => {
    expect(refusal(raw)).toEqual(want)
  })
})

describe('unknown fields', () => {
  it.each([
    {
      when: 'misspelt',
      spec: { parts: [{ ...part, memroy: 1 }] },
      want: 'spec.parts[0].memroy did you mean "memory"?',
    },
    { when: 'wrong case', spec: { parts: [], Size: 1 }, want: 'spec.Size did you mean "size"?' },
    {
      when: 'one level too deep',
      spec: { parts: [{ ...part, size: 1 }] },
      want: 'spec.parts[0].size it belongs directly under spec',
    },
    { when: 'one level too high', spec: { parts: [], image: 'x' }, want: 'spec.image it belongs under spec.parts[]' },
    {
      when: '... in two places',
      spec: { parts: [], hue: 1 },
      want: 'spec.hue it belongs under spec.paint or spec.light',
    },
    {
      when: '... in three',
      spec: { parts: [], unit: 1 },
      want: 'spec.unit allowed: parts, size, weight, labels, slug, due, anything, note, paint, light, power',
    },
    { when: '... at any depth', spec: { parts: [], volts: 1 }, want: 'spec.volts it belongs under spec.power.source' },
    {
      when: 'like nothing',
      spec: { parts: [{ ...part, zzz: 1 }] },
      want: 'spec.parts[0].zzz allowed: name, image, memory, colour',
    },
  ])('$when', ({ spec, want }) => {
    const [path, ...hint] = want.split(' ')
    expect(refusal(aToy(spec))).toEqual([`${path} Invalid unknown field: ${hint.join(' ')}`])
    const lax = parseObject(Toy, aToy(spec), { unknown: 'warn' })
    expect(lax.warnings).toEqual([`unknown field "${path}": ${hint.join(' ')}`])
    expect(parseObject(Toy, aToy(spec), { unknown: 'ignore' })).toEqual({ object: lax.object, warnings: [] })
    expect(parseObject(Toy, lax.object, { unknown: 'strict' }).object).toEqual(lax.object)
  })

  it('are refused together with what the rules of the kind say of the rest', () => {
    expect(refusal(aToy({ parts: [], size: 10, nope: 1 }))).toEqual([
      expect.stringContaining('spec.nope Invalid unknown field'),
      'spec.size Invalid Invalid value: 10: toys are small',
    ])
  })

  it('are refused together with wrong values', () => {
    expect(refusal(aToy({ parts: 1, nope: 1 }))).toHaveLength(2)
  })
})

describe('what is taken out', () => {
  it('nulls, with a warning under spec only', () => {
    const raw = {
      ...(aToy({ parts: [{ ...part, memory: null }], labels: { a: null, b: 'x' }, size: null }) as object),
      metadata: { name: 'car', creationTimestamp: null, labels: null },
      status: null,
    }
    const { object, warnings } = parseObject(Toy, raw, { unknown: 'strict' })
    expect(object.spec).toEqual({ parts: [part], size: 1, labels: { b: 'x' } })
    expect(object.status).toBeUndefined()
    expect(warnings).toEqual([
      'dropped null members (null means absent): spec.parts[0].memory, spec.labels.a, spec.size',
    ])
  })

  it('but not where null is a value', () => {
    const spec = { parts: [], note: null, anything: { a: null } }
    const { object, warnings } = parseObject(Toy, aToy(spec), { unknown: 'strict' })
    expect(object.spec).toMatchObject(spec)
    expect(warnings).toEqual([])
  })

  it('members that only output carries, whatever their value', () => {
    const spec = { parts: [{ ...part, id: 7 }], toyArn: null }
    const { object, warnings } = parseObject(Toy, aToy(spec), { unknown: 'strict' })
    expect(object.spec).toEqual({ parts: [part], size: 1 })
    expect(warnings).toEqual(['dropped members that only output carries: spec.parts[0].id, spec.toyArn'])
  })

  it('nothing is said of an object that needs nothing', () => {
    const raw = aToy({ parts: [part], size: 2 })
    expect(parseObject(Toy, raw, { unknown: 'strict' }).warnings).toEqual([])
  })
})

it('the message names the object and every field', () => {
  const fault = invalidObject(Toy, 'car', [invalid('spec.a', 1, 'bad'), invalid('spec.b', 2, 'worse')])
  expect(fault.message).toBe(
    'Toy.gantry.dev "car" is invalid: [spec.a: Invalid value: 1: bad, spec.b: Invalid value: 2: worse]',
  )
  expect(fault.about).toEqual({ group: 'gantry.dev', resource: 'toys', kind: 'Toy', name: 'car' })
})

it('a refusal names some of very many problems, and says that there are more', () => {
  const problems = Array.from({ length: 60_000 }, (_, i) => invalid(`spec.a${i}`, i, 'bad'))
  const fault = invalidObject(Toy, 'car', problems)
  expect(fault.problems).toEqual(problems.slice(0, limits.problemsTold))
  expect(fault.message).toMatch(/spec\.a99: Invalid value: 99: bad, and more\]$/)
  expect(invalidObject(Toy, 'car', problems.slice(0, limits.problemsTold)).message).not.toContain('and more')
})

it('wrong values are told as far as a refusal goes', () => {
  const labels = Object.fromEntries(Array.from({ length: 60_000 }, (_, i) => [`l${i}`, i]))
  const raw = aToy({ parts: [part], labels })
  expect(() => parseObject(Toy, raw, { unknown: 'strict' })).toThrow(/labels\.l99: .*, and more\]$/)
})

it.each([
  ['containerDefinition', ['containerDefinitions', 'cpu'], 'containerDefinitions'],
  ['desired_count', ['desiredCount', 'cluster'], 'desiredCount'],
  ['envrionment', ['entryPoint', 'environment', 'environmentFiles'], 'environment'],
  ['env', ['environment', 'entryPoint'], undefined],
  ['replicas', ['desiredCount'], undefined],
])('nearest to %s in %j is %s', (word, known, want) => {
  expect(nearest(word, known)).toBe(want)
})
