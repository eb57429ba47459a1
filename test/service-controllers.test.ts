/** The taskdefinition, service and deployment controllers together, on the runtime, with a small agent in place of machines. */
import { afterEach, describe, expect, it } from 'vitest'
import { conditionOf, isTrue } from '../api/meta/conditions.ts'
import { ContainerInstance } from '../api/v1/container-instance.ts'
import { Lease } from '../api/v1/core.ts'
import { Service } from '../api/v1/service.ts'
import { taskBounds } from '../api/v1/service-bounds.ts'
import { ServiceRevision } from '../api/v1/service-revision.ts'
import { isStopped, type Task } from '../api/v1/task.ts'
import { TaskDefinition, TaskDefinitionRevision } from '../api/v1/task-definition.ts'
import { runtimeLimits } from '../controllers/runtime/limits.ts'
import { Fault } from '../lib/errors.ts'
import { seededRandom } from '../lib/random.ts'
import { type Millis, millis, minutes, seconds } from '../lib/time.ts'
import { aContainerInstance, aService } from './builders/kinds.ts'
import { World } from './builders/service-world.ts'
import { openClient } from './builders/test-client.ts'

let world: World
const start = async (): Promise<World> => {
  world = new World(await openClient([aContainerInstance()]))
  await world.rest()
  return world
}
afterEach(async () => {
  await world.scope[Symbol.asyncDispose]()
})

const ran = (tasks: readonly Task[]): readonly string[] => tasks.map((task) => task.metadata.name).sort()

