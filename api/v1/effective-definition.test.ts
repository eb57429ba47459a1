import { describe, expect, it } from 'vitest'
import { aContainer } from '../../test/builders/kinds.ts'
import { demandOf } from './demand.ts'
import { effectiveDefinition, overrideProblems } from './effective-definition.ts'
import type { TaskDefinitionSpec } from './task-definition-spec.ts'
import type { TaskOverride } from './task-overrides.ts'

const pair = (name: string, value: string) => ({ name, value })
const definition = {
  family: 'web',
  cpu: '256',
  taskRoleArn: 'reader',
  containerDefinitions: [
    aContainer({ command: ['serve'], memory: 64, environment: [pair('A', '1'), pair('B', '2')] }),
    aContainer({ name: 'log', memory: 32, memoryReservation: 16 }),
  ],
} satisfies TaskDefinitionSpec
const withApp = (over: Partial<NonNullable<TaskOverride['containerOverrides']>[number]>): TaskOverride => ({
  containerOverrides: [{ name: 'app', ...over }],
})

describe('the effective definition (ecs-core 4.8)', () => {
  it.each<{ rule: string; overrides: TaskOverride; app?: object; task?: object }>([
    {
      rule: 'command replaces',
      overrides: withApp({ command: ['migrate', '-v'] }),
      app: { command: ['migrate', '-v'] },
    },
    { rule: 'an empty command replaces too', overrides: withApp({ command: [] }), app: { command: [] } },
    {
      rule: 'environment merges: the override wins, and adds what is new',
      overrides: withApp({ environment: [pair('B', '3'), pair('C', '4')] }),
      app: { environment: [pair('A', '1'), pair('B', '3'), pair('C', '4')] },
    },
    {
      rule: 'environmentFiles replace the list',
      overrides: withApp({ environmentFiles: [{ value: 'arn:aws:s3:::b/x.env', type: 's3' }] }),
      app: { environmentFiles: [{ value: 'arn:aws:s3:::b/x.env', type: 's3' }] },
    },
    { rule: 'cpu', overrides: withApp({ cpu: 512 }), app: { cpu: 512 } },
    { rule: 'memory', overrides: withApp({ memory: 128 }), app: { memory: 128 } },
    {
      rule: 'memoryReservation',
      overrides: withApp({ memoryReservation: 8 }),
      app: { memory: 64, memoryReservation: 8 },
    },
    {
      rule: 'resourceRequirements',
      overrides: withApp({ resourceRequirements: [{ type: 'GPU', value: '1' }] }),
      app: { resourceRequirements: [{ type: 'GPU', value: '1' }] },
    },
    {
      rule: "image: Gantry's own",
      overrides: withApp({ image: 'app:2' }),
      app: { image: 'app:2', command: ['serve'] },
    },
    {
      rule: "the task's cpu and memory",
      overrides: { cpu: '512', memory: '1024' },
      task: { cpu: '512', memory: '1024' },
    },
    {
      rule: "the task's roles",
      overrides: { taskRoleArn: 'writer', executionRoleArn: 'puller' },
      task: { taskRoleArn: 'writer', executionRoleArn: 'puller' },
    },
    {
      rule: 'ephemeralStorage',
      overrides: { ephemeralStorage: { sizeInGiB: 30 } },
      task: { ephemeralStorage: { sizeInGiB: 30 } },
    },
  ])('$rule', ({ overrides, app = {}, task = {} }) => {
    const effective = effectiveDefinition(definition, overrides)
    expect(effective).toMatchObject({ family: 'web', taskRoleArn: 'reader', cpu: '256', ...task })
    expect(effective.containerDefinitions).toEqual([
      { ...definition.containerDefinitions[0], ...app },
      definition.containerDefinitions[1],
    ])
  })

  it('is the definition itself without overrides', () => expect(effectiveDefinition(definition)).toBe(definition))

  it('is what the scheduler reserves', () => {
    const { cpu: _, ...byContainers } = definition
    const demand = (overrides: TaskOverride) => demandOf(effectiveDefinition(byContainers, overrides))
    expect(demand({})).toMatchObject({ cpu: 0, memory: 80 })
    expect(demand(withApp({ cpu: 100, memory: 200 }))).toMatchObject({ cpu: 100, memory: 216 })
    expect(demand({ cpu: '1 vCPU', memory: '1 GB' })).toMatchObject({ cpu: 1024, memory: 1024 })
  })
})

describe('overrides that cannot be', () => {
  it.each<{ when: string; overrides: TaskOverride; says: string }>([
    {
      when: 'of a container that is not there',
      overrides: { containerOverrides: [{ name: 'app' }, { name: 'web', cpu: 1 }] },
      says: 'spec.overrides.containerOverrides[1].name: Invalid value: "web": Override for container named web is not a container in the TaskDefinition: allowed: app, log',
    },
    {
      when: 'memory under the reservation',
      overrides: { containerOverrides: [{ name: 'log', memory: 8 }] },
      says: 'spec.overrides.containerOverrides[0].memory',
    },
    {
      when: 'containers that want more than the task has',
      overrides: { memory: '80' },
      says: 'spec.overrides.memory',
    },
    { when: "the task's cpu too small", overrides: { cpu: '16' }, says: 'spec.overrides.cpu' },
  ])('$when', ({ overrides, says }) => {
    const problems = overrideProblems(definition, overrides)
    expect(problems.map(({ path, message }) => `${path}: ${message}`)).toEqual([expect.stringContaining(says)])
  })

  it.each([undefined, {}, { containerOverrides: [{ name: 'app', memory: 512 }] }, { cpu: '128' }])(
    '%j can',
    (overrides) => expect(overrideProblems(definition, overrides)).toEqual([]),
  )
})
