import { describe, expect, it } from 'vitest'
import type { Condition } from '../../api/meta/conditions.ts'
import { agentCondition } from '../../api/v1/container-instance.ts'
import type { Service } from '../../api/v1/service.ts'
import type { Task } from '../../api/v1/task.ts'
import { containersFinalizer } from '../../api/v1/well-known.ts'
import { instant, millis, plus, seconds } from '../../lib/time.ts'
import {
  aContainer,
  aContainerInstance,
  aLease,
  aService,
  aTask,
  aTaskDefinitionRevision,
  running,
  stopped,
} from '../../test/builders/kinds.ts'
import { instanceLimits } from './limits.ts'
import { type Action, deregisteredEnd, lostEnd, plan, planEnd, planGone, planUnbound } from './plan.ts'
import { boundTask, type Liveliness, livelinessOf, type Pulse, pulseOf } from './state.ts'

const t0 = instant(Date.UTC(2026, 0, 1))
const at = (n: number) => plus(t0, seconds(n))
const limits = instanceLimits
const none: ReadonlySet<string> = new Set()

const renewed = (n: number) =>
  aLease({ spec: { renewTime: `2026-01-01T00:00:${String(n).padStart(2, '0')}.000000Z`, leaseDurationSeconds: 15 } })
const saying = (reason: Liveliness): Condition[] => [
  { type: agentCondition, status: 'True', reason, message: '', lastTransitionTime: '2026-01-01T00:00:00Z' },
]

describe('a heartbeat', () => {
  const beating: Pulse = { renewTime: 'x', seenAt: t0, beat: true, holds: seconds(15) }
  const justLooking: Pulse = { ...beating, beat: false }
  const instance = aContainerInstance()
  it.each<{ when: string; pulse: Pulse; said?: Liveliness; at: number; want: Liveliness }>([
    { when: 'just seen', pulse: beating, at: 0, want: 'HeartbeatFresh' },
    { when: 'seen within the duration of the lease', pulse: beating, at: 14, want: 'HeartbeatFresh' },
    { when: 'not renewed for the duration', pulse: beating, at: 15, want: 'HeartbeatLate' },
    { when: 'not renewed for 30 s', pulse: beating, at: 30, want: 'HeartbeatLost' },
    { when: 'renewed, whatever was said before', pulse: beating, said: 'HeartbeatLost', at: 1, want: 'HeartbeatFresh' },
    { when: 'first looked at, never judged', pulse: justLooking, at: 0, want: 'HeartbeatFresh' },
    {
      when: 'first looked at, known as fresh',
      pulse: justLooking,
      said: 'HeartbeatFresh',
      at: 0,
      want: 'HeartbeatFresh',
    },
    { when: 'first looked at, known as late', pulse: justLooking, said: 'HeartbeatLate', at: 0, want: 'HeartbeatLate' },
    { when: 'first looked at, known as lost', pulse: justLooking, said: 'HeartbeatLost', at: 0, want: 'HeartbeatLost' },
    {
      when: 'known as fresh and then silent',
      pulse: justLooking,
      said: 'HeartbeatFresh',
      at: 30,
      want: 'HeartbeatLost',
    },
    { when: 'never given', pulse: { ...justLooking, renewTime: undefined }, at: 0, want: 'HeartbeatLate' },
  ])('$when is $want', ({ pulse, said, at: seconds, want }) => {
    const one =
      said === undefined ? instance : { ...instance, status: { ...instance.status, conditions: saying(said) } }
    expect(livelinessOf(one, pulse, at(seconds), limits)).toBe(want)
  })

  it('is judged by the change that was seen here, not by the time written in it', () => {
    const first = pulseOf(undefined, renewed(50), t0, limits)
    expect(first).toMatchObject({ seenAt: t0, beat: false, holds: seconds(15) })
    expect(pulseOf(first, renewed(50), at(9), limits)).toBe(first)
    expect(pulseOf(first, renewed(5), at(9), limits)).toMatchObject({ seenAt: at(9), beat: true })
  })

  it('grows old when the lease is gone', () => {
    const beat = pulseOf(pulseOf(undefined, renewed(0), t0, limits), renewed(5), at(5), limits)
    expect(pulseOf(beat, undefined, at(9), limits)).toBe(beat)
  })
})

