/** One object under two groups: Events of core/v1, as events.k8s.io/v1 shows, selects, changes and owns them. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { silentLogger } from '../../lib/log.ts'
import { seededRandom } from '../../lib/random.ts'
import { settle, VirtualClock } from '../../lib/virtual-clock.ts'
import { openMemoryStore } from '../../store/memory/memory-store.ts'
import type { Resource } from '../meta/object.ts'
import { Event } from '../v1/core.ts'
import { allKinds } from '../v1/kinds.ts'
import { NewEvent } from '../v1/new-event.ts'
import { openRegistry, type Registry } from './registry.ts'
import type { RegistryEvent } from './watch.ts'

const { signal } = new AbortController()

async function aRegistry(): Promise<Registry> {
  const clock = new VirtualClock()
  const store = await openMemoryStore({ clock })
  const parts = { store, kinds: allKinds, clock, random: seededRandom(1), log: silentLogger }
  const registry = await openRegistry(parts, signal)
  onTestFinished(() => registry.close())
  await registry.ready(signal)
  return registry
}

const metadata = { name: 'e', namespace: 'default' }
const old = {
  apiVersion: 'v1',
  kind: 'Event',
  metadata,
  involvedObject: { kind: 'Widget', name: 'a', namespace: 'default' },
  reason: 'Made',
  message: 'made it',
  type: 'Normal',
  source: { component: 'maker' },
  firstTimestamp: '2026-01-01T00:00:00Z',
  lastTimestamp: '2026-01-01T00:00:01Z',
  count: 2,
}
const young = {
  apiVersion: 'events.k8s.io/v1',
  kind: 'Event',
  metadata,
  regarding: { kind: 'Widget', name: 'a', namespace: 'default' },
  eventTime: '2026-01-01T00:00:00.000000Z',
  reportingController: 'example.com/maker',
  reportingInstance: 'one',
  action: 'Make',
  reason: 'Made',
  note: 'made it',
  type: 'Normal',
}
const by = (fieldManager: string) => ({ fieldManager })
const make = (registry: Registry, raw: typeof old | typeof young, name = 'e'): Promise<Resource> =>
  registry.create(
    (raw.apiVersion === 'v1' ? Event : NewEvent) as typeof Event,
    'default',
    { ...raw, metadata: { ...metadata, name } },
    by('maker'),
    signal,
  )
const key = { namespace: 'default', name: 'e' }

describe('an Event', () => {
  it('of core/v1 has the new names in the new group, and nothing that says nothing', async () => {
    const registry = await aRegistry()
    const stored = await make(registry, old)
    const { managedFields, ...identity } = stored.metadata
    expect(managedFields).toHaveLength(1)
    expect(await registry.get(NewEvent, key, signal)).toEqual({
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { ...identity, managedFields },
      regarding: old.involvedObject,
      reason: 'Made',
      note: 'made it',
      type: 'Normal',
      eventTime: null,
      deprecatedSource: { component: 'maker' },
      deprecatedFirstTimestamp: '2026-01-01T00:00:00Z',
      deprecatedLastTimestamp: '2026-01-01T00:00:01Z',
      deprecatedCount: 2,
    })
  })

  it('of the new group is one of core/v1', async () => {
    const registry = await aRegistry()
    await make(registry, young)
    expect(await registry.get(Event, key, signal)).toMatchObject({
      apiVersion: 'v1',
      involvedObject: young.regarding,
      message: 'made it',
      reportingComponent: 'example.com/maker',
      source: {},
      firstTimestamp: null,
    })
    expect((await registry.list(Event, {}, signal)).items).toHaveLength(1)
  })

  it('goes from both at once', async () => {
    const registry = await aRegistry()
    await make(registry, old)
    await registry.delete(NewEvent, key, {}, signal)
    await expect(registry.get(Event, key, signal)).rejects.toMatchObject({ code: 'NotFound' })
    await expect(registry.get(NewEvent, key, signal)).rejects.toThrow('events.events.k8s.io "e" not found')
  })

  it('is the same object for all who read it', async () => {
    const registry = await aRegistry()
    await make(registry, old)
    expect(await registry.get(NewEvent, key, signal)).toBe(await registry.get(NewEvent, key, signal))
  })
})

describe('selectors', () => {
  const selectors = [
    { kind: NewEvent, fieldSelector: 'regarding.name=a', want: ['new', 'old'] },
    { kind: NewEvent, fieldSelector: 'regarding.name=b', want: [] },
    { kind: NewEvent, fieldSelector: 'reportingController=example.com/maker', want: ['new'] },
    { kind: NewEvent, fieldSelector: 'reason=Made,type=Normal,metadata.name=old', want: ['old'] },
    { kind: Event, fieldSelector: 'involvedObject.name=a', want: ['new', 'old'] },
    { kind: Event, fieldSelector: 'source=maker', want: ['old'] },
    { kind: Event, fieldSelector: 'source=example.com/maker', want: ['new'] },
    { kind: Event, fieldSelector: 'reportingComponent=example.com/maker', want: ['new'] },
  ] as readonly { kind: typeof Event; fieldSelector: string; want: readonly string[] }[]
  it.each(selectors)('$kind.group $fieldSelector', async ({ kind, fieldSelector, want }) => {
    const registry = await aRegistry()
    await make(registry, young, 'new')
    await make(registry, old, 'old')
    const { items } = await registry.list(kind, { fieldSelector }, signal)
    expect(items.map((event) => event.metadata.name)).toEqual(want)
  })

  it.each([
    { kind: NewEvent as unknown as typeof Event, fieldSelector: 'involvedObject.name=a' },
    { kind: Event, fieldSelector: 'regarding.name=a' },
  ])("$fieldSelector is the other group's", async ({ kind, fieldSelector }) => {
    const registry = await aRegistry()
    await expect(registry.list(kind, { fieldSelector }, signal)).rejects.toMatchObject({ code: 'BadRequest' })
  })

  it('follow what happens, whoever writes it', async () => {
    const registry = await aRegistry()
    const heard: RegistryEvent<NewEvent>[] = []
    const stop = new AbortController()
    const watch = registry.watch(NewEvent, { fieldSelector: 'regarding.name=a' }, stop.signal)
    const ended = (async () => {
      for await (const event of watch) heard.push(event)
    })().catch(() => undefined)
    await make(registry, { ...old, involvedObject: { ...old.involvedObject, name: 'b' } }, 'other')
    await make(registry, old)
    await registry.patch(Event, key, { type: 'merge', body: { count: 3 } }, {}, signal)
    await registry.delete(Event, key, {}, signal)
    await settle()
    stop.abort()
    await ended
    expect(heard).toMatchObject([
      { type: 'ADDED', object: { apiVersion: 'events.k8s.io/v1', note: 'made it', deprecatedCount: 2 } },
      { type: 'MODIFIED', object: { deprecatedCount: 3 } },
      { type: 'DELETED', object: { deprecatedCount: 3 } },
    ])
  })
})

describe('writes through the new group', () => {
  it('only go on with the series, and say so in the names of core/v1', async () => {
    const registry = await aRegistry()
    await make(registry, young)
    const patch = (body: object) => registry.patch(NewEvent, key, { type: 'merge', body }, {}, signal)
    const series = { count: 2, lastObservedTime: '2026-01-01T00:00:05.000000Z' }
    expect(await patch({ series })).toMatchObject({ series, note: 'made it' })
    await expect(patch({ note: 'else' })).rejects.toThrow(
      'Event "e" is invalid: message: Invalid value: "else": field is immutable',
    )
  })

  it('keep the version they were decided on', async () => {
    const registry = await aRegistry()
    const made = (await make(registry, young)) as NewEvent
    const next = { ...made, metadata: { ...made.metadata, labels: { a: 'b' } } }
    const { metadata: after } = await registry.update(NewEvent, key, next, {}, signal)
    expect(Number(after.resourceVersion)).toBeGreaterThan(Number(made.metadata.resourceVersion))
    await expect(registry.update(NewEvent, key, next, {}, signal)).rejects.toMatchObject({ code: 'Conflict' })
  })
})

describe('owners of fields', () => {
  const ownersOf = ({ metadata: { managedFields = [] } }: Resource) =>
    Object.fromEntries(
      managedFields.map(({ manager, apiVersion, fieldsV1 }) => [
        `${manager} ${apiVersion}`,
        Object.keys(fieldsV1 as object),
      ]),
    )

  it('lose what others change under the other name, and keep the rest under their own', async () => {
    const registry = await aRegistry()
    await make(registry, young)
    const body = { message: 'else' }
    const changed = await registry.patch(Event, key, { type: 'merge', body }, by('changer'), signal)
    expect(ownersOf(changed)).toEqual({
      'maker events.k8s.io/v1': [
        'f:action',
        'f:eventTime',
        'f:reason',
        'f:regarding',
        'f:reportingController',
        'f:reportingInstance',
        'f:type',
      ],
      'changer v1': ['f:message'],
    })
  })

  it('are told apart by the names that the applier used', async () => {
    const registry = await aRegistry()
    await make(registry, young)
    const config = { apiVersion: 'v1', kind: 'Event', metadata: { name: 'e', namespace: 'default' }, message: 'else' }
    const apply = (force: boolean) => registry.apply(Event, key, config, { ...by('applier'), force }, signal)
    await expect(apply(false)).rejects.toThrow('conflict with "maker" using events.k8s.io/v1: .message')
    expect(ownersOf(await apply(true))).toMatchObject({ 'applier v1': ['f:message'] })
  })
})
