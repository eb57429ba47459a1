import { describe, expect, it, onTestFinished } from 'vitest'
import { silentLogger } from '../../../lib/log.ts'
import { seededRandom } from '../../../lib/random.ts'
import { instant } from '../../../lib/time.ts'
import { VirtualClock } from '../../../lib/virtual-clock.ts'
import { openMemoryStore } from '../../../store/memory/memory-store.ts'
import { Gadget, Widget } from '../../../test/builders/widget.ts'
import type { Kind } from '../../meta/kind.ts'
import { openRegistry } from '../../registry/registry.ts'
import { Secret } from '../../v1/core.ts'
import { definitionKind, definitionRegistry } from './custom-resources.ts'

const { signal } = new AbortController()

async function definitionsOf(...kinds: readonly unknown[]) {
  const clock = new VirtualClock()
  const store = await openMemoryStore({ clock })
  const parts = { clock, random: seededRandom(1), log: silentLogger, store }
  const registry = await openRegistry({ ...parts, kinds: kinds as readonly Kind[], initial: [] }, signal)
  onTestFinished(async () => {
    await registry.close()
    await store.close()
  })
  return definitionRegistry(registry, instant(0))
}

it('there is one for each kind that Kubernetes does not have', async () => {
  const { items } = await (await definitionsOf(Widget, Gadget, Secret)).list(definitionKind, {}, signal)
  expect(items.map(({ metadata }) => metadata.name)).toEqual(['widgets.test.gantry.dev', 'gadgets.test.gantry.dev'])
  expect(definitionKind.schema.safeParse(items[0]).error?.issues ?? []).toEqual([])
})

it('they are the same on another server, and others when another kind is served', async () => {
  const of = async (...kinds: readonly unknown[]) => (await definitionsOf(...kinds)).list(definitionKind, {}, signal)
  expect(await of(Widget, Gadget)).toEqual(await of(Widget, Gadget))
  expect((await of(Widget, Gadget)).resourceVersion).not.toBe((await of(Widget)).resourceVersion)
})

it('they are found by name', async () => {
  const definitions = await definitionsOf(Widget, Gadget)
  const name = 'gadgets.test.gantry.dev'
  expect((await definitions.get(definitionKind, { namespace: '', name }, signal)).metadata.name).toBe(name)
  const { items } = await definitions.list(definitionKind, { fieldSelector: `metadata.name=${name}` }, signal)
  expect(items).toHaveLength(1)
  await expect(definitions.get(definitionKind, { namespace: '', name: 'x' }, signal)).rejects.toThrow(
    'customresourcedefinitions.apiextensions.k8s.io "x" not found',
  )
})

describe('a watch', () => {
  async function seen(options: object): Promise<readonly string[]> {
    const definitions = await definitionsOf(Widget)
    const { resourceVersion } = await definitions.list(definitionKind, {}, signal)
    const stop = new AbortController()
    const events: string[] = []
    const watch = definitions.watch(
      definitionKind,
      { ...options, ...('now' in options ? { resourceVersion } : {}) },
      stop.signal,
    )
    setImmediate(() => stop.abort(new Error('enough')))
    const reading = (async () => {
      for await (const event of watch) events.push(event.type)
    })()
    await expect(reading).rejects.toThrow('enough')
    return events
  }

  it.each([
    { when: 'it begins anywhere', options: {}, want: ['ADDED'] },
    { when: 'it begins anywhere, by number', options: { resourceVersion: '0' }, want: ['ADDED'] },
    { when: 'it goes on', options: { now: true }, want: [] },
    { when: 'it is a list too', options: { sendInitialEvents: true }, want: ['ADDED', 'BOOKMARK'] },
  ])('$when', async ({ options, want }) => {
    expect(await seen(options)).toEqual(want)
  })

  it('from when other kinds were served says so', async () => {
    const watch = (await definitionsOf(Widget)).watch(definitionKind, { resourceVersion: '5' }, signal)
    await expect(watch.next()).rejects.toThrow('too old resource version: 5')
  })
})
