import { describe, expect, it } from 'vitest'
import type { Service } from '../../api/v1/service.ts'
import type { ServiceDeployment } from '../../api/v1/service-deployment.ts'
import type { ServiceRevision } from '../../api/v1/service-revision.ts'
import { templateHash } from '../../api/v1/service-template.ts'
import type { Task } from '../../api/v1/task.ts'
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
const finalizers = ['gantry.dev/drain']
const healthCheck = { command: ['CMD', 'true'], interval: 30, timeout: 5, retries: 3 }
const definitions = [1, 2].map((revision) =>
  aTaskDefinitionRevision({
    spec: { revision, taskDefinition: { family: 'web', containerDefinitions: [aContainer({ healthCheck })] } },
  }),
)

/** `0-1 run`, `1-3 stop`, `2-1 run 60` (protected for 60 s): task web-R-0-1 of revision R. States: new run sick stopping failed exited. */
function task(text: string, revision: ServiceRevision, at: number): Task {
  const [name, state = 'new', protectedFor, instance] = text.split(' ')
  const running = { lastStatus: 'RUNNING', startedAt: builtAt } as const
  const ended = { lastStatus: 'STOPPED', stoppedAt: milliTimestamp(plus(start, seconds(at))) } as const
  const status = {
    new: undefined,
    run: { ...running, healthStatus: 'HEALTHY' },
    sick: { ...running, healthStatus: 'UNHEALTHY' },
    stopping: { ...running, healthStatus: 'HEALTHY' },
    failed: { ...ended, stopCode: 'TaskFailedToStart' },
    exited: { ...ended, startedAt: builtAt, stopCode: 'EssentialContainerExited' },
  } as const
  return aTask({
    name: `${revision.metadata.name}-${name}`,
    owner: revision,
    spec: {
      taskDefinition: revision.spec.taskDefinition,
      desiredStatus: state === 'stopping' ? 'STOPPED' : 'RUNNING',
      ...(instance === undefined ? {} : { containerInstance: instance }),
      ...(protectedFor === undefined || protectedFor === '-'
        ? {}
        : {
            protection: { since: builtAt, expirationDate: milliTimestamp(plus(start, seconds(Number(protectedFor)))) },
          }),
    },
    status: status[state as keyof typeof status],
  })
}

const rollingOut = aServiceDeployment({
  owner: aService(),
  spec: { targetServiceRevision: 'web-1' },
  status: { status: 'IN_PROGRESS' },
})

/** Its circuit breaker ended it, without going back. */
const brokenOff = aServiceDeployment({
  owner: aService(),
  spec: { targetServiceRevision: 'web-2' },
  status: { status: 'STOPPED', deploymentCircuitBreaker: { status: 'TRIGGERED', failureCount: 3, threshold: 3 } },
})
const completed = aServiceDeployment({
  owner: aService(),
  spec: { targetServiceRevision: 'web-2' },
  status: { status: 'SUCCESSFUL' },
})

