import { describe, expect, it } from 'vitest'
import type { Service } from '../../api/v1/service.ts'
import type { ServiceDeployment, ServiceDeploymentStatus, StopType } from '../../api/v1/service-deployment.ts'
import { parseTimestamp } from '../../lib/time.ts'
import { aService, aServiceDeployment, aTaskDefinitionRevision } from '../../test/builders/kinds.ts'
import { builtAt } from '../../test/builders/object.ts'
import { twoRevisions } from '../../test/builders/two-revisions.ts'
import { type Action, plan } from './plan.ts'
import { stateOf } from './state.ts'

const now = parseTimestamp(builtAt)

interface Case {
  readonly spec?: Partial<Service['spec']>
  /** Desired count and running tasks of web-1 and web-2. */
  readonly one?: readonly [number, number]
  readonly two?: readonly [number, number]
  readonly first?: ServiceDeploymentStatus
  readonly second?: ServiceDeploymentStatus
  readonly stop?: StopType
  /** Tasks of web-2 that failed. */
  readonly failed?: number
}
function decide({ spec, one = [3, 3], two = [1, 1], first, second, stop, failed = 0 }: Case) {
  const service = aService({ spec: { desiredCount: 4, ...spec } })
  const { revisions, tasksOf } = twoRevisions(service, { one, two, failed })
  const deployment = (n: number, status: ServiceDeploymentStatus, asked?: StopType): ServiceDeployment =>
    aServiceDeployment({
      owner: service,
      spec: {
        deployment: n,
        targetServiceRevision: `web-${n}`,
        ...(asked === undefined ? {} : { stop: { type: asked } }),
      },
      status,
    })
  const state = stateOf({
    now,
    service,
    revisions,
    deployments: [
      deployment(1, first ?? { status: 'SUCCESSFUL' }),
      deployment(2, second ?? { status: 'IN_PROGRESS' }, stop),
    ],
    tasksOf,
    hookTasksOf: () => [],
    definition: () => aTaskDefinitionRevision(),
    instances: () => [],
  })
  return plan(state, now).actions
}
const told = (actions: readonly Action[]): readonly string[] =>
  actions.map((action) =>
    action.do === 'scale'
      ? `${action.revision.metadata.name} to ${action.desiredCount}`
      : [action.deployment.metadata.name, action.status.status, ...action.tell.map(({ reason }) => reason)].join(' '),
  )
const statusOf = (given: Case): ServiceDeploymentStatus | undefined =>
  decide(given).flatMap((action) => (action.do === 'setStatus' ? [action.status] : []))[0]

const rollback = {
  reason: 'StopServiceDeployment: rollback requested.',
  startedAt: builtAt,
  serviceRevision: 'web-1',
  serviceDeployment: 'web-d1',
}
const aborted = { status: 'STOPPED', finishedAt: builtAt, held: { surplus: 0 } } as const

