import { describe, expect, it, onTestFinished } from 'vitest'
import type { Fault } from '../../lib/errors.ts'
import { silentLogger } from '../../lib/log.ts'
import { seededRandom } from '../../lib/random.ts'
import { hours, minutes, seconds } from '../../lib/time.ts'
import { settle, VirtualClock } from '../../lib/virtual-clock.ts'
import { openMemoryStore } from '../../store/memory/memory-store.ts'
import type { Store } from '../../store/store.ts'
import { aContainer } from '../../test/builders/kinds.ts'
import { aWidget, Gadget, Widget } from '../../test/builders/widget.ts'
import type { Kind } from '../meta/kind.ts'
import type { Resource } from '../meta/object.ts'
import { Cluster } from '../v1/cluster.ts'
import { Event, Namespace, Secret } from '../v1/core.ts'
import { allKinds } from '../v1/kinds.ts'
import { Service } from '../v1/service.ts'
import { Task } from '../v1/task.ts'
import { TaskDefinition, TaskDefinitionRevision } from '../v1/task-definition.ts'
import { jsonOf } from './codec.ts'
import { limits } from './limits.ts'
import { openRegistry, type Registry } from './registry.ts'
import type { RegistryEvent, WatchOptions } from './watch.ts'
import type { WriteOptions } from './writes.ts'

const { signal } = new AbortController()
const kinds = [...allKinds, Widget, Gadget] as unknown as readonly Kind[]
const apiVersion = (kind: Kind): string => (kind.group === '' ? kind.version : `${kind.group}/${kind.version}`)

async function aRegistry(given: { store?: Store; clock?: VirtualClock; seed?: number } = {}) {
  const clock = given.clock ?? new VirtualClock()
  const store = given.store ?? (await openMemoryStore({ clock }))
  const stop = new AbortController()
  const registry = await openRegistry(
    { store, kinds, clock, random: seededRandom(given.seed ?? 1), log: silentLogger },
    stop.signal,
  )
  onTestFinished(() => registry.close())
  await registry.ready(signal)
  return { registry, store, clock, stop }
}

const make = <T extends Resource>(registry: Registry, kind: Kind<T>, object: object, options: WriteOptions = {}) => {
  const { namespace = kind.scope === 'Namespaced' ? 'default' : '' } = (object as Resource).metadata
  const raw = { apiVersion: apiVersion(kind as unknown as Kind), kind: kind.kind, ...object }
  return registry.create(kind, namespace, raw, options, signal)
}
const widget = (registry: Registry, name: string, spec: object = {}): Promise<Widget> =>
  make(registry, Widget, aWidget(name, spec))
const invalid = (path: string, message: string) => ({
  code: 'Invalid',
  problems: [{ path, message: expect.stringContaining(message) }],
})

/** Follows a watch in the background; `events` grows. */
function follow(registry: Registry, options: WatchOptions) {
  const stop = new AbortController()
  const events: RegistryEvent<Widget>[] = []
  const ended = (async () => {
    for await (const event of registry.watch(Widget, options, stop.signal)) events.push(event)
  })().catch((error: unknown) => error)
  onTestFinished(async () => {
    stop.abort(new Error('the test is over'))
    await ended
  })
  return { events, ended, stop }
}

describe('the first objects', () => {
  it('are the default cluster with its namespace, and the system namespace', async () => {
    const { registry } = await aRegistry()
    const names = (await registry.list(Namespace, {}, signal)).items.map((one) => one.metadata.name)
    expect(names).toEqual(['default', 'gantry-system'])
    const cluster = await registry.get(Cluster, { namespace: '', name: 'default' }, signal)
    const namespace = await registry.get(Namespace, { namespace: '', name: 'default' }, signal)
    expect(namespace.metadata.ownerReferences).toMatchObject([{ kind: 'Cluster', uid: cluster.metadata.uid }])
    expect(namespace.status?.phase).toBe('Active')
  })

  it('are made once, by whichever of two servers comes first', async () => {
    const clock = new VirtualClock()
    const store = await openMemoryStore({ clock })
    const [a, b] = await Promise.all([aRegistry({ store, clock, seed: 1 }), aRegistry({ store, clock, seed: 2 })])
    const uid = async (registry: Registry) =>
      (await registry.get(Cluster, { namespace: '', name: 'default' }, signal)).metadata.uid
    expect(await uid(a.registry)).toBe(await uid(b.registry))
    expect((await a.registry.list(Namespace, {}, signal)).items).toHaveLength(2)
  })
})

