/** How a service evens out its availability zones (ecs-core 5.8, 5.9): what each pass starts, stops, writes and tells. */
import { describe, expect, it } from 'vitest'
import { conditionOf } from '../../api/meta/conditions.ts'
import type { ContainerInstance } from '../../api/v1/container-instance.ts'
import type { Service, ServiceStatus } from '../../api/v1/service.ts'
import { templateHash } from '../../api/v1/service-template.ts'
import type { Task } from '../../api/v1/task.ts'
import { rebalancingAnnotation } from '../../api/v1/well-known.ts'
import { milliTimestamp, parseTimestamp, plus, seconds } from '../../lib/time.ts'
import {
  aContainer,
  aContainerInstance,
  aService,
  aServiceDeployment,
  aServiceRevision,
  aTask,
  aTaskDefinitionRevision,
} from '../../test/builders/kinds.ts'
import { builtAt } from '../../test/builders/object.ts'
import { plan } from './plan.ts'
import { stateOf } from './state.ts'

const start = parseTimestamp(builtAt)
const inSeconds = (n: number): string => milliTimestamp(plus(start, seconds(n)))
const healthCheck = { command: ['CMD', 'true'], interval: 30, timeout: 5, retries: 3 }
type Rebalancing = NonNullable<ServiceStatus['availabilityZoneRebalancing']>

interface Case {
  /** Tasks: `a` runs in zone a, `+b` was started for zone b and runs; after it `new` (no place), `starts` (has one), `justRuns`, `sick`, `kept` (protected), `stopping`. */
  readonly tasks: readonly string[]
  /** MiB that instances have left, by zone; each zone has one. */
  readonly zones?: Readonly<Record<string, number>>
  readonly instance?: Readonly<Record<string, Partial<ContainerInstance['status'] & object>>>
  readonly spec?: Partial<Service['spec']>
  readonly constraints?: readonly { type: 'memberOf'; expression: string }[]
  readonly was?: Partial<Rebalancing>
  /** What the service wanted when it was looked at last. */
  readonly wanted?: number
  readonly rollout?: 'SUCCESSFUL' | 'IN_PROGRESS'
  /** Seconds after the tasks were made. */
  readonly at?: number
}

const inProgress = (zones: Readonly<Record<string, number>>, attempts = 1): Rebalancing => ({
  state: 'IN_PROGRESS',
  zones: Object.entries(zones).map(([zone, tasks]) => ({ zone, tasks })),
  attempts,
  attemptedAt: builtAt,
})

