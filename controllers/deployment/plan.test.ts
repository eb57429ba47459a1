import { describe, expect, it } from 'vitest'
import type { Service } from '../../api/v1/service.ts'
import type { ServiceDeployment } from '../../api/v1/service-deployment.ts'
import type { Task } from '../../api/v1/task.ts'
import { type Millis, millis, parseTimestamp, plus, seconds } from '../../lib/time.ts'
import {
  aContainerInstance,
  aService,
  aServiceDeployment,
  aServiceRevision,
  aTask,
  aTaskDefinitionRevision,
  running,
} from '../../test/builders/kinds.ts'
import { builtAt } from '../../test/builders/object.ts'
import { type Action, plan } from './plan.ts'
import { stateOf } from './state.ts'

const start = parseTimestamp(builtAt)
type Status = NonNullable<ServiceDeployment['status']>

interface Case {
  readonly spec?: Partial<Service['spec']>
  readonly metadata?: Partial<Service['metadata']>
  /** Desired count and running tasks of each revision. */
  readonly revisions?: readonly (readonly [number, number])[]
  /** Target and status of each deployment. */
  readonly deployments?: readonly (readonly [number, Status?])[]
  /** Of each task; default: it runs. */
  readonly task?: Pick<Task, 'status'> & { readonly spec: Partial<Task['spec']> }
  readonly at?: Millis
}
function decide({ spec, metadata, revisions = [], deployments = [], task, at = millis(0) }: Case): readonly Action[] {
  const service = aService({ spec: { desiredCount: 2, ...spec }, metadata })
  const made = revisions.map(([desiredCount], i) =>
    aServiceRevision({ owner: service, spec: { revision: i + 1, desiredCount } }),
  )
  const tasks = (n: number): readonly Task[] =>
    Array.from({ length: revisions[n - 1]?.[1] ?? 0 }, (_, i) =>
      aTask({ name: `web-${n}-${i}-1`, owner: made[n - 1], status: running, ...task }),
    )
  const now = plus(start, at)
  const state = stateOf({
    now,
    service,
    revisions: made,
    deployments: deployments.map(([target, status], i) =>
      aServiceDeployment({
        owner: service,
        spec: { deployment: i + 1, targetServiceRevision: `web-${target}` },
        status,
      }),
    ),
    tasksOf: ({ spec: { revision } }) => tasks(revision),
    hookTasksOf: () => [],
    definition: () => aTaskDefinitionRevision(),
    instances: () => [aContainerInstance(), aContainerInstance({ name: 'two' }), aContainerInstance({ name: 'three' })],
  })
  return plan(state, now).actions
}
const told = (actions: readonly Action[]): readonly string[] =>
  actions.map((action) =>
    action.do === 'scale'
      ? `${action.revision.metadata.name} to ${action.desiredCount}`
      : `${action.deployment.metadata.name} ${action.status.status}${action.tell.map(({ reason }) => ` ${reason}`).join('')}`,
  )
const successful = { status: 'SUCCESSFUL' } as const

