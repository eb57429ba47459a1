/** CANARY, LINEAR and bake times on the controllers together, by number of tasks. */
import { afterEach, describe, expect, it } from 'vitest'
import { conditionOf } from '../api/meta/conditions.ts'
import type { DeploymentConfiguration } from '../api/v1/deployment-configuration.ts'
import { type Millis, minutes, seconds } from '../lib/time.ts'
import { aContainerInstance } from './builders/kinds.ts'
import { World } from './builders/service-world.ts'
import { openClient } from './builders/test-client.ts'
import { kstatusOf } from './kstatus.ts'

let world: World
afterEach(() => world[Symbol.asyncDispose]())

async function pass(w: World, time: Millis): Promise<void> {
  for (let gone = 0; gone < time; gone += 10_000) {
    await w.turn()
    await w.advance(seconds(10))
  }
}
const canary: DeploymentConfiguration = {
  strategy: 'CANARY',
  canaryConfiguration: { canaryPercent: 10, canaryBakeTimeInMinutes: 5 },
  bakeTimeInMinutes: 3,
  deploymentCircuitBreaker: { enable: true, rollback: true },
}
/** A service of four tasks, and a change to `web.2` that has just begun. */
async function begun(deploymentConfiguration: DeploymentConfiguration = canary): Promise<World> {
  world = new World(await openClient([aContainerInstance()]))
  await world.define('app:1')
  await world.serve({ desiredCount: 4, deploymentConfiguration: { ...deploymentConfiguration, bakeTimeInMinutes: 0 } })
  await pass(world, minutes(1))
  expect(last(world)?.status?.status).toBe('SUCCESSFUL')
  await world.serve({ deploymentConfiguration })
  await world.define('app:2')
  return world
}
const last = (w: World) => w.deployments().at(-1)
const stands = (w: World): readonly number[] => [w.of('web.1').length, w.of('web.2').length]
async function promote(w: World, promotedThrough: number): Promise<void> {
  const newest = last(w)
  if (newest === undefined) throw new Error('no deployment')
  await w.client.put({ ...newest, spec: { ...newest.spec, promotedThrough } })
  await w.rest()
}

describe('a canary', () => {
  it('stands beside the old tasks for its time, then all follow, and are watched', async () => {
    const w = await begun()
    await pass(w, minutes(2))
    expect(stands(w)).toEqual([3, 1])
    expect(last(w)?.status).toMatchObject({
      status: 'IN_PROGRESS',
      lifecycleStage: 'SCALE_UP',
      shift: { step: 1, percent: 10, reachedAt: expect.any(String) },
      waitsUntil: expect.any(String),
    })
    expect(conditionOf(w.service().status?.conditions, 'Ready')?.message).toMatch(
      /^1 of 4 tasks run the newest revision\. It waits at 10 % of the tasks until .*; to go on now: gantry rollout promote web$/,
    )
    expect(kstatusOf(w.service())).toBe('InProgress')
    const written = w.client.activity
    await w.advance(minutes(1))
    expect(w.client.activity).toBe(written)
    const [one] = w.of('web.2')
    if (one !== undefined) await w.exit(one)
    await pass(w, minutes(1))
    expect(stands(w)).toEqual([3, 1])

    await pass(w, minutes(4))
    expect(stands(w)).toEqual([0, 4])
    expect(last(w)?.status).toMatchObject({ status: 'IN_PROGRESS', lifecycleStage: 'BAKE_TIME' })
    await pass(w, minutes(4))
    expect(last(w)?.status?.status).toBe('SUCCESSFUL')
    expect(last(w)?.status?.waitsUntil).toBeUndefined()
    expect(kstatusOf(w.service())).toBe('Current')
  })

  it('goes to all tasks when it is promoted, and again when its bake time is', async () => {
    const w = await begun()
    await pass(w, minutes(2))
    await promote(w, 1)
    await pass(w, minutes(2))
    expect(stands(w)).toEqual([0, 4])
    expect(last(w)?.status?.lifecycleStage).toBe('BAKE_TIME')
    await promote(w, 2)
    expect(last(w)?.status?.status).toBe('SUCCESSFUL')
  })

  it('that fails is taken back, and the old tasks never notice', async () => {
    const w = await begun()
    const before = w.of('web.1').map(({ metadata }) => metadata.uid)
    w.fate = (task) => (task.spec.taskDefinition === 'web.2' ? 'exits' : 'runs')
    await pass(w, minutes(8))
    expect(last(w)?.status?.status).toBe('ROLLBACK_SUCCESSFUL')
    expect(w.of('web.1').map(({ metadata }) => metadata.uid)).toEqual(before)
    expect(stands(w)).toEqual([4, 0])
  })

  it('that begins to fail in its bake time is taken back', async () => {
    const w = await begun()
    await promote(w, 1)
    await pass(w, minutes(2))
    expect(last(w)?.status?.lifecycleStage).toBe('BAKE_TIME')
    w.fate = (task) => (task.spec.taskDefinition === 'web.2' ? 'exits' : 'runs')
    await pass(w, minutes(5))
    expect(last(w)?.status?.status).toBe('ROLLBACK_SUCCESSFUL')
    expect(stands(w)).toEqual([4, 0])
  })

  it('is not needed to take a change back', async () => {
    const w = await begun()
    await pass(w, minutes(2))
    await w.serve({ taskDefinition: 'web:1' })
    await pass(w, minutes(1))
    expect(stands(w)).toEqual([4, 0])
  })
})

it('a linear rollout goes step by step', async () => {
  const w = await begun({
    strategy: 'LINEAR',
    linearConfiguration: { stepPercent: 50, stepBakeTimeInMinutes: 2 },
    minimumHealthyPercent: 75,
    maximumPercent: 100,
  })
  await pass(w, minutes(1))
  expect(stands(w)).toEqual([2, 2])
  await pass(w, minutes(1))
  expect(stands(w)).toEqual([2, 2])
  await pass(w, minutes(2))
  expect(stands(w)).toEqual([0, 4])
  expect(last(w)?.status?.status).toBe('SUCCESSFUL')
})
