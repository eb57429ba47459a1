/** What every ResourceClient must do, whatever is behind it. One call per implementation. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ResourceClient, WatchEvent } from '../../api/client/client.ts'
import type { Kind } from '../../api/meta/kind.ts'

import { Namespace } from '../../api/v1/core.ts'
import { eachBounded } from '../../lib/each-bounded.ts'
import { Fault, isFault } from '../../lib/errors.ts'
import { aWidget, Gadget, Widget } from '../builders/widget.ts'

/** Kinds that what is behind the client must serve. */
export const servedKinds = [Namespace, Widget, Gadget] as unknown as readonly Kind[]

export interface ClientUnderTest {
  readonly client: ResourceClient
  close(): Promise<void>
}

/** `open` gives a client of a fresh server, on which version 1 is too old to watch from. */
export function clientConformance(name: string, open: () => Promise<ClientUnderTest>): void {
  describe(name, () => {
    let under: ClientUnderTest
    let client: ResourceClient
    const { signal } = new AbortController()
    beforeAll(async () => {
      under = await open()
      client = under.client
      await client.create(Namespace, { metadata: { name: 'other' }, spec: {} }, signal)
    })
    afterAll(() => under.close())

    const make = (...args: Parameters<typeof aWidget>): Promise<Widget> =>
      client.create(Widget, aWidget(...args), signal)
    const at = (name: string) => ({ namespace: 'default', name })
    const read = (name: string): Promise<Widget> => client.get(Widget, at(name), signal)
    const remove = (name: string): Promise<void> => client.delete(Widget, at(name), {}, signal)

    describe('create', () => {
      test('fills what the server owns and applies defaults', async () => {
        const made = await client.create(
          Widget,
          { metadata: { name: 'fresh', namespace: 'default' }, spec: { color: 'red' } } as never,
          signal,
        )
        expect(made).toMatchObject({
          apiVersion: 'test.gantry.dev/v1',
          kind: 'Widget',
          metadata: { name: 'fresh', namespace: 'default', generation: 1 },
          spec: { color: 'red', size: 1 },
        })
        expect(made.metadata.uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
        expect(made.metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
        expect(await read('fresh')).toEqual(made)
      })

      test('leaves a status out', async () => {
        const made = await client.create(Widget, { ...aWidget('no-status'), status: { phase: 'x' } }, signal)
        expect(made.status).toBeUndefined()
      })

      test('of an existing name is AlreadyExists', async () => {
        await make('twice')
        const fault = await faultOf(make('twice'))
        expect(fault).toMatchObject({
          code: 'AlreadyExists',
          message: 'widgets.test.gantry.dev "twice" already exists',
        })
      })

      test('in a missing namespace is NotFound', async () => {
        const fault = await faultOf(make('lost', {}, { namespace: 'nowhere' }))
        expect(fault).toMatchObject({ code: 'NotFound', message: 'namespaces "nowhere" not found' })
      })

      test('in a namespace that is being deleted is Forbidden', async () => {
        await client.create(Namespace, { metadata: { name: 'ending' }, spec: {} }, signal)
        await client.delete(Namespace, { namespace: '', name: 'ending' }, {}, signal)
        expect((await client.get(Namespace, { namespace: '', name: 'ending' }, signal)).status?.phase).toBe(
          'Terminating',
        )
        expect(await faultOf(make('late', {}, { namespace: 'ending' }))).toMatchObject({ code: 'Forbidden' })
      })

      test('makes names under generateName', async () => {
        const draft = { ...aWidget(''), metadata: { namespace: 'default', generateName: 'many-' } }
        const made = await Promise.all(Array.from({ length: 10 }, () => client.create(Widget, draft, signal)))
        expect(new Set(made.map((one) => one.metadata.name)).size).toBe(10)
        for (const one of made) expect(one.metadata.name).toMatch(/^many-[bcdfghjklmnpqrstvwxz2456789]{5}$/)
      })

      test.each([
        { when: 'a value is not allowed', spec: { color: 'pink' }, path: 'spec.color' },
        { when: 'a type is wrong', spec: { color: 'red', size: 'big' }, path: 'spec.size' },
        { when: 'a field is missing', spec: {}, path: 'spec.color' },
        { when: 'a field is unknown', spec: { color: 'red', weight: 3 }, path: 'spec.weight' },
      ])('is Invalid and names the field when $when', async ({ spec, path }) => {
        const fault = await faultOf(client.create(Widget, { ...aWidget('bad'), spec } as never, signal))
        expect(fault.message).toContain(path)
        if (fault.problems.length > 0) expect(fault.problems[0]?.path).toBe(path)
        expect(['Invalid', 'BadRequest']).toContain(fault.code)
        await expect(read('bad')).rejects.toThrow('not found')
      })

      test.each(['Upper', '-dash', 'dot.', 'a b', ''])('refuses the name %j', async (name) => {
        expect(await faultOf(make(name))).toMatchObject({ code: 'Invalid' })
      })

      test('of a cluster-scoped object needs no namespace', async () => {
        const made = await client.create(Gadget, { metadata: { name: 'one' }, spec: {} }, signal)
        expect(made.metadata.namespace).toBeUndefined()
        expect(await client.get(Gadget, { namespace: '', name: 'one' }, signal)).toEqual(made)
      })
    })

    describe('update', () => {
      test('of the spec raises the generation, of labels it does not', async () => {
        const made = await make('counted')
        const bigger = await client.update(Widget, { ...made, spec: { ...made.spec, size: 2 } }, signal)
        expect(bigger.metadata.generation).toBe(2)
        const labelled = await client.update(
          Widget,
          { ...bigger, metadata: { ...bigger.metadata, labels: { a: 'b' } } },
          signal,
        )
        expect(labelled.metadata.generation).toBe(2)
        expect(Number(labelled.metadata.resourceVersion)).toBeGreaterThan(Number(bigger.metadata.resourceVersion))
        expect(await read('counted')).toEqual(labelled)
      })

      test('that changes nothing keeps the version', async () => {
        const made = await make('same')
        expect((await client.update(Widget, made, signal)).metadata.resourceVersion).toBe(made.metadata.resourceVersion)
      })

      test('of an old version is a Conflict, even when nothing would change', async () => {
        const made = await make('stale')
        const newer = await client.update(Widget, { ...made, spec: { ...made.spec, size: 2 } }, signal)
        const old = { ...newer, metadata: { ...newer.metadata, resourceVersion: made.metadata.resourceVersion } }
        expect(await faultOf(client.update(Widget, old, signal))).toMatchObject({
          code: 'Conflict',
          message:
            'Operation cannot be fulfilled on widgets.test.gantry.dev "stale": the object has been modified; please apply your changes to the latest version and try again',
        })
      })

      test('without a version is Invalid', async () => {
        const made = await make('unversioned')
        const fault = await faultOf(
          client.update(Widget, { ...made, metadata: { ...made.metadata, resourceVersion: '' } }, signal),
        )
        expect(fault).toMatchObject({ code: 'Invalid' })
        expect(fault.problems).toMatchObject([{ path: 'metadata.resourceVersion' }])
      })

      test('of a missing object is NotFound, of its successor a Conflict', async () => {
        const made = await make('gone')
        await remove('gone')
        expect(await faultOf(client.update(Widget, made, signal))).toMatchObject({ code: 'NotFound' })
        await make('gone')
        expect(await faultOf(client.update(Widget, made, signal))).toMatchObject({ code: 'Conflict' })
      })

      test('leaves the status as it is, and updateStatus all else', async () => {
        const made = await make('split')
        const status = await client.updateStatus(
          Widget,
          {
            ...made,
            spec: { ...made.spec, size: 9 },
            metadata: { ...made.metadata, labels: { a: 'b' } },
            status: { phase: 'on' },
          },
          signal,
        )
        expect(status).toMatchObject({ spec: { size: 1 }, status: { phase: 'on' }, metadata: { generation: 1 } })
        expect(status.metadata.labels).toBeUndefined()
        const spec = await client.update(
          Widget,
          { ...status, spec: { ...made.spec, size: 3 }, status: { phase: 'off' } },
          signal,
        )
        expect(spec).toMatchObject({ spec: { size: 3 }, status: { phase: 'on' }, metadata: { generation: 2 } })
      })

      test('obeys rules between old and new', async () => {
        const made = await make('grown', { size: 5 })
        const fault = await faultOf(client.update(Widget, { ...made, spec: { ...made.spec, size: 4 } }, signal))
        expect(fault).toMatchObject({ code: 'Invalid', problems: [{ path: 'spec.size', reason: 'FieldValueInvalid' }] })
      })

      test('cannot change identity', async () => {
        const made = await make('who')
        const stolen = { ...made.metadata, uid: '11111111-1111-4111-8111-111111111111' }
        expect(await faultOf(client.update(Widget, { ...made, metadata: stolen }, signal))).toMatchObject({
          code: 'Conflict',
        })
        const young = { ...made.metadata, creationTimestamp: '2001-01-01T00:00:00Z', labels: { new: 'yes' } }
        const updated = await client.update(Widget, { ...made, metadata: young }, signal)
        expect(updated.metadata.creationTimestamp).toBe(made.metadata.creationTimestamp)
      })
    })

    describe('apply', () => {
      const wanted = (name: string, spec: object) => ({ metadata: { ...at(name) }, spec })

      test('makes what is missing, and owns it', async () => {
        const made = await client.apply(Widget, wanted('applied', { color: 'blue', notes: { a: '1' } }), {}, signal)
        expect(made).toMatchObject({ spec: { color: 'blue', size: 1, notes: { a: '1' } } })
        expect(made.metadata.managedFields).toMatchObject([{ operation: 'Apply' }])
      })

      test('takes away what is not wanted any more, and leaves what others wrote', async () => {
        await client.apply(Widget, wanted('shared', { color: 'blue', notes: { a: '1' } }), {}, signal)
        const body = { spec: { notes: { b: '2' } } }
        await client.patch(Widget, at('shared'), { type: 'merge', body }, signal)
        const applied = await client.apply(Widget, wanted('shared', { color: 'blue' }), {}, signal)
        expect(applied.spec).toEqual({ color: 'blue', size: 1, notes: { b: '2' } })
        const again = await client.apply(Widget, wanted('shared', { color: 'blue' }), {}, signal)
        expect(again.metadata.resourceVersion).toBe(applied.metadata.resourceVersion)
      })

      test('is a Conflict where somebody else wrote another value, unless forced', async () => {
        await make('contended')
        const green = wanted('contended', { color: 'green' })
        const refused = await faultOf(client.apply(Widget, green, {}, signal))
        expect(refused).toMatchObject({ code: 'Conflict', problems: [{ path: '.spec.color' }] })
        expect((await client.apply(Widget, green, { force: true }, signal)).spec.color).toBe('green')
      })

      test('of a status changes nothing else', async () => {
        await make('status-applied')
        const status = { metadata: at('status-applied'), spec: { size: 9 }, status: { phase: 'on' } }
        const applied = await client.apply(Widget, status, { subresource: 'status' }, signal)
        expect(applied).toMatchObject({ spec: { size: 1 }, status: { phase: 'on' } })
      })

      test('is refused what the kind does not know', async () => {
        const odd = wanted('odd', { color: 'blue', colour: 'red' })
        expect(await faultOf(client.apply(Widget, odd, {}, signal))).toMatchObject({
          code: 'BadRequest',
          message: expect.stringContaining('.spec.colour: field not declared in schema'),
        })
      })
    })

    describe('patch', () => {
      test('merges: members replace, null removes', async () => {
        await make('merged', { notes: { a: '1', b: '2' } })
        const body = { spec: { size: 7, notes: { a: null, c: '3' } } }
        const patched = await client.patch(Widget, at('merged'), { type: 'merge', body }, signal)
        expect(patched.spec).toEqual({ color: 'blue', size: 7, notes: { b: '2', c: '3' } })
        expect(patched.metadata.generation).toBe(2)
      })

      test('applies JSON operations, all or none', async () => {
        await make('operated')
        const ops = [
          { op: 'test', path: '/spec/size', value: 1 },
          { op: 'replace', path: '/spec/size', value: 4 },
          { op: 'add', path: '/metadata/labels', value: { a: 'b' } },
        ]
        const patched = await client.patch(Widget, at('operated'), { type: 'json', body: ops }, signal)
        expect(patched).toMatchObject({ spec: { size: 4 }, metadata: { labels: { a: 'b' } } })
        expect(await faultOf(client.patch(Widget, at('operated'), { type: 'json', body: ops }, signal))).toMatchObject({
          code: 'Invalid',
        })
        expect((await read('operated')).metadata.resourceVersion).toBe(patched.metadata.resourceVersion)
      })

      test('of the status changes nothing else', async () => {
        await make('status-patched')
        const body = { spec: { size: 9 }, status: { phase: 'on' } }
        const patch = { type: 'merge', body, subresource: 'status' } as const
        const patched = await client.patch(Widget, at('status-patched'), patch, signal)
        expect(patched).toMatchObject({ spec: { size: 1 }, status: { phase: 'on' } })
      })

      test('that names an old version is a Conflict', async () => {
        const made = await make('versioned')
        const body = { metadata: { resourceVersion: made.metadata.resourceVersion }, spec: { size: 2 } }
        await client.patch(Widget, at('versioned'), { type: 'merge', body }, signal)
        expect(await faultOf(client.patch(Widget, at('versioned'), { type: 'merge', body }, signal))).toMatchObject({
          code: 'Conflict',
        })
      })

      test('is refused when the result is wrong or the object is missing', async () => {
        await make('kept')
        const pink = { type: 'merge', body: { spec: { color: 'pink' } } } as const
        expect(await faultOf(client.patch(Widget, at('kept'), pink, signal))).toMatchObject({ code: 'Invalid' })
        expect(await faultOf(client.patch(Widget, at('missing'), pink, signal))).toMatchObject({
          code: 'NotFound',
          message: 'widgets.test.gantry.dev "missing" not found',
        })
      })

      test('by many at once loses none', async () => {
        await make('busy')
        const keys = Array.from({ length: 24 }, (_, i) => `k${i}`)
        const write = (key: string): Promise<Widget> =>
          client.patch(Widget, at('busy'), { type: 'merge', body: { spec: { notes: { [key]: 'x' } } } }, signal)
        await Promise.all(keys.map(write))
        expect(Object.keys((await read('busy')).spec.notes ?? {}).sort()).toEqual(keys.sort())
      })
    })

    test('read and update by many at once loses none', async () => {
      await make('raced', { size: 0 })
      const increment = async (): Promise<void> => {
        for (;;) {
          const current = await read('raced')
          try {
            await client.update(Widget, { ...current, spec: { ...current.spec, size: current.spec.size + 1 } }, signal)
            return
          } catch (error) {
            if (!isFault(error, 'Conflict')) throw error
          }
        }
      }
      await Promise.all(Array.from({ length: 12 }, increment))
      expect(await read('raced')).toMatchObject({ spec: { size: 12 }, metadata: { generation: 13 } })
    })

    describe('delete', () => {
      test('removes, and then it is NotFound', async () => {
        await make('brief')
        await remove('brief')
        expect(await faultOf(read('brief'))).toMatchObject({ code: 'NotFound' })
        expect(await faultOf(remove('brief'))).toMatchObject({ code: 'NotFound' })
      })

      test('obeys preconditions', async () => {
        const made = await make('guarded')
        const key = at('guarded')
        const wrong = { preconditions: { uid: '11111111-1111-4111-8111-111111111111' } }
        expect(await faultOf(client.delete(Widget, key, wrong, signal))).toMatchObject({ code: 'Conflict' })
        const old = { preconditions: { resourceVersion: '1' } }
        expect(await faultOf(client.delete(Widget, key, old, signal))).toMatchObject({ code: 'Conflict' })
        const { uid, resourceVersion } = made.metadata
        await client.delete(Widget, key, { preconditions: { uid, resourceVersion } }, signal)
        expect(await faultOf(read('guarded'))).toMatchObject({ code: 'NotFound' })
      })

      test('waits for finalizers; the last one taken off removes', async () => {
        const made = await make('held', {}, { finalizers: ['test.dev/a', 'test.dev/b'] })
        await remove('held')
        const marked = await read('held')
        expect(marked.metadata).toMatchObject({ generation: 2, deletionGracePeriodSeconds: 0 })
        expect(marked.metadata.deletionTimestamp).toBeDefined()
        await remove('held')
        expect(await read('held')).toEqual(marked)

        const more = { ...marked.metadata, finalizers: [...(marked.metadata.finalizers ?? []), 'test.dev/c'] }
        expect(await faultOf(client.update(Widget, { ...marked, metadata: more }, signal))).toMatchObject({
          code: 'Invalid',
        })

        const less = await client.patch(
          Widget,
          at('held'),
          { type: 'merge', body: { metadata: { finalizers: ['test.dev/b'] } } },
          signal,
        )
        expect(less.metadata.uid).toBe(made.metadata.uid)
        await client.patch(Widget, at('held'), { type: 'merge', body: { metadata: { finalizers: null } } }, signal)
        expect(await faultOf(read('held'))).toMatchObject({ code: 'NotFound' })
      })

      test.each([
        { propagationPolicy: 'Foreground', finalizer: 'foregroundDeletion' },
        { propagationPolicy: 'Orphan', finalizer: 'orphan' },
      ] as const)('leaves $propagationPolicy to the garbage controller', async ({ propagationPolicy, finalizer }) => {
        const name = propagationPolicy.toLowerCase()
        await make(name)
        await client.delete(Widget, at(name), { propagationPolicy }, signal)
        expect((await read(name)).metadata.finalizers).toEqual([finalizer])
      })
    })

    describe('list', () => {
      test('follows all pages to one version', async () => {
        const names = Array.from({ length: 1100 }, (_, i) => `page-${String(i).padStart(4, '0')}`)
        // a few at a time: on a busy machine a burst's handshakes take longer than a connection may
        await eachBounded(names, 16, (name) => make(name, {}, { labels: { page: 'yes' } }), signal)
        const { items, resourceVersion } = await client.list(Widget, { labelSelector: 'page' }, signal)
        expect(items.map((item) => item.metadata.name)).toEqual(names)
        expect(Number(resourceVersion)).toBeGreaterThanOrEqual(
          Math.max(...items.map((i) => Number(i.metadata.resourceVersion))),
        )
        for (const item of items.slice(0, 3))
          expect(item).toMatchObject({ apiVersion: 'test.gantry.dev/v1', kind: 'Widget' })
        await eachBounded(names, 16, remove, signal)
      })

      test('selects by namespace, label and field', async () => {
        await make('sel-a', { color: 'red' }, { labels: { sel: 'x', tier: 'one' } })
        await make('sel-b', { color: 'green' }, { labels: { sel: 'x', tier: 'two' } })
        await make('sel-c', { color: 'red' }, { labels: { sel: 'y' }, namespace: 'other' })
        const names = async (options: Parameters<ResourceClient['list']>[1]): Promise<readonly string[]> =>
          (await client.list(Widget, options, signal)).items.map((item) => item.metadata.name).sort()
        expect(await names({ labelSelector: 'sel' })).toEqual(['sel-a', 'sel-b', 'sel-c'])
        expect(await names({ labelSelector: 'sel=x,tier!=one' })).toEqual(['sel-b'])
        expect(await names({ labelSelector: 'sel in (x,y),!tier' })).toEqual(['sel-c'])
        expect(await names({ labelSelector: 'sel', namespace: 'other' })).toEqual(['sel-c'])
        expect(await names({ labelSelector: 'sel', fieldSelector: 'spec.color=red' })).toEqual(['sel-a', 'sel-c'])
        expect(await names({ fieldSelector: 'metadata.name=sel-b' })).toEqual(['sel-b'])
        expect(await names({ labelSelector: 'sel', fieldSelector: 'status.phase=' })).toEqual([
          'sel-a',
          'sel-b',
          'sel-c',
        ])
        expect(await names({ namespace: 'nowhere' })).toEqual([])
        expect(await faultOf(names({ fieldSelector: 'spec.size=1' }))).toMatchObject({
          code: 'BadRequest',
          message: 'field label not supported: spec.size',
        })
      })
    })

    describe('watch', () => {
      test('tells the life of an object in order', async () => {
        const { resourceVersion } = await client.list(Widget, {}, signal)
        const made = await make('watched')
        const status = await client.updateStatus(Widget, { ...made, status: { phase: 'on' } }, signal)
        await remove('watched')
        const events = await take(client, { resourceVersion }, 3)
        expect(events.map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED', 'DELETED'])
        expect(events[0]?.object).toEqual(made)
        expect(events[1]?.object).toEqual(status)
        expect(events[2]?.object).toMatchObject({
          metadata: { name: 'watched', uid: made.metadata.uid },
          status: { phase: 'on' },
        })
        expect(Number(events[2]?.object.metadata.resourceVersion)).toBeGreaterThan(
          Number(status.metadata.resourceVersion),
        )
      })

      test('sees through a selector: moving in is ADDED, moving out DELETED', async () => {
        const { resourceVersion } = await client.list(Widget, {}, signal)
        await make('moving', { color: 'red' }, { labels: { in: 'no' } })
        const label = (value: string): Promise<Widget> =>
          client.patch(Widget, at('moving'), { type: 'merge', body: { metadata: { labels: { in: value } } } }, signal)
        const grow = (size: number): Promise<Widget> =>
          client.patch(Widget, at('moving'), { type: 'merge', body: { spec: { size } } }, signal)
        await grow(2)
        await label('yes')
        await grow(3)
        await label('no')
        await grow(4)
        await label('yes')
        await remove('moving')
        const events = await take(client, { resourceVersion, labelSelector: 'in=yes' }, 5)
        expect(events.map(({ type, object }) => [type, object.spec.size])).toEqual([
          ['ADDED', 2],
          ['MODIFIED', 3],
          ['DELETED', 3],
          ['ADDED', 4],
          ['DELETED', 4],
        ])
        const byField = await take(
          client,
          { resourceVersion, fieldSelector: 'spec.color=red', namespace: 'default' },
          8,
        )
        expect(byField.map(({ type }) => type).join()).toBe(
          'ADDED,MODIFIED,MODIFIED,MODIFIED,MODIFIED,MODIFIED,MODIFIED,DELETED',
        )
      })

      test('misses nothing while many write, from whatever version it starts', async () => {
        const options = { labelSelector: 'churn' }
        const starts: { resourceVersion: string; items: readonly Widget[] }[] = [
          await client.list(Widget, options, signal),
        ]
        const last = 'churn-last'
        const churn = async (worker: number): Promise<void> => {
          for (let round = 0; round < 12; round++) {
            const name = `churn-${worker}-${round % 3}`
            try {
              if (round % 4 === 3) await remove(name)
              else if (round < 3) await make(name, {}, { labels: { churn: 'yes' } })
              else await client.patch(Widget, at(name), { type: 'merge', body: { spec: { size: round } } }, signal)
            } catch (error) {
              if (!isFault(error, 'NotFound', 'AlreadyExists')) throw error
            }
            if (worker === 0) starts.push(await client.list(Widget, options, signal))
          }
        }
        await Promise.all(Array.from({ length: 6 }, (_, worker) => churn(worker)))
        await make(last, {}, { labels: { churn: 'yes' } })
        const want = new Map(
          (await client.list(Widget, options, signal)).items.map((item) => [item.metadata.name, item]),
        )
        expect(starts.length).toBe(13)
        const ends = await Promise.all(starts.map((start) => fold(client, start, options, last)))
        for (const end of ends) expect(end).toEqual(want)
      })

      test('from a version that is forgotten is Expired', async () => {
        expect(await faultOf(take(client, { resourceVersion: '1' }, 1))).toMatchObject({ code: 'Expired' })
      })

      test('of something that cannot be selected is BadRequest', async () => {
        const { resourceVersion } = await client.list(Widget, {}, signal)
        const options = { resourceVersion, fieldSelector: 'spec.size=1' }
        expect(await faultOf(take(client, options, 1))).toMatchObject({ code: 'BadRequest' })
      })

      test('ends at once when it is aborted', async () => {
        const { resourceVersion } = await client.list(Widget, {}, signal)
        const stop = new AbortController()
        const reason = new Error('enough')
        const ended = (async () => {
          for await (const _ of client.watch(Widget, { resourceVersion, labelSelector: 'none=such' }, stop.signal));
        })()
        const outcome = ended.then(
          () => 'returned',
          (error: unknown) => error,
        )
        await client.list(Widget, {}, signal) // the watch is likely on its way by now; either way it must end
        stop.abort(reason)
        expect(await outcome).toBe(reason)
      })
    })
  })

  type Change = { readonly type: string; readonly object: Widget }

  /** The first `count` changes; bookmarks left out. */
  async function take(
    client: ResourceClient,
    options: Parameters<ResourceClient['watch']>[1],
    count: number,
  ): Promise<readonly Change[]> {
    const stop = new AbortController()
    const events: Change[] = []
    try {
      for await (const event of client.watch(Widget, options, stop.signal)) {
        if (event.type !== 'BOOKMARK') events.push(event)
        if (events.length === count) break
      }
    } finally {
      stop.abort(new Error('taken'))
    }
    return events
  }

  /** The state that list and watch add up to once `last` was seen. Fails on an event that does not fit the state. */
  async function fold(
    client: ResourceClient,
    start: { readonly resourceVersion: string; readonly items: readonly Widget[] },
    options: { readonly labelSelector: string },
    last: string,
  ): Promise<ReadonlyMap<string, Widget>> {
    const state = new Map(start.items.map((item) => [item.metadata.name, item]))
    const stop = new AbortController()
    let version = Number(start.resourceVersion)
    try {
      if (state.has(last)) return state
      const watch = client.watch(Widget, { ...options, resourceVersion: start.resourceVersion }, stop.signal)
      for await (const event of watch as AsyncIterable<WatchEvent<Widget>>) {
        if (event.type === 'BOOKMARK') continue
        const { name, resourceVersion } = event.object.metadata
        expect(Number(resourceVersion)).toBeGreaterThan(version)
        version = Number(resourceVersion)
        expect(event.type === 'ADDED').toBe(!state.has(name))
        if (event.type === 'DELETED') state.delete(name)
        else state.set(name, event.object)
        if (name === last) return state
      }
      throw new Error('the watch ended')
    } finally {
      stop.abort(new Error('folded'))
    }
  }
}

/** The Fault that `promise` rejects with. */
export async function faultOf(promise: Promise<unknown>): Promise<Fault> {
  const outcome: unknown = await promise.then(
    (value) => new Error(`expected a fault, got ${JSON.stringify(value)}`),
    (error: unknown) => error,
  )
  if (outcome instanceof Fault) return outcome
  throw outcome
}
