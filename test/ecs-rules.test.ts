/**
 * The rules of ecs-core 5 (services) as a user meets them: on the service and deployment controllers together, with a small agent
 * in place of machines. The first table says where each rule is tested in all its cases.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ContainerInstance } from '../api/v1/container-instance.ts'
import { Event } from '../api/v1/core.ts'
import { Service, type ServiceSpec } from '../api/v1/service.ts'
import { taskBounds } from '../api/v1/service-bounds.ts'
import { isStopped, type Task } from '../api/v1/task.ts'
import { minutes, seconds } from '../lib/time.ts'
import { aContainerInstance } from './builders/kinds.ts'
import { type Fate, World } from './builders/service-world.ts'
import { openClient } from './builders/test-client.ts'

it.each([
  { rule: '5.1 kinds and combinations', section: '5.1', file: 'api/v1/service-rules.test.ts' },
  { rule: '5.2 tags of tasks', section: '5.2', file: 'api/v1/task-tags.test.ts' },
  { rule: '5.4 what makes a deployment', section: '5.4', file: 'api/v1/service-template.test.ts' },
  { rule: '5.5 rounding and defaults', section: '5.5', file: 'api/v1/service-bounds.test.ts' },
  { rule: '5.5 blocked, 5.6 rolling', section: '5.5', file: 'controllers/deployment/strategies/rolling.test.ts' },
  { rule: '5.6 what is healthy', section: '5.6', file: 'api/v1/task-health.test.ts' },
  { rule: '5.6 unhealthy tasks are replaced', section: '5.6', file: 'controllers/service/plan.test.ts' },
  { rule: '6.5 who goes first', section: '6.5', file: 'controllers/service/strategies/victims.test.ts' },
  { rule: '5.7 throttling', section: '5.7', file: 'controllers/service/strategies/restarts.test.ts' },
  { rule: '5.7 thresholds of the breaker', section: '5.7', file: 'api/v1/circuit-breaker.test.ts' },
  { rule: '5.7 what the breaker counts', section: '5.7', file: 'controllers/deployment/strategies/breaker.test.ts' },
  { rule: '5.7 what the breaker does', section: '5.7', file: 'controllers/deployment/plan-breaker.test.ts' },
  { rule: '5.8 events about zones', section: '5.8', file: 'controllers/service/plan-zones.test.ts' },
  { rule: '5.9 evening out zones', section: '5.9', file: 'controllers/service/plan-zones.test.ts' },
  { rule: '5.9 evening out zones, together', section: '5.9', file: 'test/service-zones.test.ts' },
  { rule: '5.12 image digests', section: '5.12', file: 'api/v1/container-images.test.ts' },
  { rule: '5.12 image digests, together', section: '5.12', file: 'test/service-images.test.ts' },
  { rule: '5.14 how deployments end', section: '5.14', file: 'controllers/deployment/plan.test.ts' },
])('$rule: $file', async ({ section, file }) => {
  expect(await readFile(join(import.meta.dirname, '..', file), 'utf8')).toContain(`ecs-core ${section}`)
})

const names = ['one', 'two', 'three', 'four'] as const
/** The controllers, and as many instances. */
async function start(instances = 1): Promise<World> {
  const world = new World(await openClient(names.slice(0, instances).map((name) => aContainerInstance({ name }))))
  onTestFinished(() => world[Symbol.asyncDispose]())
  await world.rest()
  return world
}
/** A service at rest on its first revision. */
async function steady(spec: Partial<ServiceSpec>, instances = 1, checked = false): Promise<World> {
  const w = await start(instances)
  w.healthChecked = checked
  const healthCheck = { command: ['CMD', 'true'], interval: 30, timeout: 5, retries: 3 }
  await w.define('app:1', 'web', checked ? { healthCheck } : {})
  await w.serve(spec)
  await w.converge()
  return w
}
const runs = (w: World, definition: string): number =>
  w.running().filter(({ spec }) => spec.taskDefinition === definition).length