describe('two servers on one store', () => {
  async function two() {
    const clock = new VirtualClock()
    const store = await openMemoryStore({ clock })
    return { a: (await aRegistry({ store, clock })).registry, b: (await aRegistry({ store, clock, seed: 2 })).registry }
  }

  it('see the other’s write at once when they read', async () => {
    const { a, b } = await two()
    const made = await widget(a, 'w')
    expect(await b.get(Widget, { namespace: 'default', name: 'w' }, signal)).toEqual(made)
    expect((await b.list(Widget, {}, signal)).items).toEqual([made])
  })

  it('lose no write when both write one object, whatever their caches hold', async () => {
    const { a, b } = await two()
    await widget(a, 'w', { notes: {} })
    const key = { namespace: 'default', name: 'w' }
    const write = (registry: Registry, note: string): Promise<Widget> =>
      registry.patch(Widget, key, { type: 'merge', body: { spec: { notes: { [note]: 'x' } } } }, {}, signal)
    const notes = Array.from({ length: 20 }, (_, i) => `n${i}`)
    await Promise.all(notes.map((note, i) => write(i % 2 === 0 ? a : b, note)))
    expect(Object.keys((await a.get(Widget, key, signal)).spec.notes ?? {}).sort()).toEqual(notes.sort())
  })

  it('refuse a stale version though their cache still holds it', async () => {
    const { a, b } = await two()
    const made = await widget(a, 'w')
    await settle()
    const key = { namespace: 'default', name: 'w' }
    const [first, second] = await Promise.allSettled([
      a.update(Widget, key, { ...made, spec: { ...made.spec, size: 2 } }, {}, signal),
      b.update(Widget, key, { ...made, spec: { ...made.spec, size: 3 } }, {}, signal),
    ])
    expect([first.status, second.status].sort()).toEqual(['fulfilled', 'rejected'])
  })

  it('a namespace that one deletes takes nothing new from the other', async () => {
    const { a, b } = await two()
    await make(a, Namespace, { metadata: { name: 'n' } })
    await settle()
    await a.delete(Namespace, { namespace: '', name: 'n' }, {}, signal)
    await expect(make(b, Widget, aWidget('w', {}, { namespace: 'n' }))).rejects.toMatchObject({ code: 'Forbidden' })
  })
})

describe('what comes out', () => {
  it('is read-only, shared, and encoded once', async () => {
    const { registry } = await aRegistry()
    const made = await widget(registry, 'w', { notes: { a: 'b' } })
    await settle()
    const key = { namespace: 'default', name: 'w' }
    const read = await registry.get(Widget, key, signal)
    const [listed] = (await registry.list(Widget, {}, signal)).items
    expect(read).toBe(listed)
    expect(read).toBe(made)
    expect(jsonOf(read)).toBe(jsonOf(made))
    expect(() => {
      ;(read.spec.notes as Record<string, string>).a = 'c'
    }).toThrow(TypeError)
  })

  it('a dry run stores nothing', async () => {
    const { registry, store } = await aRegistry()
    const before = await store.currentRevision(signal)
    const made = await make(registry, Widget, aWidget('w'), { dryRun: true })
    expect(made.metadata.uid).not.toBe('')
    expect(await store.currentRevision(signal)).toBe(before)
  })

  it('warnings are told once', async () => {
    const { registry } = await aRegistry()
    const texts: string[] = []
    const raw = { ...aWidget('w', { color: 'red' }), status: null, extra: 1 }
    await make(registry, Widget, raw, { unknown: 'warn', warn: (text) => texts.push(text) })
    expect(texts).toHaveLength(2)
    expect(texts[0]).toContain('unknown field "extra"')
    expect(texts[1]).toBe('spec.color: "red" fades')
  })
})