describe('a service', () => {
  it('reaches its desired count, says so once, and then nothing is written any more', async () => {
    const w = await start()
    await w.define()
    await w.serve({ desiredCount: 3 })
    await w.converge()
    expect(ran(w.running())).toEqual(['web-1-0-1', 'web-1-1-1', 'web-1-2-1'])
    expect(w.service().status).toMatchObject({
      observedGeneration: 1,
      status: 'ACTIVE',
      desiredCount: 3,
      runningCount: 3,
      pendingCount: 0,
      taskDefinition: 'web:1',
      rolloutState: 'COMPLETED',
      currentServiceRevision: 'web-1',
    })
    expect(isTrue(w.service().status?.conditions, 'Ready')).toBe(true)
    expect(w.deployments()[0]?.status).toMatchObject({ status: 'SUCCESSFUL' })
    expect(w.events('SteadyState')).toEqual(['(service web) has reached a steady state.'])
    expect(w.events('DeploymentCompleted')).toEqual(['(service web) (deployment ecs-svc/web-d1) deployment completed.'])
    const before = w.client.activity
    await w.advance(minutes(30))
    expect(w.client.activity).toBe(before)
  })

  it('fifty tasks that start one after another cost few writes of statuses', async () => {
    const w = await start()
    await w.define()
    await w.serve({ desiredCount: 50 })
    expect(w.live()).toHaveLength(50)
    let statuses = 0
    w.client.interrupt((verb, kind) => {
      if (verb === 'updateStatus' && kind.startsWith('Service')) statuses += 1
      return undefined
    })
    for (const task of w.live()) {
      await w.step(task)
      await w.advance(millis(20))
    }
    await w.converge()
    expect(w.service().status).toMatchObject({ runningCount: 50, rolloutState: 'COMPLETED' })
    expect(statuses).toBeLessThan(20)
    expect(w.events('TasksStarted')).toEqual([
      expect.stringContaining('(service web) has started 50 tasks: (task web-1-0-1) '),
    ])
  })

  it.each([
    { propagateTags: undefined, want: [] },
    { propagateTags: 'SERVICE', want: ['team=web'] },
    { propagateTags: 'TASK_DEFINITION', want: ['tier=front'] },
  ] as const)('gives its tasks tags when they are made, from $propagateTags (ecs-core 5.2)', async (given) => {
    const { propagateTags, want } = given
    const w = await start()
    await w.define('app:1', 'web', {}, { tags: [{ key: 'tier', value: 'front' }] })
    const tags = [{ key: 'team', value: 'web' }]
    await w.serve({ desiredCount: 1, tags, ...(propagateTags === undefined ? {} : { propagateTags }) })
    await w.converge()
    // what changes then is for later tasks, and makes no deployment (5.4)
    await w.serve({ desiredCount: 2, tags: [], enableECSManagedTags: true })
    await w.converge()
    const tagsOf = (task: Task | undefined) => (task?.spec.tags ?? []).map(({ key, value }) => `${key}=${value}`)
    const [first, second] = w.tasks().toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
    expect(tagsOf(first)).toEqual(want)
    expect(tagsOf(second)).toEqual([
      ...(propagateTags === 'TASK_DEFINITION' ? want : []),
      'aws:ecs:clusterName=default',
      'aws:ecs:serviceName=web',
    ])
    expect(w.deployments()).toHaveLength(1)
  })

  it('scales up, down and to zero without a deployment', async () => {
    const w = await start()
    await w.define()
    await w.serve({ desiredCount: 2 })
    await w.converge()
    for (const desiredCount of [6, 1, 0, 2]) {
      await w.serve({ desiredCount })
      await w.converge()
      expect(w.running()).toHaveLength(desiredCount)
      expect(w.service().status).toMatchObject({ runningCount: desiredCount, rolloutState: 'COMPLETED' })
      expect(isTrue(w.service().status?.conditions, 'Ready')).toBe(true)
    }
    expect(w.deployments()).toHaveLength(1)
  })

  it.each([
    { min: 100, max: 200 },
    { min: 50, max: 100 },
    { min: 50, max: 200 },
    { min: 100, max: 150 },
    { min: 0, max: 100 },
  ])('rolls a new revision through between $min and $max percent', async ({ min, max }) => {
    const w = await start()
    await w.define('app:1')
    const deploymentConfiguration = { minimumHealthyPercent: min, maximumPercent: max }
    await w.serve({ desiredCount: 4, deploymentConfiguration })
    await w.converge()
    const bounds = taskBounds(w.service().spec, 4)
    w.watch = { least: bounds.lower, most: bounds.upper }
    await w.define('app:2')
    await w.converge()
    expect(w.problems).toEqual([])
    expect(w.running().map(({ spec }) => spec.taskDefinition)).toEqual(['web.2', 'web.2', 'web.2', 'web.2'])
    expect(w.deployments().map(({ status }) => status?.status)).toEqual(['SUCCESSFUL', 'SUCCESSFUL'])
    expect(w.service().status).toMatchObject({ taskDefinition: 'web:2', rolloutState: 'COMPLETED' })
  })

  it('a newer change overtakes the one under way, and going back reuses the old revision', async () => {
    const w = await start()
    await w.define('app:1')
    await w.serve({ desiredCount: 4, deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 150 } })
    await w.converge()
    w.watch = { least: 4, most: 6 }
    w.fate = (task) => (task.spec.taskDefinition === 'web.2' ? 'hangs' : 'runs')
    await w.define('app:2')
    await w.turn()
    await w.serve({ taskDefinition: 'web:1' })
    await w.converge()
    expect(w.problems).toEqual([])
    expect(w.client.all(ServiceRevision).map(({ metadata }) => metadata.name)).toEqual(['web-1', 'web-2'])
    expect(w.deployments().map(({ spec, status }) => [spec.targetServiceRevision, status?.status])).toEqual([
      ['web-1', 'SUCCESSFUL'],
      ['web-2', 'STOPPED'],
      ['web-1', 'SUCCESSFUL'],
    ])
    expect(ran(w.running())).toEqual(['web-1-0-1', 'web-1-1-1', 'web-1-2-1', 'web-1-3-1'])
  })

  it('settings that leave a gap are said, and do not make it less ready', async () => {
    const w = await start()
    await w.define()
    await w.serve({ desiredCount: 1, deploymentConfiguration: { minimumHealthyPercent: 0, maximumPercent: 100 } })
    await w.converge()
    const zeroDowntime = () => conditionOf(w.service().status?.conditions, 'ZeroDowntime')
    expect(zeroDowntime()).toMatchObject({ status: 'False', reason: 'AllTasksMayStop' })
    expect(isTrue(w.service().status?.conditions, 'Ready')).toBe(true)
    await w.serve({ desiredCount: 1, deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 200 } })
    await w.converge()
    expect(zeroDowntime()).toMatchObject({ status: 'False', reason: 'NoHealthCheck' })
    await w.serve({ deploymentConfiguration: { minReadySeconds: 5 } })
    expect(zeroDowntime()).toBeUndefined()
  })

  it('a percentage pair that allows no step is said, and ends when it is changed', async () => {
    const w = await start()
    await w.define('app:1')
    await w.serve({ desiredCount: 3, deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 125 } })
    await w.converge()
    await w.define('app:2')
    await w.converge()
    expect(w.running().map(({ spec }) => spec.taskDefinition)).toEqual(['web.1', 'web.1', 'web.1'])
    expect(w.events('DeploymentBlocked')).toEqual([
      '(service web) was unable to stop or start tasks during a deployment because of the service deployment ' +
        'configuration. Update the minimumHealthyPercent or maximumPercent value and try again.',
    ])
    expect(conditionOf(w.service().status?.conditions, 'Stalled')).toMatchObject({
      status: 'True',
      reason: 'DeploymentBlocked',
    })
    await w.serve({ deploymentConfiguration: { minimumHealthyPercent: 50, maximumPercent: 125 } })
    await w.converge()
    expect(w.service().status).toMatchObject({ taskDefinition: 'web:2', rolloutState: 'COMPLETED' })
    expect(isTrue(w.service().status?.conditions, 'Stalled')).toBe(false)
  })

  it('a missing task definition is said, and its coming ends it', async () => {
    const w = await start()
    await w.serve({ taskDefinition: 'web:2', desiredCount: 1 })
    await w.converge()
    const stalled = {
      status: 'True',
      reason: 'TaskDefinitionNotFound',
      message: 'spec.taskDefinition: Not found: "web:2"',
    }
    expect(conditionOf(w.service().status?.conditions, 'Stalled')).toMatchObject(stalled)
    expect(w.service().status?.observedGeneration).toBe(1)
    await w.define('app:1')
    await w.define('app:2')
    await w.converge()
    expect(w.running().map(({ spec }) => spec.taskDefinition)).toEqual(['web.2'])
  })

  it('deletion stops every task, waits for them, and lets go', async () => {
    const w = await start()
    await w.define()
    await w.serve({ desiredCount: 2 })
    await w.converge()
    await w.client.delete(Service, { namespace: 'default', name: 'web' }, {}, w.signal)
    await w.rest()
    expect(w.live()).toEqual([])
    expect(w.service().status?.status).toBe('DRAINING')
    await w.converge()
    expect(w.service()).toBeUndefined()
    expect(w.tasks().every(isStopped)).toBe(true)
  })
})