interface Case {
  readonly spec?: Partial<Service['spec']>
  readonly metadata?: Partial<Service['metadata']>
  /** Tasks of web-1 and web-2, each wanting so many. */
  readonly one?: readonly string[]
  readonly two?: readonly string[]
  readonly want?: readonly [number, number?]
  readonly deployments?: readonly ServiceDeployment[]
  /** Seconds after the start. */
  readonly at?: number
}
function decide({ spec, metadata, one = [], two, want = [0], deployments, at = 0 }: Case) {
  const service = aService({ spec: { taskDefinition: 'web:1', ...spec }, metadata: { finalizers, ...metadata } })
  const revision = (n: number): ServiceRevision =>
    aServiceRevision({
      owner: service,
      spec: {
        revision: n,
        taskDefinition: `web.${n}`,
        templateHash: templateHash(service, `web.${n}`),
        desiredCount: want[n - 1] ?? 0,
      },
    })
  const revisions = two === undefined ? [revision(1)] : [revision(1), revision(2)]
  const tasks = [one, two ?? []].map((texts, i) => {
    const of = revisions[i]
    return of === undefined ? [] : texts.map((text) => task(text, of, at))
  })
  const done = { status: { status: 'SUCCESSFUL' } } as const
  const state = stateOf({
    now: plus(start, seconds(at)),
    service,
    revisions,
    deployments: deployments ?? [
      aServiceDeployment({ owner: service, ...done, spec: { targetServiceRevision: 'web-1' } }),
    ],
    tasksOf: ({ spec: { revision: n } }) => tasks[n - 1] ?? [],
    isTaken: () => false,
    revision: (name) => definitions.find((one) => one.metadata.name === name),
    family: () => definitions,
    head: () => undefined,
    instance: (name) => (name === 'going' ? aContainerInstance({ name, spec: { status: 'DRAINING' } }) : undefined),
    instances: () => [],
    prefetching: () => [],
  })
  return plan(state, plus(start, seconds(at)))
}
const steps = ({ starts, stops }: ReturnType<typeof plan>): readonly string[] => [
  ...stops.map((stop) => `stop ${stop.task.metadata.name}`),
  ...starts.map(({ name }) => `start ${name}`),
]
const percents = (minimumHealthyPercent: number, maximumPercent: number, desiredCount: number) => ({
  desiredCount,
  deploymentConfiguration: { minimumHealthyPercent, maximumPercent },
})

describe('tasks', () => {
  it.each<Case & { when: string; does: readonly string[] }>([
    { when: 'none is there', want: [2], does: ['start web-1-0-1', 'start web-1-1-1'] },
    { when: 'one has gone', want: [2], one: ['0-1 run', '1-1 exited'], does: ['start web-1-1-2'] },
    {
      when: 'one is told to stop: its slot is free at once',
      want: [2],
      one: ['0-1 run', '1-1 stopping'],
      does: ['start web-1-1-2'],
    },
    { when: 'the lowest free slot comes first', want: [3], one: ['1-1 run', '2-4 run'], does: ['start web-1-0-1'] },
    {
      when: 'one is too many: the one that does not run goes',
      want: [2],
      spec: { desiredCount: 2 },
      one: ['0-1 new', '1-1 run', '2-1 run'],
      does: ['stop web-1-0-1'],
    },
    { when: 'all are wanted and there', want: [2], one: ['0-1 run', '1-1 new'], does: [] },
    {
      when: 'a failed rollout had lowered the count of the old ones: they stay (ecs-core 5.7)',
      spec: { ...percents(0, 100, 2), taskDefinition: 'web:2' },
      want: [0, 0],
      one: ['0-1 run', '1-1 run'],
      two: ['0-1 failed'],
      deployments: [brokenOff],
      does: [],
    },
    {
      when: 'a failed rollout had one new task running: one old one goes',
      spec: { ...percents(0, 100, 2), taskDefinition: 'web:2' },
      want: [0, 2],
      one: ['0-1 run', '1-1 run'],
      two: ['2-1 run'],
      deployments: [brokenOff],
      does: ['stop web-1-1-1'],
    },
    {
      when: 'a rollout that went well has lowered the count of the old ones: they go',
      spec: { ...percents(0, 100, 2), taskDefinition: 'web:2' },
      want: [0, 0],
      one: ['0-1 run', '1-1 run'],
      two: [],
      deployments: [completed],
      does: ['stop web-1-1-1', 'stop web-1-0-1'],
    },
    {
      when: 'there is no room while others stop',
      want: [2],
      spec: percents(0, 100, 2),
      one: ['0-1 stopping', '1-1 run'],
      does: [],
    },
    {
      when: 'there is room for one',
      want: [2],
      spec: percents(0, 150, 2),
      one: ['0-1 stopping', '1-1 stopping'],
      does: ['start web-1-0-2'],
    },
    {
      when: 'a stop would go under the minimum',
      want: [1],
      spec: percents(100, 200, 3),
      one: ['0-1 run', '1-1 run', '2-1 run'],
      does: [],
    },
    { when: 'the slot waits after a failed start', want: [2], one: ['0-1 failed', '1-1 run'], at: 0, does: [] },
  ])('$when', ({ does, ...given }) => expect(steps(decide({ spec: { desiredCount: 2 }, ...given }))).toEqual(does))

  it('a waiting slot wakes the service', () => {
    expect(decide({ want: [1], one: ['0-1 failed'] }).wakeAt).toBe(plus(start, seconds(1)))
  })
  it('old revisions stop first, the target starts first', () => {
    const spec = { ...percents(50, 150, 4), taskDefinition: 'web:2' }
    const given = {
      spec,
      want: [1, 3] as const,
      one: ['0-1 run', '1-1 run', '2-1 run', '3-1 stopping'],
      two: ['0-1 run'],
    }
    const deployments = [aServiceDeployment({ owner: aService(), spec: { targetServiceRevision: 'web-2' } })]
    expect(steps(decide({ ...given, deployments }))).toEqual(['stop web-1-2-1', 'stop web-1-1-1', 'start web-2-1-1'])
  })
})