const deployed = ({ desiredCount, min, max }: { desiredCount: number; min: number; max: number }) => ({
  desiredCount,
  deploymentConfiguration: { minimumHealthyPercent: min, maximumPercent: max },
})

describe('5.5, 5.6: a change rolls inside its bounds, or is blocked by them', () => {
  it.each<readonly [desired: number, min: number, max: number, outcome: 'rolls' | 'blocked']>([
    [0, 100, 200, 'rolls'],
    [0, 0, 100, 'rolls'],
    [1, 0, 100, 'rolls'],
    [1, 50, 100, 'blocked'],
    [1, 100, 150, 'blocked'],
    [1, 100, 199, 'blocked'],
    [1, 100, 200, 'rolls'],
    [1, 0, 200, 'rolls'],
    [2, 50, 100, 'rolls'],
    [2, 51, 100, 'blocked'],
    [2, 75, 100, 'blocked'],
    [2, 100, 149, 'blocked'],
    [2, 100, 150, 'rolls'],
    [2, 50, 150, 'rolls'],
    [3, 100, 125, 'blocked'],
    [3, 100, 133, 'blocked'],
    [3, 100, 134, 'rolls'],
    [3, 67, 100, 'blocked'],
    [3, 66, 100, 'rolls'],
    [3, 34, 133, 'rolls'],
    [4, 50, 100, 'rolls'],
    [4, 100, 200, 'rolls'],
    [4, 75, 125, 'rolls'],
    [4, 76, 124, 'blocked'],
    [4, 100, 125, 'rolls'],
    [5, 80, 100, 'rolls'],
    [5, 81, 119, 'blocked'],
    [5, 100, 120, 'rolls'],
    [6, 100, 200, 'rolls'],
    [6, 50, 200, 'rolls'],
    [6, 100, 116, 'blocked'],
    [6, 100, 117, 'rolls'],
    [7, 85, 100, 'rolls'],
    [7, 86, 114, 'blocked'],
    [7, 33, 133, 'rolls'],
    [10, 50, 150, 'rolls'],
  ])('%i tasks at %i/%i: %s', async (desiredCount, min, max, outcome) => {
    const w = await steady(deployed({ desiredCount, min, max }))
    const { lower, upper } = taskBounds(w.service().spec, desiredCount)
    w.watch = { least: lower, most: upper }
    await w.define('app:2')
    await w.converge()
    expect(w.problems).toEqual([])
    const through = outcome === 'rolls'
    expect([runs(w, 'web.1'), runs(w, 'web.2')]).toEqual(through ? [0, desiredCount] : [desiredCount, 0])
    expect(w.service().status?.rolloutState).toBe(through ? 'COMPLETED' : 'IN_PROGRESS')
    expect(w.events('DeploymentBlocked')).toHaveLength(through ? 0 : 1)
    // what is blocked goes on once the numbers allow it
    await w.serve(deployed({ desiredCount, min: 0, max: 200 }))
    await w.converge()
    expect(runs(w, 'web.2')).toBe(desiredCount)
  })
})

