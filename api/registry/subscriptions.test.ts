import { expect, it } from 'vitest'
import { VirtualClock } from '../../lib/virtual-clock.ts'
import { revision } from '../../store/store.ts'
import type { FieldTerm } from '../meta/field-selector.ts'
import type { Resource } from '../meta/object.ts'
import type { CacheEvent } from './event-window.ts'
import { limits } from './limits.ts'
import { Subscriptions } from './subscriptions.ts'

const task = (name: string, node: string): Resource => ({
  apiVersion: 'v1',
  kind: 'Task',
  metadata: { name, namespace: 'n', uid: '', resourceVersion: '' },
  spec: { node },
})
const moved = (name: string, from: string | undefined, to: string): CacheEvent => ({
  type: from === undefined ? 'ADDED' : 'MODIFIED',
  revision: revision(1),
  object: task(name, to),
  previous: from === undefined ? undefined : task(name, from),
})
const term = (field: string, value: string): FieldTerm => ({ field, value, equal: true })
const onNode = (node: string): FieldTerm => term('spec.node', node)
const heard = (events: readonly CacheEvent[]): readonly string[] => events.map(({ object }) => object.metadata.name)

it('hands a change to those who demand what the object has or had, once', () => {
  const subscriptions = new Subscriptions(new VirtualClock())
  const all = subscriptions.add([], [])
  const one = subscriptions.add([term('metadata.namespace', 'n'), onNode('one')], [])
  const two = subscriptions.add([onNode('two')], [])
  const named = subscriptions.add([onNode('two'), term('metadata.name', 'a')], [])
  const elsewhere = subscriptions.add([term('metadata.namespace', 'other')], [])
  subscriptions.publish(moved('a', undefined, 'one'))
  subscriptions.publish(moved('b', 'one', 'one'))
  subscriptions.publish(moved('c', 'one', 'two'))
  expect([all, one, two, named, elsewhere].map((each) => heard(each.take(10)))).toEqual([
    ['a', 'b', 'c'],
    ['a', 'b', 'c'],
    ['c'],
    ['a'],
    [],
  ])
})

it('begins with what was missed, and hears nothing more once closed', () => {
  const clock = new VirtualClock()
  const subscriptions = new Subscriptions(clock)
  const one = subscriptions.add([onNode('one')], [moved('a', undefined, 'one')])
  const two = subscriptions.add([onNode('one')], [])
  one.close()
  two.close()
  subscriptions.publish(moved('b', undefined, 'one'))
  expect([heard(one.take(10)), heard(two.take(10)), clock.next()]).toEqual([['a'], [], undefined])
})

it('ends one that does not keep up, and no other', () => {
  const subscriptions = new Subscriptions(new VirtualClock())
  const [slow, quick] = [subscriptions.add([], []), subscriptions.add([], [])]
  for (let i = 0; i <= limits.watchBacklog; i++) {
    subscriptions.publish(moved('a', 'x', 'x'))
    expect(quick.take(10)).toHaveLength(1)
  }
  expect(() => slow.take(1)).toThrow(expect.objectContaining({ code: 'Expired' }))
})
