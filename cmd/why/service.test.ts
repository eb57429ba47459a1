import { describe, expect, it } from 'vitest'
import type { Condition } from '../../api/meta/conditions.ts'
import type { Service } from '../../api/v1/service.ts'
import type { ServiceDeployment } from '../../api/v1/service-deployment.ts'
import type { Task } from '../../api/v1/task.ts'
import { serviceRevisionLabel } from '../../api/v1/well-known.ts'
import { millis, minutes, parseTimestamp, plus, seconds, timestamp } from '../../lib/time.ts'
import { aContainerInstance, aService, aServiceDeployment, aTask } from '../../test/builders/kinds.ts'
import { builtAt } from '../../test/builders/object.ts'
import { explainDeployment } from './deployment.ts'
import { explanationText } from './explanation.ts'
import { explainService } from './service.ts'

const condition = (type: string, status: 'True' | 'False', reason: string): Condition => ({
  type,
  status,
  reason,
  message: `it is ${reason}`,
  lastTransitionTime: builtAt,
})
const service = (reason: string, stalled: 'True' | 'False', ready: 'True' | 'False' = 'False'): Service =>
  aService({
    status: {
      observedGeneration: 1,
      desiredCount: 3,
      runningCount: 1,
      pendingCount: 2,
      conditions: [condition('Ready', ready, reason), condition('Stalled', stalled, reason)],
    },
  })
const task = (name: string, over: Pick<Partial<Task>, 'status'>, revision = 'web-2'): Task => {
  const made = aTask({ name, ...over } as never)
  return { ...made, metadata: { ...made.metadata, name, labels: { [serviceRevisionLabel]: revision } } }
}
const crashed = (name: string, exitCode: number, revision?: string): Task =>
  task(
    name,
    {
      status: {
        lastStatus: 'STOPPED',
        stopCode: 'EssentialContainerExited',
        stoppedReason: 'Essential container in task exited',
        containers: [{ name: 'app', lastStatus: 'STOPPED', exitCode }],
      },
    },
    revision,
  )
const now = parseTimestamp(builtAt)
const nothing = { instance: () => undefined, definition: () => undefined, instances: [], now }
const deployment = aServiceDeployment({
  spec: { service: 'web', deployment: 2, targetServiceRevision: 'web-2', sourceServiceRevisions: ['web-1'] },
})

describe('protected tasks', () => {
  const kept = service('TasksProtected', 'False')
  it('are the reason why their service is not what it should be', () => {
    const { metadata, ...rest } = task('web-1-0-1', {}, 'web-1')
    const protection = { since: builtAt, expirationDate: timestamp(plus(now, minutes(2))) }
    const safe = { ...rest, metadata, spec: { ...rest.spec, protection } }
    const { causes, advice } = explainService({ service: kept, deployments: [], tasks: [safe], ...nothing })
    expect(causes).toMatchObject([{ reason: 'TasksProtected', message: 'it is TasksProtected' }])
    expect(advice).toEqual(['Wait until the protection ends, or end it: gantry protect web-1-0-1 --off'])
  })
  it('are the reason why a deployment is not over', () => {
    const { causes, advice } = explainDeployment({ deployment, service: kept, tasks: [], ...nothing })
    expect(causes).toMatchObject([{ of: 'service/web', reason: 'TasksProtected' }])
    expect(advice).toHaveLength(1)
  })
})

