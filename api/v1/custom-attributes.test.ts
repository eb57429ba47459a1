import { expect, it } from 'vitest'
import { disagreements } from '../../test/builders/cel.ts'
import { aContainerInstance } from '../../test/builders/kinds.ts'
import type { Kind } from '../meta/kind.ts'
import { ContainerInstance } from './container-instance.ts'

const many = (n: number) => Array.from({ length: n }, (_, i) => ({ name: `a${i}` }))

/** ecs-core 1.7, 6.3, 8.1. */
it.each<{ rule: string; attributes: { name: string; value?: string }[]; takes: boolean }>([
  { rule: '1.7: a name and a value', attributes: [{ name: 'rack/row.1-a_b\\c', value: 'x y@z:1' }], takes: true },
  { rule: '6.3: a name alone', attributes: [{ name: 'ssd' }], takes: true },
  { rule: '1.7: a name of 128', attributes: [{ name: 'x'.repeat(128) }], takes: true },
  { rule: '1.7: a name of 129', attributes: [{ name: 'x'.repeat(129) }], takes: false },
  { rule: '1.7: a name with a space', attributes: [{ name: 'my rack' }], takes: false },
  { rule: '1.7: a value of 128', attributes: [{ name: 'a', value: 'x'.repeat(128) }], takes: true },
  { rule: '1.7: a value of 129', attributes: [{ name: 'a', value: 'x'.repeat(129) }], takes: false },
  { rule: '1.7: a value that begins with a space', attributes: [{ name: 'a', value: ' x' }], takes: false },
  { rule: '1.7: a value that ends with one', attributes: [{ name: 'a', value: 'x ' }], takes: false },
  { rule: '8.1: 10 of an instance', attributes: many(10), takes: true },
  { rule: '8.1: 11', attributes: many(11), takes: false },
  { rule: '6.3: ecs. is reserved', attributes: [{ name: 'ecs.availability-zone', value: 'a' }], takes: false },
  { rule: '6.3: com.amazonaws. is reserved', attributes: [{ name: 'com.amazonaws.x' }], takes: false },
  { rule: '6.3: the word alone is not', attributes: [{ name: 'ecs' }], takes: true },
])('$rule: $takes', ({ attributes, takes }) => {
  const one = aContainerInstance()
  const instance = { ...one, spec: { ...one.spec, attributes } }
  const read = ContainerInstance.schema.safeParse(instance)
  expect(read.success && ContainerInstance.validate(instance, undefined).length === 0).toBe(takes)
  if (read.success) expect(disagreements(ContainerInstance as unknown as Kind, instance)).toEqual([])
})
