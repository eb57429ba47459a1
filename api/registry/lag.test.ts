/** A registry whose cache is behind the store, as that of a second server is: reads and writes must not notice. */
import { expect, it, onTestFinished } from 'vitest'
import { silentLogger } from '../../lib/log.ts'
import { seededRandom } from '../../lib/random.ts'
import { settle, VirtualClock } from '../../lib/virtual-clock.ts'
import { openMemoryStore } from '../../store/memory/memory-store.ts'
import type { Store, WatchBatch } from '../../store/store.ts'
import { aWidget, Widget } from '../../test/builders/widget.ts'
import type { Kind } from '../meta/kind.ts'
import { Cluster } from '../v1/cluster.ts'
import { Namespace } from '../v1/core.ts'
import { limits } from './limits.ts'
import { openRegistry, type Registry } from './registry.ts'

const { signal } = new AbortController()
const kinds = [Widget, Namespace, Cluster] as unknown as readonly Kind[]
const key = { namespace: 'default', name: 'w' }

/** `store`, whose watches deliver nothing from `hold` to `release`. */
function lagging(store: Store) {
  let gate = Promise.withResolvers<void>()
  gate.resolve()
  async function* watch(options: Parameters<Store['watch']>[0], s: AbortSignal): AsyncGenerator<WatchBatch> {
    for await (const batch of store.watch(options, s)) {
      await gate.promise
      yield batch
    }
  }
  const wrapped: Store = {
    get: (...args) => store.get(...args),
    list: (...args) => store.list(...args),
    transact: (...args) => store.transact(...args),
    watch,
    grantLease: (...args) => store.grantLease(...args),
    renewLease: (...args) => store.renewLease(...args),
    revokeLease: (...args) => store.revokeLease(...args),
    compact: (...args) => store.compact(...args),
    currentRevision: (...args) => store.currentRevision(...args),
    close: () => store.close(),
  }
  return {
    store: wrapped,
    hold: () => {
      gate = Promise.withResolvers<void>()
    },
    release: () => gate.resolve(),
  }
}

/** Two servers; what `behind` knows is as of `hold`. */
async function twoServers() {
  const clock = new VirtualClock()
  const store = await openMemoryStore({ clock })
  const slow = lagging(store)
  const open = async (of: Store, seed: number): Promise<Registry> => {
    const parts = { clock, random: seededRandom(seed), log: silentLogger }
    const registry = await openRegistry({ ...parts, store: of, kinds }, signal)
    onTestFinished(() => registry.close())
    await registry.ready(signal)
    return registry
  }
  const ahead = await open(store, 1)
  const behind = await open(slow.store, 2)
  onTestFinished(slow.release)
  return { ahead, behind, clock, ...slow }
}

const raw = (spec: object = {}) => ({ apiVersion: 'test.gantry.dev/v1', kind: 'Widget', ...aWidget('w', spec) })
const grow = (registry: Registry, size: number): Promise<Widget> =>
  registry.patch(Widget, key, { type: 'merge', body: { spec: { size } } }, {}, signal)
const create = (registry: Registry, spec: object = {}): Promise<Widget> =>
  registry.create(Widget, 'default', raw(spec), {}, signal)

it('updates what the cache has in an older version, or does not have at all', async () => {
  const { ahead, behind, hold } = await twoServers()
  hold()
  const made = await create(ahead)
  const updated = await behind.update(Widget, key, { ...made, spec: { ...made.spec, size: 2 } }, {}, signal)
  const grown = await grow(ahead, 3)
  expect(Number(grown.metadata.resourceVersion)).toBeGreaterThan(Number(updated.metadata.resourceVersion))
  const again = await behind.update(Widget, key, { ...grown, spec: { ...grown.spec, size: 4 } }, {}, signal)
  expect(again.spec.size).toBe(4)
})

it('shows with a dry run what the change would make of the newest state', async () => {
  const { ahead, behind, hold } = await twoServers()
  const made = await create(ahead, { size: 1 })
  await settle()
  hold()
  const patch = (registry: Registry, size: number, dryRun: boolean): Promise<Widget> =>
    registry.patch(Widget, key, { type: 'merge', body: { spec: { size } } }, { dryRun }, signal)
  const { metadata } = await patch(ahead, 2, false)
  const { generation = 0, resourceVersion } = metadata
  expect((await patch(behind, 3, true)).metadata).toMatchObject({ generation: generation + 1, resourceVersion })
  // its own write, too, is there before its cache hears of it
  const own = await patch(behind, 4, false)
  expect((await patch(behind, 4, true)).metadata).toMatchObject({ resourceVersion: own.metadata.resourceVersion })
  expect(own.metadata.uid).toBe(made.metadata.uid)
})