const told: Partial<Task['spec']> = {
  desiredStatus: 'STOPPED',
  stopCode: 'ServiceSchedulerInitiated',
  stoppedReason: 'Scaling activity initiated by (deployment ecs-svc/1)',
}
const deleting = (...finalizers: string[]) => ({ deletionTimestamp: '2026-01-01T00:00:00Z', finalizers })

/** What becomes of a task, in one word, with its stop code. */
const fate = (actions: readonly Action[]): string =>
  actions.map((action) => ('stopCode' in action ? `${action.do} ${action.stopCode}` : action.do)).join(', ')

describe('the end of a task that no agent looks after', () => {
  it.each<{ when: string; task: Task; want: string }>([
    { when: 'running', task: aTask({ status: running }), want: 'stop TerminationNotice' },
    { when: 'without any status', task: aTask(), want: 'stop TerminationNotice' },
    {
      when: 'told to stop before',
      task: aTask({ spec: told, status: running }),
      want: 'stop ServiceSchedulerInitiated',
    },
    { when: 'stopped already', task: aTask({ status: stopped }), want: '' },
    {
      when: 'being deleted',
      task: aTask({ metadata: deleting(containersFinalizer), status: running }),
      want: 'release',
    },
    {
      when: 'being deleted, and somebody else waits for it',
      task: aTask({ metadata: deleting(containersFinalizer, 'other'), status: running }),
      want: 'stop TerminationNotice',
    },
    {
      when: 'stopped and being deleted',
      task: aTask({ metadata: deleting(containersFinalizer, 'other'), status: stopped }),
      want: 'release',
    },
    {
      when: 'being deleted without our finalizer',
      task: aTask({ metadata: deleting('other'), status: stopped }),
      want: '',
    },
  ])('$when', ({ task, want }) => {
    expect(fate(planEnd([task], lostEnd('one')))).toBe(want)
  })

  it.each<{ when: string; task: Task; want: string }>([
    { when: 'running', task: aTask({ status: running }), want: 'ask TerminationNotice' },
    { when: 'without any status', task: aTask(), want: 'ask TerminationNotice' },
    { when: 'told to stop before', task: aTask({ spec: told, status: running }), want: '' },
    {
      when: 'told to stop, and not said to be out of reach',
      task: aTask({ spec: told, status: { ...running, connectivity: 'CONNECTED' } }),
      want: 'disconnect',
    },
    {
      when: 'told to stop, and said to be out of reach',
      task: aTask({ spec: told, status: { ...running, connectivity: 'DISCONNECTED' } }),
      want: '',
    },
    {
      when: 'being deleted',
      task: aTask({ metadata: deleting(containersFinalizer), status: running }),
      want: '',
    },
    {
      when: 'stopped and being deleted',
      task: aTask({ metadata: deleting(containersFinalizer), status: stopped }),
      want: 'release',
    },
  ])('may not run twice, $when: $want', ({ task, want }) => {
    expect(fate(planEnd([task], lostEnd('one'), new Set([task.metadata.name])))).toBe(want)
  })

  it.each([
    { when: 'its agent was heard a moment ago', now: 14, want: 'ask UserInitiated, stop UserInitiated', wake: 15 },
    { when: 'its agent is not heard', now: 15, want: 'stop UserInitiated, stop UserInitiated', wake: undefined },
  ])('of an instance that was deleted, $when: $want', ({ now, want, wake }) => {
    const tasks = [aTask({ name: 'strict', status: running }), aTask({ name: 'other', status: running })]
    const pulse: Pulse = { renewTime: 'x', seenAt: t0, beat: true, holds: seconds(15) }
    const { actions, wakeAt } = planGone(tasks, new Set(['strict']), pulse, at(now))
    expect(fate(actions)).toBe(want)
    expect(wakeAt).toBe(wake === undefined ? undefined : at(wake))
  })

  it('names the instance', () => {
    expect(planEnd([aTask()], lostEnd('one'))).toMatchObject([
      { reason: expect.stringMatching(/^Host EC2 \(instance one\) stopped/) },
    ])
    expect(planEnd([aTask()], deregisteredEnd)).toMatchObject([
      {
        stopCode: 'UserInitiated',
        reason: expect.stringContaining('Container instance deregistration forced by user'),
      },
    ])
  })

  it.each<{ when: string; task: Task; want: string }>([
    { when: 'waiting', task: aTask(), want: '' },
    { when: 'told to stop', task: aTask({ spec: told }), want: 'stop ServiceSchedulerInitiated' },
    {
      when: 'told to stop without a reason',
      task: aTask({ spec: { desiredStatus: 'STOPPED' } }),
      want: 'stop UserInitiated',
    },
    { when: 'deleted', task: aTask({ metadata: deleting(containersFinalizer) }), want: 'release' },
    { when: 'told to stop once bound', task: aTask({ spec: { ...told, containerInstance: 'one' } }), want: '' },
  ])('never placed: $when', ({ task, want }) => {
    expect(fate(planUnbound(task))).toBe(want)
  })
})