describe('the newest deployment', () => {
  it.each<Case & { when: string; does: readonly string[] }>([
    { when: 'there is none', revisions: [[0, 0]], does: [] },
    { when: 'its revision is not there yet', deployments: [[1]], does: [] },
    { when: 'it begins', revisions: [[0, 0]], deployments: [[1]], does: ['web-1 to 2', 'web-d1 IN_PROGRESS'] },
    {
      when: 'it begins at its goal (ecs-core 5.14)',
      revisions: [[2, 2]],
      deployments: [[1]],
      does: ['web-d1 IN_PROGRESS'],
    },
    {
      when: 'it ends',
      revisions: [[2, 2]],
      deployments: [[1, { status: 'IN_PROGRESS' }]],
      does: ['web-d1 SUCCESSFUL DeploymentCompleted'],
    },
    { when: 'it has ended', revisions: [[2, 2]], deployments: [[1, successful]], does: [] },
    {
      when: 'the service is scaled',
      spec: { desiredCount: 5 },
      revisions: [[2, 2]],
      deployments: [[1, successful]],
      does: ['web-1 to 5'],
    },
    { when: 'a task died later', revisions: [[2, 1]], deployments: [[1, successful]], does: [] },
    {
      when: 'it is overtaken',
      revisions: [
        [2, 2],
        [2, 0],
        [0, 0],
      ],
      deployments: [[1, successful], [2, { status: 'IN_PROGRESS' }], [3]],
      does: ['web-d2 STOPPED', 'web-2 to 0', 'web-3 to 2', 'web-d3 IN_PROGRESS'],
    },
    {
      when: 'it goes back',
      revisions: [
        [1, 1],
        [2, 2],
      ],
      deployments: [[1, successful], [2], [1]],
      does: ['web-d2 STOPPED', 'web-2 to 1', 'web-1 to 2', 'web-d3 IN_PROGRESS'],
    },
    {
      when: 'the percentages block it',
      spec: { deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 100 } },
      revisions: [
        [2, 2],
        [0, 0],
      ],
      deployments: [[1, successful], [2]],
      does: ['web-d2 IN_PROGRESS DeploymentBlocked'],
    },
    {
      when: 'the service goes',
      metadata: { deletionTimestamp: builtAt, finalizers: ['x'] },
      revisions: [[2, 2]],
      deployments: [[1]],
      does: [],
    },
    {
      when: 'a DAEMON wants one for each instance',
      spec: { schedulingStrategy: 'DAEMON', desiredCount: undefined },
      revisions: [[0, 0]],
      deployments: [[1]],
      does: ['web-1 to 3', 'web-d1 IN_PROGRESS'],
    },
  ])('$when', ({ does, ...given }) => expect(told(decide(given))).toEqual(does))

  it('says when it began and ended, and why it was stopped', () => {
    const startedAt = '2025-12-31T23:00:00.000Z'
    const [ended] = decide({ revisions: [[2, 2]], deployments: [[1, { status: 'IN_PROGRESS', startedAt }]] })
    expect(ended).toMatchObject({
      status: {
        startedAt,
        finishedAt: '2026-01-01T00:00:00.000Z',
        statusReason: 'ECS deployment ecs-svc/web-d1 completed.',
      },
      tell: [{ message: '(service web) (deployment ecs-svc/web-d1) deployment completed.' }],
    })
    const [stopped] = decide({
      revisions: [
        [0, 0],
        [0, 0],
      ],
      deployments: [[1], [2]],
    })
    expect(stopped).toMatchObject({ status: { statusReason: 'Superseded by (deployment ecs-svc/web-d2).' } })
  })

  it('writes down where its time went when it ends, for its tasks go', () => {
    const started = {
      lastStatus: 'RUNNING',
      connectivityAt: '2026-01-01T00:00:01Z',
      startedAt: '2026-01-01T00:00:04Z',
    } as const
    const task = { spec: { startedBy: 'ecs-svc/web-d1' }, status: started }
    const placed = {
      phase: 'placed',
      tasks: 2,
      medianMilliseconds: 1000,
      longestMilliseconds: 1000,
      longestTask: 'web-1-0-1',
    }
    const took = { ...placed, phase: 'started', medianMilliseconds: 3000, longestMilliseconds: 3000 }
    const at = seconds(60)
    const [ended] = decide({ revisions: [[2, 2]], deployments: [[1, { status: 'IN_PROGRESS' }]], task, at })
    expect(ended).toMatchObject({ status: { status: 'SUCCESSFUL', timeline: [placed, took] } })
    const [going] = decide({ revisions: [[2, 1]], deployments: [[1]], task, at })
    expect(going).toMatchObject({ status: { status: 'IN_PROGRESS' } })
    expect(going).not.toHaveProperty('status.timeline')
    const [, superseded] = [
      0,
      ...decide({
        revisions: [
          [1, 1],
          [0, 0],
        ],
        deployments: [[1], [2]],
        task,
        at,
      }),
    ]
    expect(superseded).toMatchObject({
      status: {
        status: 'STOPPED',
        timeline: [
          { ...placed, tasks: 1 },
          { ...took, tasks: 1 },
        ],
      },
    })
  })

  it('a block is told once, and lifted', () => {
    const conditions = [
      {
        type: 'Blocked',
        status: 'True',
        reason: 'PercentagesBlock',
        message: 'x',
        lastTransitionTime: builtAt,
      } as const,
    ]
    const status = { status: 'IN_PROGRESS', conditions } as const
    const given = {
      revisions: [
        [2, 2],
        [0, 0],
      ],
      deployments: [
        [1, successful],
        [2, status],
      ],
    } as const
    const tight = { deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 100 } }
    expect(told(decide({ ...given, spec: tight }))).toEqual(['web-d2 IN_PROGRESS'])
    const lifted = decide(given).find((action) => action.do === 'setStatus')
    expect(lifted?.status.conditions).toMatchObject([{ type: 'Blocked', status: 'False' }])
  })
})