describe('tasks that end', () => {
  it('the first is replaced at once, others with growing delays, and a good run forgives', async () => {
    const w = await start()
    await w.define()
    await w.serve({ desiredCount: 1 })
    await w.converge()
    const waits: number[] = []
    for (let i = 0; i < 6; i++) {
      const [task] = w.running()
      const from = w.clock.now()
      await w.exit(task as Task)
      await w.rest()
      while (w.live().length === 0) await w.advance(seconds(0.5))
      waits.push(Math.round((w.clock.now() - from) / 100) / 10)
      await w.turn()
    }
    expect(waits).toEqual([0, 1, 2, 4, 8, 16])
    await w.advance(seconds(31))
    await w.exit(w.running()[0] as Task)
    await w.rest()
    expect(w.live()).toHaveLength(1)
  })

  it('that never ran back off until a new deployment', async () => {
    const w = await start()
    w.fate = () => 'fails'
    await w.define()
    await w.serve({ desiredCount: 1 })
    const attempts = async (over: Millis): Promise<number> => {
      const before = w.tasks().length
      const until = w.clock.now() + over
      while (w.clock.now() < until) {
        await w.turn()
        await w.advance(seconds(1))
      }
      return w.tasks().length - before
    }
    expect(await attempts(seconds(10))).toBe(3) // after 1, 2 and 4 s
    expect(await attempts(minutes(10))).toBeLessThan(8)
    expect(w.events('TasksFailToStart')).toEqual(['(service web) is unable to consistently start tasks successfully.'])
    expect(conditionOf(w.service().status?.conditions, 'Stalled')).toMatchObject({ reason: 'TasksFailToStart' })
    w.fate = () => 'runs'
    await w.define('app:2')
    await w.converge()
    expect(w.running()).toHaveLength(1)
    expect(isTrue(w.service().status?.conditions, 'Ready')).toBe(true)
  })

  it('unhealthy ones are replaced start-first, and stopped only when the replacement is healthy', async () => {
    const w = await start()
    w.healthChecked = true
    const healthCheck = { command: ['CMD', 'true'], interval: 30, timeout: 5, retries: 3 }
    await w.define('app:1', 'web', { healthCheck })
    await w.serve({ desiredCount: 2 })
    await w.converge()
    w.fate = ({ metadata }) => (metadata.name === 'web-1-0-1' ? 'sickens' : 'hangs')
    await w.turn()
    expect(ran(w.live())).toEqual(['web-1-0-1', 'web-1-1-1', 'web-1-2-1'])
    w.fate = ({ metadata }) => (metadata.name === 'web-1-2-1' ? 'runs' : 'hangs')
    await w.turn()
    await w.advance(runtimeLimits.settle)
    expect(ran(w.live())).toEqual(['web-1-1-1', 'web-1-2-1'])
    expect(w.tasks()[0]?.spec).toMatchObject({ stoppedReason: 'Task failed container health checks' })
    await w.converge()
    expect(isTrue(w.service().status?.conditions, 'Ready')).toBe(true)
  })

  it('that may still run where nobody is heard are waited for, loudly, and have a successor once they stopped', async () => {
    const w = await start()
    const conditions = [{ type: 'AgentConnected', status: 'False', reason: 'HeartbeatLost', message: '' } as const]
    await w.define()
    await w.serve({ desiredCount: 1, deploymentConfiguration: { minimumHealthyPercent: 0, maximumPercent: 100 } })
    await w.converge()
    const task = w.running()[0] as Task
    await w.client.put({ ...task, spec: { ...task.spec, desiredStatus: 'STOPPED', stopCode: 'TerminationNotice' } })
    await w.rest()
    const lastTransitionTime = '2026-01-01T00:00:15Z'
    const status = { agentConnected: false, conditions: conditions.map((one) => ({ ...one, lastTransitionTime })) }
    await w.client.put(aContainerInstance({ status }))
    await w.rest()
    await w.advance(minutes(10))
    expect(w.tasks()).toHaveLength(1)
    const stalled = conditionOf(w.service().status?.conditions, 'Stalled')
    expect(stalled).toMatchObject({ status: 'True', reason: 'TasksMayStillRun' })
    expect(stalled?.message).toMatch(
      /^Not heard since 2026-01-01T00:00:15Z: container instance one\. There may still run task web-1-0-1,.* delete the/,
    )
    expect(w.events('TasksMayStillRun')).toEqual([`(service web) waits. ${stalled?.message}`])
    await w.setStatus(w.tasks()[0] as Task, { lastStatus: 'STOPPED', stopCode: 'TerminationNotice' })
    await w.client.put(aContainerInstance())
    await w.converge()
    expect(ran(w.running())).toEqual(['web-1-0-2'])
    expect(isTrue(w.service().status?.conditions, 'Ready')).toBe(true)
  })

  it('move away from a draining instance, replacements first', async () => {
    const w = await start()
    await w.client.put(aContainerInstance({ name: 'two' }))
    await w.define()
    await w.serve({ desiredCount: 2 })
    await w.converge()
    w.watch = { least: 2, most: 4 }
    const one = w.client.all(ContainerInstance)[0] as ContainerInstance
    await w.client.put({ ...one, spec: { ...one.spec, status: 'DRAINING' } })
    w.place = 'two'
    await w.converge()
    expect(w.running().map(({ spec }) => spec.containerInstance)).toEqual(['two', 'two'])
    expect(w.problems).toEqual([])
  })
})

