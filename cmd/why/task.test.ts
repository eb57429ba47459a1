import { describe, expect, it } from 'vitest'
import type { ContainerDefinition } from '../../api/v1/container-definition.ts'
import type { Task, TaskContainer, TaskStatus } from '../../api/v1/task.ts'
import { aContainer, aContainerInstance, aTask, aTaskDefinitionRevision, twoCores } from '../../test/builders/kinds.ts'
import { builtAt } from '../../test/builders/object.ts'
import type { Cause } from './explanation.ts'
import { explainTask } from './task.ts'

const explained = (
  { spec, status }: { readonly spec?: Partial<Task['spec']>; readonly status?: Partial<TaskStatus> },
  containers: readonly ContainerDefinition[] = [aContainer({ name: 'app' })],
  agentConnected = true,
) =>
  explainTask({
    task: aTask({ spec: { ...spec }, status: { ...status } }),
    instance: aContainerInstance({ status: { agentConnected } }),
    definition: aTaskDefinitionRevision({
      spec: { family: 'web', revision: 1, taskDefinition: { family: 'web', containerDefinitions: [...containers] } },
    } as never),
    instances: [aContainerInstance({ status: { remainingResources: { ...twoCores, memory: 100 } } })],
  })
const bound = { containerInstance: 'one' }
const app = (over: Partial<TaskContainer> = {}): TaskContainer => ({ name: 'app', lastStatus: 'STOPPED', ...over })
/** The reasons from the top to the bottom. */
const reasons = (causes: readonly Cause[]): readonly string[] =>
  causes.flatMap(({ reason, because = [] }) => [reason, ...reasons(because)])
const noMemory = {
  type: 'Scheduled',
  status: 'False',
  reason: 'InsufficientMemory',
  message: '0/2 instances: 2 short of memory (256 MiB)',
  lastTransitionTime: builtAt,
} as const
const ended = (over: Partial<TaskContainer>): Partial<TaskStatus> => ({
  lastStatus: 'STOPPED',
  stopCode: 'EssentialContainerExited',
  stoppedReason: 'Essential container in task exited',
  containers: [app(over)],
})
const failed = (stoppedReason: string, reason?: string): Partial<TaskStatus> => ({
  lastStatus: 'STOPPED',
  stopCode: 'TaskFailedToStart',
  stoppedReason,
  containers: [app(reason === undefined ? {} : { reason })],
})

it('adds figures to why a task has no place', () => {
  const { causes } = explained({ status: { conditions: [noMemory] } }, [aContainer({ name: 'app', memory: 256 })])
  expect(causes[0]?.message).toBe(
    '0/2 instances: 2 short of memory (256 MiB); it needs 256 MiB of memory, and the most that is free on one of those is 100 MiB (one)',
  )
})

