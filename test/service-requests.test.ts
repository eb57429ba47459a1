/** What a person wants of a rollout, on the controllers together: to end it, to send it back, to hold it. */
import { afterEach, describe, expect, it } from 'vitest'
import { conditionOf } from '../api/meta/conditions.ts'
import type { ServiceSpec } from '../api/v1/service.ts'
import { isStopped } from '../api/v1/task.ts'
import { minutes, seconds } from '../lib/time.ts'
import { aContainerInstance } from './builders/kinds.ts'
import { World } from './builders/service-world.ts'
import { openClient } from './builders/test-client.ts'
import { kstatusOf } from './kstatus.ts'

let world: World
afterEach(() => world[Symbol.asyncDispose]())

async function pass(w: World, time = minutes(1)): Promise<void> {
  for (let gone = 0; gone < time; gone += 5000) {
    await w.turn()
    await w.advance(seconds(5))
  }
}
/** A service of four tasks whose first deployment has completed, and one to `web.2` of which one task runs. */
async function underWay(spec: Partial<ServiceSpec> = {}): Promise<World> {
  world = new World(await openClient([aContainerInstance()]))
  await world.rest()
  await world.define('app:1')
  const deploymentConfiguration = { minimumHealthyPercent: 75, maximumPercent: 100 }
  await world.serve({ desiredCount: 4, deploymentConfiguration, ...spec })
  await pass(world)
  // the second task of the new revision never gets on its way
  world.fate = (task) => (task.spec.taskDefinition === 'web.2' && world.of('web.2').length > 1 ? 'hangs' : 'runs')
  await world.define('app:2')
  await pass(world)
  expect([world.of('web.1').length, world.of('web.2').length]).toEqual([2, 2])
  return world
}
const last = (w: World) => w.deployments().at(-1)
async function ask(w: World, type: 'ABORT' | 'ROLLBACK'): Promise<void> {
  const newest = last(w)
  if (newest === undefined) throw new Error('no deployment')
  const { generation = 1 } = newest.metadata
  const metadata = { ...newest.metadata, generation: generation + 1 }
  await w.client.put({ ...newest, metadata, spec: { ...newest.spec, stop: { type } } })
  await w.rest()
}
const ready = (w: World) => conditionOf(w.service().status?.conditions, 'Ready')
const uids = (w: World, revision: string): readonly string[] => w.of(revision).map(({ metadata }) => metadata.uid)

describe('a deployment that is aborted', () => {
  it('stays where it is, until the service asks for something else', async () => {
    const w = await underWay()
    const before = [uids(w, 'web.1'), uids(w, 'web.2')]
    await ask(w, 'ABORT')
    w.fate = () => 'runs'
    await pass(w)
    expect([uids(w, 'web.1'), uids(w, 'web.2')]).toEqual(before)
    expect(last(w)?.status).toMatchObject({ status: 'STOPPED', observedGeneration: 2 })
    expect(w.service().status?.rolloutState).toBe('FAILED')
    expect(ready(w)?.reason).toBe('DeploymentAborted')
    expect(kstatusOf(w.service())).toBe('Failed')
    expect(w.events('DeploymentStopped')).toEqual(['(service web) (deployment ecs-svc/web-d2) deployment stopped.'])
    const written = w.client.activity
    await w.advance(minutes(30))
    expect(w.client.activity).toBe(written)

    // what dies comes again, each as it was
    for (const revision of ['web.1', 'web.2']) {
      const [one] = w.of(revision)
      if (one !== undefined) await w.exit(one)
    }
    await pass(w)
    expect([w.of('web.1').length, w.of('web.2').length]).toEqual([2, 2])

    await w.define('app:3')
    await pass(w, minutes(3))
    expect(last(w)?.status?.status).toBe('SUCCESSFUL')
    expect([w.of('web.3').length, w.live().length]).toEqual([4, 4])
    expect(kstatusOf(w.service())).toBe('Current')
  })

  it('starts nothing more of a first one', async () => {
    world = new World(await openClient([aContainerInstance()]))
    await world.define('app:1')
    await world.serve({ desiredCount: 4, deploymentConfiguration: { minimumHealthyPercent: 0, maximumPercent: 100 } })
    // they would come again after a second
    for (const task of world.live().slice(1))
      await world.setStatus(task, { lastStatus: 'STOPPED', stopCode: 'TaskFailedToStart' })
    await world.rest()
    await ask(world, 'ABORT')
    await pass(world)
    expect(world.live()).toHaveLength(1)
    expect(last(world)?.status?.status).toBe('STOPPED')
    expect(kstatusOf(world.service())).toBe('Failed')
  })
})

it('a deployment that is sent back goes back at once', async () => {
  const w = await underWay()
  const kept = uids(w, 'web.1')
  await ask(w, 'ROLLBACK')
  w.fate = () => 'runs'
  await pass(w, minutes(3))
  expect(last(w)?.status).toMatchObject({
    status: 'ROLLBACK_SUCCESSFUL',
    rollback: { serviceRevision: 'web-1', serviceDeployment: 'web-d1' },
    statusReason: 'StopServiceDeployment: rolled back to deploymentId ecs-svc/web-d1.',
  })
  expect(uids(w, 'web.1')).toEqual(expect.arrayContaining([...kept]))
  expect([w.of('web.1').length, w.live().length]).toEqual([4, 4])
  expect(ready(w)?.reason).toBe('DeploymentRolledBack')
  expect(ready(w)?.message).toContain('was rolled back by request: web:1 runs again.')
  expect(kstatusOf(w.service())).toBe('Failed')
})

describe('a service that is paused', () => {
  it('holds its rollout, makes no new one, and goes on', async () => {
    const w = await underWay()
    await w.serve({ paused: true })
    w.fate = () => 'runs'
    const before = [uids(w, 'web.1'), uids(w, 'web.2')]
    await pass(w)
    expect([uids(w, 'web.1'), uids(w, 'web.2')]).toEqual(before)
    expect(last(w)?.status).toMatchObject({ status: 'IN_PROGRESS', held: { surplus: 0 } })
    expect(ready(w)?.reason).toBe('DeploymentPaused')
    expect(kstatusOf(w.service())).toBe('InProgress')
    expect(w.events('DeploymentPaused')).toHaveLength(1)

    await w.define('app:3')
    await w.serve({ desiredCount: 6 })
    const [one] = w.of('web.2')
    if (one !== undefined) await w.exit(one)
    await pass(w)
    expect([w.of('web.1').length, w.of('web.2').length, w.of('web.3').length]).toEqual([4, 2, 0])
    expect(w.deployments()).toHaveLength(2)
    const written = w.client.activity
    await w.advance(minutes(30))
    expect(w.client.activity).toBe(written)

    await w.serve({ paused: false })
    await pass(w, minutes(3))
    expect([w.of('web.3').length, w.live().length]).toEqual([6, 6])
    expect(last(w)?.status?.status).toBe('SUCCESSFUL')
    expect(w.service().status?.rolloutState).toBe('COMPLETED')
    expect(kstatusOf(w.service())).toBe('Current')
  })

  it('from the start begins when it is resumed', async () => {
    world = new World(await openClient([aContainerInstance()]))
    await world.define('app:1')
    await world.serve({ desiredCount: 2, paused: true })
    await pass(world)
    expect(world.tasks()).toEqual([])
    expect(ready(world)?.reason).toBe('DeploymentPaused')
    await world.serve({ paused: false })
    await pass(world)
    expect(world.tasks().filter((task) => !isStopped(task))).toHaveLength(2)
    expect(kstatusOf(world.service())).toBe('Current')
  })
})
