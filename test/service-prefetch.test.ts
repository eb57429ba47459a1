/** Rollouts that stop first, with instances that pull images ahead. */
import { afterEach, expect, it } from 'vitest'
import { conditionOf } from '../api/meta/conditions.ts'
import { ContainerInstance } from '../api/v1/container-instance.ts'
import { Service } from '../api/v1/service.ts'
import { minutes } from '../lib/time.ts'
import { aContainerInstance } from './builders/kinds.ts'
import { World } from './builders/service-world.ts'
import { openClient } from './builders/test-client.ts'

let w: World
afterEach(async () => {
  await w.scope[Symbol.asyncDispose]()
})

const instance = (): ContainerInstance => w.client.all(ContainerInstance)[0] as ContainerInstance
type Images = NonNullable<ContainerInstance['status']>['images']
/** The agent answers. */
async function answer(images: Images): Promise<void> {
  const one = instance()
  await w.client.put({ ...one, status: { ...one.status, images } })
  await w.rest()
}
const stalled = () => conditionOf(w.service().status?.conditions, 'Stalled')
const running = (): readonly string[] => w.running().map(({ spec }) => spec.taskDefinition)

/** Two tasks of web.1, and a change to `app:2` that may only stop first. */
async function change(): Promise<void> {
  w = new World(await openClient([aContainerInstance({ status: { images: [] } })]))
  await w.rest()
  await w.define()
  await w.serve({ desiredCount: 2, deploymentConfiguration: { minimumHealthyPercent: 50, maximumPercent: 100 } })
  await w.converge()
  expect(instance().status?.prefetch).toBeUndefined()
  await w.define('app:2')
  await w.rest()
}

it('nothing stops before the images are there, and then nobody is asked any more', async () => {
  await change()
  expect(instance().status?.prefetch).toMatchObject([{ service: 'web', images: ['app:2'] }])
  const version = w.client.activity
  await w.advance(minutes(10))
  expect(w.client.activity).toBe(version)
  expect(running()).toEqual(['web.1', 'web.1'])
  expect(stalled()).toMatchObject({ status: 'False', reason: 'PullingImages' })
  await answer([{ image: 'app:2', pulledAt: '2026-01-01T00:00:00Z' }])
  await w.converge()
  expect(running()).toEqual(['web.2', 'web.2'])
  expect(instance().status?.prefetch).toBeUndefined()
})

it('an image that cannot be pulled stalls the service, until it can', async () => {
  await change()
  await answer([{ image: 'app:2', reason: 'CannotPullContainerError: not found' }])
  await w.advance(minutes(10))
  expect(running()).toEqual(['web.1', 'web.1'])
  expect(stalled()).toMatchObject({
    status: 'True',
    reason: 'CannotPullContainerError',
    message: 'No task was stopped for it: one cannot pull app:2: CannotPullContainerError: not found',
  })
  expect(w.events('CannotPullContainerError')).toHaveLength(1)
  await answer([{ image: 'app:2', pulledAt: '2026-01-01T00:00:00Z' }])
  await w.converge()
  expect(running()).toEqual(['web.2', 'web.2'])
})

it('a smaller service, a task that ends and a revert do not wait', async () => {
  await change()
  await w.serve({ desiredCount: 1 })
  await w.converge()
  expect(running()).toEqual(['web.1'])
  await w.serve({ desiredCount: 2 })
  await w.converge()
  // what is missing starts as the newest
  expect(running().toSorted()).toEqual(['web.1', 'web.2'])
  await w.serve({ taskDefinition: 'web:1' })
  await w.converge()
  expect(instance().status?.prefetch).toMatchObject([{ images: ['app:1'] }])
  expect(running().toSorted()).toEqual(['web.1', 'web.2'])
})

it('a way back stops nothing that was not stopped', async () => {
  await change()
  const before = w.running().map(({ metadata }) => metadata.name)
  await w.serve({ taskDefinition: 'web:1' })
  await w.converge()
  expect(w.running().map(({ metadata }) => metadata.name)).toEqual(before)
  expect(w.tasks()).toHaveLength(2)
})

it('a DAEMON stops none before each instance that gets the next one has its images', async () => {
  const status = { images: [] }
  const [one, two, deaf] = ['one', 'two', 'deaf'].map((name) =>
    aContainerInstance({ name, status }),
  ) as ContainerInstance[]
  const unheard = { ...(deaf as ContainerInstance), status: { ...status, agentConnected: false } }
  w = new World(await openClient([one, two, unheard] as ContainerInstance[]))
  await w.rest()
  await w.define()
  await w.serve({ schedulingStrategy: 'DAEMON', desiredCount: undefined })
  await w.converge()
  const before = w.running().map(({ metadata }) => metadata.name)
  expect(before).toEqual(['web-1-one-1', 'web-1-two-1'])
  await w.define('app:2')
  const asks = () => w.client.all(ContainerInstance).filter(({ status: its }) => its?.prefetch !== undefined)
  expect(asks().map(({ metadata }) => metadata.name)).toEqual(['one', 'two'])
  const tell = async (name: string): Promise<void> => {
    const told = w.client.all(ContainerInstance).find(({ metadata }) => metadata.name === name) as ContainerInstance
    await w.client.put({
      ...told,
      status: { ...told.status, images: [{ image: 'app:2', pulledAt: '2026-01-01T00:00:00Z' }] },
    })
    await w.rest()
  }
  await tell('one')
  await w.advance(minutes(5))
  expect(w.running().map(({ metadata }) => metadata.name)).toEqual(before)
  expect(stalled()).toMatchObject({ reason: 'PullingImages', message: expect.stringContaining('on two.') })
  await tell('two')
  await w.converge()
  expect(running()).toEqual(['web.2', 'web.2'])
  expect(asks()).toEqual([])
})

it('who wanted the images and is deleted wants none any more', async () => {
  await change()
  await w.client.delete(Service, { namespace: 'default', name: 'web' }, {}, w.signal)
  await w.converge()
  expect(w.client.all(Service)).toEqual([])
  expect(instance().status?.prefetch).toBeUndefined()
})
