import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { instant, minutes, plus } from '../../../lib/time.ts'
import { difference, type FieldSet, isEmptySet, pathsOf, shownPath, union } from '../../meta/fields/field-set.ts'
import { fieldTypeOf } from '../../meta/fields/field-type.ts'
import { fieldSetOf } from '../../meta/fields/to-field-set.ts'
import { defineKind, type Kind } from '../../meta/kind.ts'
import type { Resource } from '../../meta/object.ts'
import { applied } from './apply.ts'
import { ownersOf } from './owners.ts'
import { touched } from './ownership.ts'
import { trackUpdate } from './update.ts'

const port = z.strictObject({ number: z.int(), protocol: z.string().default('tcp'), name: z.string().optional() })
const Thing = defineKind({
  kind: 'Thing',
  plural: 'things',
  description: '',
  shape: {
    spec: z
      .strictObject({
        color: z.string().optional(),
        size: z.int().optional(),
        nested: z.strictObject({ a: z.string().optional(), b: z.string().optional() }).optional(),
        anchor: z.strictObject({ x: z.int().optional() }).meta({ mapType: 'atomic' }).optional(),
        ports: z
          .array(port)
          .meta({ listType: 'map', listMapKeys: ['number', 'protocol'] })
          .optional(),
        tags: z.array(z.string()).meta({ listType: 'set' }).optional(),
        args: z.array(z.string()).optional(),
      })
      .optional(),
    status: z.strictObject({ phase: z.string().optional() }).optional(),
  },
}) as unknown as Kind
const type = fieldTypeOf(Thing.schema)

interface Config {
  readonly metadata?: object
  readonly spec?: object
  readonly status?: object
}

const first = { kind: Thing, live: undefined, manager: 'm', subresource: '', now: instant(0), force: false }
const identity = { apiVersion: 'gantry.dev/v1', kind: 'Thing' } as const

/** One object that managers apply to and update, a minute apart. */
class Story {
  now = instant(Date.UTC(2026, 0, 1))
  live: Resource | undefined