describe('the status of an instance', () => {
  const pulse: Pulse = { renewTime: 'x', seenAt: t0, beat: true, holds: seconds(15) }
  const fixed = aTaskDefinitionRevision({
    spec: {
      taskDefinition: {
        containerDefinitions: [
          aContainer({ cpu: 100, memory: 300, portMappings: [{ containerPort: 80, hostPort: 80, protocol: 'tcp' }] }),
        ],
      },
    },
  })
  const registered = aContainerInstance({
    status: { registeredResources: { cpu: 1024, memory: 1024, ports: [22], portsUdp: [] } },
  })
  const tasksOf = (...tasks: Task[]) => tasks.map((task) => boundTask(task, fixed, undefined))
  const report = (actions: readonly Action[]) => actions.find((action) => action.do === 'report')
  const steady = (tasks: ReturnType<typeof tasksOf>, one = registered) => {
    const first = report(plan({ instance: one, pulse, tasks, strict: none, reportedAt: undefined }, t0, limits).actions)
    return { ...one, status: first?.status ?? one.status }
  }

  it('while it drains, counts the tasks of replicas until they have stopped (ecs-core 7.2)', () => {
    const daemons = aService({ name: 'logs', spec: { schedulingStrategy: 'DAEMON', desiredCount: undefined } })
    const of = (name: string, group: string, task: Partial<Parameters<typeof aTask>[0]>, service?: Service) =>
      boundTask(aTask({ name, ...task, spec: { group, ...task?.spec } }), fixed, service)
    const tasks = [
      of('runs', 'service:web', { status: running }, aService()),
      of('stops', 'service:web', { status: running, spec: { desiredStatus: 'STOPPED' } }, aService()),
      of('of-a-service-that-is-gone', 'service:old', { status: running }),
      of('stopped', 'service:web', { status: stopped }, aService()),
      of('daemon', 'service:logs', { status: running }, daemons),
      of('alone', 'family:web', { status: running }),
    ]
    const drains = { ...registered, spec: { ...registered.spec, status: 'DRAINING' as const } }
    const counted = steady(tasks, drains)
    expect(counted.status?.replicaTasksCount).toBe(3)
    // and says nothing of it when it is ACTIVE again
    expect(steady(tasks, { ...counted, spec: registered.spec }).status).not.toHaveProperty('replicaTasksCount')
  })

  it('counts live tasks, and shows ports in use rather than free ones', () => {
    const tasks = tasksOf(
      aTask({ name: 'runs', status: running }),
      aTask({ name: 'starts', status: { lastStatus: 'PENDING' } }),
      aTask({ name: 'stops', spec: { desiredStatus: 'STOPPED' }, status: running }),
      aTask({ name: 'stopped', status: stopped }),
    )
    expect(steady(tasks).status).toMatchObject({
      status: 'ACTIVE',
      agentConnected: true,
      runningTasksCount: 2,
      pendingTasksCount: 1,
      remainingResources: { cpu: 824, memory: 424, ports: [22, 80], portsUdp: [] },
      registeredResources: { cpu: 1024 },
    })
  })

  it('is not written when nothing changed', () => {
    const instance = steady(tasksOf(aTask({ status: running })))
    const tasks = tasksOf(aTask({ status: running }))
    expect(plan({ instance, pulse, tasks, strict: none, reportedAt: t0 }, at(1), limits)).toEqual({
      actions: [],
      wakeAt: at(15),
    })
  })

  it.each([
    { when: 'late comes first', lostAfter: 30, now: 1, wake: 15 },
    { when: 'late already', lostAfter: 30, now: 15, wake: 30 },
    { when: 'lost comes before late', lostAfter: 10, now: 1, wake: 10 },
    { when: 'lost already', lostAfter: 10, now: 10, wake: undefined },
  ])('is looked at again when age changes it: $when', ({ lostAfter, now, wake }) => {
    const own = { ...limits, lostAfter: seconds(lostAfter) }
    const { wakeAt } = plan({ instance: steady([]), pulse, tasks: [], strict: none, reportedAt: t0 }, at(now), own)
    expect(wakeAt).toBe(wake === undefined ? undefined : at(wake))
  })

  it('counts wait for a second since the last report', () => {
    const instance = steady([])
    const state = { instance, pulse, tasks: tasksOf(aTask({ status: running })), strict: none, reportedAt: t0 }
    expect(plan(state, plus(t0, millis(300)), limits)).toEqual({ actions: [], wakeAt: at(1) })
    expect(report(plan(state, at(1), limits).actions)?.status.runningTasksCount).toBe(1)
  })

  it.each([
    { when: 'draining', over: { spec: { status: 'DRAINING' as const } }, want: { status: 'DRAINING' } },
    { when: 'not registered', over: { status: {} }, want: { status: 'REGISTERING' } },
    {
      when: 'being deleted',
      over: { metadata: { ...registered.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } },
      want: { status: 'DEREGISTERING' },
    },
  ])('$when is said at once', ({ over, want }) => {
    const instance = { ...steady([]), ...over }
    const { actions } = plan({ instance, pulse, tasks: [], strict: none, reportedAt: t0 }, t0, limits)
    expect(report(actions)?.status).toMatchObject(want)
  })

  it('late: not connected, announced, and nobody is stopped', () => {
    const instance = steady(tasksOf(aTask({ status: running })))
    const { actions, wakeAt } = plan(
      { instance, pulse, tasks: tasksOf(aTask({ status: running })), strict: none, reportedAt: at(15) },
      at(15),
      limits,
    )
    expect(fate(actions)).toBe('report')
    expect(report(actions)).toMatchObject({
      status: { agentConnected: false },
      announce: { type: 'Warning', reason: 'AgentDisconnected' },
    })
    expect(wakeAt).toBe(at(30))
  })

  it('lost: its tasks end', () => {
    const tasks = tasksOf(aTask({ status: running }), aTask({ name: 'b', metadata: deleting(containersFinalizer) }))
    const { actions, wakeAt } = plan(
      { instance: steady(tasks), pulse, tasks, strict: none, reportedAt: t0 },
      at(30),
      limits,
    )
    expect(fate(actions)).toBe('stop TerminationNotice, release, report')
    expect(report(actions)).toMatchObject({ announce: { reason: 'InstanceLost' } })
    expect(wakeAt).toBeUndefined()
  })
})