describe('a DAEMON', () => {
  it('has one task for each active, connected instance, and rolls', async () => {
    const w = await start()
    await w.client.put(aContainerInstance({ name: 'two' }))
    await w.client.put(aContainerInstance({ name: 'three', status: { agentConnected: false } }))
    await w.define()
    await w.serve({ schedulingStrategy: 'DAEMON', desiredCount: undefined })
    await w.converge()
    expect(ran(w.running())).toEqual(['web-1-one-1', 'web-1-two-1'])
    await w.client.put(aContainerInstance({ name: 'three' }))
    await w.converge()
    expect(w.running()).toHaveLength(3)
    await w.define('app:2')
    await w.converge()
    expect(ran(w.running())).toEqual(['web-2-one-1', 'web-2-three-1', 'web-2-two-1'])
    expect(w.service().status).toMatchObject({ desiredCount: 3, runningCount: 3, rolloutState: 'COMPLETED' })
  })

  it('keeps to its constraints, also on tasks that run, and leaves instances that drain', async () => {
    const w = await start()
    const attributes = [{ name: 'stack', value: 'prod' }]
    await w.client.put(aContainerInstance({ name: 'two', spec: { attributes } }))
    await w.client.put(aContainerInstance({ name: 'three', spec: { attributes } }))
    await w.define()
    const placementConstraints = [{ type: 'memberOf' as const, expression: 'attribute:stack == prod' }]
    await w.serve({ schedulingStrategy: 'DAEMON', desiredCount: undefined, placementConstraints })
    await w.converge()
    expect(ran(w.running())).toEqual(['web-1-three-1', 'web-1-two-1'])
    expect(w.running()[0]?.spec.placementConstraints).toEqual([
      ...placementConstraints,
      { type: 'memberOf', expression: 'ec2InstanceId == "three"' },
    ])
    await w.client.put(aContainerInstance({ name: 'two', metadata: { generation: 2 } }))
    await w.converge()
    expect(ran(w.running())).toEqual(['web-1-three-1'])
    await w.client.put(aContainerInstance({ name: 'three', spec: { attributes, status: 'DRAINING' } }))
    await w.converge()
    // until it is known that nothing else is there
    expect(ran(w.running())).toEqual(['web-1-three-1'])
    const status = { status: 'DRAINING' as const, replicaTasksCount: 0 }
    await w.client.put(aContainerInstance({ name: 'three', spec: { attributes, status: 'DRAINING' }, status }))
    await w.converge()
    expect(w.live()).toEqual([])
    expect(isTrue(w.service().status?.conditions, 'Ready')).toBe(true)
  })

  it('an agent that is not heard keeps its task', async () => {
    const w = await start()
    await w.define()
    await w.serve({ schedulingStrategy: 'DAEMON', desiredCount: undefined })
    await w.converge()
    await w.client.put(aContainerInstance({ status: { agentConnected: false } }))
    await w.converge()
    expect(ran(w.running())).toEqual(['web-1-one-1'])
    await w.exit(w.running()[0] as Task)
    await w.converge()
    expect(w.live()).toEqual([])
    await w.client.put(aContainerInstance())
    await w.advance(minutes(1))
    await w.converge()
    expect(ran(w.running())).toEqual(['web-1-one-2'])
  })
})

