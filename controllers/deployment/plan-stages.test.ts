import { describe, expect, it } from 'vitest'
import type { DeploymentConfiguration } from '../../api/v1/deployment-configuration.ts'
import type { ServiceDeployment, ServiceDeploymentStatus } from '../../api/v1/service-deployment.ts'
import { milliTimestamp, minutes, parseTimestamp, plus } from '../../lib/time.ts'
import { aService, aServiceDeployment, aTaskDefinitionRevision } from '../../test/builders/kinds.ts'
import { builtAt } from '../../test/builders/object.ts'
import { twoRevisions } from '../../test/builders/two-revisions.ts'
import { plan } from './plan.ts'
import { stateOf } from './state.ts'

const start = parseTimestamp(builtAt)
const time = (minute: number): string => milliTimestamp(plus(start, minutes(minute)))

interface Case {
  readonly configuration: DeploymentConfiguration
  readonly desired?: number
  readonly paused?: boolean
  /** Desired count and running tasks of web-1 and web-2. */
  readonly one?: readonly [number, number]
  readonly two?: readonly [number, number]
  readonly status?: ServiceDeploymentStatus
  readonly promotedThrough?: number
  /** Tasks of web-2 that failed. */
  readonly failed?: number
  /** Minutes after the tasks started. */
  readonly at?: number
}
function decide(given: Case) {
  const { configuration, desired = 4, paused, one = [4, 4], two = [0, 0], status, promotedThrough, failed = 0 } = given
  const now = plus(start, minutes(given.at ?? 1))
  const service = aService({
    spec: { desiredCount: desired, deploymentConfiguration: configuration, ...(paused === true ? { paused } : {}) },
  })
  const { revisions, tasksOf } = twoRevisions(service, { one, two, failed })
  const deployment = (n: number, over: Partial<ServiceDeployment['spec']>, of: ServiceDeploymentStatus | undefined) =>
    aServiceDeployment({
      owner: service,
      spec: { deployment: n, targetServiceRevision: `web-${n}`, ...over },
      ...(of === undefined ? {} : { status: of }),
    })
  const state = stateOf({
    now,
    service,
    revisions,
    deployments: [
      deployment(1, {}, { status: 'SUCCESSFUL' }),
      deployment(2, promotedThrough === undefined ? {} : { promotedThrough }, status),
    ],
    tasksOf,
    hookTasksOf: () => [],
    definition: () => aTaskDefinitionRevision(),
    instances: () => [],
  })
  const { actions, wakeAt } = plan(state, now)
  const next = actions.flatMap((action) => (action.do === 'setStatus' ? [action.status] : []))[0] ?? status
  return {
    does: actions.map((action) =>
      action.do === 'scale'
        ? `${action.revision.metadata.name} to ${action.desiredCount}`
        : [action.deployment.metadata.name, action.status.status, ...action.tell.map(({ reason }) => reason)].join(' '),
    ),
    stage: next?.lifecycleStage,
    shift: next?.shift,
    waits: next?.waitsUntil,
    wakes: wakeAt === undefined ? undefined : milliTimestamp(wakeAt),
  }
}

const canary = {
  strategy: 'CANARY',
  canaryConfiguration: { canaryPercent: 25, canaryBakeTimeInMinutes: 10 },
} satisfies DeploymentConfiguration
const linear = {
  strategy: 'LINEAR',
  linearConfiguration: { stepPercent: 50, stepBakeTimeInMinutes: 5 },
} satisfies DeploymentConfiguration
const at = (
  lifecycleStage: ServiceDeploymentStatus['lifecycleStage'],
  shift?: ServiceDeploymentStatus['shift'],
): ServiceDeploymentStatus => ({
  status: 'IN_PROGRESS',
  lifecycleStage,
  lifecycleStageStartedAt: time(0),
  ...(shift === undefined ? {} : { shift }),
})
const first = { step: 1, percent: 25 }
const standing = { one: [3, 3], two: [1, 1] } as const
const whole = { one: [0, 0], two: [4, 4] } as const