describe('list', () => {
  it('pages are of one version, whatever happens meanwhile', async () => {
    const { registry } = await aRegistry()
    for (const name of ['a', 'b', 'c', 'd', 'e']) await widget(registry, name)
    const first = await registry.list(Widget, { limit: 2 }, signal)
    expect(first).toMatchObject({ remainingItemCount: 3 })
    await registry.delete(Widget, { namespace: 'default', name: 'd' }, {}, signal)
    await widget(registry, 'bb')
    const second = await registry.list(Widget, { limit: 2, continue: first.continue as string }, signal)
    const third = await registry.list(Widget, { limit: 2, continue: second.continue as string }, signal)
    const names = [first, second, third].flatMap(({ items }) => items.map((item) => item.metadata.name))
    expect(names).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(new Set([first, second, third].map((page) => page.resourceVersion)).size).toBe(1)
    expect(third.continue).toBeUndefined()
  })

  it('a limit with a selector counts what is selected, and does not say how much is left', async () => {
    const { registry } = await aRegistry()
    for (const [i, name] of ['a', 'b', 'c', 'd', 'e'].entries())
      await widget(registry, name, { color: i % 2 ? 'red' : 'green' })
    const page = await registry.list(Widget, { limit: 2, fieldSelector: 'spec.color=green' }, signal)
    expect(page.items.map((item) => item.metadata.name)).toEqual(['a', 'c'])
    expect(page.remainingItemCount).toBeUndefined()
    const rest = await registry.list(
      Widget,
      { limit: 2, fieldSelector: 'spec.color=green', continue: page.continue as string },
      signal,
    )
    expect(rest.items.map((item) => item.metadata.name)).toEqual(['e'])
  })

  it('a token is refused when it is too old, but one comes that goes on regardless', async () => {
    const { registry, store } = await aRegistry()
    for (const name of ['a', 'b', 'c']) await widget(registry, name)
    const page = await registry.list(Widget, { limit: 1 }, signal)
    const token = page.continue as string
    await expect(registry.list(Widget, { continue: 'nonsense' }, signal)).rejects.toMatchObject({ code: 'BadRequest' })
    await widget(registry, 'd')
    await store.compact(await store.currentRevision(signal), signal)
    const refused = await registry.list(Widget, { continue: token }, signal).catch((error: unknown) => error)
    expect(refused).toMatchObject({
      code: 'Expired',
      message: expect.stringContaining('too old to display a consistent list'),
    })
    const rest = await registry.list(Widget, { continue: (refused as Fault).continue as string }, signal)
    expect(rest.items.map((item) => item.metadata.name)).toEqual(['b', 'c', 'd'])
  })

  it('a version from the future is a Timeout', async () => {
    const { registry, clock } = await aRegistry()
    const refused = expect(registry.list(Widget, { resourceVersion: '999999' }, signal)).rejects.toMatchObject({
      code: 'Timeout',
      problems: [{ reason: 'ResourceVersionTooLarge' }],
    })
    await settle()
    await clock.advance(limits.versionWait)
    await refused
  })
})

describe('watch', () => {
  it('says where it is while nothing happens', async () => {
    const { registry, clock } = await aRegistry()
    const { resourceVersion } = await widget(registry, 'a').then(() => registry.list(Widget, {}, signal))
    const { events } = follow(registry, { resourceVersion })
    await settle()
    await clock.advance(minutes(1))
    expect(events).toEqual([
      { type: 'BOOKMARK', resourceVersion },
      { type: 'BOOKMARK', resourceVersion },
    ])
  })

  it('of version 0 begins with what is there', async () => {
    const { registry } = await aRegistry()
    await widget(registry, 'a')
    await settle()
    const { events } = follow(registry, { resourceVersion: '0' })
    await settle()
    await widget(registry, 'b')
    await settle()
    expect(events.map((event) => event.type !== 'BOOKMARK' && [event.type, event.object.metadata.name])).toEqual([
      ['ADDED', 'a'],
      ['ADDED', 'b'],
    ])
  })

  it('marks the end of the initial events when they were asked for', async () => {
    const { registry } = await aRegistry()
    await widget(registry, 'a')
    await settle()
    const { events } = follow(registry, { sendInitialEvents: true })
    await settle()
    expect(events.map((event) => event.type)).toEqual(['ADDED', 'BOOKMARK'])
    expect(events[1]).toMatchObject({ initialEventsEnd: true })
  })

  it('that reads too slowly is Expired, others go on', async () => {
    const { registry } = await aRegistry()
    const { resourceVersion } = await registry.list(Widget, {}, signal)
    await widget(registry, 'w')
    const slow = registry.watch(Widget, { resourceVersion }, signal)
    const quick = follow(registry, { resourceVersion })
    expect(await slow.next()).toMatchObject({ value: { type: 'ADDED' } })
    const key = { namespace: 'default', name: 'w' }
    const writes = 2 * limits.watchWindow + 10
    for (let i = 0; i < writes; i++) {
      await registry.patch(
        Widget,
        key,
        { type: 'merge', body: { status: { count: i } }, subresource: 'status' },
        {},
        signal,
      )
    }
    await settle()
    await expect(slow.next()).rejects.toMatchObject({ code: 'Expired' })
    expect(quick.events).toHaveLength(writes + 1)
    await expect(registry.watch(Widget, { resourceVersion }, signal).next()).rejects.toMatchObject({ code: 'Expired' })
  })

  it('ends when the registry closes, and leaves no timer', async () => {
    const { registry, clock, store } = await aRegistry()
    const { ended } = follow(registry, {})
    await settle()
    await registry.close()
    expect(await ended).toBeInstanceOf(Error)
    await store.close()
    expect(clock.next()).toBeUndefined()
  })
})