describe('tasks on an instance that drains (ecs-core 7.2)', () => {
  const goes = '0-1 run - going'
  it.each<Case & { when: string; does: readonly string[] }>([
    {
      when: 'PENDING: stopped at once, and started elsewhere',
      want: [2],
      one: ['0-1 new - going', '1-1 run'],
      does: ['stop web-1-0-1', 'start web-1-2-1'],
    },
    {
      when: 'PENDING: also where there is no room to start first',
      spec: percents(50, 100, 2),
      want: [2],
      one: ['0-1 new - going', '1-1 run'],
      does: ['stop web-1-0-1'],
    },
    {
      when: 'RUNNING, 100/200: the replacement starts first',
      want: [2],
      one: [goes, '1-1 run'],
      does: ['start web-1-2-1'],
    },
    {
      when: 'RUNNING, 100/200: and then it goes',
      want: [2],
      one: [goes, '1-1 run', '2-1 run'],
      does: ['stop web-1-0-1'],
    },
    {
      when: 'RUNNING, a minimum below 100: it may stop first',
      spec: percents(50, 100, 2),
      want: [2],
      one: [goes, '1-1 run'],
      does: ['stop web-1-0-1'],
    },
    {
      when: 'RUNNING, bounds that leave no step: it never drains',
      spec: percents(75, 100, 2),
      want: [2],
      one: [goes, '1-1 run'],
      does: [],
    },
    {
      when: 'RUNNING, several: as many as the minimum leaves',
      spec: percents(50, 100, 4),
      want: [4],
      one: [goes, '1-1 run - going', '2-1 run - going', '3-1 run'],
      does: ['stop web-1-2-1', 'stop web-1-1-1'],
    },
  ])('$when', ({ does, ...given }) => expect(steps(decide({ spec: { desiredCount: 2 }, ...given }))).toEqual(does))
})