describe('a request to stop a deployment', () => {
  it.each<Case & { when: string; does: readonly string[] }>([
    {
      when: 'ABORT is seen before anything is done (ecs-core 5.14: IN_PROGRESS, STOP_REQUESTED)',
      stop: 'ABORT',
      does: ['web-d2 STOP_REQUESTED'],
    },
    {
      when: 'ABORT before it began (ecs-core 5.14: PENDING, STOP_REQUESTED)',
      stop: 'ABORT',
      second: { status: 'PENDING' },
      does: ['web-d2 STOP_REQUESTED'],
    },
    {
      when: 'ABORT ends it where it is (ecs-core 5.14: STOP_REQUESTED, STOPPED)',
      stop: 'ABORT',
      second: { status: 'STOP_REQUESTED' },
      one: [1, 3],
      two: [4, 1],
      does: ['web-1 to 3', 'web-2 to 1', 'web-d2 STOPPED DeploymentStopped'],
    },
    {
      when: 'ABORT gives back what old tasks had made room for',
      stop: 'ABORT',
      second: { status: 'STOP_REQUESTED' },
      one: [2, 2],
      two: [2, 0],
      does: ['web-1 to 4', 'web-2 to 0', 'web-d2 STOPPED DeploymentStopped'],
    },
    {
      when: 'ROLLBACK is seen (ecs-core 5.14: IN_PROGRESS, ROLLBACK_REQUESTED)',
      stop: 'ROLLBACK',
      does: ['web-d2 ROLLBACK_REQUESTED'],
    },
    {
      when: 'ROLLBACK goes back (ecs-core 5.14: ROLLBACK_REQUESTED, ROLLBACK_IN_PROGRESS)',
      stop: 'ROLLBACK',
      second: { status: 'ROLLBACK_REQUESTED' },
      does: ['web-d2 ROLLBACK_IN_PROGRESS DeploymentRollingBack'],
    },
    {
      when: 'ROLLBACK with nothing to go back to (ecs-core 5.14: ROLLBACK_REQUESTED, STOPPED)',
      stop: 'ROLLBACK',
      first: { status: 'STOPPED' },
      second: { status: 'ROLLBACK_REQUESTED' },
      one: [0, 0],
      two: [4, 1],
      does: ['web-2 to 1', 'web-d2 STOPPED DeploymentStopped'],
    },
    {
      when: 'the way back is a rollout',
      stop: 'ROLLBACK',
      second: { status: 'ROLLBACK_IN_PROGRESS', rollback },
      does: ['web-1 to 4', 'web-d2 ROLLBACK_IN_PROGRESS'],
    },
    {
      when: 'the way back has ended',
      stop: 'ROLLBACK',
      second: { status: 'ROLLBACK_IN_PROGRESS', rollback },
      one: [4, 4],
      two: [0, 0],
      does: ['web-d2 ROLLBACK_SUCCESSFUL DeploymentCompleted SteadyState'],
    },
    {
      when: 'a request comes when it goes back by itself',
      stop: 'ABORT',
      second: { status: 'ROLLBACK_IN_PROGRESS', rollback: { ...rollback, reason: 'tasks failed' } },
      does: ['web-1 to 4', 'web-d2 ROLLBACK_IN_PROGRESS'],
    },
    {
      when: 'a request comes too late',
      stop: 'ABORT',
      second: { status: 'SUCCESSFUL' },
      one: [0, 0],
      two: [4, 4],
      does: [],
    },
    { when: 'an aborted one stays where it is', stop: 'ABORT', second: aborted, does: [] },
    { when: 'a task of an aborted one died', stop: 'ABORT', second: aborted, one: [3, 2], two: [1, 0], does: [] },
    {
      when: 'the service of an aborted one is scaled',
      stop: 'ABORT',
      second: aborted,
      spec: { desiredCount: 6 },
      does: ['web-1 to 5'],
    },
  ])('$when', ({ does, ...given }) => {
    expect(told(decide(given))).toEqual(does)
  })

  it('tells in its status what became of it', () => {
    expect(statusOf({ stop: 'ABORT', second: { status: 'STOP_REQUESTED' } })).toMatchObject({
      status: 'STOPPED',
      statusReason: 'StopServiceDeployment: aborted; it stays where it is.',
      finishedAt: expect.any(String),
      held: { surplus: 0 },
    })
    expect(statusOf({ stop: 'ROLLBACK', second: { status: 'ROLLBACK_REQUESTED', held: { surplus: 0 } } })).toEqual({
      observedGeneration: expect.any(Number),
      startedAt: expect.any(String),
      status: 'ROLLBACK_IN_PROGRESS',
      statusReason: 'StopServiceDeployment: rolling back to deploymentId ecs-svc/web-d1.',
      deploymentCircuitBreaker: { status: 'DISABLED', failureCount: 0, threshold: 0 },
      failedTasks: 0,
      rollback: { ...rollback, startedAt: expect.any(String) },
      conditions: [],
    })
  })
})

describe('a paused service', () => {
  const paused = { paused: true } as const
  const held = { status: 'IN_PROGRESS', held: { surplus: 0 } } as const
  const breaker = { deploymentCircuitBreaker: { enable: true, rollback: true } }
  it.each<Case & { when: string; does: readonly string[] }>([
    {
      when: 'its rollout is held where it is',
      spec: paused,
      one: [2, 3],
      two: [4, 1],
      does: ['web-1 to 3', 'web-2 to 1', 'web-d2 IN_PROGRESS DeploymentPaused'],
    },
    {
      when: 'dead tasks are replaced by their own',
      spec: paused,
      one: [3, 2],
      two: [1, 0],
      second: held,
      does: ['web-d2 IN_PROGRESS'],
    },
    {
      when: 'it is scaled',
      spec: { ...paused, desiredCount: 8 },
      second: held,
      does: ['web-1 to 7', 'web-d2 IN_PROGRESS'],
    },
    {
      when: 'it is resumed',
      second: held,
      does: ['web-2 to 4', 'web-d2 IN_PROGRESS DeploymentResumed'],
    },
    {
      when: 'tasks fail meanwhile: nothing trips (ecs-core 5.7 when it goes on)',
      spec: { ...paused, deploymentConfiguration: breaker },
      second: held,
      failed: 3,
      does: ['web-d2 IN_PROGRESS'],
    },
    {
      when: 'they failed meanwhile, and it goes on',
      spec: { deploymentConfiguration: breaker },
      second: held,
      failed: 3,
      does: ['web-d2 ROLLBACK_IN_PROGRESS DeploymentFailed DeploymentRollingBack'],
    },
    {
      when: 'a person sends it back all the same',
      spec: paused,
      stop: 'ROLLBACK',
      second: { status: 'ROLLBACK_IN_PROGRESS', rollback },
      does: ['web-1 to 4', 'web-d2 ROLLBACK_IN_PROGRESS'],
    },
    {
      when: 'it had come to its goal',
      spec: paused,
      one: [0, 0],
      two: [4, 4],
      second: held,
      does: ['web-d2 SUCCESSFUL DeploymentCompleted'],
    },
    {
      when: 'no rollout goes on',
      spec: paused,
      one: [0, 0],
      two: [3, 3],
      second: { status: 'SUCCESSFUL' },
      does: ['web-2 to 4'],
    },
  ])('$when', ({ does, ...given }) => {
    expect(told(decide(given))).toEqual(does)
  })
})
