import { expect, it, onTestFinished } from 'vitest'
import { silentLogger } from '../../lib/log.ts'
import { seededRandom } from '../../lib/random.ts'
import { settle, VirtualClock } from '../../lib/virtual-clock.ts'
import { openMemoryStore } from '../../store/memory/memory-store.ts'
import { aWidget, Gadget, Widget } from '../../test/builders/widget.ts'
import type { Kind } from '../meta/kind.ts'
import { type Admission, about } from './admission.ts'
import { openRegistry } from './registry.ts'

const { signal } = new AbortController()
const key = { namespace: 'default', name: 'w' }
const patch = (spec: object) => ({ type: 'merge' as const, body: { spec } })

/** A registry with a widget of size 5, and the sizes of widgets that were judged since. */
async function judging(...admission: readonly Admission[]) {
  const sizes: number[] = []
  const judged: typeof Widget = {
    ...Widget,
    validate(object, old) {
      sizes.push(object.spec.size)
      return Widget.validate(object, old)
    },
  }
  const clock = new VirtualClock()
  const kinds = [judged, Gadget] as unknown as readonly Kind[]
  const parts = { clock, random: seededRandom(1), log: silentLogger, kinds, admission, initial: [] }
  const registry = await openRegistry({ ...parts, store: await openMemoryStore({ clock }) }, signal)
  onTestFinished(() => registry.close())
  await registry.ready(signal)
  const raw = { apiVersion: 'test.gantry.dev/v1', kind: 'Widget', ...aWidget('w', { size: 5 }) }
  await registry.create(judged, 'default', raw, {}, signal)
  await settle()
  sizes.length = 0
  return { sizes, change: (spec: object) => registry.patch(judged, key, patch(spec), {}, signal) }
}

it('refuses after one look when nothing but the object counts', async () => {
  const { sizes, change } = await judging()
  await expect(change({ size: 2 })).rejects.toMatchObject({ code: 'Invalid' })
  expect(sizes).toEqual([2])
})

it('looks twice when a rule went by what was in memory', async () => {
  const looked: boolean[] = []
  const rule = about(Widget, {
    name: 'Looks',
    async mutate({ object, read }, s) {
      looked.push((await read(Gadget, { namespace: '', name: 'g' }, s)) === undefined)
      return object
    },
  })
  const { sizes, change } = await judging(rule)
  looked.length = 0
  await expect(change({ size: 2 })).rejects.toMatchObject({ code: 'Invalid' })
  expect(looked).toEqual([true, true])
  expect(sizes).toEqual([2, 2])
})