describe('a service', () => {
  it('has nothing to explain in a steady state', () => {
    const facts = { service: service('SteadyState', 'False', 'True'), deployments: [deployment], tasks: [], ...nothing }
    expect(explainService(facts)).toMatchObject({ state: 'Ready', causes: [], advice: [] })
  })

  it.each([
    {
      when: 'a moment ago',
      ago: seconds(20),
      causes: [{ reason: 'TasksReplaced', because: [{ reason: 'ExitedWithFailure', count: 2 }] }],
    },
    { when: 'long ago', ago: minutes(11), causes: [] },
  ])('tells of tasks that crashed $when, though another runs', ({ ago, causes }) => {
    const tasks = [crashed('web-2-0-1', 3), crashed('web-2-0-2', 3)].map((one) => ({
      ...one,
      status: { ...one.status, stoppedAt: timestamp(plus(now, millis(-ago))) },
    }))
    const ready = service('SteadyState', 'False', 'True')
    const running = { ...ready, status: { ...ready.status, currentServiceRevision: 'web-2' } } as Service
    const before = { ...crashed('web-1-0-1', 1, 'web-1'), status: tasks[0]?.status }
    const facts = { service: running, deployments: [deployment], ...nothing, tasks: [...tasks, before as Task] }
    expect(explainService(facts)).toMatchObject({ state: 'Ready', causes })
  })

  it('says what to apply when there is nothing to run', () => {
    const facts = { service: service('TaskDefinitionNotFound', 'True'), deployments: [], tasks: [], ...nothing }
    expect(explainService(facts).advice).toEqual(['Apply the task definition that web names.'])
  })

  it('says what its settings cost with the next change, also in a steady state', () => {
    const ready = service('SteadyState', 'False', 'True')
    const conditions = [...(ready.status?.conditions ?? []), condition('ZeroDowntime', 'False', 'NoHealthCheck')]
    const facts = { deployments: [deployment], tasks: [], ...nothing }
    const explained = explainService({ ...facts, service: { ...ready, status: { ...ready.status, conditions } } })
    expect(explained).toMatchObject({ state: 'Ready', causes: [], advice: ['it is NoHealthCheck'] })
  })

  it.each([
    { state: 'IN_PROGRESS', says: [/3 tasks in a, 1 tasks in b.*is being evened out/] },
    { state: 'STOPPED', says: [/3 tasks in a, 1 tasks in b.*stays so for now: no room/] },
    { state: 'BALANCED', says: [] },
  ] as const)('says in a steady state that its zones are $state', ({ state, says }) => {
    const zones = [
      { zone: 'a', tasks: 3 },
      { zone: 'b', tasks: 1 },
    ]
    const ready = service('SteadyState', 'False', 'True')
    const status = { ...ready.status, availabilityZoneRebalancing: { state, zones, reason: 'no room' } }
    const { advice } = explainService({ service: { ...ready, status }, deployments: [], tasks: [], ...nothing })
    expect(advice).toEqual(says.map((text) => expect.stringMatching(text)))
  })

  it('waits for a task of whatever revision that may still run', () => {
    const conditions = [{ ...condition('AgentConnected', 'False', 'HeartbeatLost') }]
    const instance = () => aContainerInstance({ status: { agentConnected: false, conditions } })
    const old = task('web-1-0-1', { spec: { containerInstance: 'one', desiredStatus: 'STOPPED' } } as never, 'web-1')
    const facts = { service: service('TasksMayStillRun', 'True'), deployments: [deployment], tasks: [old], ...nothing }
    const { summary, causes, advice } = explainService({ ...facts, instance })
    expect(summary).toMatch('Service web waits for an instance that is not heard: ')
    expect(causes).toMatchObject([
      { reason: 'TasksMayStillRun', because: [{ of: 'task/web-1-0-1, containerinstance/one' }] },
    ])
    expect(advice).toContainEqual(expect.stringContaining('gantry delete containerinstance one'))
  })

  it('groups what its tasks suffer from, and looks at the newest revision only', () => {
    const tasks = [
      crashed('web-2-0-1', 1),
      crashed('web-2-1-1', 1),
      crashed('web-2-2-1', 127),
      crashed('web-1-0-1', 3, 'web-1'),
    ]
    const facts = { service: service('TasksFailToStart', 'True'), deployments: [deployment], tasks, ...nothing }
    const { state, summary, causes, advice } = explainService(facts)
    expect({ state, summary }).toEqual({
      state: 'Stalled',
      summary: 'Service web makes no progress: 1 of 3 tasks run, 2 pending.',
    })
    expect(causes[0]?.because?.map(({ reason, count }) => [reason, count])).toEqual([
      ['ExitedWithFailure', 2],
      ['CommandNotFound', undefined],
    ])
    expect(advice).toHaveLength(2)
  })

  it('is not held up by a task whose container was started again in place', () => {
    const containers = [{ name: 'app', lastStatus: 'RUNNING' as const, restartCount: 1, restartedAt: builtAt }]
    const again = task('web-2-0-1', { status: { lastStatus: 'RUNNING', containers } })
    const instance = () => aContainerInstance({ status: { agentConnected: true } })
    const bound = { ...again, spec: { ...again.spec, containerInstance: 'one' } }
    const facts = { ...nothing, instance, deployments: [deployment], tasks: [bound] }
    const { causes, advice } = explainService({ service: service('Progressing', 'False'), ...facts })
    expect(causes).toMatchObject([{ because: [] }])
    expect(advice).toEqual([])
  })

  it('puts what holds live tasks up before what ended others', () => {
    const waits = task('web-2-1-2', {
      status: { conditions: [{ ...condition('Scheduled', 'False', 'PortInUse') }] },
    })
    const tasks = [crashed('web-2-0-1', 1), crashed('web-2-1-1', 1), waits]
    const facts = { service: service('DeploymentInProgress', 'False'), deployments: [deployment], tasks, ...nothing }
    expect(explainService(facts).causes[0]?.because?.[0]?.reason).toBe('PortInUse')
  })

  it('says when nobody has looked at its newest version', () => {
    const stale = service('SteadyState', 'False', 'True')
    const changed = { ...stale, metadata: { ...stale.metadata, generation: 2 } }
    expect(explainService({ service: changed, deployments: [], tasks: [], ...nothing })).toMatchObject({
      state: 'NotObserved',
    })
  })

  it('tells what to change when the percentages block it', () => {
    const facts = { service: service('DeploymentBlocked', 'True'), deployments: [deployment], tasks: [], ...nothing }
    expect(explainService(facts).advice[0]).toMatch(/minimumHealthyPercent/)
  })
})

