/** Deployments that fail, on the controllers together: how they end, what is told, and how one goes on from there. */
import { afterEach, describe, expect, it } from 'vitest'
import { conditionOf } from '../api/meta/conditions.ts'
import type { DeploymentConfiguration } from '../api/v1/deployment-configuration.ts'
import { Service } from '../api/v1/service.ts'
import { isStopped } from '../api/v1/task.ts'
import { minutes, seconds } from '../lib/time.ts'
import { aContainerInstance } from './builders/kinds.ts'
import { type Fate, World } from './builders/service-world.ts'
import { openClient } from './builders/test-client.ts'
import { kstatusOf } from './kstatus.ts'

const healthCheck = { command: ['CMD', 'true'], interval: 30, timeout: 5, retries: 3 }
const breaker = (over: Partial<DeploymentConfiguration['deploymentCircuitBreaker']> = {}): DeploymentConfiguration => ({
  deploymentCircuitBreaker: { enable: true, rollback: true, ...over },
})

let world: World
const begin = async (): Promise<World> => {
  world = new World(await openClient([aContainerInstance()]))
  await world.rest()
  return world
}
afterEach(() => world[Symbol.asyncDispose]())

/** Time goes on until nothing has changed for longer than any wait but that of a back-off. */
async function pass(w: World, time = minutes(10)): Promise<void> {
  for (let gone = 0; gone < time; gone += 5000) {
    await w.turn()
    await w.advance(seconds(5))
  }
}

/** A service of three tasks whose first deployment has completed. */
async function steady(configuration: DeploymentConfiguration = breaker()): Promise<World> {
  await begin()
  await world.define('app:1')
  await world.serve({ desiredCount: 3, deploymentConfiguration: configuration })
  await pass(world, minutes(2))
  expect(world.service().status?.rolloutState).toBe('COMPLETED')
  return world
}
/** What becomes of tasks of a task definition revision; others run. */
const fate =
  (of: Readonly<Record<string, ReturnType<Fate>>>): Fate =>
  (task) =>
    of[task.spec.taskDefinition] ?? 'runs'
const ends = (w: World): readonly string[] =>
  w.deployments().map(({ spec, status }) => `${spec.targetServiceRevision} ${status?.status}`)
const uids = (w: World): readonly string[] => w.running().map(({ metadata }) => metadata.uid)
const definitions = (w: World): readonly string[] => w.running().map(({ spec }) => spec.taskDefinition)
const stalled = (w: World) => conditionOf(w.service().status?.conditions, 'Stalled')
const restart = async (w: World, value: string): Promise<void> => {
  const { metadata } = w.service()
  await w.client.put({
    ...w.service(),
    metadata: { ...metadata, annotations: { 'gantry.dev/force-new-deployment': value } },
  })
  await w.rest()
}

