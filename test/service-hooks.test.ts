/** Lifecycle hooks on the controllers together: what waits for a person, and tasks that run once before or after a rollout. */
import { afterEach, describe, expect, it } from 'vitest'
import { conditionOf } from '../api/meta/conditions.ts'
import type { DeploymentConfiguration } from '../api/v1/deployment-configuration.ts'
import type { ServiceDeployment } from '../api/v1/service-deployment.ts'
import { containersFinalizer, hookLabel } from '../api/v1/well-known.ts'
import { Fault } from '../lib/errors.ts'
import { type Millis, minutes, seconds, timestamp } from '../lib/time.ts'
import { aContainerInstance } from './builders/kinds.ts'
import { World } from './builders/service-world.ts'
import { openClient } from './builders/test-client.ts'
import { kstatusOf } from './kstatus.ts'

let world: World
afterEach(() => world[Symbol.asyncDispose]())

type Hook = NonNullable<DeploymentConfiguration['lifecycleHooks']>[number]
const migration = (stage: 'PRE_SCALE_UP' | 'POST_SCALE_UP', retries = 0): Hook => ({
  targetType: 'TASK',
  lifecycleStages: [stage],
  hookDetails: { taskDefinition: 'migrate', retries },
})
const pause: Hook = {
  targetType: 'PAUSE',
  lifecycleStages: ['PRE_SCALE_UP'],
  timeoutConfiguration: { timeoutInMinutes: 5 },
}

/** How tasks of `migrate` end: with which exit code; undefined while they run. */
let exitCode: number | undefined
async function pass(w: World, time: Millis): Promise<void> {
  for (let gone = 0; gone < time; gone += 10_000) {
    await w.turn()
    for (const task of w.of('migrate')) {
      if (exitCode === undefined || task.status?.lastStatus !== 'RUNNING') continue
      const status = { lastStatus: 'STOPPED', stopCode: 'EssentialContainerExited' } as const
      const containers = [{ name: 'app', lastStatus: 'STOPPED' as const, exitCode }]
      await w.setStatus(task, { ...status, stoppedReason: 'Essential container in task exited', containers })
    }
    await w.advance(seconds(10))
  }
}
/** A service of three tasks, and a change to `web.2` with these hooks. */
async function begun(...lifecycleHooks: Hook[]): Promise<World> {
  world = new World(await openClient([aContainerInstance()]))
  exitCode = undefined
  await world.define('migrate:1', 'migrate')
  await world.define('app:1')
  await world.serve({ desiredCount: 3 })
  await pass(world, minutes(1))
  await world.serve({ deploymentConfiguration: { lifecycleHooks } })
  await world.define('app:2')
  await pass(world, minutes(1))
  return world
}
const last = (w: World): ServiceDeployment => w.deployments().at(-1) as ServiceDeployment
const stands = (w: World): readonly number[] => [w.of('web.1').length, w.of('web.2').length]
const hookTasks = (w: World): readonly string[] =>
  w
    .tasks()
    .filter(({ spec }) => spec.taskDefinition === 'migrate')
    .map(({ metadata }) => metadata.name)
const ready = (w: World) => conditionOf(w.service().status?.conditions, 'Ready')
async function answer(w: World, action: 'CONTINUE' | 'ROLLBACK'): Promise<void> {
  const newest = last(w)
  const hookAnswers = [{ hookId: 'pre-scale-up-0', action }]
  await w.client.put({ ...newest, spec: { ...newest.spec, hookAnswers } })
  await w.rest()
}