describe('the steps of a deployment (ecs-core 5.15)', () => {
  it.each<Case & { when: string; does: readonly string[]; shift?: object | undefined; waits?: string | undefined }>([
    {
      when: 'CANARY is written down before it begins',
      configuration: canary,
      does: ['web-d2 IN_PROGRESS'],
      shift: first,
    },
    {
      when: 'CANARY begins with the canary',
      configuration: canary,
      status: at('SCALE_UP', first),
      does: ['web-2 to 1', 'web-d2 IN_PROGRESS'],
      shift: first,
    },
    {
      when: 'CANARY: a change that is taken back goes straight back',
      configuration: canary,
      one: [1, 1],
      two: [3, 3],
      does: ['web-2 to 4', 'web-d2 IN_PROGRESS'],
    },
    {
      when: 'CANARY: without old tasks there is nothing to shift from',
      configuration: canary,
      one: [0, 0],
      does: ['web-2 to 4', 'web-d2 IN_PROGRESS'],
    },
    {
      when: 'CANARY: the canary is healthy, an old task goes',
      configuration: canary,
      two: [1, 1],
      status: at('SCALE_UP', first),
      does: ['web-1 to 3', 'web-d2 IN_PROGRESS'],
      shift: first,
    },
    {
      when: 'CANARY: from then on it is watched',
      configuration: canary,
      ...standing,
      status: at('SCALE_UP', first),
      does: ['web-d2 IN_PROGRESS'],
      shift: { ...first, reachedAt: time(1) },
      waits: time(11),
    },
    {
      when: 'CANARY: its time is not over',
      configuration: canary,
      ...standing,
      status: at('SCALE_UP', { ...first, reachedAt: time(1) }),
      at: 10.9,
      does: ['web-d2 IN_PROGRESS'],
      shift: { ...first, reachedAt: time(1) },
      waits: time(11),
    },
    {
      when: 'CANARY: its time is over',
      configuration: canary,
      ...standing,
      status: at('SCALE_UP', { ...first, reachedAt: time(1) }),
      at: 11,
      does: ['web-d2 IN_PROGRESS'],
      shift: { step: 2, percent: 100 },
    },
    {
      when: 'CANARY: its time is over, but the canary is not there',
      configuration: canary,
      one: [3, 3],
      two: [1, 0],
      status: at('SCALE_UP', { ...first, reachedAt: time(1) }),
      at: 11,
      does: ['web-d2 IN_PROGRESS'],
      shift: { ...first, reachedAt: time(1) },
    },
    {
      when: 'CANARY: a person promotes it before it is healthy',
      configuration: canary,
      two: [1, 0],
      promotedThrough: 1,
      status: at('SCALE_UP', first),
      does: ['web-d2 IN_PROGRESS'],
      shift: { step: 2, percent: 100 },
    },
    {
      when: 'CANARY: the rest follows',
      configuration: canary,
      ...standing,
      status: at('SCALE_UP', { step: 2, percent: 100 }),
      does: ['web-2 to 4', 'web-d2 IN_PROGRESS'],
      shift: { step: 2, percent: 100 },
    },
    {
      when: 'CANARY: the end',
      configuration: canary,
      ...whole,
      status: at('SCALE_UP', { step: 2, percent: 100 }),
      does: ['web-d2 SUCCESSFUL DeploymentCompleted'],
      shift: { step: 2, percent: 100 },
    },
    {
      when: 'CANARY of a service that wants nothing ends at once',
      configuration: canary,
      desired: 0,
      one: [0, 0],
      status: at('SCALE_UP', first),
      does: ['web-d2 SUCCESSFUL DeploymentCompleted'],
      shift: first,
    },
    {
      when: 'CANARY: the service grows meanwhile',
      configuration: canary,
      ...standing,
      desired: 8,
      status: at('SCALE_UP', first),
      does: ['web-1 to 6', 'web-2 to 2', 'web-d2 IN_PROGRESS'],
      shift: first,
    },
    {
      when: 'CANARY: paused, it stays a canary when its time is over',
      configuration: canary,
      ...standing,
      paused: true,
      status: { ...at('SCALE_UP', { ...first, reachedAt: time(1) }), held: { surplus: 0 } },
      at: 30,
      does: ['web-d2 IN_PROGRESS'],
      shift: { ...first, reachedAt: time(1) },
    },
    {
      when: 'CANARY: its tasks fail',
      configuration: { ...canary, deploymentCircuitBreaker: { enable: true, rollback: true } },
      one: [3, 3],
      two: [1, 0],
      failed: 3,
      status: at('SCALE_UP', first),
      does: ['web-d2 ROLLBACK_IN_PROGRESS DeploymentFailed DeploymentRollingBack'],
      shift: first,
    },
    {
      when: 'CANARY: the way back has no steps',
      configuration: canary,
      ...standing,
      status: {
        ...at('SCALE_UP', first),
        status: 'ROLLBACK_IN_PROGRESS',
        rollback: { reason: 'x: y', startedAt: builtAt, serviceRevision: 'web-1', serviceDeployment: 'web-d1' },
      },
      does: ['web-1 to 4', 'web-d2 ROLLBACK_IN_PROGRESS'],
      shift: first,
    },
    {
      when: 'LINEAR: one step after another',
      configuration: linear,
      one: [2, 2],
      two: [2, 2],
      status: at('SCALE_UP', { step: 1, percent: 50, reachedAt: time(0) }),
      at: 5,
      does: ['web-d2 IN_PROGRESS'],
      shift: { step: 2, percent: 100 },
    },
    {
      when: 'BAKE_TIME begins when all run it and nothing else is left',
      configuration: { bakeTimeInMinutes: 7 },
      ...whole,
      status: at('SCALE_UP'),
      does: ['web-d2 IN_PROGRESS'],
      waits: time(8),
    },
    {
      when: 'BAKE_TIME is not over',
      configuration: { bakeTimeInMinutes: 7 },
      ...whole,
      status: at('BAKE_TIME'),
      at: 6.9,
      does: ['web-d2 IN_PROGRESS'],
      waits: time(7),
    },
    {
      when: 'BAKE_TIME is over',
      configuration: { bakeTimeInMinutes: 7 },
      ...whole,
      status: at('BAKE_TIME'),
      at: 7,
      does: ['web-d2 SUCCESSFUL DeploymentCompleted'],
    },
    {
      when: 'BAKE_TIME is over, but a task is missing',
      configuration: { bakeTimeInMinutes: 7 },
      one: [0, 0],
      two: [4, 3],
      status: at('BAKE_TIME'),
      at: 8,
      does: ['web-d2 IN_PROGRESS'],
    },
    {
      when: 'BAKE_TIME: a person promotes it',
      configuration: { bakeTimeInMinutes: 7 },
      ...whole,
      promotedThrough: 1,
      status: at('BAKE_TIME'),
      does: ['web-d2 SUCCESSFUL DeploymentCompleted'],
    },
    {
      when: 'BAKE_TIME: what promoted the canary promotes no more than that',
      configuration: { ...canary, bakeTimeInMinutes: 7 },
      ...whole,
      promotedThrough: 1,
      status: at('BAKE_TIME', { step: 2, percent: 100 }),
      does: ['web-d2 IN_PROGRESS'],
      shift: { step: 2, percent: 100 },
      waits: time(7),
    },
    {
      when: 'BAKE_TIME: tasks fail',
      configuration: { bakeTimeInMinutes: 7, deploymentCircuitBreaker: { enable: true, rollback: true } },
      one: [0, 0],
      two: [4, 2],
      failed: 3,
      status: at('BAKE_TIME'),
      does: ['web-d2 ROLLBACK_IN_PROGRESS DeploymentFailed DeploymentRollingBack'],
    },
  ])('$when', ({ does, shift, waits, ...given }) => {
    const got = decide(given)
    expect({ does: got.does, shift: got.shift, waits: got.waits }).toEqual({ does, shift, waits })
    if (waits !== undefined) expect(got.wakes).toBe(waits)
  })

  it('says in which stage it is', () => {
    expect(decide({ configuration: {} }).stage).toBe('SCALE_UP')
    expect(decide({ configuration: { bakeTimeInMinutes: 1 }, ...whole, status: at('SCALE_UP') }).stage).toBe(
      'BAKE_TIME',
    )
  })
})
