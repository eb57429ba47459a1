import { describe, expect, it } from 'vitest'
import type { PlacementStrategy } from '../../api/v1/placement.ts'
import type { Task } from '../../api/v1/task.ts'
import type { TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import { seededRandom } from '../../lib/random.ts'
import { minutes, plus, seconds } from '../../lib/time.ts'
import {
  aBook,
  anInstance,
  aWaitingTask,
  bindings,
  bound,
  decide,
  definition,
  type Machine,
  refusal,
  type TaskOptions,
  t0,
  targets,
  waiting,
} from '../../test/builders/scheduler-book.ts'
import { schedulerLimits } from './limits.ts'
import { plan } from './plan.ts'
import { type Refusal, seenOf } from './state.ts'

describe('why a task has no place', () => {
  const inZones = { a: { zone: 'a' }, b: { zone: 'b' } }
  const memberOf = (expression: string): TaskOptions => ({ constraints: [{ type: 'memberOf', expression }] })
  it.each<{
    when: string
    instances: Readonly<Record<string, Machine>>
    there?: readonly Task[]
    ask?: TaskDefinitionRevision
    task?: TaskOptions
    want: Refusal
  }>([
    {
      when: 'there is no instance',
      instances: {},
      want: { reason: 'NoContainerInstances', message: 'No Container Instances were found in your cluster.' },
    },
    {
      when: 'one drains and one is not heard',
      instances: { a: { status: 'DRAINING' }, b: { connected: false }, c: { connected: false } },
      want: { reason: 'NotPlaceable', message: '0/3 instances: 2 agent not connected, 1 DRAINING' },
    },
    {
      when: 'memory is short on most and a port is taken on the others',
      instances: { a: { memory: 128 }, b: { memory: 128 }, c: { memory: 128 }, d: { ports: [80] }, e: { ports: [80] } },
      ask: definition({ memory: 256, portMappings: [{ containerPort: 80, hostPort: 80, protocol: 'tcp' }] }),
      want: {
        reason: 'InsufficientMemory',
        message: '0/5 instances: 3 short of memory (256 MiB), 2 port 80 in use',
      },
    },
    {
      when: 'CPU is short',
      instances: { a: { cpu: 1024 } },
      ask: definition({ cpu: 1025 }),
      want: { reason: 'InsufficientCpu', message: '0/1 instances: 1 short of CPU (1025 units)' },
    },
    {
      when: 'a task that is there holds the port',
      instances: { a: {} },
      there: [bound('other', 'a')],
      ask: definition({ portMappings: [{ containerPort: 53, hostPort: 5300, protocol: 'udp' }] }),
      want: { reason: 'PortInUse', message: '0/1 instances: 1 UDP port 5300 in use' },
    },
    {
      when: 'host networking wants a container port that is taken',
      instances: { a: { ports: [8080] } },
      ask: definition({ portMappings: [{ containerPort: 8080, protocol: 'tcp' }] }, { networkMode: 'host' }),
      want: { reason: 'PortInUse', message: '0/1 instances: 1 port 8080 in use' },
    },
    {
      when: 'no instance is a member',
      instances: inZones,
      task: memberOf('attribute:ecs.availability-zone == c'),
      want: { reason: 'ConstraintNotMet', message: '0/2 instances: 2 MemberOf placement constraint unsatisfied' },
    },
    {
      when: 'it wants to be near a group that is nowhere',
      instances: inZones,
      task: memberOf('task:group == service:db'),
      want: { reason: 'ConstraintNotMet', message: '0/2 instances: 2 MemberOf placement constraint unsatisfied' },
    },
    {
      when: 'each instance has one of the group',
      instances: { a: {} },
      there: [bound('web-1-9-1', 'a')],
      task: { constraints: [{ type: 'distinctInstance' }] },
      want: { reason: 'NotDistinct', message: '0/1 instances: 1 DistinctInstance placement constraint unsatisfied' },
    },
  ])('$when', ({ instances, there = [], ask = definition(), task = {}, want }) => {
    const { actions } = decide(aBook(instances, [...there, ...waiting(1, task)], ask))
    expect(bindings(actions)).toEqual([])
    expect(refusal(actions)).toEqual(want)
  })

  it('the definition does not exist', () => {
    const why: Refusal = { reason: 'TaskDefinitionNotFound', message: 'spec.taskDefinition: Not found: "web.1"' }
    const { actions } = decide(aBook({ a: {} }, waiting(1), { refusal: why }))
    expect(refusal(actions)).toEqual(why)
  })

  it('different refusals beyond a handful are summed up', () => {
    const zones = Object.fromEntries(Array.from({ length: 8 }, (_, n) => [`i${n}`, { ports: [8000 + n] }]))
    const portMappings = Array.from({ length: 8 }, (_, n) => ({
      containerPort: 80 + n,
      hostPort: 8000 + n,
      protocol: 'tcp' as const,
    }))
    const { actions } = decide(aBook(zones, waiting(1), definition({ portMappings })))
    expect(refusal(actions)?.message).toMatch(/^0\/8 instances: 1 port 8000 in use, .*, 3 for other reasons$/)
  })
})

describe('where a task goes', () => {
  const spreadBy = (field: string): PlacementStrategy => ({ type: 'spread', field })
  it.each<{
    when: string
    instances: Readonly<Record<string, Machine>>
    there?: readonly Task[]
    ask?: TaskDefinitionRevision
    count?: number
    task?: TaskOptions
    want: readonly string[]
  }>([
    {
      when: 'without a strategy it is spread over zones, then over instances',
      instances: { a1: { zone: 'a' }, a2: { zone: 'a' }, a3: { zone: 'a' }, b1: { zone: 'b' } },
      count: 4,
      want: ['a1', 'b1', 'a2', 'b1'],
    },
    {
      when: 'without zones it is spread over instances',
      instances: { a: {}, b: {}, c: {} },
      count: 6,
      want: ['a', 'b', 'c', 'a', 'b', 'c'],
    },
    {
      when: 'other groups do not count in a spread, but decide a tie by what they reserve',
      instances: { a: {}, b: {} },
      there: [bound('other-1', 'a', 'service:other')],
      count: 3,
      want: ['b', 'a', 'b'],
    },
    {
      when: 'tasks on a draining instance do not count for its zone',
      instances: { a1: { zone: 'a', status: 'DRAINING' }, a2: { zone: 'a' }, b1: { zone: 'b' } },
      there: [bound('x', 'a1'), bound('y', 'a1'), bound('z', 'b1')],
      want: ['a2'],
    },
    {
      when: 'spread by an attribute takes the instances without it as one more value',
      instances: { a: { attributes: { rack: '1' } }, b: {}, c: {} },
      count: 4,
      task: { strategy: [spreadBy('attribute:rack'), spreadBy('instanceId')] },
      want: ['a', 'b', 'c', 'a'],
    },
    {
      when: 'binpack fills the fullest that fits',
      instances: { a: { memory: 1024 }, b: { memory: 512 }, c: { memory: 128 } },
      ask: definition({ memory: 256 }),
      count: 3,
      task: { strategy: [{ type: 'binpack', field: 'memory' }] },
      want: ['b', 'b', 'a'],
    },
    {
      when: 'a chain goes from left to right',
      instances: { a1: { zone: 'a', memory: 512 }, a2: { zone: 'a', memory: 256 }, b1: { zone: 'b' } },
      count: 3,
      task: { strategy: [spreadBy('attribute:ecs.availability-zone'), { type: 'binpack', field: 'MEMORY' }] },
      want: ['a2', 'b1', 'a2'],
    },
    {
      when: 'the reservation of a stopping task is free at once',
      instances: { a: {} },
      there: [bound('old', 'a', 'service:web', { desiredStatus: 'STOPPED' })],
      ask: definition({ portMappings: [{ containerPort: 80, hostPort: 80, protocol: 'tcp' }] }),
      want: ['a'],
    },
    {
      when: 'it follows the group that it wants to be near',
      instances: { a: {}, b: {} },
      there: [bound('db-1', 'b', 'service:db')],
      task: { constraints: [{ type: 'memberOf', expression: 'task:group == service:db' }] },
      count: 2,
      want: ['b', 'b'],
    },
    {
      when: 'a daemon task goes to its instance',
      instances: { a: {}, b: {} },
      task: { constraints: [{ type: 'memberOf', expression: 'ec2InstanceId == "b"' }] },
      want: ['b'],
    },
    {
      when: 'one to each instance, and no more',
      instances: { a: {}, b: {} },
      task: { constraints: [{ type: 'distinctInstance' }] },
      count: 3,
      want: ['a', 'b'],
    },
    {
      when: 'task-level sizes go before the containers',
      instances: { a: { memory: 600, cpu: 512 } },
      ask: definition({ memory: 64, cpu: 1 }, { memory: '0.5 GB', cpu: '256' }),
      count: 2,
      want: ['a'],
    },
    {
      when: 'memoryReservation goes before memory',
      instances: { a: { memory: 256 } },
      ask: definition({ memory: 256, memoryReservation: 128 }),
      count: 3,
      want: ['a', 'a'],
    },
  ])('$when', ({ instances, there = [], ask = definition(), count = 1, task = {}, want }) => {
    const { actions } = decide(aBook(instances, [...there, ...waiting(count, task)], ask))
    expect(targets(actions)).toEqual(want)
  })

  it('the oldest goes first, then the first by name; one that does not fit holds up nobody', () => {
    const book = aBook({ a: { memory: 128 } }, [
      aWaitingTask('b', { at: '2026-01-01T00:00:02Z' }),
      aWaitingTask('c', { at: '2026-01-01T00:00:01Z' }),
      aWaitingTask('a', { at: '2026-01-01T00:00:02Z' }),
    ])
    book.seeTask(
      'big',
      seenOf(aWaitingTask('big', { at: '2025-01-01T00:00:00Z' }), definition({ memory: 1024 }, {}, 2)),
    )
    const { actions } = decide(book)
    expect(bindings(actions)).toEqual(['c -> a', 'a -> a'])
  })

  it('5.11: what may go to one instance alone comes first, as a daemon that waits for room there', () => {
    const only = (name: string): TaskOptions => ({
      at: '2026-02-01T00:00:00Z',
      constraints: [{ type: 'memberOf', expression: `ec2InstanceId == "${name}"` }],
    })
    const book = aBook({ a: { memory: 64 }, b: {} }, [...waiting(3), aWaitingTask('daemon-1-a-1', only('a'))])
    expect(bindings(decide(book).actions)[0]).toBe('daemon-1-a-1 -> a')
    // it got what was free, and moves nobody
    const full = aBook({ a: { memory: 64 } }, [bound('there', 'a'), aWaitingTask('daemon-1-a-1', only('a'))])
    expect(bindings(decide(full).actions)).toEqual([])
  })

  it('random is the same for the same seed and reaches every instance', () => {
    const options: TaskOptions = { strategy: [{ type: 'random' }] }
    const instances = { a: {}, b: {}, c: {} }
    const run = (seed: number) => targets(decide(aBook(instances, waiting(20, options)), seed).actions)
    expect(run(7)).toEqual(run(7))
    expect(run(7)).not.toEqual(run(8))
    expect(new Set(run(7))).toEqual(new Set(['a', 'b', 'c']))
  })
})

describe('what is said', () => {
  const said = (task: Task, { reason, message }: Refusal): Task => ({
    ...task,
    status: {
      conditions: [{ type: 'Scheduled', status: 'False', reason, message, lastTransitionTime: '2026-01-01T00:00:00Z' }],
    },
  })
  const [task] = waiting(1) as readonly [Task]

  it('nothing when the condition says it already', () => {
    const book = aBook({ a: { memory: 1 } }, [task])
    const why = refusal(decide(book).actions) as Refusal
    const again = aBook({ a: { memory: 1 } }, [said(task, why)])
    expect(decide(again).actions).toEqual([])
  })

  it('a new reason at once and with an event; new words for the same reason later and without', () => {
    const book = aBook({ a: { memory: 1 } }, [task])
    const first = decide(book).actions
    expect(first).toEqual([expect.objectContaining({ do: 'explain', announce: true })])
    book.wrote(task.metadata.name, t0)
    book.seeTask(task.metadata.name, seenOf(said(task, refusal(first) as Refusal), definition()))
    book.seeInstance('b', anInstance('b', { memory: 1 }))
    const second = decide(book)
    expect(second).toMatchObject({ actions: [], wakeAt: plus(t0, schedulerLimits.reword) })
    const third = plan(book, plus(t0, schedulerLimits.reword), seededRandom(1))
    expect(third.actions).toEqual([
      {
        do: 'explain',
        task: 'web-1-0-1',
        refusal: { reason: 'InsufficientMemory', message: '0/2 instances: 2 short of memory (64 MiB)' },
        announce: false,
      },
    ])
  })

  it('a bound task that still says otherwise is put right', () => {
    const there = said(bound('web-1-0-1', 'a'), { reason: 'PortInUse', message: '' })
    expect(decide(aBook({ a: {} }, [there])).actions).toEqual([{ do: 'confirm', task: 'web-1-0-1' }])
  })

  it('without news everything is tried again, ever more rarely', () => {
    const book = aBook({ a: { memory: 1 } }, [task])
    expect(decide(book).wakeAt).toBe(plus(t0, seconds(30)))
    expect(plan(book, plus(t0, seconds(30)), seededRandom(1)).wakeAt).toBe(plus(t0, seconds(90)))
    const late = plus(t0, minutes(600))
    for (let n = 0; n < 9; n += 1) plan(book, plus(t0, minutes(60 * n)), seededRandom(1))
    expect(plan(book, late, seededRandom(1)).wakeAt).toBe(plus(late, minutes(10)))
  })
})