describe('a deployment whose tasks fail', () => {
  it.each(['fails', 'exits', 'sickens'] as const)(
    'rolls back when each %s, and the old tasks are left alone',
    async (how) => {
      const w = await steady()
      const before = uids(w)
      w.fate = fate({ 'web.2': how })
      await w.define('app:2', 'web', how === 'sickens' ? { healthCheck } : {})
      await pass(w)
      expect(uids(w)).toEqual(before)
      expect(ends(w)).toEqual(['web-1 SUCCESSFUL', 'web-2 ROLLBACK_SUCCESSFUL'])
      expect(w.deployments()[1]?.status?.deploymentCircuitBreaker).toMatchObject({ status: 'TRIGGERED', threshold: 3 })
      expect(w.service().status).toMatchObject({
        taskDefinition: 'web:1',
        currentServiceRevision: 'web-1',
        runningCount: 3,
        rolloutState: 'COMPLETED',
        rolloutStateReason: 'ECS deployment ecs-svc/web-d1 completed.',
      })
      expect(stalled(w)).toMatchObject({ status: 'True', reason: 'DeploymentRolledBack' })
      expect(kstatusOf(w.service())).toBe('Failed')
      expect(w.service().spec.taskDefinition).toBe('web')
      expect(w.events('DeploymentFailed')).toEqual([
        '(service web) (deployment ecs-svc/web-d2) deployment failed: tasks failed to start.',
      ])
      expect(w.events('DeploymentRollingBack')).toEqual(['(service web) rolling back to deployment ecs-svc/web-d1.'])
      const written = w.client.activity
      await w.advance(minutes(30))
      expect(w.client.activity).toBe(written)
    },
  )

  it('ends where it is without rollback: old tasks stay and are replaced, new ones are not started any more', async () => {
    const w = await steady(breaker({ rollback: false }))
    const before = uids(w)
    w.fate = fate({ 'web.2': 'exits' })
    await w.define('app:2')
    await pass(w)
    expect(uids(w)).toEqual(before)
    expect(ends(w)).toEqual(['web-1 SUCCESSFUL', 'web-2 STOPPED'])
    expect(w.service().status).toMatchObject({
      rolloutState: 'FAILED',
      rolloutStateReason: 'ECS deployment circuit breaker: tasks failed to start.',
    })
    expect(stalled(w)).toMatchObject({ status: 'True', reason: 'DeploymentFailed' })
    expect(kstatusOf(w.service())).toBe('Failed')
    const failed = w.tasks().filter(({ spec }) => spec.taskDefinition === 'web.2').length
    const [one] = w.running()
    if (one !== undefined) await w.exit(one)
    await pass(w, minutes(2))
    expect(definitions(w)).toEqual(['web.1', 'web.1', 'web.1'])
    expect(w.tasks().filter(({ spec }) => spec.taskDefinition === 'web.2')).toHaveLength(failed)
  })

  it('on a new service has nothing to go back to (ecs-core 9.9)', async () => {
    const w = await begin()
    w.fate = fate({ 'web.1': 'fails' })
    await w.define('app:1')
    await w.serve({ desiredCount: 2, deploymentConfiguration: breaker() })
    await pass(w)
    expect(ends(w)).toEqual(['web-1 STOPPED'])
    expect(w.tasks().filter((task) => !isStopped(task))).toEqual([])
    expect(w.service().status?.rolloutState).toBe('FAILED')
  })

  it('whose way back fails as well ends, and what worked once is still tried', async () => {
    const w = await steady(breaker({ thresholdConfiguration: { type: 'COUNT', value: 2 } }))
    w.fate = fate({ 'web.1': 'exits', 'web.2': 'fails' })
    await w.define('app:2')
    await pass(w, minutes(3))
    expect(ends(w)).toEqual(['web-1 SUCCESSFUL', 'web-2 ROLLBACK_FAILED'])
    expect(stalled(w)).toMatchObject({ status: 'True', reason: 'RollbackFailed' })
    expect(w.service().status?.rolloutState).toBe('FAILED')
    w.fate = () => 'runs'
    await pass(w, minutes(5))
    expect(definitions(w)).toEqual(['web.1', 'web.1', 'web.1'])
    expect(ends(w)).toEqual(['web-1 SUCCESSFUL', 'web-2 ROLLBACK_FAILED'])
  })
})

