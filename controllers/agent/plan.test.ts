import { describe, expect, it } from 'vitest'
import type { ContainerDefinition } from '../../api/v1/container-definition.ts'
import type { Task } from '../../api/v1/task.ts'
import { containersFinalizer } from '../../api/v1/well-known.ts'
import { instant, millis, milliTimestamp, minutes, plus, seconds } from '../../lib/time.ts'
import { aContainer, aTask } from '../../test/builders/kinds.ts'
import { type Action, plan } from './plan.ts'
import { type Observed, type Remembered, type Shortage, stateOf, type Work } from './state.ts'

const t0 = instant(Date.UTC(2026, 0, 1))
const quiet = seconds(1)
const cleanup = minutes(5)
const text = milliTimestamp(t0)

const observed = (over: Partial<Observed> = {}): Observed => ({
  id: 'id-app',
  status: 'running',
  startedAt: t0,
  finishedAt: undefined,
  exitCode: undefined,
  outOfMemory: false,
  health: 'none',
  ports: [],
  ...over,
})
const exited = (exitCode: number, over: Partial<Observed> = {}): Observed =>
  observed({ status: 'exited', exitCode, finishedAt: t0, ...over })
const created = observed({ status: 'created', startedAt: undefined })

interface Case {
  readonly containers?: readonly Partial<ContainerDefinition>[]
  readonly missing?: boolean
  readonly spec?: Partial<Task['spec']>
  readonly status?: Task['status']
  readonly deleting?: boolean
  readonly have?: Readonly<Record<string, Observed>>
  readonly work?: Readonly<Record<string, Work>>
  readonly remembered?: Partial<Remembered>
  readonly shortage?: Shortage
  readonly after?: number
}