it('keeps what another wrote: a patch that the cache says changes nothing', async () => {
  const { ahead, behind, hold } = await twoServers()
  await create(ahead, { size: 1, notes: { a: 'old' } })
  await settle()
  hold()
  const patch = (registry: Registry, a: string): Promise<Widget> =>
    registry.patch(Widget, key, { type: 'merge', body: { spec: { notes: { a } } } }, {}, signal)
  await patch(ahead, 'new')
  expect((await patch(behind, 'old')).spec.notes).toEqual({ a: 'old' })
  expect((await ahead.get(Widget, key, signal)).spec.notes).toEqual({ a: 'old' })
})

it('judges by rules between old and new on what is stored', async () => {
  const { ahead, behind, hold } = await twoServers()
  await create(ahead, { size: 5 })
  await settle()
  hold()
  await ahead.delete(Widget, key, {}, signal)
  await create(ahead, { size: 1 })
  expect((await grow(behind, 2)).spec.size).toBe(2) // less than the 5 that the cache still has
})

it('creates what the cache still has, and not what it has not yet', async () => {
  const { ahead, behind, hold } = await twoServers()
  await create(ahead)
  await settle()
  hold()
  await ahead.delete(Widget, key, {}, signal)
  await create(behind)
  await expect(create(ahead)).rejects.toMatchObject({ code: 'AlreadyExists' })
  await behind.delete(Widget, key, {}, signal)
  await create(ahead)
  await expect(create(behind)).rejects.toMatchObject({ code: 'AlreadyExists' })
})

it('deletes by the newest state', async () => {
  const { ahead, behind, hold } = await twoServers()
  const made = await create(ahead)
  await settle()
  hold()
  const held = { ...made, metadata: { ...made.metadata, finalizers: ['a.b/c'] } }
  await ahead.update(Widget, key, held, {}, signal)
  const { removed } = await behind.delete(Widget, key, {}, signal)
  expect(removed).toBe(false)
})

it('creates in a namespace it has not heard of, and not in one that is ending', async () => {
  const { ahead, behind, hold } = await twoServers()
  hold()
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } }
  await ahead.create(Namespace, '', namespace, {}, signal)
  const inside = { ...raw(), metadata: { name: 'w', namespace: 'n' } }
  await behind.create(Widget, 'n', inside, {}, signal)
  await ahead.delete(Widget, { namespace: 'n', name: 'w' }, {}, signal)
  await ahead.delete(Namespace, { namespace: '', name: 'n' }, {}, signal)
  await expect(behind.create(Widget, 'n', inside, {}, signal)).rejects.toMatchObject({ code: 'Forbidden' })
})

it('does not create in a namespace that ends between the check and the write', async () => {
  const { ahead, behind, hold } = await twoServers()
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } }
  await ahead.create(Namespace, '', namespace, {}, signal)
  await settle()
  hold() // so that `behind` believes in it
  await ahead.delete(Namespace, { namespace: '', name: 'n' }, {}, signal)
  const inside = { ...raw(), metadata: { name: 'w', namespace: 'n' } }
  await expect(behind.create(Widget, 'n', inside, {}, signal)).rejects.toMatchObject({ code: 'Forbidden' })
  expect((await ahead.list(Widget, {}, signal)).items).toEqual([])
})

it('a watch from a list that is newer than the cache repeats nothing of it', async () => {
  const { ahead, behind, clock, hold, release } = await twoServers()
  hold()
  await create(ahead)
  await grow(ahead, 2)
  const listing = behind.list(Widget, {}, signal)
  await settle()
  await clock.advance(limits.catchUp)
  const { items, resourceVersion } = await listing
  expect(items).toMatchObject([{ spec: { size: 2 } }])
  const watch = behind.watch(Widget, { resourceVersion }, signal)
  const next = watch.next()
  release()
  await settle()
  const grown = await grow(ahead, 3)
  expect(await next).toEqual({ done: false, value: { type: 'MODIFIED', object: grown } })
  await watch.return?.(undefined)
})
