/** What nobody can read in the store is its own misfortune: the other objects, kinds and watches go on. */
import { expect, it, onTestFinished } from 'vitest'
import { silentLogger } from '../../lib/log.ts'
import { seededRandom } from '../../lib/random.ts'
import { settle, VirtualClock } from '../../lib/virtual-clock.ts'
import { openMemoryStore } from '../../store/memory/memory-store.ts'
import { aWidget, Widget } from '../../test/builders/widget.ts'
import type { Kind } from '../meta/kind.ts'
import { Cluster } from '../v1/cluster.ts'
import { Namespace, Secret } from '../v1/core.ts'
import { prefixOf, storeKey } from './keys.ts'
import { openRegistry } from './registry.ts'

const { signal } = new AbortController()
const kinds = [Widget, Secret, Namespace, Cluster] as unknown as readonly Kind[]
const at = (name: string) => ({ namespace: 'default', name })
const raw = (name: string) => ({ apiVersion: 'test.gantry.dev/v1', kind: 'Widget', ...aWidget(name) })
const never = `gantry:sealed:1:lost:${'x'.repeat(80)}`

async function aWorld() {
  const clock = new VirtualClock()
  const store = await openMemoryStore({ clock })
  const open = async () => {
    const registry = await openRegistry({ clock, random: seededRandom(1), log: silentLogger, store, kinds }, signal)
    onTestFinished(() => registry.close())
    await registry.ready(signal)
    return registry
  }
  const put = (key: string, text: string) =>
    store.transact({ compare: [], puts: [{ key, value: Buffer.from(text) }] }, signal)
  return { store, put, open, registry: await open() }
}

it.each([
  { what: 'half an object', text: '{"apiVersion":"test' },
  { what: 'no object', text: 'null' },
  { what: 'an object of nothing', text: '{}' },
  { what: 'no text', text: '\0\xff' },
])('leaves out $what', async ({ text }) => {
  const { store, put, open, registry } = await aWorld()
  const make = (name: string) => registry.create(Widget, 'default', raw(name), {}, signal)
  await make('a')
  await make('stays')
  await put(storeKey(Widget, at('a')), text)
  await put(storeKey(Widget, at('b')), text)
  await make('c')
  await settle()
  const names = async (of: typeof registry, options = {}) =>
    (await of.list(Widget, options, signal)).items.map(({ metadata }) => metadata.name)
  expect(await names(registry), 'of a nobody knows that it went').toEqual(['a', 'c', 'stays'])
  expect(await names(registry, { limit: 2 })).toHaveLength(2)
  expect(registry.unreadable()).toEqual(new Map([['widgets.test.gantry.dev', 2]]))
  for (const verb of [
    () => registry.get(Widget, at('b'), signal),
    () => registry.delete(Widget, at('b'), {}, signal),
    () => make('b'),
  ]) {
    await expect(verb()).rejects.toMatchObject({ code: 'Internal', message: expect.stringContaining('default/b') })
  }
  const later = await open()
  expect(await names(later)).toEqual(['c', 'stays'])
  expect((await later.list(Cluster, {}, signal)).items).toHaveLength(1)
  await store.transact({ compare: [], deletes: ['a', 'b'].map((name) => storeKey(Widget, at(name))) }, signal)
  await settle()
  expect(registry.unreadable()).toEqual(new Map())
  expect(await names(registry)).toEqual(['c', 'stays'])
})

it('leaves out a secret whose key is lost, and says so to who asks for it', async () => {
  const { put, registry } = await aWorld()
  await put(`${prefixOf(Secret)}default/lost`, never)
  await registry.create(Widget, 'default', raw('a'), {}, signal)
  await settle()
  expect((await registry.list(Secret, {}, signal)).items).toEqual([])
  expect((await registry.list(Widget, {}, signal)).items).toHaveLength(1)
  expect(registry.unreadable()).toEqual(new Map([['secrets', 1]]))
  await expect(registry.get(Secret, at('lost'), signal)).rejects.toThrow('encrypted with key "lost"')
})
