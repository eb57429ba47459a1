/** Revisions of services that somebody deletes by hand: their tasks count until they have stopped, and are replaced within the bounds. */
import { afterEach, expect, it } from 'vitest'
import { conditionOf } from '../api/meta/conditions.ts'
import { keyOf } from '../api/meta/object.ts'
import { Service } from '../api/v1/service.ts'
import { ServiceRevision } from '../api/v1/service-revision.ts'
import { aContainerInstance } from './builders/kinds.ts'
import { World } from './builders/service-world.ts'
import { openClient } from './builders/test-client.ts'

const { signal } = new AbortController()
let w: World
afterEach(() => w.scope[Symbol.asyncDispose]())

/** `web` with three tasks that run, of which one may be missing and one more may run. */
async function serving(): Promise<void> {
  w = new World(await openClient([aContainerInstance()]))
  await w.define()
  await w.serve({ desiredCount: 3, deploymentConfiguration: { minimumHealthyPercent: 60, maximumPercent: 134 } })
  await w.converge()
}
const revisions = (): readonly string[] => w.client.all(ServiceRevision).map(({ metadata }) => metadata.name)
const find = (name: string): ServiceRevision => w.client.find(ServiceRevision, name) as ServiceRevision
const remove = (name: string): Promise<unknown> => w.client.delete(ServiceRevision, keyOf(find(name)), {}, signal)

it('the revision in force is rolled away from, within minimum and maximum, and goes with the last of its tasks', async () => {
  await serving()
  await remove('web-1')
  await w.rest()
  expect(conditionOf(find('web-1').status?.conditions, 'InUse')?.message).toMatch(
    /^Its deletion waits for \d of its tasks to stop\.$/,
  )
  w.watch = { least: 2, most: 4 }
  await w.converge()
  expect(w.problems).toEqual([])
  expect(revisions()).toEqual(['web-2'])
  expect(
    w
      .running()
      .map(({ metadata }) => metadata.name)
      .sort(),
  ).toEqual(['web-2-0-1', 'web-2-1-1', 'web-2-2-1'])
  expect(w.service().status).toMatchObject({ rolloutState: 'COMPLETED', currentServiceRevision: 'web-2' })
})

it('a paused service keeps what it has until it goes on', async () => {
  await serving()
  await w.client.patch(Service, keyOf(w.service()), { type: 'merge', body: { spec: { paused: true } } }, signal)
  await remove('web-1')
  await w.converge()
  expect({ revisions: revisions(), running: w.running().length }).toEqual({ revisions: ['web-1'], running: 3 })
})

it('one of the past goes at once', async () => {
  await serving()
  await w.define('v2')
  await w.converge()
  expect(revisions()).toEqual(['web-1', 'web-2'])
  const ready = () => conditionOf(w.service().status?.conditions, 'Ready')
  const before = ready()
  await remove('web-1')
  await w.converge()
  expect(revisions()).toEqual(['web-2'])
  expect(ready()).toEqual(before)
})

it('nothing holds the revisions of a service that is gone', async () => {
  await serving()
  await w.client.remove(w.service())
  await remove('web-1')
  await w.rest()
  expect(revisions()).toEqual([])
})