describe('events', () => {
  it('are forgotten after their time, and no sooner', async () => {
    const { registry, clock } = await aRegistry()
    const about = { involvedObject: { kind: 'Widget', name: 'w' }, reason: 'Tested' }
    await make(registry, Event, { metadata: { name: 'e1' }, ...about })
    await clock.advance(seconds(30))
    await make(registry, Event, { metadata: { name: 'e2' }, ...about })
    await clock.advance(minutes(59))
    const count = async () => (await registry.list(Event, {}, signal)).items.length
    expect(await count()).toBe(2)
    await clock.advance(hours(1))
    expect(await count()).toBe(0)
  })
})

describe('admission', () => {
  const definition = { spec: { containerDefinitions: [aContainer()] } }
  const named = (name: string) => ({ namespace: '', name })

  /** `web` with revisions 1 (INACTIVE) and 2 (ACTIVE), as its controller would have made them. */
  async function withDefinitions() {
    const { registry } = await aRegistry()
    const head = await make(registry, TaskDefinition, { metadata: { name: 'web' }, ...definition })
    for (const revision of [1, 2]) {
      const spec = { family: 'web', revision, taskDefinition: definition.spec }
      await make(registry, TaskDefinitionRevision, { metadata: { name: `web.${revision}` }, spec })
    }
    const old = await registry.get(TaskDefinitionRevision, named('web.1'), signal)
    await registry.updateStatus(
      TaskDefinitionRevision,
      named('web.1'),
      { ...old, status: { status: 'INACTIVE' } },
      {},
      signal,
    )
    const status = { latestRevision: 2, revisionName: 'web.2' }
    await registry.updateStatus(TaskDefinition, named('web'), { ...head, status }, {}, signal)
    await make(registry, TaskDefinition, { metadata: { name: 'new' }, ...definition })
    return registry
  }
  const aTaskOf = (registry: Registry, taskDefinition: string): Promise<Task> =>
    make(registry, Task, { metadata: { name: 't' }, spec: { taskDefinition } })
  const aServiceOf = (registry: Registry, taskDefinition: string): Promise<Service> =>
    make(registry, Service, { metadata: { name: 's' }, spec: { taskDefinition, desiredCount: 1 } })

  it.each([['web'], ['web:2'], ['web.2'], ['arn:aws:ecs:eu-west-1:1:task-definition/web:2']])(
    'a task of %s is accepted, and held until its containers are gone',
    async (reference) => {
      const task = await aTaskOf(await withDefinitions(), reference)
      expect(task.spec.taskDefinition).toBe(reference)
      expect(task.metadata.finalizers).toEqual(['gantry.dev/containers'])
    },
  )

  it.each([
    ['wbe', 'Not found: "wbe"'],
    ['web:7', 'Not found: "web:7"'],
    ['web.7', 'Not found: "web.7"'],
    ['web:1', 'revision web.1 is INACTIVE, must be ACTIVE'],
    ['new', 'its first revision is not made yet'],
  ])('a task of %s is refused: %s', async (reference, why) => {
    await expect(aTaskOf(await withDefinitions(), reference)).rejects.toMatchObject(invalid('spec.taskDefinition', why))
  })

  it.each(['web', 'web:2', 'new', 'new:1'])('a service of %s is accepted and keeps its words', async (reference) => {
    expect((await aServiceOf(await withDefinitions(), reference)).spec.taskDefinition).toBe(reference)
  })

  it.each([
    ['wbe', 'Not found: "wbe"'],
    ['web:7', 'Not found: "web:7"'],
    ['web:1', 'is INACTIVE'],
  ])('a service of %s is refused: %s', async (reference, why) => {
    await expect(aServiceOf(await withDefinitions(), reference)).rejects.toMatchObject(
      invalid('spec.taskDefinition', why),
    )
  })

  it('a service keeps a reference that is gone, but cannot change to one', async () => {
    const registry = await withDefinitions()
    const service = await aServiceOf(registry, 'new')
    await registry.delete(TaskDefinition, named('new'), {}, signal)
    const key = { namespace: 'default', name: 's' }
    const scaled = await registry.update(
      Service,
      key,
      { ...service, spec: { ...service.spec, desiredCount: 2 } },
      {},
      signal,
    )
    expect(scaled.spec.desiredCount).toBe(2)
    const patch = { type: 'merge', body: { spec: { taskDefinition: 'new:1' } } } as const
    await expect(registry.patch(Service, key, patch, {}, signal)).rejects.toMatchObject(
      invalid('spec.taskDefinition', 'Not found'),
    )
  })

  it('a cluster brings its namespace, in one transaction', async () => {
    const { registry } = await aRegistry()
    const cluster = await make(registry, Cluster, { metadata: { name: 'prod' } })
    const namespace = await registry.get(Namespace, named('prod'), signal)
    expect(namespace.metadata.resourceVersion).toBe(cluster.metadata.resourceVersion)
    expect(namespace.metadata.ownerReferences).toMatchObject([{ uid: cluster.metadata.uid, controller: true }])
  })

  it('a cluster uses a namespace that was there when told to, and says so', async () => {
    const { registry } = await aRegistry()
    const before = await make(registry, Namespace, { metadata: { name: 'prod' } })
    const texts: string[] = []
    const told = { name: 'prod', annotations: { 'gantry.dev/adopt-namespace': 'true' } }
    await make(registry, Cluster, { metadata: told }, { warn: (text) => texts.push(text) })
    expect(texts).toEqual([expect.stringContaining('namespace "prod" existed before')])
    expect(await registry.get(Namespace, named('prod'), signal)).toEqual(before)
  })

  it('a cluster does not take a namespace that was there unasked', async () => {
    const { registry } = await aRegistry()
    await make(registry, Namespace, { metadata: { name: 'prod' } })
    await expect(make(registry, Cluster, { metadata: { name: 'prod' } })).rejects.toMatchObject(
      invalid('metadata.name', 'exists already; annotate the cluster with gantry.dev/adopt-namespace=true'),
    )
  })

  it.each(['gantry-system', 'kube-system', 'owned'])('a cluster does not take namespace %s', async (name) => {
    const { registry } = await aRegistry()
    const ownerReferences = [{ apiVersion: 'v1', kind: 'Team', name: 'a', uid: 'u', controller: true }]
    await make(registry, Namespace, { metadata: { name: 'owned', ownerReferences } })
    await expect(make(registry, Cluster, { metadata: { name } })).rejects.toMatchObject(
      invalid('metadata.name', 'belongs to'),
    )
  })

  it('a namespace stays until its content is gone', async () => {
    const { registry } = await aRegistry()
    await make(registry, Namespace, { metadata: { name: 'n' } })
    const { removed } = await registry.delete(Namespace, named('n'), {}, signal)
    expect(removed).toBe(false)
    const ending = await registry.get(Namespace, named('n'), signal)
    expect(ending).toMatchObject({ spec: { finalizers: ['kubernetes'] }, status: { phase: 'Terminating' } })
    await registry.finalize(Namespace, named('n'), { ...ending, spec: { finalizers: [] } }, {}, signal)
    await expect(registry.get(Namespace, named('n'), signal)).rejects.toMatchObject({ code: 'NotFound' })
  })

  it('a namespace that nobody deletes keeps its hold, and default is not deleted', async () => {
    const { registry } = await aRegistry()
    const made = await make(registry, Namespace, { metadata: { name: 'n' } })
    const same = await registry.update(Namespace, named('n'), { ...made, spec: {} }, {}, signal)
    expect(same).toEqual(made)
    await expect(registry.delete(Namespace, named('default'), {}, signal)).rejects.toMatchObject({ code: 'Forbidden' })
    await expect(registry.delete(Cluster, named('default'), {}, signal)).rejects.toMatchObject({ code: 'Forbidden' })
  })

  it('a secret’s text becomes data; an immutable one keeps it', async () => {
    const { registry } = await aRegistry()
    const raw = { metadata: { name: 's' }, data: { a: 'YQ==' }, stringData: { b: 'b' }, immutable: true }
    const secret = await make(registry, Secret, raw)
    expect(secret).toMatchObject({ data: { a: 'YQ==', b: 'Yg==' } })
    expect(secret).not.toHaveProperty('stringData')
    const key = { namespace: 'default', name: 's' }
    const patch = { type: 'merge', body: { stringData: { b: 'c' } } } as const
    await expect(registry.patch(Secret, key, patch, {}, signal)).rejects.toMatchObject(invalid('data', 'immutable'))
  })
})
