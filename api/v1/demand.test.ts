import { describe, expect, it } from 'vitest'
import { aContainer } from '../../test/builders/kinds.ts'
import type { ContainerDefinition } from './container-definition.ts'
import { type Demand, demandOf } from './demand.ts'
import type { TaskDefinitionSpec } from './task-definition-spec.ts'

const port = (containerPort: number, hostPort?: number, protocol: 'tcp' | 'udp' = 'tcp') => ({
  containerPort,
  protocol,
  ...(hostPort === undefined ? {} : { hostPort }),
})
const of = (
  containers: readonly Partial<ContainerDefinition>[],
  over: Partial<TaskDefinitionSpec> = {},
): TaskDefinitionSpec => ({ containerDefinitions: containers.map((container) => aContainer(container)), ...over })

describe('the demand of a task', () => {
  it.each<{ when: string; definition: TaskDefinitionSpec; want: Partial<Demand> }>([
    {
      when: 'containers are summed, memoryReservation before memory',
      definition: of([
        { cpu: 100, memory: 300 },
        { cpu: 28, memory: 500, memoryReservation: 100 },
      ]),
      want: { cpu: 128, memory: 400 },
    },
    {
      when: 'task-level sizes go before the containers',
      definition: of([{ cpu: 100, memory: 300 }], { cpu: '.5 vCPU', memory: '1 GB' }),
      want: { cpu: 512, memory: 1024 },
    },
    {
      when: 'bridge: fixed host ports only, sorted, TCP and UDP apart',
      definition: of([
        { portMappings: [port(80, 8080), port(81, 0), port(82)] },
        { portMappings: [port(53, 53, 'udp'), port(90, 90)] },
      ]),
      want: { ports: [90, 8080], portsUdp: [53] },
    },
    {
      when: 'host: every container port',
      definition: of([{ portMappings: [port(80), port(53, undefined, 'udp')] }], { networkMode: 'host' }),
      want: { ports: [80], portsUdp: [53] },
    },
    {
      when: 'awsvpc: none',
      definition: of([{ portMappings: [port(80, 80)] }], { networkMode: 'awsvpc' }),
      want: { ports: [] },
    },
    {
      when: 'none: none',
      definition: of([{ portMappings: [port(80, 80)] }], { networkMode: 'none' }),
      want: { ports: [] },
    },
  ])('$when', ({ definition, want }) => {
    expect(demandOf(definition)).toMatchObject(want)
  })
})