function decide(c: Case) {
  const task = aTask({
    spec: { taskDefinition: 'web.1', ...c.spec },
    status: c.status,
    metadata: {
      finalizers: [containersFinalizer],
      ...(c.deleting === true ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
    },
  })
  const definition = { containerDefinitions: (c.containers ?? [{}]).map((container) => aContainer(container)) }
  const state = stateOf({
    task,
    definition: c.missing === true ? 'missing' : definition,
    observed: new Map(Object.entries(c.have ?? {})),
    work: new Map(Object.entries(c.work ?? {})),
    remembered: { firstSeen: t0, failures: {}, ...c.remembered },
    shortage: c.shortage,
  })
  return plan(state, plus(t0, millis(c.after ?? 0)), { quiet, cleanup })
}

const launch = (container = 'app'): Action => ({ do: 'launch', container })
const cancel = (container = 'app'): Action => ({ do: 'cancel', container })
const stop = (container = 'app', id = 'id-app'): Action => ({ do: 'stop', container, id })
const remove = (container = 'app', id = 'id-app'): Action => ({ do: 'remove', container, id })
const running = {
  lastStatus: 'RUNNING',
  startedAt: text,
  containers: [{ name: 'app', lastStatus: 'RUNNING', runtimeId: 'id-app', startedAt: text }],
} satisfies Task['status']
const stopped = {
  lastStatus: 'STOPPED',
  stopCode: 'InfrastructureHealth',
  containers: [{ name: 'app', lastStatus: 'STOPPED', runtimeId: 'id-app' }],
} satisfies Task['status']
const told = { desiredStatus: 'STOPPED' } as const

describe('what to do', () => {
  it.each<Case & { readonly when: string; readonly want: readonly Action[]; readonly says?: string }>([
    { when: 'nothing is there: launch, silently', want: [launch()] },
    {
      when: 'told to stop with a container that may be starting: it goes first',
      have: { app: created },
      spec: told,
      want: [remove()],
    },
    {
      when: 'a start was given up that may come yet: it goes first',
      have: { app: created },
      remembered: { failures: { app: 'DockerTimeoutError: x' } },
      want: [remove()],
    },
    {
      when: 'it has gone: now it has stopped',
      spec: told,
      want: [],
      says: 'STOPPED',
    },
    { when: 'a container was created and not started: launch goes on', have: { app: created }, want: [launch()] },
    { when: 'a launch is under way: wait', work: { app: 'launching' }, want: [] },
    {
      when: 'a launch is under way and its start was seen: wait',
      work: { app: 'launching' },
      have: { app: observed() },
      want: [],
    },
    { when: 'the host lacks room: wait, and say so', shortage: { kind: 'wait', lack: '1' }, want: [], says: 'PENDING' },
    {
      when: 'the host can never have the room: give up',
      shortage: { kind: 'never', lack: '1' },
      want: [],
      says: 'STOPPED',
    },
    { when: 'all run: say so', have: { app: observed() }, want: [], says: 'RUNNING' },
    {
      when: 'it takes longer than the quiet time: PENDING',
      work: { app: 'launching' },
      after: 1000,
      want: [],
      says: 'PENDING',
    },
    {
      when: 'it pulls: PENDING at once',
      work: { app: 'launching' },
      remembered: { pullStartedAt: t0 },
      want: [],
      says: 'PENDING',
    },
    {
      when: 'one of two is not up yet: silence',
      containers: [{}, { name: 'b' }],
      have: { app: observed() },
      work: { b: 'launching' },
      want: [],
    },
    {
      when: 'a launch failed: the task failed to start',
      remembered: { failures: { app: 'CannotStartContainerError: no' } },
      want: [],
      says: 'STOPPED',
    },
    {
      when: 'a launch failed beside one that runs: stop that one',
      containers: [{}, { name: 'b' }],
      have: { app: observed() },
      remembered: { failures: { b: 'CannotPullContainerError: no' } },
      want: [stop()],
      says: 'STOPPING',
    },
    {
      when: 'a launch failed beside one under way: call that off',
      containers: [{}, { name: 'b' }],
      work: { app: 'launching' },
      remembered: { failures: { b: 'CannotPullContainerError: no' } },
      want: [cancel()],
      says: 'STOPPING',
    },
    { when: 'it exited: stopped', have: { app: exited(1) }, status: running, want: [], says: 'STOPPED' },
    { when: 'it ran and is gone: stopped', status: running, want: [], says: 'STOPPED' },
    { when: 'it was never started and is to stop: stopped', spec: told, want: [], says: 'STOPPED' },
    { when: 'it is to stop: stop, silently', spec: told, have: { app: observed() }, status: running, want: [stop()] },
    {
      when: 'it is being stopped: wait',
      spec: told,
      have: { app: observed() },
      work: { app: 'stopping' },
      status: running,
      want: [],
    },
    {
      when: 'stopping takes longer than the quiet time: say so',
      spec: told,
      have: { app: observed() },
      work: { app: 'stopping' },
      status: running,
      remembered: { stoppingSince: t0 },
      after: 1000,
      want: [],
      says: 'STOPPING',
    },
    { when: 'it is deleted: stop', deleting: true, have: { app: observed() }, status: running, want: [stop()] },
    { when: 'it counts as STOPPED and runs: stop', have: { app: observed() }, status: stopped, want: [stop()] },
    { when: 'it is STOPPED: the container stays for its logs', have: { app: exited(0) }, status: stopped, want: [] },
    {
      when: 'it is STOPPED for long: remove (ecs-core 7.6)',
      have: { app: exited(0) },
      status: { ...stopped, stoppedAt: text },
      after: cleanup,
      want: [remove()],
    },
    {
      when: 'it is STOPPED and deleted: remove',
      deleting: true,
      have: { app: exited(0) },
      status: stopped,
      want: [remove()],
    },
    {
      when: 'it is STOPPED, deleted and being removed: wait',
      deleting: true,
      have: { app: exited(0) },
      work: { app: 'removing' },
      status: stopped,
      want: [],
    },
    { when: 'it is STOPPED, deleted and gone: release', deleting: true, status: stopped, want: [{ do: 'release' }] },
    {
      when: 'a stopped container came back to life: stop it',
      containers: [{}, { name: 'b', essential: false }],
      have: { app: observed(), b: observed({ id: 'id-b' }) },
      status: {
        ...running,
        containers: [...running.containers, { name: 'b', lastStatus: 'STOPPED', startedAt: text, stoppedAt: text }],
      },
      want: [stop('b', 'id-b')],
      says: 'RUNNING',
    },
    { when: 'the definition is unknown and nothing is there: fail', missing: true, want: [], says: 'STOPPED' },
    {
      when: 'the definition is unknown and it runs: leave it',
      missing: true,
      have: { app: observed() },
      status: running,
      want: [],
      says: 'RUNNING',
    },
  ])('$when', ({ want, says, ...c }) => {
    const decided = decide(c)
    expect(decided.actions).toEqual(want)
    expect(decided.status?.lastStatus).toBe(says)
  })

  it('says when it was first seen, and when it was first well, once (ecs-core 4.4)', () => {
    const healthCheck = { command: ['CMD', 'true'], interval: 30, timeout: 5, retries: 3 }
    const checked = { containers: [{ healthCheck }] }
    const first = decide({ ...checked, have: { app: observed({ health: 'starting' }) }, after: 300 }).status
    expect(first).toMatchObject({ connectivityAt: text, healthStatus: 'UNKNOWN' })
    expect(first?.healthyAt).toBeUndefined()
    const well = { ...checked, have: { app: observed({ health: 'healthy' }) } }
    const second = decide({
      ...well,
      status: first,
      after: 9000,
      remembered: { firstSeen: plus(t0, seconds(5)) },
    }).status
    expect(second).toMatchObject({ connectivityAt: text, healthyAt: milliTimestamp(plus(t0, seconds(9))) })
    const sick = { ...checked, have: { app: observed({ health: 'unhealthy' }) } }
    const third = decide({ ...sick, status: second, after: 10_000 }).status
    const again = decide({ ...well, status: third, after: 11_000 }).status
    expect(again?.healthyAt).toBe(second?.healthyAt)
    // one that an older agent began
    const { connectivityAt: _, ...before } = first ?? {}
    expect(
      decide({ ...checked, have: { app: observed({ health: 'starting' }) }, status: before }).status,
    ).toBeUndefined()
  })

  it('had a task before its containers started, though it was restarted since', () => {
    const remembered = { firstSeen: plus(t0, seconds(25)) }
    const { status } = decide({ have: { app: observed() }, after: 26_000, remembered })
    expect(status).toMatchObject({ connectivityAt: text, startedAt: text })
  })

  it('says nothing twice', () => {
    const { status } = decide({ have: { app: observed() } })
    expect(decide({ have: { app: observed() }, status, after: 60_000 }).status).toBeUndefined()
    expect(status?.lastStatus).toBe('RUNNING')
  })

  it('does not write again while PENDING for an id alone', () => {
    const { status } = decide({ work: { app: 'launching' }, after: 1000 })
    expect(decide({ work: { app: 'launching' }, have: { app: created }, status, after: 1500 }).status).toBeUndefined()
  })

  it('wakes when silence ends', () => {
    expect(decide({ work: { app: 'launching' }, after: 300 }).wakeAt).toBe(plus(t0, quiet))
    expect(decide({ have: { app: observed() } }).wakeAt).toBeUndefined()
  })

  it('wakes when the containers of a stopped task may go, once', () => {
    const status = { ...stopped, stoppedAt: text }
    expect(decide({ have: { app: exited(0) }, status, after: 1000 }).wakeAt).toBe(plus(t0, cleanup))
    expect(decide({ status, after: 1000 }).wakeAt).toBeUndefined()
  })
})

describe('why it stopped', () => {
  it.each<Case & { readonly when: string; readonly code: string; readonly reason: string | RegExp }>([
    {
      when: 'an essential container exited',
      have: { app: exited(1) },
      status: running,
      code: 'EssentialContainerExited',
      reason: 'Essential container in task exited',
    },
    {
      when: 'it exited before RUNNING was said',
      have: { app: exited(0) },
      code: 'EssentialContainerExited',
      reason: 'Essential container in task exited',
    },
    {
      when: 'a launch failed',
      remembered: { failures: { app: 'CannotPullContainerError: x' } },
      code: 'TaskFailedToStart',
      reason: 'CannotPullContainerError: x',
    },
    {
      when: 'the scheduler said so',
      spec: { ...told, stopCode: 'ServiceSchedulerInitiated', stoppedReason: 'scaled in' },
      have: { app: exited(143) },
      status: running,
      code: 'ServiceSchedulerInitiated',
      reason: 'scaled in',
    },
    { when: 'somebody said so without a reason', spec: told, code: 'UserInitiated', reason: 'Task stopped by user' },
    { when: 'it was deleted', deleting: true, code: 'UserInitiated', reason: 'Task stopped by user: it was deleted' },
    {
      when: 'it was stopping already for another reason',
      spec: told,
      have: { app: exited(1) },
      status: { ...running, lastStatus: 'STOPPING', stopCode: 'EssentialContainerExited', stoppedReason: 'first' },
      code: 'EssentialContainerExited',
      reason: 'first',
    },
    { when: 'the definition is gone', missing: true, code: 'TaskFailedToStart', reason: /web\.1 does not exist/ },
  ])('$when', ({ code, reason, ...c }) => {
    const { status } = decide(c)
    expect(status).toMatchObject({ lastStatus: 'STOPPED', stopCode: code })
    expect(status?.stoppedReason).toMatch(reason)
    expect(status?.stoppedAt).toBeDefined()
  })
})

describe('order', () => {
  const chain = [
    { name: 'a' },
    { name: 'b', dependsOn: [{ containerName: 'a', condition: 'START' as const }] },
    { name: 'c', dependsOn: [{ containerName: 'b', condition: 'HEALTHY' as const }] },
  ]
  const up = (name: string, over: Partial<Observed> = {}): Record<string, Observed> => ({
    [name]: observed({ id: `id-${name}`, ...over }),
  })

  it.each<Case & { readonly when: string; readonly want: readonly Action[] }>([
    { when: 'nothing runs', want: [launch('a')] },
    { when: 'the first runs', have: up('a'), want: [launch('b')] },
    { when: 'the second is not healthy', have: { ...up('a'), ...up('b', { health: 'starting' }) }, want: [] },
    { when: 'the second is healthy', have: { ...up('a'), ...up('b', { health: 'healthy' }) }, want: [launch('c')] },
    {
      when: 'stopping: the last first',
      spec: told,
      have: { ...up('a'), ...up('b'), ...up('c') },
      want: [stop('c', 'id-c')],
    },
    {
      when: 'stopping: then the one before',
      spec: told,
      have: { ...up('a'), ...up('b'), ...up('c', { status: 'exited', exitCode: 0, finishedAt: t0 }) },
      want: [stop('b', 'id-b')],
    },
  ])('$when', ({ want, ...c }) => {
    expect(decide({ containers: chain, ...c }).actions).toEqual(want)
  })

  it.each([
    { condition: 'COMPLETE' as const, first: exited(1), want: [launch()] },
    { condition: 'SUCCESS' as const, first: exited(0), want: [launch()] },
    { condition: 'SUCCESS' as const, first: exited(1), want: [] },
    { condition: 'START' as const, first: exited(1), want: [launch()] },
    { condition: 'COMPLETE' as const, first: observed(), want: [] },
  ])('$condition of a container that is $first.status with $first.exitCode', ({ condition, first, want }) => {
    const containers = [{ name: 'first', essential: false }, { dependsOn: [{ containerName: 'first', condition }] }]
    expect(decide({ containers, have: { first } }).actions).toEqual(want)
  })
})

it('a restart is told when it is through: its ports are known by then', () => {
  const port = { containerPort: 80, protocol: 'tcp' as const }
  const networkBindings = [{ bindIP: '0.0.0.0', ...port, hostPort: 32_768 }]
  const restarting: Case = {
    containers: [{ restartPolicy: { enabled: true } }],
    status: { ...running, containers: running.containers.map((one) => ({ ...one, networkBindings })) },
    have: { app: observed({ startedAt: plus(t0, minutes(6)), ports: [{ ...port, hostPort: 32_769 }] }) },
  }
  const told = decide({ ...restarting, work: { app: 'launching' } }).status?.containers?.[0]
  expect(told).not.toHaveProperty('restartCount')
  expect(told).toMatchObject({ networkBindings })
  expect(decide(restarting).status?.containers).toMatchObject([
    { restartCount: 1, networkBindings: [{ hostPort: 32_769 }] },
  ])
})