describe('trouble with the store', () => {
  it('refused, doubtful and lost writes change nothing about where it ends', async () => {
    for (let seed = 1; seed <= 25; seed++) {
      const w = await start()
      const random = seededRandom(seed)
      w.client.interrupt((verb, kind) => {
        if (['get', 'list', 'watch'].includes(verb) || kind === 'Event' || random.next() > 0.3) return undefined
        return new Fault(random.next() < 0.5 ? 'Conflict' : 'Unavailable', 'planted')
      })
      w.client.afterWrite((_, kind) =>
        kind !== 'Event' && random.next() < 0.2 ? new Fault('Timeout', 'the answer was lost') : undefined,
      )
      await w.define('app:1')
      await w.serve({ desiredCount: 4 })
      for (let i = 0; i < 10; i++) {
        await w.turn()
        if (i === 4) await w.define('app:2')
        await w.advance(seconds(1))
      }
      w.client.interrupt(undefined)
      w.client.afterWrite(undefined)
      await w.advance(minutes(2))
      await w.converge()
      expect(w.running().map(({ spec }) => spec.taskDefinition)).toEqual(['web.2', 'web.2', 'web.2', 'web.2'])
      expect(w.client.all(TaskDefinitionRevision).map(({ spec }) => spec.revision)).toEqual([1, 2])
      expect(w.client.all(ServiceRevision)).toHaveLength(2)
      expect(w.deployments().map(({ status }) => status?.status)).not.toContain('IN_PROGRESS')
      expect(isTrue(w.service().status?.conditions, 'Ready')).toBe(true)
      await w.scope[Symbol.asyncDispose]()
    }
  })

  it('two sets of controllers at once make no twin', async () => {
    const w = await start()
    w.scope.go('second', (signal) => w.control('second', signal))
    await w.define('app:1')
    await w.serve({ desiredCount: 5 })
    await w.converge()
    await w.define('app:2')
    await w.converge()
    expect(ran(w.running())).toEqual(['web-2-0-1', 'web-2-1-1', 'web-2-2-1', 'web-2-3-1', 'web-2-4-1'])
    expect(w.tasks()).toHaveLength(10)
    expect(w.deployments()).toHaveLength(2)
    expect(w.client.all(TaskDefinitionRevision)).toHaveLength(2)
  })

  it('a service made again under its name gives its revisions new numbers', async () => {
    const w = await start()
    await w.define('app:1')
    await w.serve({ desiredCount: 1 })
    await w.converge()
    await w.client.remove(w.service())
    await w.rest()
    await w.client.put(aService({ metadata: { uid: 'another' }, spec: { desiredCount: 1 } }))
    await w.converge()
    expect(w.client.all(ServiceRevision).map(({ metadata }) => metadata.name)).toEqual(['web-1', 'web-2'])
    expect(ran(w.running())).toEqual(['web-1-0-1', 'web-2-0-1'])
    expect(w.service().status).toMatchObject({ runningCount: 1, currentServiceRevision: 'web-2' })
  })
})