function decide({
  tasks: texts,
  zones = { a: 1000, b: 1000 },
  instance = {},
  spec,
  constraints,
  was,
  wanted,
  rollout,
  at = 0,
}: Case) {
  const desiredCount = spec?.desiredCount ?? texts.filter((text) => !/^\+|stopping/.test(text)).length
  const definition = aTaskDefinitionRevision({
    spec: {
      revision: 1,
      taskDefinition: {
        family: 'web',
        containerDefinitions: [aContainer({ healthCheck, memory: 100 })],
        ...(constraints === undefined ? {} : { placementConstraints: [...constraints] }),
      },
    },
  })
  const ready = ['Ready', 'Reconciling', 'Stalled'].map((type, i) => ({
    type,
    status: i === 0 ? ('True' as const) : ('False' as const),
    reason: 'SteadyState',
    message: 'The service has reached a steady state.',
    lastTransitionTime: builtAt,
  }))
  const service = aService({
    metadata: { finalizers: ['gantry.dev/drain'] },
    spec: { taskDefinition: 'web:1', desiredCount, ...spec },
    status: {
      desiredCount: wanted ?? desiredCount,
      conditions: ready,
      ...(was === undefined ? {} : { availabilityZoneRebalancing: was as Rebalancing }),
    },
  })
  const revision = aServiceRevision({
    owner: service,
    spec: { revision: 1, taskDefinition: 'web.1', templateHash: templateHash(service, 'web.1'), desiredCount },
  })
  const tasks = texts.map((text, slot): Task => {
    const [where = '', state = 'run'] = text.split(' ')
    const zone = where.replace('+', '')
    const healthStatus = state === 'sick' ? 'UNHEALTHY' : 'HEALTHY'
    const isPending = state === 'new' || state === 'starts'
    return aTask({
      name: `web-1-${slot}-1`,
      owner: revision,
      metadata: where.startsWith('+') ? { annotations: { [rebalancingAnnotation]: zone } } : {},
      spec: {
        taskDefinition: 'web.1',
        desiredStatus: state === 'stopping' ? 'STOPPED' : 'RUNNING',
        ...(state === 'new' ? {} : { containerInstance: zone }),
        ...(state === 'kept' ? { protection: { since: builtAt, expirationDate: inSeconds(3600) } } : {}),
      },
      status: isPending
        ? undefined
        : { lastStatus: 'RUNNING', startedAt: state === 'justRuns' ? inSeconds(at) : builtAt, healthStatus },
    })
  })
  const instances = Object.entries(zones).map(([name, memory]) =>
    aContainerInstance({
      name,
      status: {
        attributes: [{ name: 'ecs.availability-zone', value: name }],
        remainingResources: { cpu: 1024, memory, ports: [], portsUdp: [] },
        ...instance[name],
      },
    }),
  )
  const now = plus(start, seconds(at))
  const state = stateOf({
    now,
    service,
    revisions: [revision],
    deployments: [
      aServiceDeployment({
        owner: service,
        status: { status: rollout ?? 'SUCCESSFUL' },
        spec: { targetServiceRevision: 'web-1' },
      }),
    ],
    tasksOf: () => tasks,
    isTaken: (name) => tasks.some(({ metadata }) => metadata.name === name),
    revision: () => definition,
    family: () => [definition],
    head: () => undefined,
    instance: (name) => instances.find(({ metadata }) => metadata.name === name),
    instances: () => instances,
    prefetching: () => [],
  })
  return plan(state, now)
}

/** `b` was started for zone b; `-a` was stopped in zone a, `-` without a place. */
const movesOf = ({ starts, stops }: ReturnType<typeof plan>): readonly string[] => [
  ...stops.map(({ zone = '', task }) => `-${zone === '' ? (task.spec.containerInstance ?? '') : zone}`),
  ...starts.map(({ zone }) => zone ?? 'anywhere'),
]
const saidOf = (decided: ReturnType<typeof plan>) => decided.status.availabilityZoneRebalancing

