import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { itemOf, membersOf } from '../meta/schema-walk.ts'
import { Cluster } from './cluster.ts'
import {
  clusterNotYet,
  type NotYet,
  notYetWarnings,
  serviceNotYet,
  taskDefinitionNotYet,
  taskNotYet,
  unsupportedMembers,
} from './not-yet.ts'
import { ServiceSpec } from './service-spec.ts'
import { Task } from './task.ts'
import { TaskDefinitionSpec } from './task-definition-spec.ts'

const specOf = (schema: z.ZodType): z.core.$ZodType => membersOf(schema)?.shape.spec ?? schema
const has = (schema: z.core.$ZodType | undefined, steps: readonly string[]): boolean => {
  const [step, ...rest] = steps
  if (schema === undefined || step === undefined) return schema !== undefined
  const member = membersOf(schema)?.shape[step.replace('[]', '')]
  return has(member !== undefined && step.endsWith('[]') ? itemOf(member) : member, rest)
}

it.each([
  { name: 'TaskDefinition', table: taskDefinitionNotYet, schema: TaskDefinitionSpec as z.core.$ZodType },
  { name: 'Service', table: serviceNotYet, schema: ServiceSpec as z.core.$ZodType },
  { name: 'Task', table: taskNotYet, schema: specOf(Task.schema) },
  { name: 'Cluster', table: clusterNotYet, schema: specOf(Cluster.schema) },
])('every member listed for $name exists', ({ table, schema }) => {
  expect(table.filter(({ field }) => !has(schema, field.split('.'))).map(({ field }) => field)).toEqual([])
})

describe('members in use', () => {
  const table: readonly NotYet[] = [
    { field: 'a' },
    { field: 'list[].x' },
    { field: 'mode', values: ['far'], instead: 'it stays near' },
    { field: 'modes', values: ['far'] },
    { field: 'volumes[]', without: 'host.path' },
  ]
  it.each([
    { when: 'none', spec: { b: 1 }, want: [] },
    {
      when: 'values that ask for nothing',
      spec: { a: [], list: [{ x: {} }, { x: false }, { x: '' }, { x: { y: [] } }] },
      want: [],
    },
    { when: 'one', spec: { a: 'x' }, want: ['spec.a: accepted, but not supported yet: it has no effect'] },
    {
      when: 'one of the values that have no behaviour',
      spec: { mode: 'far', modes: ['near', 'far'] },
      want: [
        'spec.mode: accepted, but not supported yet: it stays near',
        'spec.modes: accepted, but not supported yet: it has no effect',
      ],
    },
    {
      when: 'one that lacks the member that makes it work',
      spec: { volumes: [{ host: { path: '/x' } }, { host: {}, name: 'a' }] },
      want: ['spec.volumes[1]: accepted, but not supported yet: it has no effect'],
    },
    { when: 'another value', spec: { mode: 'near', modes: ['near'] }, want: [] },
    {
      when: 'many places, in one line',
      spec: { list: [{ x: 1 }, {}, { x: 1 }, { x: 1 }, { x: 1 }] },
      want: [
        'spec.list[0].x, spec.list[2].x, spec.list[3].x and 1 more: accepted, but not supported yet: it has no effect',
      ],
    },
  ])('$when', ({ spec, want }) => {
    expect(notYetWarnings(spec, table)).toEqual(want)
  })

  it('are told to controllers with their paths', () => {
    expect(unsupportedMembers({ list: [{}, { x: 1 }] }, table, 'spec.taskDefinition')).toEqual([
      { field: 'list[].x', paths: ['spec.taskDefinition.list[1].x'], instead: 'it has no effect' },
    ])
  })
})
