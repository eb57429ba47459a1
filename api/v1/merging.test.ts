import { expect, it } from 'vitest'
import { fieldTypeOf } from '../meta/fields/field-type.ts'
import { merge } from '../meta/fields/merge.ts'
import { TaskDefinition } from './task-definition.ts'

const container = (over: object): object => ({ spec: { containerDefinitions: [{ name: 'app', ...over }] } })
const merged = (left: object, right: object): unknown =>
  merge(fieldTypeOf(TaskDefinition.schema), container(left), container(right))

it.each([
  {
    what: 'port mappings of one port and protocol',
    left: { portMappings: [{ containerPort: 80, protocol: 'tcp', hostPort: 8080 }] },
    right: { portMappings: [{ containerPort: 80, name: 'web' }] },
    want: { portMappings: [{ containerPort: 80, protocol: 'tcp', hostPort: 8080, name: 'web' }] },
  },
  {
    what: 'port mappings of other ports, protocols and ranges',
    left: { portMappings: [{ containerPort: 80 }, { containerPortRange: '100-110' }] },
    right: { portMappings: [{ containerPort: 80, protocol: 'udp' }, { containerPortRange: '200-210' }] },
    want: {
      portMappings: [
        { containerPort: 80 },
        { containerPortRange: '100-110' },
        { containerPort: 80, protocol: 'udp' },
        { containerPortRange: '200-210' },
      ],
    },
  },
  {
    what: 'variables by name',
    left: { environment: [{ name: 'A', value: '1' }] },
    right: {
      environment: [
        { name: 'B', value: '2' },
        { name: 'A', value: '3' },
      ],
    },
    want: {
      environment: [
        { name: 'B', value: '2' },
        { name: 'A', value: '3' },
      ],
    },
  },
  { what: 'a command as a whole', left: { command: ['a', 'b'] }, right: { command: ['c'] }, want: { command: ['c'] } },
])('merges $what', ({ left, right, want }) => expect(merged(left, right)).toEqual(container(want)))