describe('what is balanced, and what is done about the rest (ecs-core 5.9)', () => {
  it.each<Case & { rule: string; moves: readonly string[]; state: Rebalancing['state'] | undefined }>([
    { rule: '5.9: 2 tasks in 2 zones are 1, 1', tasks: ['a', 'b'], moves: [], state: 'BALANCED' },
    { rule: '5.9: 2 tasks in 2 zones are not 2, 0', tasks: ['a', 'a'], moves: ['b'], state: 'IN_PROGRESS' },
    { rule: '5.9: 3 tasks in 2 zones are 2, 1', tasks: ['a', 'a', 'b'], moves: [], state: 'BALANCED' },
    { rule: '5.9: 3 tasks in 2 zones are 1, 2 as well', tasks: ['a', 'b', 'b'], moves: [], state: 'BALANCED' },
    {
      rule: '5.9: 5 tasks in 3 zones are 2, 2, 1',
      tasks: ['a', 'a', 'b', 'b', 'c'],
      zones: { a: 900, b: 900, c: 900 },
      moves: [],
      state: 'BALANCED',
    },
    {
      rule: '5.9: 5 tasks in 3 zones are not 3, 1, 1',
      tasks: ['a', 'a', 'a', 'b', 'c'],
      zones: { a: 900, b: 900, c: 900 },
      moves: ['b'],
      state: 'IN_PROGRESS',
    },
    {
      rule: '5.9: the zone with the fewest gets as many as even it out',
      tasks: ['a', 'a', 'a', 'a'],
      moves: ['b', 'b'],
      state: 'IN_PROGRESS',
    },
    {
      rule: '5.9: a zone that has none yet gets its share',
      tasks: ['a', 'a', 'a', 'b', 'b', 'b'],
      zones: { a: 900, b: 900, c: 900 },
      moves: ['c', 'c'],
      state: 'IN_PROGRESS',
    },
    {
      rule: '5.9: never above maximumPercent',
      tasks: ['a', 'a', 'a', 'a'],
      spec: { deploymentConfiguration: { minimumHealthyPercent: 50, maximumPercent: 125 } },
      moves: ['b'],
      state: 'IN_PROGRESS',
    },
    {
      rule: '5.9: a maximum that rounds down to what is wanted leaves no room',
      tasks: ['a', 'a'],
      spec: { deploymentConfiguration: { minimumHealthyPercent: 50, maximumPercent: 149 } },
      moves: [],
      state: 'STOPPED',
    },
    {
      rule: '5.9: a zone that is full gets none',
      tasks: ['a', 'a'],
      zones: { a: 900, b: 99 },
      moves: [],
      state: 'STOPPED',
    },
    {
      rule: '5.9: it gets what fits',
      tasks: ['a', 'a', 'a', 'a'],
      zones: { a: 900, b: 199 },
      moves: ['b'],
      state: 'IN_PROGRESS',
    },
    {
      rule: '5.9: with the emptiest one full, the next',
      tasks: ['a', 'a', 'a', 'a', 'c'],
      zones: { a: 900, b: 0, c: 900 },
      moves: ['c'],
      state: 'IN_PROGRESS',
    },
    {
      rule: '5.9: a zone whose instances are not heard does not count',
      tasks: ['a', 'a'],
      instance: { b: { agentConnected: false } },
      moves: [],
      state: undefined,
    },
    {
      rule: '5.9: nor one whose instances the constraints exclude',
      tasks: ['a', 'a'],
      constraints: [{ type: 'memberOf', expression: 'ec2InstanceId == a' }],
      moves: [],
      state: undefined,
    },
    {
      rule: '5.9: one zone has nothing to even out',
      tasks: ['a', 'a'],
      zones: { a: 900 },
      moves: [],
      state: undefined,
    },
    { rule: '5.9: protected tasks are not stopped', tasks: ['a kept', 'a kept', 'b'], moves: [], state: 'BALANCED' },
    { rule: '5.9: nor are others started for them', tasks: ['a kept', 'a kept'], moves: [], state: 'STOPPED' },
    {
      rule: '5.9: only for those that may go',
      tasks: ['a kept', 'a kept', 'a kept', 'a'],
      moves: ['b'],
      state: 'IN_PROGRESS',
    },
  ])('$rule: $tasks', ({ moves, state, ...of }) => {
    const decided = decide(of)
    expect(movesOf(decided)).toEqual(moves)
    expect(saidOf(decided)?.state).toBe(state)
    expect(decided.isStatusFirst).toBe(moves.length > 0)
    expect(conditionOf(decided.status.conditions, 'Ready')).toMatchObject({ status: 'True', reason: 'SteadyState' })
  })
})