describe('5.11: a DAEMON has one task on each instance', () => {
  const daemon = (minimumHealthyPercent?: number): Partial<ServiceSpec> => ({
    schedulingStrategy: 'DAEMON',
    desiredCount: undefined,
    ...(minimumHealthyPercent === undefined ? {} : { deploymentConfiguration: { minimumHealthyPercent } }),
  })
  const at = (w: World): readonly string[] =>
    w
      .running()
      .map(({ metadata }) => metadata.name.split('-')[2] ?? '')
      .sort()

  it.each([
    { rule: '5.5: by default all may restart at once', min: undefined, least: 0 },
    { rule: '5.11: minimum 0, all may restart at once', min: 0, least: 0 },
    { rule: '5.11: minimum 50, half of them', min: 50, least: 2 },
    { rule: '5.5: minimum 51 rounds up', min: 51, least: 3 },
  ])('$rule', async ({ min, least }) => {
    const w = await steady(daemon(min), 4)
    expect(at(w)).toEqual([...names].sort())
    w.watch = { least, most: 4 }
    let fewest = 4
    w.client.interrupt(() => {
      fewest = Math.min(fewest, w.running().length)
      return undefined
    })
    await w.define('app:2')
    await w.converge()
    expect([w.problems, fewest, runs(w, 'web.2')]).toEqual([[], least, 4])
  })

  it.each<{ rule: string; change: (w: World) => Promise<void>; has: readonly string[] }>([
    {
      rule: 'a new instance gets its task',
      change: async (w) => void (await w.client.put(aContainerInstance({ name: 'three' }))),
      has: ['one', 'three', 'two'],
    },
    {
      rule: 'an instance that is not connected gets none',
      change: async (w) =>
        void (await w.client.put(aContainerInstance({ name: 'three', status: { agentConnected: false } }))),
      has: ['one', 'two'],
    },
    {
      rule: 'an instance that drains gets none, and loses what it has when the others have gone',
      change: async (w) => {
        const two = w.client.all(ContainerInstance).find(({ metadata }) => metadata.name === 'two') as ContainerInstance
        const drains = (replicaTasksCount: number) =>
          w.client.put({
            ...two,
            spec: { ...two.spec, status: 'DRAINING' },
            status: { ...two.status, status: 'DRAINING', replicaTasksCount },
          })
        await drains(1)
        await w.converge()
        expect(at(w)).toEqual(['one', 'two'])
        await drains(0)
      },
      has: ['one'],
    },
    {
      rule: 'constraints are looked at again for tasks that run',
      change: (w) => w.serve({ placementConstraints: [{ type: 'memberOf', expression: 'ec2InstanceId == "one"' }] }),
      has: ['one'],
    },
    {
      rule: 'a task that ended is replaced on its instance',
      change: (w) => w.exit(w.running()[0] as Task),
      has: ['one', 'two'],
    },
  ])('$rule', async ({ change, has: expected }) => {
    const w = await steady(daemon(), 2)
    await change(w)
    await w.converge()
    expect(at(w)).toEqual(expected)
    expect(w.service().status?.desiredCount).toBe(expected.length)
  })
})

