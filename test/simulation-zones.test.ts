/** What the simulation asks of availability zones fires when it should, and only then. */
import { describe, expect, it } from 'vitest'
import type { Resource } from '../api/meta/object.ts'
import type { Service } from '../api/v1/service.ts'
import type { Task } from '../api/v1/task.ts'
import { instant, millis } from '../lib/time.ts'
import {
  aContainer,
  aContainerInstance,
  aService,
  aServiceDeployment,
  aServiceRevision,
  aTask,
  aTaskDefinitionRevision,
} from './builders/kinds.ts'
import { builtAt } from './builders/object.ts'
import { movesAreNeeded, uneven } from './simulation/checkers/zone-balance.ts'
import { keyIn, Model } from './simulation/history.ts'

const instance = (name: string, memory: number, agentConnected = true) =>
  aContainerInstance({
    name,
    status: {
      agentConnected,
      attributes: [{ name: 'ecs.availability-zone', value: name }],
      remainingResources: { cpu: 1024, memory, ports: [], portsUdp: [] },
    },
  })

/** `a` runs in zone a; `+b` is started for zone b. */
const owner = aServiceRevision({ owner: aService() })
const task = (text: string, n: number): Task => {
  const zone = text.replace('+', '')
  const isNew = text.startsWith('+')
  return aTask({
    name: `web-1-${n}-1`,
    owner,
    metadata: {
      labels: { 'gantry.dev/service': 'web' },
      ...(isNew ? { annotations: { 'gantry.dev/availability-zone-rebalancing': zone } } : {}),
    },
    spec: { taskDefinition: 'web.1', ...(isNew ? {} : { containerInstance: zone }) },
    ...(isNew ? {} : { status: { lastStatus: 'RUNNING' } }),
  })
}

interface Scene {
  readonly tasks: readonly string[]
  /** MiB that are left in zone b; undefined: it is not heard. */
  readonly room?: number | undefined
  readonly spec?: Partial<Service['spec']>
  readonly state?: 'IN_PROGRESS' | 'STOPPED'
  readonly finishedAt?: string | undefined
}
function modelOf({ tasks, spec, state, ...rest }: Scene): Model {
  const { room, finishedAt } = { room: 900, finishedAt: builtAt, ...rest }
  const desiredCount = tasks.filter((text) => !text.startsWith('+')).length
  const service = aService({
    spec: { desiredCount, ...spec },
    status: state === undefined ? {} : { availabilityZoneRebalancing: { state, zones: [] } },
  })
  const objects: Resource[] = [
    service,
    owner,
    instance('a', 900),
    instance('b', room ?? 0, room !== undefined),
    aServiceDeployment({ owner: service, status: { status: 'SUCCESSFUL', finishedAt } }),
    aTaskDefinitionRevision({
      spec: { revision: 1, taskDefinition: { family: 'web', containerDefinitions: [aContainer({ memory: 100 })] } },
    }),
    ...tasks.map(task),
  ]
  const model = new Model()
  for (const object of objects) model.apply({ kind: object.kind, key: keyIn(object), after: object })
  return model
}

describe('what is left to even out in the end', () => {
  it.each<Scene & { when: string; says: readonly string[] }>([
    {
      when: 'two here, none there',
      tasks: ['a', 'a'],
      says: ['service default/web has 2 in a, 0 in b, and b has room'],
    },
    { when: 'the same, but no room', tasks: ['a', 'a'], room: 99, says: [] },
    { when: 'the same, but nobody is there', tasks: ['a', 'a'], room: undefined, says: [] },
    {
      when: 'the same, but it does not want it',
      tasks: ['a', 'a'],
      spec: { availabilityZoneRebalancing: 'DISABLED' },
      says: [],
    },
    {
      when: 'the same, but its maximum leaves no room',
      tasks: ['a', 'a'],
      spec: { deploymentConfiguration: { minimumHealthyPercent: 50, maximumPercent: 149 } },
      says: [],
    },
    {
      when: 'the same, packed',
      tasks: ['a', 'a'],
      spec: { placementStrategy: [{ type: 'binpack', field: 'cpu' }] },
      says: [],
    },
    { when: 'as even as it goes', tasks: ['a', 'a', 'b'], says: [] },
    {
      when: 'even, but it does not know',
      tasks: ['a', 'b'],
      state: 'IN_PROGRESS',
      says: ['service default/web is being evened out'],
    },
  ])('$when: $says', ({ says, ...scene }) => {
    expect([...uneven(modelOf(scene))]).toEqual(says)
  })
})

describe('a task that is started for another zone', () => {
  it.each<Scene & { when: string; says: string | undefined }>([
    { when: 'evens out', tasks: ['a', 'a', '+b'], says: undefined },
    { when: 'evens out nothing', tasks: ['a', 'b', '+b'], says: 'is started for b: 1 in b, 1 in a' },
    { when: 'is a replacement', tasks: ['a', 'a', '+b'], spec: { desiredCount: 3 }, says: 'has 2 tasks when' },
    { when: 'comes in a deployment', tasks: ['a', 'a', '+b'], finishedAt: undefined, says: 'is being deployed when' },
  ])('$when: $says', ({ says, ...scene }) => {
    const model = modelOf(scene)
    const made = task(scene.tasks.at(-1) ?? '', scene.tasks.length - 1)
    const change = { revision: 1, at: instant(10_000), actor: 'controllers-0#1', kind: 'Task', key: keyIn(made) }
    const checked = movesAreNeeded(() => millis(1000)).check({ ...change, before: undefined, after: made }, model)
    if (says === undefined) expect(checked).toBeUndefined()
    else expect(checked).toContain(says)
  })

  it('is not judged by what its controller may not have seen', () => {
    const scene = { tasks: ['a', 'b', '+b'] }
    const checker = movesAreNeeded(() => millis(1000))
    const [other, made] = [task('b', 1), task('+b', 2)]
    const change = { revision: 1, actor: 'controllers-0#1', kind: 'Task', before: undefined }
    checker.check({ ...change, at: instant(9500), key: keyIn(other), after: other }, modelOf(scene))
    expect(
      checker.check({ ...change, at: instant(10_000), key: keyIn(made), after: made }, modelOf(scene)),
    ).toBeUndefined()
  })
})