describe('a task on its way', () => {
  it.each([
    { when: 'nobody has looked at it', spec: {}, status: {}, reason: 'NotLookedAt', says: 'waits for a place' },
    {
      when: 'it fits nowhere',
      spec: {},
      status: { conditions: [noMemory] },
      reason: 'InsufficientMemory',
      says: 'waits for a place',
      advice: /Lower memory/,
    },
    {
      when: 'images are pulled',
      spec: bound,
      status: { lastStatus: 'PENDING', pullStartedAt: builtAt },
      reason: 'Pulling',
      says: 'is starting',
    },
    {
      when: 'containers start',
      spec: bound,
      status: { lastStatus: 'PENDING', pullStartedAt: builtAt, pullStoppedAt: builtAt },
      reason: 'ContainersStarting',
      says: 'is starting',
    },
    {
      when: 'a health check fails',
      spec: bound,
      status: {
        lastStatus: 'RUNNING',
        healthStatus: 'UNHEALTHY',
        containers: [app({ lastStatus: 'RUNNING', healthStatus: 'UNHEALTHY' })],
      },
      reason: 'ContainerUnhealthy',
      says: 'runs but is not healthy',
      advice: /startPeriod/,
    },
  ] as const)('$when: $reason', ({ spec, status, reason, says, ...row }) => {
    const { summary, causes, advice } = explained({ spec, status: status as Partial<TaskStatus> })
    expect(summary).toContain(says)
    expect(reasons(causes)).toEqual([reason])
    if ('advice' in row) expect(advice.join('\n')).toMatch(row.advice ?? /^$/)
  })

  it.each([
    { checked: true, says: 'nobody knows yet', causes: ['HealthUnknown'] },
    { checked: false, says: 'runs as it should', causes: [] },
  ])('of health that is not known, it tells only when there is a check: $checked', ({ checked, says, causes }) => {
    const healthCheck = { command: ['CMD', 'true'], interval: 30, timeout: 5, retries: 3 }
    const status: Partial<TaskStatus> = {
      lastStatus: 'RUNNING',
      healthStatus: 'UNKNOWN',
      containers: [app({ lastStatus: 'RUNNING', healthStatus: 'UNKNOWN' })],
    }
    const got = explained({ spec: bound, status }, [aContainer({ name: 'app', ...(checked ? { healthCheck } : {}) })])
    expect(got.summary).toContain(says)
    expect(reasons(got.causes)).toEqual(causes)
  })

  it('names what a container waits for', () => {
    const containers = [
      aContainer({ name: 'app', dependsOn: [{ containerName: 'db', condition: 'HEALTHY' }] }),
      aContainer({ name: 'db' }),
    ]
    const status = { lastStatus: 'PENDING', containers: [app({ lastStatus: 'PENDING' })] } as const
    expect(
      explained({ spec: bound, status: { ...status, containers: [...status.containers] } }, containers).causes,
    ).toMatchObject([{ of: 'container/app', message: 'it waits for db to be HEALTHY' }])
  })

  it('says that its agent is not heard of', () => {
    const { summary, causes } = explained({ spec: bound, status: { lastStatus: 'RUNNING' } }, undefined, false)
    expect(summary).toBe('Task web-1-0-1 ran when it was last heard of.')
    expect(causes).toMatchObject([{ of: 'containerinstance/one', reason: 'AgentDisconnected' }])
  })

  it('has nothing to explain when it runs', () => {
    const { summary, causes, advice } = explained({ spec: bound, status: { lastStatus: 'RUNNING' } })
    expect({ summary, causes, advice }).toEqual({
      summary: 'Task web-1-0-1 runs as it should.',
      causes: [],
      advice: [],
    })
  })
})

describe('a restartPolicy (ecs-core 4.5)', () => {
  const policy = { enabled: true, ignoredExitCodes: [7], restartAttemptPeriod: 60 }
  const explainedWith = (over: Partial<TaskContainer>, lastStatus: 'RUNNING' | 'STOPPED', restartPolicy = policy) => {
    const status = { ...(lastStatus === 'STOPPED' ? ended(over) : {}), lastStatus, containers: [app(over)] }
    return explained({ spec: bound, status }, [aContainer({ name: 'app', restartPolicy })])
  }

  it('that started a container again is told of a task that runs as it should', () => {
    const restarted = { lastStatus: 'RUNNING', restartCount: 2, restartedAt: builtAt } as const
    const { summary, causes, advice } = explainedWith(restarted, 'RUNNING')
    expect(summary).toBe('Task web-1-0-1 runs as it should.')
    const message = 'its process ended, and its restartPolicy started it again'
    expect(causes).toEqual([{ of: 'container/app', reason: 'ContainerRestarted', message, at: builtAt, count: 2 }])
    expect(advice.join()).toContain('gantry logs web-1-0-1 -c app')
  })

  const from = { startedAt: '2026-01-01T00:00:00Z', restartedAt: '2026-01-01T01:00:00Z' }
  it.each([
    { when: 'its code is ignored', exitCode: 7, after: '02:00:00', says: /exit code 7; its restartPolicy ignores/ },
    {
      when: 'it ended too early after the restart before',
      exitCode: 1,
      after: '01:00:03',
      says: /; it had run for 3 s, and its restartPolicy starts again what ran for 60 s$/,
    },
    { when: 'it was to be started again, and could not', exitCode: 1, after: '01:01:00', says: /exit code 1$/ },
    { when: 'it is off', exitCode: 1, after: '01:00:03', enabled: false, says: /exit code 1$/ },
  ])('that left a container alone as $when', ({ exitCode, after, says, enabled = true }) => {
    const over = { exitCode, ...from, stoppedAt: `2026-01-01T${after}Z` }
    const { causes } = explainedWith(over, 'STOPPED', { ...policy, enabled })
    expect(causes[0]?.because?.[0]?.message).toMatch(says)
  })
})