describe('protected tasks (ecs-core 4.9)', () => {
  const two = { spec: percents(0, 200, 2), want: [2] as const }
  it.each<Case & { when: string; does: readonly string[] }>([
    {
      when: 'scale-in takes another',
      ...two,
      one: ['0-1 run', '1-1 run', '2-1 run 60'],
      does: ['stop web-1-1-1'],
    },
    {
      when: 'all are: none goes, however many are too many',
      spec: percents(0, 200, 0),
      want: [0],
      one: ['0-1 run 60', '1-1 run 60'],
      does: [],
    },
    {
      when: 'scale-in takes all that are not',
      spec: percents(0, 200, 0),
      want: [0],
      one: ['0-1 run 60', '1-1 run'],
      does: ['stop web-1-1-1'],
    },
    {
      when: 'the time is over',
      spec: percents(0, 200, 0),
      want: [0],
      one: ['0-1 run 60'],
      at: 60,
      does: ['stop web-1-0-1'],
    },
    {
      when: 'a rollout starts the new ones, and keeps the old ones that are',
      spec: { ...percents(0, 200, 2), taskDefinition: 'web:2' },
      want: [0, 2],
      one: ['0-1 run 60', '1-1 run'],
      two: [],
      does: ['stop web-1-1-1', 'start web-2-0-1', 'start web-2-1-1'],
    },
    {
      when: 'a rollout has no room for more than the maximum',
      spec: { ...percents(0, 100, 2), taskDefinition: 'web:2' },
      want: [0, 2],
      one: ['0-1 run 60', '1-1 run 60'],
      two: [],
      does: [],
    },
    { when: 'an instance that is emptied keeps them', ...two, one: ['0-1 run 60 going', '1-1 run 60 one'], does: [] },
    {
      when: 'of an instance that is emptied the others go',
      ...two,
      one: ['0-1 run 60 going', '1-1 run - going', '2-1 run - one'],
      does: ['stop web-1-1-1'],
    },
    {
      when: 'health comes first',
      spec: { desiredCount: 2 },
      want: [2],
      one: ['0-1 sick 60', '1-1 run', '2-1 run'],
      does: ['stop web-1-0-1'],
    },
    {
      when: 'health comes first on an instance that is emptied too',
      spec: { desiredCount: 2 },
      want: [2],
      one: ['0-1 sick 60 going', '1-1 run', '2-1 run'],
      does: ['stop web-1-0-1'],
    },
    {
      when: 'the service is deleted',
      metadata: { deletionTimestamp: builtAt },
      want: [1],
      one: ['0-1 run 60'],
      does: ['stop web-1-0-1'],
    },
  ])('$when', ({ does, ...given }) => expect(steps(decide(given))).toEqual(does))

  it('the service says so, tells it once in ECS words (5.8), and looks again when the first ends', () => {
    const given = { spec: percents(0, 200, 0), want: [0] as const, one: ['0-1 run 60', '1-1 run 90'] }
    const { status, events, wakeAt } = decide(given)
    expect(wakeAt).toBe(plus(start, seconds(60)))
    expect(status.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({
      status: 'False',
      reason: 'TasksProtected',
      message: `2 tasks under protection: web-1-0-1 until ${milliTimestamp(plus(start, seconds(60)))}, web-1-1-1 until ${milliTimestamp(plus(start, seconds(90)))}.`,
    })
    expect(events.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /^\(service web\) was unable to reach steady state because \(taskSet ecs-svc\/\S+\) was unable to scale in due to \(reason 2 tasks under protection\)$/,
      ),
    ])
  })
})

describe('unhealthy tasks (ecs-core 5.6)', () => {
  it.each<Case & { when: string; does: readonly string[] }>([
    { when: 'there is room: the replacement starts first', one: ['0-1 sick', '1-1 run'], does: ['start web-1-2-1'] },
    { when: 'the replacement is not healthy yet', one: ['0-1 sick', '1-1 run', '2-1 new'], does: [] },
    { when: 'the replacement is healthy', one: ['0-1 sick', '1-1 run', '2-1 run'], does: ['stop web-1-0-1'] },
    {
      when: 'the replacement is unhealthy too: one of both goes',
      one: ['0-1 sick', '1-1 run', '2-1 sick'],
      does: ['stop web-1-2-1', 'start web-1-3-1'],
    },
    {
      when: 'no room: one goes first',
      spec: percents(50, 100, 2),
      one: ['0-1 sick', '1-1 sick'],
      does: ['stop web-1-1-1'],
    },
    {
      when: 'no room: the next only when the first is back',
      spec: percents(50, 100, 2),
      one: ['0-1 sick', '1-1 stopping'],
      does: [],
    },
    {
      when: 'no room: the first is on its way back',
      spec: percents(50, 100, 2),
      one: ['0-1 sick', '1-2 new'],
      does: [],
    },
    {
      when: 'the grace period',
      spec: { desiredCount: 2, healthCheckGracePeriodSeconds: 60 },
      one: ['0-1 sick', '1-1 run'],
      at: 59,
      does: [],
    },
    {
      when: 'its end',
      spec: { desiredCount: 2, healthCheckGracePeriodSeconds: 60 },
      one: ['0-1 sick', '1-1 run'],
      at: 60,
      does: ['start web-1-2-1'],
    },
  ])('$when', ({ does, ...given }) =>
    expect(steps(decide({ spec: { desiredCount: 2 }, want: [2], ...given }))).toEqual(does),
  )

  it('the end of the grace period wakes the service', () => {
    const spec = { desiredCount: 1, healthCheckGracePeriodSeconds: 60 }
    expect(decide({ spec, want: [1], one: ['0-1 sick'], at: 5 }).wakeAt).toBe(plus(start, seconds(60)))
  })
})