describe('a task definition', () => {
  const numbers = (w: World): readonly number[] => w.client.all(TaskDefinitionRevision).map(({ spec }) => spec.revision)

  it('makes a revision for each change and none for an equal spec', async () => {
    const w = await start()
    await w.define('app:1')
    await w.define('app:2')
    await w.define('app:2')
    await w.define('app:1')
    expect(numbers(w)).toEqual([1, 2, 3])
    expect(w.client.all(TaskDefinition)[0]?.status).toMatchObject({
      observedGeneration: 4,
      latestRevision: 3,
      revisionName: 'web.3',
    })
    expect(w.client.all(TaskDefinitionRevision)[2]?.spec.taskDefinition.family).toBe('web')
  })

  it('whose spec is refused says so, and recovers', async () => {
    const w = await start()
    await w.define('app:1')
    w.client.interrupt((verb, kind) =>
      verb === 'create' && kind === 'TaskDefinitionRevision' ? new Fault('Invalid', 'spec.family: too odd') : undefined,
    )
    await w.define('app:2')
    const head = () => w.client.all(TaskDefinition)[0]
    const refused = { status: 'False', reason: 'Refused', message: 'spec.family: too odd' }
    expect(conditionOf(head()?.status?.conditions, 'Ready')).toMatchObject(refused)
    const before = w.client.activity
    await w.advance(minutes(60))
    expect(w.client.activity).toBe(before)
    w.client.interrupt(undefined)
    await w.define('app:3')
    expect(head()?.status).toMatchObject({ latestRevision: 3, revisionName: 'web.3' })
    expect(isTrue(head()?.status?.conditions, 'Ready')).toBe(true)
  })

  it('never gives a number twice, not even to a new head after all was deleted', async () => {
    const w = await start()
    await w.define('app:1')
    await w.define('app:2')
    for (const object of [...w.client.all(TaskDefinition), ...w.client.all(TaskDefinitionRevision)])
      await w.client.remove(object)
    await w.rest()
    await w.define('app:1')
    expect(numbers(w)).toEqual([3])
    expect(w.client.all(Lease)).toHaveLength(1)
  })
})