describe('a stopped task', () => {
  it.each([
    {
      when: 'exit code 1',
      status: ended({ exitCode: 1 }),
      root: 'ExitedWithFailure',
      advice: 'gantry logs web-1-0-1 -c app',
    },
    { when: 'exit code 0', status: ended({ exitCode: 0 }), root: 'ExitedWithSuccess', advice: 'must keep running' },
    { when: 'exit code 127', status: ended({ exitCode: 127 }), root: 'CommandNotFound', advice: 'no such program' },
    { when: 'a signal', status: ended({ exitCode: 139 }), root: 'KilledBySignal', advice: 'gantry logs' },
    {
      when: 'no memory (ecs-core 4.3)',
      status: ended({ exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' }),
      root: 'OutOfMemoryError',
      advice: 'Raise memory',
    },
    {
      when: 'an image that is not there (ecs-core 4.3)',
      status: failed('CannotPullContainerError: not found', 'CannotPullContainerError: not found'),
      root: 'CannotPullContainerError',
      advice: 'image name and tag',
    },
    {
      when: 'no container to blame (ecs-core 4.3)',
      status: failed('ResourceInitializationError: the container instance has no room for memory'),
      root: 'ResourceInitializationError',
      advice: 'what the task needs',
    },
    {
      when: 'failed health checks (ecs-core 4.3)',
      status: {
        lastStatus: 'STOPPED',
        stopCode: 'ServiceSchedulerInitiated',
        stoppedReason: 'Task failed container health checks',
        containers: [app({ healthStatus: 'UNHEALTHY' })],
      },
      root: 'ContainerUnhealthy',
      advice: "health check's command",
    },
    {
      when: 'a lost instance',
      status: { lastStatus: 'STOPPED', stopCode: 'TerminationNotice', stoppedReason: 'gone', containers: [] },
      root: 'TerminationNotice',
      advice: 'gantry describe containerinstance one',
    },
  ] as const)('$when: $root', ({ status, root, advice }) => {
    const got = explained({ spec: bound, status: status as Partial<TaskStatus> })
    expect(got.summary).toBe('Task web-1-0-1 has stopped.')
    expect(reasons(got.causes).at(-1)).toBe(root)
    expect(got.causes[0]?.reason).toBe(status.stopCode)
    expect(got.advice.join('\n')).toContain(advice)
  })

  it('blames the essential container that ended first', () => {
    const containers = [
      aContainer({ name: 'app' }),
      aContainer({ name: 'side' }),
      aContainer({ name: 'init', essential: false }),
    ]
    const status: Partial<TaskStatus> = {
      ...ended({ exitCode: 137, stoppedAt: '2026-01-01T00:00:09Z' }),
      containers: [
        app({ exitCode: 137, stoppedAt: '2026-01-01T00:00:09Z' }),
        app({ name: 'side', exitCode: 3, stoppedAt: '2026-01-01T00:00:05Z' }),
        app({ name: 'init', exitCode: 0, stoppedAt: '2026-01-01T00:00:01Z' }),
      ],
    }
    expect(explained({ spec: bound, status }, containers).causes[0]?.because).toMatchObject([
      { of: 'container/side', message: 'its process ended with exit code 3' },
    ])
  })

  it('may still run where nobody is heard, and counts until a person says what became of it', () => {
    const lost = {
      type: 'AgentConnected',
      status: 'False',
      reason: 'HeartbeatLost',
      message: '',
      lastTransitionTime: builtAt,
    }
    const { summary, causes, advice } = explainTask({
      task: aTask({
        spec: { ...bound, desiredStatus: 'STOPPED', stopCode: 'TerminationNotice', stoppedReason: 'gone' },
        status: { lastStatus: 'RUNNING' },
      }),
      instance: aContainerInstance({ status: { agentConnected: false, conditions: [lost as never] } }),
      definition: undefined,
      instances: [],
    })
    expect(summary).toBe('Task web-1-0-1 is to stop, and may still run.')
    expect(causes).toMatchObject([
      {
        reason: 'TerminationNotice',
        because: [{ of: 'containerinstance/one', reason: 'TasksMayStillRun', at: builtAt }],
      },
    ])
    expect(advice).toEqual([
      expect.stringContaining('Start the agent on one again'),
      expect.stringContaining('gantry delete containerinstance one'),
    ])
  })

  it('gives the words of who stopped it while it stops', () => {
    const spec = { ...bound, desiredStatus: 'STOPPED', stoppedReason: 'too loud' } as const
    const { summary, causes } = explained({ spec, status: { lastStatus: 'RUNNING' } })
    expect(summary).toBe('Task web-1-0-1 is stopping.')
    expect(causes).toMatchObject([{ reason: 'UserInitiated', message: 'too loud' }])
  })
})
