import { describe, expect, it } from 'vitest'
import type { DeploymentConfiguration } from '../../api/v1/deployment-configuration.ts'
import type { ServiceDeploymentStatus } from '../../api/v1/service-deployment.ts'
import type { ServiceRevision } from '../../api/v1/service-revision.ts'
import type { Task } from '../../api/v1/task.ts'
import { parseTimestamp, plus, seconds } from '../../lib/time.ts'
import {
  aContainer,
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
const healthCheck = { command: ['CMD', 'true'], interval: 30, timeout: 5, retries: 3 }

/** `0-1 run d2`: task web-R-0-1, started by web-d2. States: run old sick failed exited new. */
function task(text: string, owner: ServiceRevision): Task {
  const [name, state = 'run', by = 'd2'] = text.split(' ')
  const running = { lastStatus: 'RUNNING', startedAt: builtAt } as const
  const status = {
    new: undefined,
    run: { ...running, healthStatus: 'HEALTHY' },
    old: { ...running, startedAt: '2025-12-31T00:00:00Z', healthStatus: 'HEALTHY' },
    sick: { ...running, healthStatus: 'UNHEALTHY' },
    failed: { lastStatus: 'STOPPED', stopCode: 'TaskFailedToStart', stoppedReason: 'No such image' },
    exited: { ...running, lastStatus: 'STOPPED', stopCode: 'EssentialContainerExited' },
  } as const
  return aTask({
    name: `${owner.metadata.name}-${name}`,
    owner,
    spec: { startedBy: `ecs-svc/web-${by}` },
    status: status[state as keyof typeof status],
  })
}

type Breaker = Partial<NonNullable<DeploymentConfiguration['deploymentCircuitBreaker']>>
interface Case {
  readonly breaker?: Breaker | undefined
  readonly ready?: number
  readonly grace?: number
  /** Tasks of web-1 and web-2; each is wanted by the live ones, but where `want` says. */
  readonly one?: readonly string[]
  readonly two?: readonly string[]
  readonly want?: readonly [number, number]
  readonly desired?: number
  /** Of web-d1, for web-1, and of web-d2, for web-2. */
  readonly first?: ServiceDeploymentStatus
  readonly second?: ServiceDeploymentStatus
  readonly checked?: boolean
  /** The deployment of which the service says that an image cannot be pulled ahead. */
  readonly unpullable?: string
  /** Seconds after the tasks started. */
  readonly at?: number
}
const saying = (currentServiceDeployment: string | undefined) => ({
  currentServiceDeployment,
  conditions: [
    {
      type: 'Stalled',
      status: currentServiceDeployment === undefined ? ('False' as const) : ('True' as const),
      reason: 'CannotPullContainerError',
      message: 'No task was stopped for it: one cannot pull web:2: CannotPullContainerError: not found',
      lastTransitionTime: builtAt,
    },
  ],
})
const threeRun = ['0-1 old d1', '1-1 old d1', '2-1 old d1']
function decide(given: Case) {
  const { breaker = {}, ready, grace, one = threeRun, two = [], want, desired = 3, checked = true, at = 60 } = given
  const service = aService({
    status: saying(given.unpullable),
    spec: {
      desiredCount: desired,
      ...(grace === undefined ? {} : { healthCheckGracePeriodSeconds: grace }),
      deploymentConfiguration: {
        deploymentCircuitBreaker: { enable: true, rollback: true, ...breaker },
        ...(ready === undefined ? {} : { minReadySeconds: ready }),
      },
    },
  })
  const live = (texts: readonly string[]): number => texts.filter((text) => / (run|old|sick|new)/.test(text)).length
  const revision = (n: number, texts: readonly string[]): ServiceRevision =>
    aServiceRevision({ owner: service, spec: { revision: n, desiredCount: want?.[n - 1] ?? live(texts) } })
  const made = [revision(1, one), revision(2, two)] as const
  const now = plus(start, seconds(at))
  const state = stateOf({
    now,
    service,
    revisions: made,
    deployments: [
      aServiceDeployment({ owner: service, status: given.first ?? { status: 'SUCCESSFUL' } }),
      aServiceDeployment({
        owner: service,
        spec: { deployment: 2, targetServiceRevision: 'web-2' },
        status: given.second ?? { status: 'IN_PROGRESS' },
      }),
    ],
    tasksOf: ({ spec }) =>
      (spec.revision === 1 ? one : two).map((text) => task(text, made[spec.revision === 1 ? 0 : 1])),
    hookTasksOf: () => [],
    definition: () =>
      aTaskDefinitionRevision({
        spec: { taskDefinition: { family: 'web', containerDefinitions: [aContainer(checked ? { healthCheck } : {})] } },
      }),
    instances: () => [],
  })
  return plan(state, now)
}
const told = ({ actions }: ReturnType<typeof decide>): readonly string[] =>
  actions.map((action) =>
    action.do === 'scale'
      ? `${action.revision.metadata.name} to ${action.desiredCount}`
      : [action.deployment.metadata.name, action.status.status, ...action.tell.map(({ reason }) => reason)].join(' '),
  )
const statusOf = ({ actions }: ReturnType<typeof decide>): ServiceDeploymentStatus | undefined =>
  actions.flatMap((action) => (action.do === 'setStatus' ? [action.status] : [])).at(-1)

const failed = ['0-1 failed', '1-1 failed', '2-1 failed']
const back: ServiceDeploymentStatus = {
  status: 'ROLLBACK_IN_PROGRESS',
  countedTasks: [],
  deploymentCircuitBreaker: { status: 'TRIGGERED', failureCount: 3, threshold: 3 },
  rollback: { reason: 'x', startedAt: builtAt, serviceRevision: 'web-1', serviceDeployment: 'web-d1' },
}
const over = (status: 'STOPPED' | 'ROLLBACK_SUCCESSFUL' | 'ROLLBACK_FAILED'): ServiceDeploymentStatus => ({
  ...back,
  status,
  ...(status === 'STOPPED' ? { rollback: undefined } : {}),
})
const rollsBack = ['web-d2 ROLLBACK_IN_PROGRESS DeploymentFailed DeploymentRollingBack']
const fails = ['web-d2 STOPPED DeploymentFailed']
const waits = ['web-2 to 3', 'web-d2 IN_PROGRESS']

describe('the circuit breaker (ecs-core 5.7)', () => {
  it.each<Case & { when: string; does: readonly string[] }>([
    { when: 'tasks that never ran count', two: failed, does: rollsBack },
    { when: 'tasks that exited count', two: ['0-1 exited', '1-1 exited', '2-1 exited'], does: rollsBack },
    { when: 'unhealthy tasks count', two: ['0-1 sick', '1-1 sick', '2-1 sick'], does: rollsBack },
    {
      when: 'within the grace period they do not',
      two: ['0-1 sick', '1-1 sick', '2-1 sick'],
      grace: 61,
      does: ['web-d2 IN_PROGRESS'],
    },
    { when: 'all kinds together', two: ['0-1 failed', '1-1 exited', '2-1 sick'], want: [3, 3], does: rollsBack },
    { when: 'several of one slot', two: ['0-1 failed', '0-2 failed', '0-3 failed'], does: rollsBack },
    { when: 'two of three are too few', two: failed.slice(1), want: [3, 3], does: ['web-d2 IN_PROGRESS'] },
    {
      when: 'a count of two',
      two: failed.slice(1),
      breaker: { thresholdConfiguration: { type: 'COUNT', value: 2 } },
      does: rollsBack,
    },
    {
      when: 'the threshold follows the desired count: up',
      two: failed,
      desired: 8,
      does: ['web-2 to 8', 'web-d2 IN_PROGRESS'],
    },
    {
      when: 'tasks of another deployment do not count',
      two: ['0-1 failed d1', '1-1 failed d1', '2-1 failed d1'],
      does: waits,
    },
    {
      when: 'nor do tasks of other revisions',
      one: [...threeRun, ...failed],
      want: [3, 3],
      does: ['web-d2 IN_PROGRESS'],
    },
    { when: 'it is off', two: failed, breaker: { enable: false }, does: waits },
    {
      when: 'without rollback the deployment ends where it is',
      two: failed,
      breaker: { rollback: false },
      does: fails,
    },
    { when: 'nothing had completed', two: failed, first: { status: 'STOPPED' }, does: fails },
    {
      when: 'what it goes back to had only been rolled back',
      two: failed,
      first: over('ROLLBACK_SUCCESSFUL'),
      does: fails,
    },
    {
      when: 'it completes at the same moment',
      one: [],
      two: ['3-1 run', '4-1 run', '5-1 run', ...failed],
      does: ['web-d2 SUCCESSFUL DeploymentCompleted'],
    },
  ])('$when', ({ does, ...given }) => expect(told(decide(given))).toEqual(does))

  it('says how far it is, and in ECS words what it does', () => {
    expect(statusOf(decide({ two: failed.slice(1), want: [3, 3] }))).toMatchObject({
      failedTasks: 2,
      countedTasks: ['web-2-1-1', 'web-2-2-1'],
      deploymentCircuitBreaker: { status: 'MONITORING', failureCount: 2, threshold: 3 },
      statusReason: 'ECS deployment ecs-svc/web-d2 in progress.',
    })
    const tripped = decide({ two: failed })
    expect(statusOf(tripped)).toMatchObject({
      failedTasks: 0,
      deploymentCircuitBreaker: { status: 'TRIGGERED', failureCount: 3, threshold: 3 },
      statusReason: 'ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/web-d1.',
      lastFailure: { task: 'web-2-2-1', stopCode: 'TaskFailedToStart', reason: 'No such image' },
      rollback: {
        reason: 'ECS deployment circuit breaker: tasks failed to start.',
        startedAt: '2026-01-01T00:01:00.000Z',
        serviceRevision: 'web-1',
        serviceDeployment: 'web-d1',
      },
    })
    expect(tripped.actions[0]).toMatchObject({
      tell: [
        { message: '(service web) (deployment ecs-svc/web-d2) deployment failed: tasks failed to start.' },
        { message: '(service web) rolling back to deployment ecs-svc/web-d1.' },
      ],
    })
    expect(statusOf(decide({ two: failed, breaker: { rollback: false } }))).toMatchObject({
      statusReason: 'ECS deployment circuit breaker: tasks failed to start.',
      finishedAt: '2026-01-01T00:01:00.000Z',
    })
  })
})

const goesOn = 'web-d2 ROLLBACK_IN_PROGRESS'

describe('on the way back', () => {
  it.each<Case & { when: string; does: readonly string[] }>([
    {
      when: 'what failed goes',
      two: ['0-1 sick', '1-1 new', '2-1 failed'],
      second: back,
      does: ['web-2 to 0', goesOn],
    },
    {
      when: 'what is healthy stays for the minimum',
      one: ['0-1 run d1', '1-1 run d1'],
      two: ['0-1 run', '1-1 run'],
      second: back,
      does: ['web-2 to 1', 'web-1 to 3', goesOn],
    },
    { when: 'it is over', second: back, does: ['web-d2 ROLLBACK_SUCCESSFUL DeploymentCompleted SteadyState'] },
    {
      when: 'the first look counts nothing',
      one: [...threeRun.slice(1), '3-1 failed', '4-1 failed', '5-1 failed'],
      want: [3, 0],
      second: { ...back, countedTasks: undefined },
      does: [goesOn],
    },
    {
      when: 'it fails as well: it does not turn again',
      one: [...threeRun.slice(1), '3-1 failed', '4-1 failed', '5-1 failed'],
      want: [3, 0],
      second: back,
      does: ['web-d2 ROLLBACK_FAILED DeploymentFailed'],
    },
    {
      when: 'the breaker was turned off',
      breaker: { enable: false },
      one: [...threeRun.slice(1), '3-1 failed', '4-1 failed', '5-1 failed'],
      want: [3, 0],
      second: back,
      does: [goesOn],
    },
  ])('$when', ({ does, ...given }) => expect(told(decide(given))).toEqual(does))
})

describe('after the end nothing is written but desired counts', () => {
  it.each<Case & { when: string; does: readonly string[] }>([
    {
      when: 'failed: what runs stays, nothing is started',
      two: ['0-1 run', '1-1 failed'],
      want: [3, 3],
      second: over('STOPPED'),
      does: ['web-2 to 1'],
    },
    { when: 'failed: the service is scaled out', desired: 5, two: ['0-1 run'], second: over('STOPPED'), does: [] },
    {
      when: 'failed: the service is scaled in',
      desired: 1,
      two: ['0-1 run', '1-1 run'],
      second: over('STOPPED'),
      does: ['web-1 to 1', 'web-2 to 1'],
    },
    {
      when: 'rolled back: the service is scaled out',
      desired: 5,
      second: over('ROLLBACK_SUCCESSFUL'),
      does: ['web-1 to 5'],
    },
    {
      when: 'the way back failed: it is still being tried',
      one: threeRun.slice(1),
      desired: 3,
      second: over('ROLLBACK_FAILED'),
      does: ['web-1 to 3'],
    },
    {
      when: 'rolled back: more failures',
      one: [...threeRun, '3-1 failed', '4-1 failed', '5-1 failed'],
      second: over('ROLLBACK_SUCCESSFUL'),
      does: [],
    },
  ])('$when', ({ does, ...given }) => expect(told(decide(given))).toEqual(does))
})

describe('tasks that must run for a while before they count as healthy', () => {
  const all = ['0-1 run', '1-1 run', '2-1 run']
  it.each<Case & { when: string; does: readonly string[]; wakesIn: number | undefined }>([
    {
      when: 'no health check: ECS waits 40 s (ecs-core 5.6)',
      checked: false,
      at: 39,
      does: ['web-d2 IN_PROGRESS'],
      wakesIn: 1,
    },
    {
      when: 'and then goes on',
      checked: false,
      at: 40,
      does: ['web-1 to 0', 'web-d2 IN_PROGRESS'],
      wakesIn: undefined,
    },
    { when: 'a health check says it at once', at: 0, does: ['web-1 to 0', 'web-d2 IN_PROGRESS'], wakesIn: undefined },
    { when: 'minReadySeconds', ready: 10, at: 9, does: ['web-d2 IN_PROGRESS'], wakesIn: 1 },
    {
      when: 'minReadySeconds is over',
      ready: 10,
      at: 10,
      does: ['web-1 to 0', 'web-d2 IN_PROGRESS'],
      wakesIn: undefined,
    },
    {
      when: 'minReadySeconds 0 without a health check',
      ready: 0,
      checked: false,
      at: 0,
      does: ['web-1 to 0', 'web-d2 IN_PROGRESS'],
      wakesIn: 40,
    },
  ])('$when', ({ does, wakesIn, ...given }) => {
    const decided = decide({ ...given, one: threeRun, two: all })
    expect(told(decided)).toEqual(does)
    const at = plus(start, seconds(given.at ?? 0))
    expect(decided.wakeAt).toBe(wakesIn === undefined ? undefined : plus(at, seconds(wakesIn)))
  })
})

describe('an image that cannot be pulled ahead', () => {
  it('triggers at once, before a task was made or stopped for it', () => {
    const decided = decide({ unpullable: 'web-d2', want: [1, 3] })
    expect(told(decided)).toEqual(['web-d2 ROLLBACK_IN_PROGRESS DeploymentFailed DeploymentRollingBack'])
    expect(statusOf(decided)?.lastFailure).toEqual({
      stopCode: 'TaskFailedToStart',
      reason: expect.stringContaining('CannotPullContainerError: not found'),
    })
  })
  it.each([
    { when: 'it is said of an older deployment', unpullable: 'web-d1' },
    { when: 'the breaker is off', unpullable: 'web-d2', breaker: { enable: false } },
    { when: 'it goes back already', unpullable: 'web-d2', second: back },
  ])('does not when $when', ({ when: _, ...given }) => {
    expect(told(decide({ ...given, want: [1, 3] })).join()).not.toMatch(/DeploymentFailed/)
  })
})