describe('after a rollback', () => {
  async function rolledBack(): Promise<World> {
    const w = await steady()
    w.fate = fate({ 'web.2': 'fails' })
    await w.define('app:2')
    await pass(w, minutes(2))
    expect(ends(w)).toEqual(['web-1 SUCCESSFUL', 'web-2 ROLLBACK_SUCCESSFUL'])
    return w
  }
  it('a new revision is a new deployment', async () => {
    const w = await rolledBack()
    await w.define('app:3')
    expect(kstatusOf(w.service())).toBe('InProgress')
    await pass(w, minutes(3))
    expect(ends(w)).toEqual(['web-1 SUCCESSFUL', 'web-2 ROLLBACK_SUCCESSFUL', 'web-3 SUCCESSFUL'])
    expect(kstatusOf(w.service())).toBe('Current')
  })
  it('a restart tries the same once more', async () => {
    const w = await rolledBack()
    w.fate = () => 'runs'
    await restart(w, 'now')
    await pass(w, minutes(3))
    expect(ends(w)).toEqual(['web-1 SUCCESSFUL', 'web-2 ROLLBACK_SUCCESSFUL', 'web-3 SUCCESSFUL'])
    expect(definitions(w)).toEqual(['web.2', 'web.2', 'web.2'])
    expect(kstatusOf(w.service())).toBe('Current')
  })
  it('asking for what runs is a deployment that ends at once, with the same tasks', async () => {
    const w = await rolledBack()
    const before = uids(w)
    await w.serve({ taskDefinition: 'web:1' })
    await pass(w, minutes(1))
    expect(ends(w).at(-1)).toBe('web-1 SUCCESSFUL')
    expect(uids(w)).toEqual(before)
    expect(kstatusOf(w.service())).toBe('Current')
  })
  it('scaling scales what runs, and does not try again', async () => {
    const w = await rolledBack()
    await w.serve({ desiredCount: 5 })
    await pass(w, minutes(2))
    expect(definitions(w)).toEqual(['web.1', 'web.1', 'web.1', 'web.1', 'web.1'])
    expect(w.deployments()).toHaveLength(2)
    expect(stalled(w)).toMatchObject({ status: 'True', reason: 'DeploymentRolledBack', observedGeneration: 2 })
  })
  it('deleting the service is not held up', async () => {
    const w = await rolledBack()
    await w.client.delete(Service, { namespace: 'default', name: 'web' }, {}, w.signal)
    await pass(w, minutes(1))
    expect(w.client.all(Service)).toEqual([])
  })
})

describe('a change in mid-rollout', () => {
  it.each<{ when: string; change: (w: World) => Promise<void>; ends: readonly string[]; runs: string }>([
    {
      when: 'to something else supersedes',
      change: (w) => w.define('app:3'),
      ends: ['web-1 SUCCESSFUL', 'web-2 STOPPED', 'web-3 SUCCESSFUL'],
      runs: 'web.3',
    },
    {
      when: 'back goes straight to the old revision, whose tasks were never stopped',
      change: (w) => w.serve({ taskDefinition: 'web:1' }),
      ends: ['web-1 SUCCESSFUL', 'web-2 STOPPED', 'web-1 SUCCESSFUL'],
      runs: 'web.1',
    },
    {
      when: 'by a restart replaces what was begun',
      change: (w) => restart(w, 'now'),
      ends: ['web-1 SUCCESSFUL', 'web-2 STOPPED', 'web-3 SUCCESSFUL'],
      runs: 'web.2',
    },
    {
      when: 'of the desired count is none',
      change: (w) => w.serve({ desiredCount: 3, placementStrategy: [] }),
      ends: ['web-1 SUCCESSFUL', 'web-2 SUCCESSFUL'],
      runs: 'web.2',
    },
  ])('$when', async ({ change, ends: wanted, runs }) => {
    const w = await steady()
    const before = uids(w)
    await w.define('app:2')
    await w.turn()
    await w.advance(seconds(5))
    expect(ends(w)).toEqual(['web-1 SUCCESSFUL', 'web-2 IN_PROGRESS'])
    await change(w)
    await pass(w, minutes(3))
    expect(ends(w)).toEqual(wanted)
    expect(definitions(w)).toEqual([runs, runs, runs])
    if (runs === 'web.1') expect(uids(w)).toEqual(before)
    expect(kstatusOf(w.service())).toBe('Current')
  })

  it('on the way back ends that as failed, and goes on from there', async () => {
    const w = await steady(breaker({ thresholdConfiguration: { type: 'COUNT', value: 1 } }))
    w.fate = (task) =>
      task.spec.taskDefinition === 'web.2' && task.metadata.name.startsWith('web-2-0-') ? 'fails' : 'runs'
    await w.define('app:2')
    await w.turn()
    // its other tasks have still to stop
    await w.advance(seconds(1))
    expect(ends(w)).toEqual(['web-1 SUCCESSFUL', 'web-2 ROLLBACK_IN_PROGRESS'])
    expect(w.service().status?.rolloutStateReason).toBe(
      'ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/web-d1.',
    )
    expect(kstatusOf(w.service())).toBe('InProgress')
    await w.define('app:3')
    await pass(w, minutes(3))
    expect(ends(w)).toEqual(['web-1 SUCCESSFUL', 'web-2 ROLLBACK_FAILED', 'web-3 SUCCESSFUL'])
    expect(kstatusOf(w.service())).toBe('Current')
  })
})