describe('who is eligible (ecs-core 5.9)', () => {
  const byZone = { type: 'spread', field: 'attribute:ecs.availability-zone' } as const
  it.each<{ rule: string; spec?: Case['spec']; constraints?: Case['constraints']; moves: readonly string[] }>([
    { rule: '2.4: without a word it is ENABLED', moves: ['b'] },
    { rule: '2.4: ENABLED', spec: { availabilityZoneRebalancing: 'ENABLED' }, moves: ['b'] },
    { rule: '2.4: DISABLED', spec: { availabilityZoneRebalancing: 'DISABLED' }, moves: [] },
    {
      rule: '5.9: first strategy by zone',
      spec: { placementStrategy: [byZone, { type: 'binpack', field: 'cpu' }] },
      moves: ['b'],
    },
    {
      rule: '5.9: another first strategy',
      spec: { placementStrategy: [{ type: 'binpack', field: 'cpu' }, byZone] },
      moves: [],
    },
    {
      rule: '5.9: maximumPercent 100',
      spec: { deploymentConfiguration: { minimumHealthyPercent: 0, maximumPercent: 100 } },
      moves: [],
    },
    { rule: '5.9: EXTERNAL', spec: { launchType: 'EXTERNAL' }, moves: [] },
    {
      rule: '5.9: a constraint of the service by zone',
      spec: { placementConstraints: [{ type: 'memberOf', expression: 'attribute:ecs.availability-zone in [a, b]' }] },
      moves: [],
    },
    {
      rule: '5.9: a constraint of the task definition by zone',
      constraints: [{ type: 'memberOf', expression: 'attribute:ecs.availability-zone exists' }],
      moves: [],
    },
    { rule: '5.9: paused', spec: { paused: true }, moves: [] },
  ])('$rule', ({ moves, ...of }) => {
    expect(movesOf(decide({ tasks: ['a', 'a'], ...of }))).toEqual(moves)
  })
})

describe('while it is under way (ecs-core 5.9)', () => {
  it.each<Case & { when: string; moves: readonly string[]; state?: Rebalancing['state']; ready?: false }>([
    { when: 'the new one has no place yet: it is waited for', tasks: ['a', 'a', '+b new'], moves: [] },
    { when: 'the new one starts', tasks: ['a', 'a', '+b starts'], moves: [], at: 600 },
    { when: 'the new one is well: one goes where most are', tasks: ['a', 'a', '+b'], moves: ['-a'] },
    {
      when: 'one of two is well',
      tasks: ['a', 'a', 'a', 'a', '+b', '+b starts'],
      was: inProgress({ a: 4, b: 0 }),
      moves: ['-a'],
    },
    {
      when: 'the new one is not ready long enough (minReadySeconds)',
      tasks: ['a', 'a', '+b justRuns'],
      spec: { desiredCount: 2, deploymentConfiguration: { minReadySeconds: 30 } },
      was: inProgress({ a: 2, b: 0 }),
      moves: [],
      at: 40,
    },
    { when: 'the old one is still stopping', tasks: ['a', '+b', 'a stopping'], spec: { desiredCount: 2 }, moves: [] },
    { when: 'all is done', tasks: ['a', '+b'], spec: { desiredCount: 2 }, moves: [], state: 'BALANCED' },
    {
      when: 'only the new one may go: it does, and nothing is tried while that is so',
      tasks: ['a kept', 'a kept', '+b'],
      moves: ['-b'],
    },
    { when: 'it found no place for a minute: it is withdrawn', tasks: ['a', 'a', '+b new'], at: 60, moves: ['-'] },
    {
      when: 'nothing came of it: it waits before it tries again',
      tasks: ['a', 'a'],
      at: 59,
      moves: [],
      state: 'STOPPED',
    },
    { when: 'it has waited', tasks: ['a', 'a'], at: 60, moves: ['b'] },
    {
      when: 'longer each time',
      tasks: ['a', 'a'],
      was: inProgress({ a: 2, b: 0 }, 3),
      at: 239,
      moves: [],
      state: 'STOPPED',
    },
    {
      when: 'another task went: the new one is its replacement',
      tasks: ['a', '+b starts'],
      spec: { desiredCount: 2 },
      moves: [],
      ready: false,
    },
    {
      when: 'another task went, and the new one has no place: one is started anywhere',
      tasks: ['a', '+b new'],
      spec: { desiredCount: 2 },
      moves: ['-', 'anywhere'],
      ready: false,
    },
    { when: 'a task is unhealthy: the new one replaces it', tasks: ['a', 'a sick', '+b'], moves: ['-a'], ready: false },
    {
      when: 'a deployment begins: the new one goes',
      tasks: ['a', 'a', '+b starts'],
      rollout: 'IN_PROGRESS',
      moves: ['-b'],
      state: 'STOPPED',
      ready: false,
    },
    {
      when: 'the service is scaled in: the new one goes first',
      tasks: ['a', 'a', '+b starts'],
      spec: { desiredCount: 1 },
      wanted: 2,
      moves: ['-b', '-a'],
      state: 'STOPPED',
      ready: false,
    },
    {
      when: 'the service is scaled out: the new one is one of them',
      tasks: ['a', 'a', '+b starts'],
      spec: { desiredCount: 3 },
      wanted: 2,
      moves: [],
      state: 'STOPPED',
      ready: false,
    },
    {
      when: 'it is turned off: the new one goes',
      tasks: ['a', 'a', '+b starts'],
      spec: { desiredCount: 2, availabilityZoneRebalancing: 'DISABLED' },
      moves: ['-b'],
      ready: false,
    },
  ])('$when: $tasks', ({ moves, state, ready, ...of }) => {
    const decided = decide({ was: inProgress({ a: 2, b: 0 }), ...of })
    expect(movesOf(decided)).toEqual(moves)
    if (state !== undefined) expect(saidOf(decided)?.state).toBe(state)
    expect(conditionOf(decided.status.conditions, 'Ready')?.status).toBe(ready === false ? 'False' : 'True')
  })

  it('tries at once what is other than it was', () => {
    const decided = decide({ tasks: ['a', 'a', 'a', 'b'], was: inProgress({ a: 4, b: 0 }, 5), at: 1 })
    expect(movesOf(decided)).toEqual(['b'])
    expect(saidOf(decided)).toMatchObject({ attempts: 1, attemptedAt: inSeconds(1) })
  })

  it('writes nothing while nothing can be done, and looks again', () => {
    const was = {
      state: 'STOPPED',
      zones: [
        { zone: 'a', tasks: 2 },
        { zone: 'b', tasks: 0 },
      ],
      reason: 'no container instance in b has room for a task of it',
    } as const
    const of = { tasks: ['a', 'a'], zones: { a: 900, b: 0 } }
    const decided = decide({ ...of, was: { ...was, zones: [...was.zones] } })
    expect(saidOf(decided)).toEqual(was)
    expect(decided.events).toEqual([])
    expect(decided.wakeAt).toBe(plus(start, seconds(60)))
  })
})

