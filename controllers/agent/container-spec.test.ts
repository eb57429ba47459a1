import { describe, expect, it } from 'vitest'
import type { ContainerDefinition } from '../../api/v1/container-definition.ts'
import type { TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import { aContainer, aTask, aTaskDefinitionRevision } from '../../test/builders/kinds.ts'
import { containerSpec, stopTimeoutOf } from './container-spec.ts'
import { ownerOf } from './labels.ts'

const mib = 2 ** 20
const spec = (
  container: Partial<ContainerDefinition> = {},
  definition: Partial<TaskDefinitionRevision['spec']['taskDefinition']> = {},
) => {
  const containerDefinitions = [aContainer(container)]
  const revision = aTaskDefinitionRevision({
    spec: { family: 'Web_1', revision: 3, taskDefinition: { containerDefinitions, ...definition } },
  })
  const task = aTask({ metadata: { uid: '6ba7b810-9dad-41d1-80b4-00c04fd430c8' } })
  return containerSpec(task, revision, containerDefinitions[0] as ContainerDefinition, 'one')
}

describe('containerSpec', () => {
  it.each([
    { cpu: 0, shares: 2 },
    { cpu: 1, shares: 2 },
    { cpu: 256, shares: 256 },
    { cpu: 999_999, shares: 262_144 },
  ])('sends cpu $cpu as $shares shares', ({ cpu, shares }) => expect(spec({ cpu }).cpuShares).toBe(shares))

  it.each([
    { when: 'a hard limit', container: { memory: 64 }, definition: {}, bytes: 64 * mib },
    { when: 'a limit under what Docker takes', container: { memory: 4 }, definition: {}, bytes: 6 * mib },
    {
      when: 'only the task has a limit',
      container: { memory: undefined },
      definition: { memory: '512' },
      bytes: 512 * mib,
    },
    { when: 'no limit', container: { memory: undefined, memoryReservation: 32 }, definition: {}, bytes: undefined },
  ])('limits memory: $when', ({ container, definition, bytes }) =>
    expect(spec(container, definition).memoryBytes).toBe(bytes),
  )

  it('lets a container use at most the CPU of its task', () => {
    expect(spec({}, { cpu: '512' }).cpuLimit).toBe(0.5)
    expect(spec({}).cpuLimit).toBeUndefined()
  })

  it.each([
    { mode: 'bridge' as const, network: 'bridge', ports: [{ containerPort: 80, hostPort: 8080, protocol: 'tcp' }] },
    { mode: 'awsvpc' as const, network: 'bridge', ports: [{ containerPort: 80, hostPort: 0, protocol: 'tcp' }] },
    { mode: 'host' as const, network: 'host', ports: [] },
    { mode: 'none' as const, network: 'none', ports: [] },
  ])('publishes ports in $mode mode', ({ mode, network, ports }) => {
    const made = spec({ portMappings: [{ containerPort: 80, hostPort: 8080, protocol: 'tcp' }] }, { networkMode: mode })
    expect([made.networkMode, made.ports]).toEqual([network, ports])
  })

  it.each([
    {
      when: 'a path of the instance',
      host: { sourcePath: '/data' },
      want: [{ source: '/data', target: '/d', readOnly: false }],
    },
    {
      when: 'read only',
      host: { sourcePath: '/data' },
      readOnly: true,
      want: [{ source: '/data', target: '/d', readOnly: true }],
    },
    { when: 'a scratch volume', host: {}, want: [] },
    { when: 'a volume that says nothing', host: undefined, want: [] },
  ])('mounts (ecs-core 3.5) $when', ({ host, readOnly, want }) => {
    const mountPoints = [{ sourceVolume: 'data', containerPath: '/d', readOnly }]
    expect(
      spec(
        { mountPoints },
        {
          volumes: [
            { name: 'other', host: { sourcePath: '/x' } },
            { name: 'data', host },
          ],
        },
      ).mounts,
    ).toEqual(want)
  })

  it('names the container after family, revision, container and task', () => {
    expect(spec().name).toBe('ecs-Web_1-3-app-00c04fd430c8')
  })

  it('lets no docker label hide its own, and can read them back', () => {
    const made = spec({ dockerLabels: { 'gantry.dev/task': 'forged', team: 'blue' }, memory: 64 })
    expect(made.labels.team).toBe('blue')
    expect(ownerOf(made.labels)).toEqual({
      namespace: 'default',
      task: 'web-1-0-1',
      taskUid: '6ba7b810-9dad-41d1-80b4-00c04fd430c8',
      container: 'app',
      demand: { cpu: 0, memory: 64, ports: [], portsUdp: [] },
    })
    expect(ownerOf({ team: 'blue' })).toBeUndefined()
  })

  it('says where it runs, unless the definition says otherwise; the last of two variables wins', () => {
    const environment = [
      { name: 'A', value: '1' },
      { name: 'B', value: '' },
      { name: 'A', value: '2' },
      { name: 'GANTRY_TASK', value: 'mine' },
    ]
    expect(spec({ environment }).environment).toEqual(['GANTRY_CLUSTER=default', 'GANTRY_TASK=mine', 'A=2', 'B='])
  })

  it('takes a bare health check as CMD', () => {
    const check = { interval: 30, timeout: 5, retries: 3 }
    expect(spec({ healthCheck: { command: ['true'], ...check } }).healthCheck?.command).toEqual(['CMD', 'true'])
    expect(spec({ healthCheck: { command: ['CMD-SHELL', 'x'], ...check } }).healthCheck).toMatchObject({
      command: ['CMD-SHELL', 'x'],
      interval: 30_000,
      startPeriod: 0,
    })
  })

  it.each([
    { given: undefined, millis: 30_000 },
    { given: 0, millis: 1000 },
    { given: 90, millis: 90_000 },
  ])('waits $millis ms before SIGKILL when stopTimeout is $given', ({ given, millis }) =>
    expect(stopTimeoutOf(aContainer({ stopTimeout: given }))).toBe(millis),
  )
})