describe('5.8: events, in ECS words', () => {
  const S = '(service web)'
  const sickens: Fate = ({ metadata }) => (metadata.name === 'web-1-0-1' ? 'sickens' : 'runs')
  const breaker = { enable: true, rollback: true, thresholdConfiguration: { type: 'COUNT' as const, value: 1 } }

  it.each<{
    situation: string
    spec?: Partial<ServiceSpec>
    checked?: boolean
    does?: (w: World) => Promise<void>
    reason: string
    says: readonly string[]
  }>([
    { situation: 'steady', reason: 'SteadyState', says: [`${S} has reached a steady state.`] },
    {
      situation: 'start',
      reason: 'TasksStarted',
      says: [`${S} has started 2 tasks: (task web-1-0-1) (task web-1-1-1).`],
    },
    {
      situation: 'stop',
      does: (w) => w.serve({ desiredCount: 1 }),
      reason: 'TasksStopped',
      says: [`${S} has stopped 1 running tasks: (task web-1-1-1).`],
    },
    {
      situation: 'stop of what did not run yet',
      does: async (w) => {
        w.fate = ({ metadata }) => (metadata.name === 'web-1-2-1' ? 'hangs' : 'runs')
        await w.serve({ desiredCount: 3 })
        await w.serve({ desiredCount: 2 })
      },
      reason: 'TasksStopped',
      says: [`${S} stopped 1 pending tasks.`],
    },
    {
      situation: 'placement',
      does: async (w) => {
        w.fate = ({ metadata }) => (metadata.name === 'web-1-2-1' ? 'hangs' : 'runs')
        await w.serve({ desiredCount: 3 })
        const refused = {
          status: 'False',
          reason: 'InsufficientMemory',
          message: '0/1 instances: 1 short of memory',
        } as const
        const conditions = [{ ...refused, type: 'Scheduled', lastTransitionTime: '2026-01-01T00:00:00Z' }]
        await w.setStatus(w.live().find(({ metadata }) => metadata.name === 'web-1-2-1') as Task, { conditions })
      },
      reason: 'TasksNotPlaced',
      says: [
        `${S} was unable to place a task because no container instance met all of its requirements. Reason: 0/1 instances: 1 short of memory`,
      ],
    },
    {
      situation: 'start in the place of an unhealthy task, before it stops',
      checked: true,
      does: async (w) => {
        w.fate = sickens
      },
      reason: 'TasksStarted',
      says: [
        `${S} has started 2 tasks: (task web-1-0-1) (task web-1-1-1).`,
        `${S} has started 1 tasks: (task web-1-2-1). Amazon ECS replaced 1 tasks due to an unhealthy status.`,
      ],
    },
    {
      situation: 'start in the place of an unhealthy task, after it stopped',
      spec: deployed({ desiredCount: 2, min: 0, max: 100 }),
      checked: true,
      does: async (w) => {
        w.fate = sickens
      },
      reason: 'TasksStarted',
      says: [
        `${S} has started 2 tasks: (task web-1-0-1) (task web-1-1-1).`,
        `${S} has started 1 tasks: (task web-1-0-2). Amazon ECS replaced 1 tasks due to an unhealthy status.`,
      ],
    },
    {
      situation: 'start in the place of a task that exited, and of an unhealthy one',
      checked: true,
      spec: { desiredCount: 3 },
      does: async (w) => {
        const [first, second] = w.running()
        w.fate = ({ metadata }) => (metadata.name.endsWith('-0-1') ? 'sickens' : 'runs')
        await w.client.put({ ...(second as Task), status: { ...second?.status, lastStatus: 'STOPPED' } })
        await w.step(first as Task)
      },
      reason: 'TasksStarted',
      says: [
        `${S} has started 3 tasks: (task web-1-0-1) (task web-1-1-1) (task web-1-2-1).`,
        `${S} has started 1 tasks: (task web-1-1-2).`,
        `${S} has started 1 tasks: (task web-1-3-1). Amazon ECS replaced 1 tasks due to an unhealthy status.`,
      ],
    },
    {
      situation: 'unhealthy (container)',
      checked: true,
      does: async (w) => {
        w.fate = sickens
      },
      reason: 'TaskUnhealthy',
      says: [`${S} (task web-1-0-1) failed container health checks.`],
    },
    {
      situation: 'deployment completed',
      reason: 'DeploymentCompleted',
      says: [`${S} (deployment ecs-svc/web-d1) deployment completed.`],
    },
    {
      situation: 'deployment failed',
      spec: { deploymentConfiguration: { minReadySeconds: 0, deploymentCircuitBreaker: breaker } },
      does: async (w) => {
        w.fate = ({ spec }) => (spec.taskDefinition === 'web.2' ? 'fails' : 'runs')
        await w.define('app:2')
      },
      reason: 'DeploymentFailed',
      says: [`${S} (deployment ecs-svc/web-d2) deployment failed: tasks failed to start.`],
    },
    {
      situation: 'deployment rolls back',
      spec: { deploymentConfiguration: { minReadySeconds: 0, deploymentCircuitBreaker: breaker } },
      does: async (w) => {
        w.fate = ({ spec }) => (spec.taskDefinition === 'web.2' ? 'fails' : 'runs')
        await w.define('app:2')
      },
      reason: 'DeploymentRollingBack',
      says: [`${S} rolling back to deployment ecs-svc/web-d1.`],
    },
    {
      situation: 'throttle',
      does: async (w) => {
        w.fate = () => 'fails'
        await w.serve({ desiredCount: 3 })
        for (let n = 0; n < 12; n += 1) {
          await w.turn()
          await w.advance(seconds(5))
        }
        w.fate = () => 'runs'
        await w.advance(minutes(1))
      },
      reason: 'TasksFailToStart',
      says: [`${S} is unable to consistently start tasks successfully.`],
    },
    {
      situation: 'blocked by %',
      spec: deployed({ desiredCount: 2, min: 75, max: 100 }),
      does: (w) => w.define('app:2'),
      reason: 'DeploymentBlocked',
      says: [
        `${S} was unable to stop or start tasks during a deployment because of the service deployment configuration. Update the minimumHealthyPercent or maximumPercent value and try again.`,
      ],
    },
  ])('$situation', async ({ spec, checked = false, does, reason, says }) => {
    const w = await steady({ desiredCount: 2, ...spec }, 1, checked)
    await does?.(w)
    await w.converge()
    expect(w.events(reason).toSorted()).toEqual(says.toSorted())
    // an unchanged problem is not told again
    await w.advance(minutes(5))
    expect(w.events(reason).toSorted()).toEqual(says.toSorted())
  })
})