describe('a task that runs before a rollout', () => {
  it('runs once, and the rollout follows when it has done its work', async () => {
    const w = await begun(migration('PRE_SCALE_UP'))
    expect(stands(w)).toEqual([3, 0])
    expect(hookTasks(w)).toEqual(['web-d2-pre-scale-up-0-1'])
    expect(last(w).status).toMatchObject({
      status: 'IN_PROGRESS',
      lifecycleStage: 'PRE_SCALE_UP',
      lifecycleHookDetails: [{ hookId: 'pre-scale-up-0', status: 'IN_PROGRESS', task: 'web-d2-pre-scale-up-0-1' }],
    })
    expect(ready(w)?.message).toContain('It waits in PRE_SCALE_UP for task web-d2-pre-scale-up-0-1, until ')
    exitCode = 0
    await pass(w, minutes(2))
    expect(stands(w)).toEqual([0, 3])
    expect(hookTasks(w)).toHaveLength(1)
    expect(last(w).status).toMatchObject({ status: 'SUCCESSFUL', lifecycleHookDetails: [{ status: 'SUCCEEDED' }] })
    const written = w.client.activity
    await w.advance(minutes(10))
    expect(w.client.activity).toBe(written)
  })

  it('that fails takes the change back: nothing of it ever ran', async () => {
    const w = await begun(migration('PRE_SCALE_UP'))
    const before = w.of('web.1').map(({ metadata }) => metadata.uid)
    exitCode = 3
    await pass(w, minutes(2))
    expect(last(w).status).toMatchObject({
      status: 'ROLLBACK_SUCCESSFUL',
      lastFailure: { task: 'web-d2-pre-scale-up-0-1' },
      lifecycleHookDetails: [{ status: 'FAILED' }],
    })
    expect(w.of('web.1').map(({ metadata }) => metadata.uid)).toEqual(before)
    expect(w.tasks().filter(({ spec }) => spec.taskDefinition === 'web.2')).toEqual([])
    expect(ready(w)?.message).toMatch(/failed and was rolled back: .*web-d2-pre-scale-up-0-1: .* exit code 3/)
    expect(kstatusOf(w.service())).toBe('Failed')
  })

  it('is tried again as often as it may be', async () => {
    const w = await begun(migration('PRE_SCALE_UP', 1))
    exitCode = 1
    await pass(w, minutes(2))
    expect(hookTasks(w)).toEqual(['web-d2-pre-scale-up-0-1', 'web-d2-pre-scale-up-0-2'])
    expect(last(w).status?.status).toBe('ROLLBACK_SUCCESSFUL')
  })

  it('of a new service that fails leaves nothing', async () => {
    world = new World(await openClient([aContainerInstance()]))
    exitCode = 1
    await world.define('migrate:1', 'migrate')
    await world.define('app:1')
    await world.serve({ desiredCount: 3, deploymentConfiguration: { lifecycleHooks: [migration('PRE_SCALE_UP')] } })
    await pass(world, minutes(2))
    expect(last(world).status?.status).toBe('STOPPED')
    expect(stands(world)).toEqual([0, 0])
    expect(ready(world)?.reason).toBe('DeploymentFailed')
    expect(ready(world)?.message).toContain('web-d1-pre-scale-up-0-1')
    expect(kstatusOf(world.service())).toBe('Failed')
  })

  it('whose task definition is not there fails with the reason', async () => {
    const gone: Hook = {
      targetType: 'TASK',
      lifecycleStages: ['PRE_SCALE_UP'],
      hookDetails: { taskDefinition: 'nix:7' },
    }
    const w = await begun(gone)
    expect(stands(w)).toEqual([3, 0])
    expect(last(w).status?.status).toBe('ROLLBACK_SUCCESSFUL')
    expect(last(w).status?.lastFailure?.reason).toContain('spec.taskDefinition: Not found: "nix:7"')
  })

  it.each([
    {
      action: undefined,
      ends: 'ROLLBACK_SUCCESSFUL',
      stand: [3, 0],
      tells: /deployment failed: lifecycle hook pre-scale-up-0/,
    },
    {
      action: 'CONTINUE' as const,
      ends: 'SUCCESSFUL',
      stand: [0, 3],
      tells: /goes on without lifecycle hook pre-scale-up-0/,
    },
  ])('that hangs is stopped when its time is over: $ends', async ({ action, ends, stand, tells }) => {
    const timeoutConfiguration = { timeoutInMinutes: 5, ...(action === undefined ? {} : { action }) }
    const w = await begun({ ...migration('PRE_SCALE_UP', 1), timeoutConfiguration })
    expect(ready(w)?.message).toMatch(/for task web-d2-pre-scale-up-0-1, until \S+ at most\.$/)
    await pass(w, minutes(3))
    expect(stands(w)).toEqual([3, 0])
    await pass(w, minutes(3))
    expect(last(w).status).toMatchObject({ status: ends, lifecycleHookDetails: [{ status: 'TIMED_OUT', attempt: 1 }] })
    expect(stands(w)).toEqual(stand)
    expect(w.tasks().find(({ spec }) => spec.taskDefinition === 'migrate')?.spec).toMatchObject({
      desiredStatus: 'STOPPED',
      stopCode: 'ServiceSchedulerInitiated',
      stoppedReason: 'Task stopped: lifecycle hook pre-scale-up-0 timed out',
    })
    const told = [...w.events('DeploymentFailed'), ...w.events('LifecycleHookTimedOut')]
    expect(told).toEqual([expect.stringMatching(tells)])
  })

  it('that hangs is stopped when its time is over, also when nobody waits for it any more', async () => {
    const w = await begun({ ...migration('PRE_SCALE_UP'), timeoutConfiguration: { timeoutInMinutes: 5 } })
    await w.serve({ deploymentConfiguration: {} })
    await w.define('app:3')
    await pass(w, minutes(2))
    expect(last(w).status?.status).toBe('SUCCESSFUL')
    expect(w.of('migrate')).toHaveLength(1)
    await pass(w, minutes(4))
    expect(w.of('migrate')).toHaveLength(0)
  })

  it('waits for that of an earlier deployment', async () => {
    const w = await begun(migration('PRE_SCALE_UP'))
    await w.define('app:3')
    await pass(w, minutes(1))
    expect(hookTasks(w)).toEqual(['web-d2-pre-scale-up-0-1'])
    exitCode = 0
    await pass(w, minutes(2))
    expect(hookTasks(w)).toEqual(['web-d2-pre-scale-up-0-1', 'web-d3-pre-scale-up-0-1'])
    expect(last(w).status?.status).toBe('SUCCESSFUL')
  })
})