describe('what is told (ecs-core 5.8)', () => {
  const skewed = { a: 3, b: 1 }
  const tasks = ['a', 'a', 'a', 'b']
  it.each<Case & { message: string }>([
    { tasks, message: '(service web) is not AZ balanced with 3 tasks in a, 1 tasks in b. AZ Rebalancing in progress.' },
    {
      tasks: ['a', 'a', 'b', 'b'],
      was: inProgress(skewed),
      message: '(service web) is AZ balanced with 2 tasks in a, 2 tasks in b.',
    },
    {
      tasks,
      zones: { a: 900, b: 50 },
      was: inProgress({ a: 4, b: 0 }),
      message:
        '(service web) is not AZ balanced with 3 tasks in a, 1 tasks in b. AZ Rebalancing stopped: no container instance in b has room for a task of it.',
    },
    {
      tasks,
      was: inProgress(skewed),
      rollout: 'IN_PROGRESS',
      message:
        '(service web) is not AZ balanced with 3 tasks in a, 1 tasks in b. AZ Rebalancing stopped: a deployment began.',
    },
  ])('$message', ({ message, ...of }) => {
    expect(decide(of).events.map((event) => event.message)).toEqual([message])
  })

  it.each<Case & { when: string }>([
    { when: 'it goes on', tasks: ['a', 'a', 'a', 'b', '+b new'], was: inProgress(skewed) },
    { when: 'it has never been otherwise', tasks: ['a', 'b'] },
  ])('nothing when $when', (of) => {
    expect(decide(of).events).toEqual([])
  })
})