  #writer(manager: string, subresource = '') {
    this.now = plus(this.now, minutes(1))
    return { kind: Thing, live: this.live, manager, subresource, now: this.now }
  }

  apply(manager: string, given: Config, { force = false, subresource = '' } = {}): this {
    const config = { ...identity, ...given, metadata: { name: 'a', ...given.metadata } }
    const { object, managedFields } = applied({ ...this.#writer(manager, subresource), config, force })
    this.live = {
      ...object,
      metadata: { uid: '1', resourceVersion: '', ...(object.metadata as object), managedFields },
    } as Resource
    return this
  }

  update(manager: string, given: Config): this {
    const next = { ...identity, ...given, metadata: { name: 'a', uid: '1', resourceVersion: '', ...given.metadata } }
    const managedFields = trackUpdate({ ...this.#writer(manager), next: next as Resource })
    this.live = { ...next, metadata: { ...next.metadata, managedFields } } as Resource
    return this
  }

  get spec(): unknown {
    return this.live?.spec
  }

  /** `manager: fields`, by manager. */
  get owned(): Readonly<Record<string, string>> {
    const owners = [...ownersOf(this.live?.metadata.managedFields).values()]
    return Object.fromEntries(
      owners
        .sort((a, b) => (a.manager < b.manager ? -1 : 1))
        .map(({ manager, fields }) => [manager, [...pathsOf(fields)].map(shownPath).join(' ')]),
    )
  }
}

describe('applying', () => {
  it('owns what was sent, and takes away what is not sent again', () => {
    const story = new Story().apply('one', { spec: { color: 'red', nested: { a: '1', b: '2' } } })
    expect(story.owned).toEqual({ one: '.spec.color .spec.nested.a .spec.nested.b' })
    story.apply('one', { spec: { nested: { a: '1' } } })
    expect([story.spec, story.owned]).toEqual([{ nested: { a: '1' } }, { one: '.spec.nested.a' }])
  })

  it('leaves what others said', () => {
    const story = new Story().apply('one', { spec: { color: 'red', tags: ['a'] } })
    story.apply('two', { spec: { size: 1, tags: ['b'] } }).apply('one', { spec: { color: 'red' } })
    expect(story.spec).toEqual({ color: 'red', size: 1, tags: ['b'] })
  })

  it('shares what is said alike, and takes no time for it', () => {
    const story = new Story().apply('one', { spec: { color: 'red' } }).apply('two', { spec: { color: 'red' } })
    expect(story.owned).toEqual({ one: '.spec.color', two: '.spec.color' })
    expect(story.live?.metadata.managedFields?.map(({ manager, time }) => [manager, time])).toEqual([
      ['two', undefined],
      ['one', '2026-01-01T00:01:00Z'],
    ])
    expect(story.apply('one', {}).spec).toEqual({ color: 'red' })
  })

  it('is refused what others own with another value, unless it is forced', () => {
    const story = new Story()
      .update('maker', { spec: { color: 'red', size: 1 } })
      .apply('one', { spec: { args: ['x'] } })
    const take = { spec: { color: 'blue', args: ['y'] } }
    expect(() => story.apply('two', take)).toThrow(
      expect.objectContaining({
        code: 'Conflict',
        message:
          'Apply failed with 2 conflicts: conflicts with "maker" using gantry.dev/v1:\n- .spec.color\nconflicts with "one":\n- .spec.args',
        problems: [
          { path: '.spec.args', reason: 'FieldManagerConflict', message: 'conflict with "one"' },
          { path: '.spec.color', reason: 'FieldManagerConflict', message: 'conflict with "maker" using gantry.dev/v1' },
        ],
      }),
    )
    story.apply('two', take, { force: true })
    expect(story.owned).toEqual({ maker: '.spec .spec.size', two: '.spec.args .spec.color' })
  })

  it('takes an atomic object as a whole', () => {
    const story = new Story().apply('one', { spec: { anchor: { x: 1 } } })
    expect(() => story.apply('two', { spec: { anchor: {} } })).toThrow('conflict with "one": .spec.anchor')
  })

  it('knows items by their keys, defaults among them', () => {
    const story = new Story().apply('one', { spec: { ports: [{ number: 80 }] } })
    story.apply('two', { spec: { ports: [{ number: 80, protocol: 'tcp', name: 'web' }] } })
    expect(story.spec).toEqual({ ports: [{ number: 80, protocol: 'tcp', name: 'web' }] })
    expect(story.apply('two', {}).spec).toEqual({ ports: [{ number: 80 }] })
  })

  it('to status has nothing to do with spec', () => {
    const story = new Story().apply('one', { spec: { color: 'red' } })
    story.apply('two', { spec: { color: 'blue' }, status: { phase: 'x' } }, { subresource: 'status' })
    expect(story.owned).toEqual({ one: '.spec.color', two: '.status.phase' })
  })

  it('to what nobody tracked finds an owner of all there was', () => {
    const story = new Story().update('maker', { spec: { color: 'red' } })
    story.update('maker', { spec: { color: 'red' }, metadata: { managedFields: [{}] } })
    expect(() => story.apply('one', { spec: { color: 'blue' } })).toThrow('conflict with "before-first-apply"')
  })

  it.each([
    {
      config: { ...identity, kind: 'Other' },
      code: 'BadRequest',
      says: 'invalid object type: gantry.dev/v1, Kind=Other',
    },
    { config: null, code: 'BadRequest', says: 'invalid object type: /, Kind=' },
    { config: { ...identity, apiVersion: 'v1' }, code: 'BadRequest', says: 'invalid object type: /v1, Kind=Thing' },
    {
      config: { ...identity, metadata: { managedFields: [] } },
      code: 'BadRequest',
      says: 'metadata.managedFields must be nil',
    },
    {
      config: { ...identity, metadata: { name: 'a' }, spec: { size: 'x' } },
      code: 'BadRequest',
      says: 'failed to create typed patch object (/a; gantry.dev/v1, Kind=Thing): .spec.size: expected numeric (int or float), got string',
    },
  ])('is refused with $says', ({ config, code, says }) => {
    expect(() => applied({ ...first, config })).toThrow(expect.objectContaining({ code, message: says }))
  })

  it('is refused with some of very many problems', () => {
    const labels = Object.fromEntries(Array.from({ length: 60_000 }, (_, i) => [`l${i}`, i]))
    const config = { ...identity, metadata: { name: 'a', labels } }
    expect(() => applied({ ...first, config })).toThrow(/labels\.l99: expected string, .*\n {2}and more$/)
  })
})

describe('kubectl', () => {
  const annotation = 'kubectl.kubernetes.io/last-applied-configuration'
  const before = { ...identity, metadata: { name: 'a' }, spec: { color: 'red', size: 1 } }
  const metadata = { annotations: { [annotation]: JSON.stringify(before) } }
  const story = () => new Story().update('kubectl-client-side-apply', { metadata, spec: before.spec })

  it('takes over what its client-side apply set, and keeps the annotation current', () => {
    const { spec, live } = story().apply('kubectl', { spec: { color: 'blue', size: 1 } })
    expect(spec).toEqual({ color: 'blue', size: 1 })
    expect(live?.metadata.annotations?.[annotation]).toBe(
      '{"apiVersion":"gantry.dev/v1","kind":"Thing","metadata":{"name":"a"},"spec":{"color":"blue","size":1}}\n',
    )
  })

  it('does not take what was changed since', () => {
    const changed = story().update('other', { metadata, spec: { color: 'green', size: 1 } })
    expect(() => changed.apply('kubectl', { spec: { color: 'blue', size: 2 } })).toThrow(
      'Apply failed with 1 conflict: conflict with "other" using gantry.dev/v1: .spec.color',
    )
  })

  it('is the only one who may', () => {
    expect(() => story().apply('one', { spec: { color: 'blue' } })).toThrow('conflict with "kubectl-client-side-apply"')
  })
})

const word = fc.constantFrom('a', 'b', 'c')
const someOf = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.uniqueArray(of, { maxLength: 3 })
/** What a manager may want: values come from `pick`, so that two may agree or not. */
const specs = fc.record(
  {
    color: word,
    size: fc.integer({ min: 0, max: 2 }),
    nested: fc.record({ a: word, b: word }, { requiredKeys: [] }),
    anchor: fc.record({ x: fc.integer({ min: 0, max: 1 }) }, { requiredKeys: [] }),
    tags: someOf(word),
    ports: fc.uniqueArray(
      fc.record(
        { number: fc.integer({ min: 1, max: 3 }), protocol: fc.constantFrom('tcp', 'udp'), name: word },
        { requiredKeys: ['number', 'protocol'] },
      ),
      { maxLength: 3, selector: ({ number, protocol }) => `${number}/${protocol}` },
    ),
    args: someOf(word),
  },
  { requiredKeys: [] },
)
/**
 * Nothing empty: of an empty list nobody is the owner, and an object that is applied empty over the members it had
 * becomes null, which is refused. Both are as in Kubernetes, and neither is idempotent there.
 */
const configs = fc
  .record({ spec: specs }, { requiredKeys: [] })
  .filter(({ spec }) => !/\{\}|\[\]/.test(JSON.stringify(spec ?? null)))
const managers = ['one', 'two', 'three'] as const
const steps = fc.array(fc.record({ manager: fc.constantFrom(...managers), config: configs, force: fc.boolean() }), {
  maxLength: 8,
})

/** Does as asked; a conflict changes nothing. */
function attempt(story: Story, manager: string, config: Config, force = false): boolean {
  try {
    story.apply(manager, config, { force })
    return true
  } catch (error) {
    expect(error).toMatchObject({ code: 'Conflict' })
    return false
  }
}
const told = (given: readonly { manager: string; config: Config; force: boolean }[]): Story => {
  // with somebody who owns something, for where nobody does the first to apply meets `before-first-apply`
  const story = new Story().apply('zero', { metadata: { labels: { tracked: 'yes' } } })
  for (const { manager, config, force } of given) attempt(story, manager, config, force)
  return story
}
const fieldsOf = (object: object | undefined): FieldSet => {
  const { spec } = (object ?? {}) as Config
  return spec === undefined || spec === null ? {} : fieldSetOf(type, { spec })
}
const listsByOrder = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value ?? null), (key, inner: unknown) =>
    Array.isArray(inner) && key !== 'args'
      ? inner.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
      : inner,
  )

describe('whatever was applied before', () => {
  it('applying the same again changes nothing', () => {
    fc.assert(
      fc.property(steps, configs, (before, config) => {
        const story = told(before).apply('one', config, { force: true })
        const { spec, live } = story
        story.apply('one', config)
        expect(story.spec).toEqual(spec)
        expect(story.live?.metadata.managedFields).toEqual(live?.metadata.managedFields)
      }),
    )
  })

  it('nothing that was applied is lost', () => {
    fc.assert(
      fc.property(steps, configs, (before, config) => {
        const story = told(before).apply('one', config, { force: true })
        const missing = difference(fieldsOf(config), fieldsOf(story.live))
        expect([...pathsOf(missing)].map(shownPath)).toEqual([])
      }),
    )
  })

  it('nothing that somebody else owns is lost, unless it was taken', () => {
    fc.assert(
      fc.property(steps, configs, (before, config) => {
        const story = told(before)
        const others = [...ownersOf(story.live?.metadata.managedFields).values()].filter(
          ({ manager }) => manager !== 'one',
        )
        if (!attempt(story, 'one', config)) return
        const owned = others.reduce<FieldSet>((all, { fields }) => union(all, fields), {})
        const missing = difference(touched(owned, ['metadata']), fieldSetOf(type, story.live))
        // who owned an empty object does not have it any more when others fill it
        const values = [...pathsOf(missing)]
          .map(shownPath)
          .filter((path) => path !== '.spec' && path !== '.spec.nested')
        expect(values).toEqual([])
      }),
    )
  })

  it('what nobody owns any more and nobody applies goes', () => {
    fc.assert(
      fc.property(steps, (before) => {
        const story = told(before)
        for (const manager of managers) story.apply(manager, {})
        expect(story.spec).toBeUndefined()
        expect(story.owned).toEqual({ zero: '.metadata.labels.tracked' })
      }),
    )
  })

  it('owners own only what is there', () => {
    fc.assert(
      fc.property(steps, (before) => {
        const story = told(before)
        for (const { fields } of ownersOf(story.live?.metadata.managedFields).values()) {
          expect(isEmptySet(fields)).toBe(false)
        }
      }),
    )
  })

  it('the order of managers who do not disagree does not count', () => {
    fc.assert(
      fc.property(configs, configs, configs, fc.shuffledSubarray([0, 1, 2], { minLength: 3 }), (a, b, c, order) => {
        const all = [a, b, c].map((config, i) => ({ manager: managers[i] as string, config, force: false }))
        const first = told([])
        if (!all.every(({ manager, config }) => attempt(first, manager, config))) return
        const second = told([])
        const shuffled = order.map((i) => all[i] as (typeof all)[number])
        for (const { manager, config } of shuffled) expect(attempt(second, manager, config)).toBe(true)
        expect(listsByOrder(second.spec)).toEqual(listsByOrder(first.spec))
        expect(second.owned).toEqual(first.owned)
      }),
    )
  })
})