describe('5.8: steady state is repeated every 6 h; an unchanged problem is told again 6 h later', () => {
  const sixHours = minutes(360)
  const twice = async (w: World, reason: string): Promise<readonly (number | undefined)[]> => {
    const count = () => w.client.all(Event).find((event) => event.reason === reason)?.count
    const objects = () => w.client.all(Service).map(({ metadata }) => metadata.resourceVersion)
    const before = objects()
    await w.advance(minutes(355))
    const early = count() // its hour is over
    await w.advance(minutes(10))
    const late = count()
    await w.advance(sixHours)
    // nothing but the event is written
    expect(objects()).toEqual(before)
    return [early, late, count()]
  }
  const says = async (w: World) => {
    w.fate = ({ metadata }) => (metadata.name === 'web-1-2-1' ? 'hangs' : 'runs')
    await w.serve({ desiredCount: 3 })
    const refused = { status: 'False', reason: 'NoContainerInstances', message: 'No Container Instances.' } as const
    const conditions = [{ ...refused, type: 'Scheduled', lastTransitionTime: '2026-01-01T00:00:00Z' }]
    await w.setStatus(w.live().find(({ metadata }) => metadata.name === 'web-1-2-1') as Task, { conditions })
  }

  it.each<{ situation: string; spec?: Partial<ServiceSpec>; does?: (w: World) => Promise<void>; reason: string }>([
    { situation: 'steady', reason: 'SteadyState' },
    { situation: 'placement', does: says, reason: 'TasksNotPlaced' },
    {
      situation: 'blocked by %',
      spec: deployed({ desiredCount: 2, min: 75, max: 100 }),
      does: (w) => w.define('app:2'),
      reason: 'DeploymentBlocked',
    },
  ])('$situation', async ({ spec, does, reason }) => {
    const w = await steady({ desiredCount: 2, ...spec })
    await does?.(w)
    await w.converge()
    expect(await twice(w, reason)).toEqual([undefined, 2, 3])
  })
})