it('says until when tasks that run do not count yet', () => {
  const spec = { desiredCount: 2, deploymentConfiguration: { minReadySeconds: 30 } }
  const { status } = decide({ spec, want: [2], one: ['0-1 run', '1-1 new'], at: 10, deployments: [rollingOut] })
  expect(status.conditions?.[0]?.message).toMatch(
    new RegExp(
      `^0 of 2 tasks run the newest revision; 1 more of it run, and count as healthy by ${milliTimestamp(plus(start, seconds(30)))} `,
    ),
  )
})

describe('structure', () => {
  const kinds = ({ structure }: ReturnType<typeof plan>) =>
    structure.map((step) => {
      if (step.do === 'setFinalizers') return step.finalizers.join()
      return `${step.do} ${step.do === 'releaseRevision' ? step.revision.metadata.name : step.name}`
    })
  it('a new service', () => {
    expect(kinds(decide({ metadata: { finalizers: ['x/y'] }, deployments: [] }))).toEqual([
      'x/y,gantry.dev/drain',
      'createDeployment web-d1',
    ])
  })
  it('at rest', () => expect(kinds(decide({}))).toEqual([]))
  it('another task definition revision', () => {
    expect(kinds(decide({ spec: { taskDefinition: 'web:2' } }))).toEqual([
      'createRevision web-2',
      'createDeployment web-d2',
    ])
  })
  it('another one while paused: nothing until it is resumed', () => {
    const given = { paused: true, taskDefinition: 'web:2', desiredCount: 1 }
    const { status, ...paused } = decide({ spec: given, want: [1], one: ['0-1 run'] })
    expect(kinds({ status, ...paused })).toEqual([])
    expect(status.conditions?.map(({ type, status: is, reason }) => `${type} ${is} ${reason}`)).toEqual([
      'Ready False DeploymentPaused',
      'Reconciling False DeploymentPaused',
      'Stalled False DeploymentPaused',
    ])
  })
  it('paused at rest is at rest', () => {
    const { status } = decide({ spec: { paused: true, desiredCount: 1 }, want: [1], one: ['0-1 run'] })
    expect(status.conditions?.[0]).toMatchObject({ type: 'Ready', status: 'True', reason: 'SteadyState' })
  })
  it('back to an earlier one: its revision is used again, with what still runs named', () => {
    const deployments = [
      aServiceDeployment({ owner: aService(), spec: { deployment: 2, targetServiceRevision: 'web-2' } }),
    ]
    expect(decide({ two: ['0-1 run'], want: [0, 1], deployments }).structure).toMatchObject([
      { do: 'createDeployment', name: 'web-d3', target: 'web-1', sources: ['web-2'] },
    ])
  })
  it('the revision of the deployment was deleted', () => {
    const deployments = [aServiceDeployment({ owner: aService(), spec: { targetServiceRevision: 'web-9' } })]
    expect(kinds(decide({ deployments }))).toEqual(['createDeployment web-d2'])
  })
  it('deletion: stops all, and lets go when the last has stopped', () => {
    const metadata = { deletionTimestamp: builtAt, finalizers: ['gantry.dev/drain', 'x/y'] }
    const draining = decide({ metadata, want: [2], one: ['0-1 run', '1-1 new'] })
    expect(steps(draining)).toEqual(['stop web-1-0-1', 'stop web-1-1-1'])
    expect([draining.structure, draining.status.status]).toEqual([[], 'DRAINING'])
    expect(kinds(decide({ metadata, one: ['0-1 stopping'] }))).toEqual([])
    expect(kinds(decide({ metadata, one: ['0-1 exited'] }))).toEqual(['x/y'])
  })
})