describe('a deployment', () => {
  it('gives the reason that stands in its status, and what its tasks suffer from', () => {
    const failing = {
      ...deployment,
      status: { status: 'IN_PROGRESS', statusReason: 'ECS deployment x in progress.' },
    } as const
    const { summary, causes } = explainDeployment({ deployment: failing, tasks: [crashed('web-2-0-1', 1)], ...nothing })
    expect(summary).toBe('Deployment web-d2 is IN_PROGRESS: ECS deployment x in progress.')
    expect(causes).toMatchObject([{ of: 'task/web-2-0-1, container/app', reason: 'ExitedWithFailure' }])
  })
})

describe('a deployment that failed', () => {
  const breaker = { status: 'TRIGGERED', failureCount: 3, threshold: 3 } as const
  const rollback = {
    reason: 'ECS deployment circuit breaker: tasks failed to start.',
    startedAt: '2026-01-01T00:01:00Z',
    serviceRevision: 'web-1',
    serviceDeployment: 'web-d1',
  }
  const tasks = [crashed('web-2-0-1', 3)]
  const ended = (status: ServiceDeployment['status']): ServiceDeployment => ({ ...deployment, status })
  const lastFailure = { task: 'web-2-0-1', stopCode: 'TaskFailedToStart', reason: 'CannotPullContainerError: no' }

  it.each([
    ['ROLLBACK_IN_PROGRESS', 'RollingBack'],
    ['ROLLBACK_SUCCESSFUL', 'RolledBack'],
    ['ROLLBACK_FAILED', 'RollbackFailed'],
  ] as const)('%s: says where it went, how many failed, and why', (status, reason) => {
    const { causes, advice } = explainDeployment({
      deployment: ended({ status, deploymentCircuitBreaker: breaker, rollback }),
      tasks,
      ...nothing,
    })
    expect(causes).toMatchObject([
      {
        of: 'servicedeployment/web-d2',
        reason,
        because: [
          {
            reason: 'CircuitBreakerTriggered',
            message: '3 of its tasks failed, 3 are too many',
            because: [{ reason: 'ExitedWithFailure' }],
          },
        ],
      },
    ])
    expect(advice.at(-1)).toMatch(/gantry restart web/)
  })

  it('remembers the last failure when the tasks are gone', () => {
    const without = ended({ status: 'STOPPED', deploymentCircuitBreaker: breaker, lastFailure })
    const { causes } = explainDeployment({ deployment: without, tasks: [], ...nothing })
    expect(causes).toMatchObject([
      { reason: 'DeploymentFailed', because: [{ because: [{ of: 'task/web-2-0-1', reason: 'TaskFailedToStart' }] }] },
    ])
  })

  it.each([
    {
      when: 'aborted',
      type: 'ABORT' as const,
      status: { status: 'STOPPED', finishedAt: builtAt, held: { surplus: 0 } } as const,
      want: ['Aborted', 'StopRequested'],
    },
    {
      when: 'sent back',
      type: 'ROLLBACK' as const,
      status: {
        status: 'ROLLBACK_SUCCESSFUL',
        rollback: {
          reason: 'StopServiceDeployment: rollback requested.',
          startedAt: builtAt,
          serviceRevision: 'web-1',
          serviceDeployment: 'web-d1',
        },
      } as const,
      want: ['RolledBack', 'StopRequested'],
    },
  ])('was $when by a person', ({ type, status, want }) => {
    const asked = { ...deployment, spec: { ...deployment.spec, stop: { type } }, status }
    const { causes, advice } = explainDeployment({ deployment: asked, tasks: [], ...nothing })
    expect([causes[0]?.reason, causes[0]?.because?.[0]?.reason]).toEqual(want)
    expect(advice.join()).toContain('gantry restart web')
  })

  it('had a hook that failed: names its task, and how to read what it wrote', () => {
    const status = {
      status: 'ROLLBACK_SUCCESSFUL',
      rollback: {
        reason: 'Lifecycle hook pre-scale-up-0: x',
        startedAt: builtAt,
        serviceRevision: 'web-1',
        serviceDeployment: 'web-d1',
      },
      lifecycleHookDetails: [
        {
          hookId: 'pre-scale-up-0',
          targetType: 'TASK',
          lifecycleStage: 'PRE_SCALE_UP',
          status: 'FAILED',
          startedAt: builtAt,
          task: 'web-d2-pre-scale-up-0-1',
          reason: 'it ended (app with exit code 3)',
        },
      ],
    } as const
    const failed = { ...deployment, status: { ...status, lifecycleHookDetails: [...status.lifecycleHookDetails] } }
    const { causes, advice } = explainDeployment({ deployment: failed, tasks: [], ...nothing })
    expect(causes[0]).toMatchObject({
      reason: 'RolledBack',
      because: [{ reason: 'HookFailed', because: [{ of: 'task/web-d2-pre-scale-up-0-1' }] }],
    })
    expect(advice[0]).toBe('Read what it wrote: gantry logs web-d2-pre-scale-up-0-1')
    const [hook] = status.lifecycleHookDetails
    const late = { ...hook, status: 'TIMED_OUT', timeoutAction: 'ROLLBACK', reason: 'it did not end in time' } as const
    const hung = { ...deployment, status: { ...status, lifecycleHookDetails: [late] } }
    const told = explainDeployment({ deployment: hung, tasks: [], ...nothing })
    expect(told.causes[0]?.because).toMatchObject([
      { reason: 'HookTimedOut', because: [{ reason: 'HookTaskTimedOut' }] },
    ])
    expect(told.advice.slice(0, 2)).toEqual([
      'Read what it wrote: gantry logs web-d2-pre-scale-up-0-1',
      'If it only needs longer, give lifecycle hook pre-scale-up-0 a timeoutConfiguration.timeoutInMinutes.',
    ])
    const reason = 'Task.gantry.dev "web-d2-pre-scale-up-0-1" is invalid: spec.taskDefinition: Not found: "migrate"'
    const never = {
      ...failed,
      status: { ...failed.status, lifecycleHookDetails: [{ ...status.lifecycleHookDetails[0], reason }] },
    }
    expect(explainDeployment({ deployment: never, tasks: [], ...nothing }).advice[0]).toMatch(/^Correct hookDetails/)
  })

  it.each([
    { when: 'one has completed before', before: 'SUCCESSFUL', undo: true },
    { when: 'none has', before: 'STOPPED', undo: false },
  ] as const)('proposes to go back to what worked when $when: $undo', ({ before, undo }) => {
    const failed = ended({ status: 'STOPPED', deploymentCircuitBreaker: breaker })
    const first = aServiceDeployment({
      spec: { deployment: 1, targetServiceRevision: 'web-1' },
      status: { status: before },
    })
    const { advice } = explainDeployment({ deployment: failed, deployments: [first, failed], tasks, ...nothing })
    expect(advice.at(-1)?.includes('gantry rollout undo web')).toBe(undo)
  })

  it('is paused: says how to go on', () => {
    const held = { ...deployment, status: { status: 'IN_PROGRESS', held: { surplus: 0 } } as const }
    expect(explainDeployment({ deployment: held, tasks: [], ...nothing })).toMatchObject({
      causes: [{ reason: 'DeploymentPaused' }],
      advice: ['Go on with it: gantry rollout resume web'],
    })
    const of = explainService({
      service: service('DeploymentPaused', 'False'),
      deployments: [held],
      tasks: [],
      ...nothing,
    })
    expect(of).toMatchObject({
      state: 'Paused',
      summary: 'Service web is paused: 1 of 3 tasks run, 2 pending.',
      advice: ['Go on with it: gantry rollout resume web'],
    })
  })

  it('explains nothing of one that a newer one replaced', () => {
    const replaced = ended({ status: 'STOPPED', statusReason: 'Superseded by (deployment ecs-svc/web-d3).' })
    expect(explainDeployment({ deployment: replaced, tasks, ...nothing })).toMatchObject({ causes: [], advice: [] })
  })

  it('is below what its service says, beside what ails the revision that came back', () => {
    const conditions = [{ ...condition('Scheduled', 'False', 'PortInUse') }]
    const waits = task('web-1-0-2', { status: { conditions } }, 'web-1')
    const facts = {
      service: service('DeploymentRolledBack', 'True'),
      deployments: [ended({ status: 'ROLLBACK_SUCCESSFUL', deploymentCircuitBreaker: breaker, rollback })],
      tasks: [...tasks, waits, crashed('web-1-1-1', 1, 'web-1')],
      ...nothing,
    }
    const { summary, causes } = explainService(facts)
    expect(summary).toBe('Service web was rolled back: 1 of 3 tasks run, 2 pending.')
    expect(causes[0]?.because).toMatchObject([{ reason: 'PortInUse' }, { reason: 'RolledBack' }])
  })
})

describe('the text', () => {
  it('shows each cause below what it brought about', () => {
    const facts = {
      service: service('TasksFailToStart', 'True'),
      deployments: [deployment],
      tasks: [crashed('web-2-0-1', 1)],
      ...nothing,
    }
    expect(explanationText(explainService(facts), () => '5s')).toBe(
      [
        'Service web makes no progress: 1 of 3 tasks run, 2 pending.',
        '  service/web: it is TasksFailToStart [TasksFailToStart, 5s ago]',
        '    task/web-2-0-1, container/app: its process ended with exit code 1 [ExitedWithFailure]',
        'What to do: Read what it wrote: gantry logs web-2-0-1 -c app',
      ].join('\n'),
    )
  })
})
