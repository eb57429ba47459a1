import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { instant, minutes, plus, timestamp } from '../../../lib/time.ts'
import { pathsOf, shownPath } from '../../meta/fields/field-set.ts'
import { defineKind, type Kind } from '../../meta/kind.ts'
import type { Resource } from '../../meta/object.ts'
import { Event, Secret } from '../../v1/core.ts'
import { limits } from '../limits.ts'
import { type ManagedFields, ownersOf } from './owners.ts'
import { trackUpdate } from './update.ts'

const Thing = defineKind({
  kind: 'Thing',
  plural: 'things',
  description: '',
  shape: {
    spec: z.strictObject({ color: z.string().optional(), size: z.int().default(1) }).optional(),
    status: z.strictObject({ phase: z.string().optional() }).optional(),
  },
}) as unknown as Kind

const start = instant(Date.UTC(2026, 0, 1))
type Given = { readonly spec?: unknown; readonly status?: unknown; readonly metadata?: object }

/** Objects of one kind, written over one another by managers a minute apart. */
class Story {
  now = start
  live: Resource | undefined
  readonly kind: Kind
  constructor(kind: Kind = Thing) {
    this.kind = kind
  }

  write(manager: string, given: Given, subresource = ''): this {
    this.now = plus(this.now, minutes(1))
    const metadata = { name: 'a', uid: '1', resourceVersion: '', ...given.metadata }
    const next = { apiVersion: 'gantry.dev/v1', kind: 'Thing', ...given, metadata } as Resource
    const managedFields = trackUpdate({ kind: this.kind, live: this.live, next, manager, subresource, now: this.now })
    const { managedFields: _, ...rest } = next.metadata
    this.live = { ...next, metadata: { ...rest, ...(managedFields === undefined ? {} : { managedFields }) } }
    return this
  }

  get entries(): ManagedFields | undefined {
    return this.live?.metadata.managedFields
  }

  /** `manager/operation/subresource: fields`. */
  get owned(): readonly string[] {
    return [...ownersOf(this.entries).values()].map(
      ({ manager, operation, subresource, fields }) =>
        `${[manager, operation, ...(subresource === '' ? [] : [subresource])].join('/')}: ${[...pathsOf(fields)].map(shownPath).join(' ')}`,
    )
  }
}

describe('an update', () => {
  it('owns what it makes, but not what identifies the object', () => {
    const story = new Story().write('one', { spec: { color: 'red', size: 1 }, metadata: { labels: { a: 'b' } } })
    expect(story.owned).toEqual(['one/Update: .spec .metadata.labels .metadata.labels.a .spec.color .spec.size'])
    expect(story.entries).toEqual([
      expect.objectContaining({
        manager: 'one',
        operation: 'Update',
        apiVersion: 'gantry.dev/v1',
        time: timestamp(story.now),
        fieldsType: 'FieldsV1',
      }),
    ])
  })

  it('takes what it changes, and what goes is nobody’s', () => {
    const story = new Story().write('one', { spec: { color: 'red', size: 1 } })
    const first = story.entries?.[0]?.time
    story.write('two', { spec: { color: 'blue' } })
    expect(story.owned).toEqual(['one/Update: .spec', 'two/Update: .spec.color'])
    expect(story.entries?.map(({ time }) => time)).toEqual([first, timestamp(story.now)])
  })

  it('that changes nothing changes no entry, whoever writes', () => {
    const story = new Story().write('one', { spec: { color: 'red' } })
    const { entries } = story
    story.write('two', { spec: { color: 'red' }, metadata: { managedFields: entries } })
    expect(story.entries).toBe(entries)
  })

  it('through a subresource is an entry of its own, and has nothing to do with spec', () => {
    const story = new Story().write('one', { spec: { color: 'red' }, status: { phase: 'x' } })
    expect(story.owned).toEqual(['one/Update: .spec .spec.color'])
    story.write('one', { spec: { color: 'blue' }, status: { phase: 'y' }, metadata: { labels: { a: 'b' } } }, 'status')
    expect(story.owned).toEqual([
      'one/Update: .spec .spec.color',
      'one/Update/status: .metadata.labels .metadata.labels.a .status.phase',
    ])
  })
})

describe('entries that the body brings', () => {
  const entry = {
    manager: 'renamed',
    operation: 'Update',
    apiVersion: 'gantry.dev/v1',
    fieldsType: 'FieldsV1',
    fieldsV1: { 'f:spec': { 'f:color': {} } },
  }
  const ownedAfter = (managedFields: unknown): readonly string[] =>
    new Story()
      .write('one', { spec: { color: 'red' } })
      .write('two', { spec: { color: 'red' }, metadata: { managedFields } }).owned

  it.each([
    { what: 'none', entries: undefined },
    { what: 'an empty list', entries: [] },
    { what: 'an unknown operation', entries: [{ ...entry, operation: 'Nope' }] },
    { what: 'unknown fields', entries: [{ ...entry, fieldsType: 'FieldsV9' }] },
    { what: 'broken fields', entries: [{ ...entry, fieldsV1: { x: {} } }] },
    { what: 'no version', entries: [{ ...entry, apiVersion: '' }] },
  ])('do not count when they are $what', ({ entries }) => {
    expect(ownedAfter(entries)).toEqual(['one/Update: .spec .spec.color'])
  })

  it('replace what was there', () => expect(ownedAfter([entry])).toEqual(['renamed/Update: .spec.color']))
  it('of another version go with the next update', () => {
    expect(ownedAfter([{ ...entry, apiVersion: 'gantry.dev/v0' }])).toEqual([])
  })

  it('clear all when they are one empty entry; then nothing is tracked', () => {
    const story = new Story().write('one', { spec: { color: 'red' } })
    story.write('two', { spec: { color: 'red' }, metadata: { managedFields: [{}] } })
    expect(story.entries).toBeUndefined()
    expect(story.write('two', { spec: { color: 'blue' } }).entries).toBeUndefined()
  })

  it('do not count through a subresource', () => {
    const story = new Story().write('one', { spec: { color: 'red' } })
    story.write('two', { status: { phase: 'x' }, metadata: { managedFields: [entry] } }, 'status')
    expect(story.owned).toEqual(['one/Update: .spec .spec.color', 'two/Update/status: .status .status.phase'])
  })
})

it('makes the oldest of too many entries one', () => {
  const story = new Story()
  const labels: Record<string, string> = {}
  for (let i = 0; i < limits.updateManagers + 3; i++) {
    labels[`l${i}`] = 'x'
    story.write(`m${i}`, { metadata: { labels: { ...labels } } })
  }
  expect(story.owned).toHaveLength(limits.updateManagers)
  expect(story.owned[0]).toBe(
    'ancient-changes/Update: .metadata.labels .metadata.labels.l0 .metadata.labels.l1 .metadata.labels.l2 .metadata.labels.l3',
  )
})

describe("Kubernetes' own kinds", () => {
  it('have structs that nobody made', () => {
    const event = Event.schema.parse({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'a' },
      involvedObject: { kind: 'Pod' },
      source: { component: 'c' },
    })
    const story = new Story(Event as unknown as Kind).write('one', event)
    expect(story.owned).toEqual(['one/Update: .involvedObject .source.component'])
  })

  it('have defaults that somebody chose', () => {
    const secret = Secret.schema.parse({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'a' },
      data: { k: 'eA==' },
    })
    expect(new Story(Secret as unknown as Kind).write('one', secret).owned).toEqual(['one/Update: .data .type .data.k'])
  })
})