describe('a task is made once', () => {
  /** A user deletes tasks of hooks as soon as they are there, and their agent lets them go at once. */
  async function deleted(w: World): Promise<void> {
    for (const task of w.tasks().filter(({ metadata }) => metadata.labels?.[hookLabel] !== undefined)) {
      const { finalizers = [], deletionTimestamp = timestamp(w.clock.now()) } = task.metadata
      const held = finalizers.filter((name) => name !== containersFinalizer)
      if (held.length === 0) await w.client.remove(task)
      else if (held.length < finalizers.length)
        await w.client.put({
          ...task,
          metadata: { ...task.metadata, deletionTimestamp, finalizers: held },
          status: { lastStatus: 'STOPPED', stopCode: 'UserInitiated', stoppedReason: 'it was deleted' },
        })
    }
  }
  const down = new Fault('Unavailable', 'planted')

  it.each(['before', 'after'] as const)('whichever write fails %s it is done', { timeout: 120_000 }, async (when) => {
    for (let nth = 1, failed = true; failed; nth += 1) {
      world = new World(await openClient([aContainerInstance()]))
      await world.define('migrate:1', 'migrate')
      await world.define('app:1')
      await world.serve({ desiredCount: 1 })
      await pass(world, seconds(30))
      const made: string[] = []
      let writes = 0
      let isDown = false
      failed = false
      const fails = (verb: string): Fault | undefined => {
        if (!['create', 'updateStatus'].includes(verb)) return undefined
        writes += 1
        if (writes !== nth) return undefined
        failed = isDown = true
        return down
      }
      // from then on nothing is answered, until the user was there
      world.client.interrupt((verb) => (isDown ? down : when === 'before' ? fails(verb) : undefined))
      world.client.afterWrite((verb, kind, { metadata }) => {
        if (kind === 'Task' && metadata.labels?.[hookLabel] !== undefined && verb === 'create') made.push(metadata.name)
        return when === 'after' ? fails(verb) : undefined
      })
      await world.serve({ deploymentConfiguration: { lifecycleHooks: [migration('PRE_SCALE_UP')] } })
      await world.define('app:2')
      for (let turn = 0; turn < 8; turn += 1) {
        await deleted(world)
        isDown = false
        await pass(world, seconds(10))
      }
      world.client.interrupt(undefined)
      expect(made, `write ${nth}`).toEqual(['web-d2-pre-scale-up-0-1'])
      expect(last(world).status).toMatchObject({
        status: 'ROLLBACK_SUCCESSFUL',
        lifecycleHookDetails: [{ status: 'FAILED', task: 'web-d2-pre-scale-up-0-1' }],
      })
      // and then it goes
      await deleted(world)
      await world.advance(minutes(2))
      expect(hookTasks(world)).toEqual([])
      await world[Symbol.asyncDispose]()
    }
  })
})

it('a task that runs after a rollout decides about it', async () => {
  const w = await begun(migration('POST_SCALE_UP'))
  expect(stands(w)).toEqual([0, 3])
  expect(last(w).status).toMatchObject({ status: 'IN_PROGRESS', lifecycleStage: 'POST_SCALE_UP' })
  exitCode = 1
  await pass(w, minutes(2))
  expect(last(w).status?.status).toBe('ROLLBACK_SUCCESSFUL')
  expect(stands(w)).toEqual([3, 0])
})

describe('a pause', () => {
  it('waits for a person', async () => {
    const w = await begun(pause)
    expect(stands(w)).toEqual([3, 0])
    expect(ready(w)?.message).toContain('to go on: gantry rollout continue web')
    await answer(w, 'CONTINUE')
    await pass(w, minutes(1))
    expect(stands(w)).toEqual([0, 3])
    expect(last(w).status?.status).toBe('SUCCESSFUL')
  })
  it.each([
    { when: 'a person says so', action: 'ROLLBACK' as const },
    { when: 'nobody says anything in time', action: undefined },
  ])('goes back when $when', async ({ action }) => {
    const w = await begun(pause)
    if (action !== undefined) await answer(w, action)
    await pass(w, minutes(6))
    expect(last(w).status?.status).toBe('ROLLBACK_SUCCESSFUL')
    expect(stands(w)).toEqual([3, 0])
  })
})
