import { describe, expect, it } from 'vitest'
import { aContainer } from '../../test/builders/kinds.ts'
import { demandOf } from './demand.ts'
import { cpuUnitsOf, fargateSizeProblem, mebibytesOf } from './task-size.ts'

const app = aContainer({ cpu: 128, memory: 64 })
const tcp = (hostPort: number | undefined, containerPort = 80) => ({
  containerPort,
  hostPort,
  protocol: 'tcp' as const,
})
const udp = (hostPort: number) => ({ containerPort: 53, hostPort, protocol: 'udp' as const })
const none = { ports: [], portsUdp: [] }

it.each([
  {
    when: 'the sums of the containers',
    task: { containerDefinitions: [app, aContainer({ name: 'b', cpu: 0, memory: 32 })] },
    want: { cpu: 128, memory: 96, ...none },
  },
  {
    when: 'the reservation before the limit',
    task: { containerDefinitions: [aContainer({ memory: 64, memoryReservation: 16 })] },
    want: { cpu: 0, memory: 16, ...none },
  },
  {
    when: "the task's own before the sums",
    task: { containerDefinitions: [app], cpu: '1 vCPU', memory: '0.5 GB' },
    want: { cpu: 1024, memory: 512, ...none },
  },
  {
    when: 'fixed ports in bridge mode',
    task: {
      containerDefinitions: [aContainer({ portMappings: [tcp(8080), tcp(0, 81), tcp(undefined, 82), udp(53)] })],
    },
    want: { cpu: 0, memory: 64, ports: [8080], portsUdp: [53] },
  },
  {
    when: 'container ports in host mode',
    task: {
      networkMode: 'host' as const,
      containerDefinitions: [aContainer({ portMappings: [tcp(undefined, 90), tcp(80)] })],
    },
    want: { cpu: 0, memory: 64, ports: [80, 90], portsUdp: [] },
  },
  {
    when: 'no ports in awsvpc',
    task: { networkMode: 'awsvpc' as const, containerDefinitions: [aContainer({ portMappings: [tcp(80)] })] },
    want: { cpu: 0, memory: 64, ...none },
  },
])('a task takes $when', ({ task, want }) => {
  expect(demandOf(task)).toEqual(want)
})

it.each([
  {
    when: 'of a container',
    overrides: { containerOverrides: [{ name: 'app', cpu: 256, memory: 128 }] },
    want: { cpu: 256, memory: 128 },
  },
  {
    when: 'of a container that is not there',
    overrides: { containerOverrides: [{ name: 'x', cpu: 256 }] },
    want: { cpu: 128, memory: 64 },
  },
  { when: 'of the task', overrides: { cpu: '512', memory: '1 GB' }, want: { cpu: 512, memory: 1024 } },
])('overrides $when replace what it takes', ({ overrides, want }) => {
  expect(demandOf({ containerDefinitions: [app] }, overrides)).toMatchObject(want)
})

describe('sizes', () => {
  it.each([
    ['256', 256],
    ['1 vCPU', 1024],
    ['.25 vcpu', 256],
    ['0.5vCPU', 512],
    ['', undefined],
    ['1 CPU', undefined],
    ['-1', undefined],
    ['1.5', undefined],
  ])('cpu %s is %s units', (text, want) => expect(cpuUnitsOf(text)).toBe(want))
  it.each([
    ['512', 512],
    ['1GB', 1024],
    ['.5 gb', 512],
    ['1 MB', undefined],
    ['', undefined],
  ])('memory %s is %s MiB', (text, want) => expect(mebibytesOf(text)).toBe(want))
  it.each([
    [256, 512, false, true],
    [256, 1024, false, true],
    [256, 1536, false, false],
    [512, 4096, false, true],
    [4096, 30720, false, true],
    [8192, 20480, false, true],
    [8192, 17408, false, false],
    [16384, 122880, false, true],
    [1024, 2048, true, true],
    [512, 1024, true, false],
  ])('Fargate has cpu %s with memory %s (Windows %s): %s', (cpu, memory, windows, want) => {
    expect(fargateSizeProblem(cpu, memory, windows) === undefined).toBe(want)
  })
})