describe('5.8: every row of its table is said in these words, or is not built', () => {
  const service = 'controllers/service/strategies/news.ts'
  const told = 'controllers/service/events.ts'
  const outcome = 'controllers/deployment/strategies/outcome.ts'
  it.each([
    { row: 'steady', words: 'has reached a steady state.', file: service },
    { row: 'start', words: 'has started ', file: told },
    { row: 'start', words: ' tasks due to an unhealthy status.', file: told },
    { row: 'stop', words: ' running tasks: ', file: told },
    { row: 'stop', words: ' pending tasks.', file: told },
    { row: 'unhealthy (container)', words: ') failed container health checks.', file: told },
    { row: 'deployment', words: 'deployment completed.', file: outcome },
    { row: 'deployment', words: 'deployment failed: tasks failed to start.', file: outcome },
    { row: 'deployment', words: 'rolling back to deployment ', file: 'controllers/deployment/strategies/rollback.ts' },
    {
      row: 'placement',
      words: 'was unable to place a task because no container instance met all of its requirements. Reason: ',
      file: service,
    },
    {
      row: 'placement',
      words: 'No Container Instances were found in your cluster.',
      file: 'controllers/scheduler/plan.ts',
    },
    { row: 'throttle', words: 'is unable to consistently start tasks successfully.', file: service },
    {
      row: 'blocked by %',
      words: 'was unable to stop or start tasks during a deployment because of the service deployment configuration. ',
      file: 'api/v1/service-event-texts.ts',
    },
    { row: 'protection', words: 'was unable to scale in due to (reason ', file: service },
    { row: 'AZ', words: 'is not AZ balanced with ', file: 'controllers/service/strategies/zone-news.ts' },
    { row: 'AZ', words: 'is AZ balanced with ', file: 'controllers/service/strategies/zone-news.ts' },
    { row: 'AZ', words: ' to AZ Rebalance: ', file: told },
  ])('$row: $words', async ({ words, file }) => {
    expect(await readFile(join(import.meta.dirname, '..', file), 'utf8')).toContain(words)
  })

  // who builds one moves it up
  it.each([
    { row: 'LB', words: 'targets in' },
    { row: 'LB', words: 'has begun draining connections on' },
    { row: 'unhealthy (ALB), (classic)', words: 'is unhealthy in' },
    { row: 'deployment', words: 'deployment failed: alarm detected.' },
    { row: 'placement: what it lacks is said by what all instances lack', words: 'The closest matching' },
    { row: 'placement, other', words: 'was unable to place a task. Reason' },
    { row: 'provider', words: 'in your capacity provider' },
    { row: 'provider', words: 'could not launch' },
    { row: 'API throttle', words: 'operations are being throttled' },
    { row: 'registration errors', words: 'failed to register targets' },
  ])('not built: $row: $words', async ({ words }) => {
    const rooms = ['controllers/service', 'controllers/deployment', 'controllers/scheduler']
    for (const room of rooms) {
      const folder = join(import.meta.dirname, '..', room)
      for (const file of await readdir(folder, { recursive: true }))
        if (file.endsWith('.ts')) expect(await readFile(join(folder, file), 'utf8'), file).not.toContain(words)
    }
  })
})

describe('5.2, 5.6: healthCheckGracePeriodSeconds', () => {
  it.each([
    { rule: 'default: 0', grace: undefined, replacedAfter: 0 },
    { rule: '0', grace: 0, replacedAfter: 0 },
    { rule: 'failures within it are ignored', grace: 120, replacedAfter: 120 },
  ])('$rule', async ({ grace, replacedAfter }) => {
    const w = await steady(
      { desiredCount: 1, ...(grace === undefined ? {} : { healthCheckGracePeriodSeconds: grace }) },
      1,
      true,
    )
    w.fate = ({ metadata }) => (metadata.name === 'web-1-0-1' ? 'sickens' : 'runs')
    const sick = w.running()[0] as Task
    const startedAt = Date.parse(sick.status?.startedAt ?? '')
    await w.turn()
    if (replacedAfter > 0) {
      await w.advance(seconds(replacedAfter - 1 - (w.clock.now() - startedAt) / 1000))
      expect(w.tasks()).toHaveLength(1)
      await w.advance(seconds(1))
    }
    expect(w.tasks()).toHaveLength(2)
    await w.converge()
    expect(
      w
        .tasks()
        .filter((task) => !isStopped(task))
        .map(({ metadata }) => metadata.name),
    ).toEqual(['web-1-1-1'])
  })
})
