/** A tag is resolved to a digest once for each service revision: all its tasks run the same bytes (ecs-core 5.12). */
import { afterEach, expect, it } from 'vitest'
import { ServiceRevision } from '../api/v1/service-revision.ts'
import { stopReasons } from '../api/v1/stop-reasons.ts'
import { Task } from '../api/v1/task.ts'
import { aContainerInstance } from './builders/kinds.ts'
import { World } from './builders/service-world.ts'
import { openClient } from './builders/test-client.ts'

let world: World
const start = async (): Promise<World> => {
  world = new World(await openClient([aContainerInstance()]))
  await world.rest()
  return world
}
afterEach(() => world.scope[Symbol.asyncDispose]())

const settled = (w: World, name: string) =>
  w.client.all(ServiceRevision).find(({ metadata }) => metadata.name === name)?.status?.containerImages
const digests = (w: World): readonly (string | undefined)[] =>
  w.running().map(({ status }) => status?.containers?.[0]?.imageDigest)
const restart = async (w: World): Promise<void> => {
  const service = w.service()
  const annotations = { 'gantry.dev/force-new-deployment': String(w.clock.now()) }
  await w.client.put({ ...service, metadata: { ...service.metadata, annotations } })
}

it('later tasks are told what the first ones found, and a restart finds anew', async () => {
  const w = await start()
  w.tag = () => 'sha256:1'
  await w.define()
  await w.serve({ desiredCount: 2 })
  await w.converge()
  expect(settled(w, 'web-1')).toEqual([{ containerName: 'app', image: 'app:1', imageDigest: 'sha256:1' }])
  expect(w.running().map(({ spec }) => spec.containerImages)).toEqual([undefined, undefined])

  w.tag = () => 'sha256:2'
  await w.serve({ desiredCount: 4 })
  await w.exit(w.running()[0] as Task)
  await w.converge()
  expect(digests(w)).toEqual(Array(4).fill('sha256:1'))

  await restart(w)
  await w.converge()
  expect(digests(w)).toEqual(Array(4).fill('sha256:2'))
  expect([settled(w, 'web-1')?.[0]?.imageDigest, settled(w, 'web-2')?.[0]?.imageDigest]).toEqual([
    'sha256:1',
    'sha256:2',
  ])
})

it('going back runs the bytes that ran before', async () => {
  const w = await start()
  w.tag = () => 'sha256:1'
  await w.define('app:1')
  await w.serve({ desiredCount: 2 })
  await w.converge()
  await w.define('app:2')
  w.tag = () => 'sha256:2'
  await w.converge()
  w.tag = () => 'sha256:3'
  await w.serve({ taskDefinition: 'web:1' })
  await w.converge()
  expect(digests(w)).toEqual(['sha256:1', 'sha256:1'])
})

it.each([
  { min: 100, max: 200 },
  { min: 50, max: 100 },
])('first tasks that found other bytes are replaced before the rollout is over ($min, $max)', async ({ min, max }) => {
  const w = await start()
  w.tag = () => 'sha256:1'
  await w.define('app:1')
  await w.serve({
    desiredCount: 4,
    deploymentConfiguration: { minimumHealthyPercent: min, maximumPercent: max },
  })
  await w.converge()
  // while the tag moves, some agents find the old bytes
  w.tag = ({ metadata }) => (metadata.name === 'web-2-0-1' ? 'sha256:2' : 'sha256:3')
  await w.define('app:2')
  await w.converge()
  const first = settled(w, 'web-2')?.[0]?.imageDigest
  expect(['sha256:2', 'sha256:3']).toContain(first)
  expect(digests(w)).toEqual(Array(4).fill(first))
  const odd = w.tasks().filter(({ spec }) => spec.stoppedReason === stopReasons.otherImage)
  expect(odd.length).toBeGreaterThan(0)
  for (const { status } of odd) expect(status?.containers?.[0]?.imageDigest).not.toBe(first)
  expect(w.service().status).toMatchObject({ rolloutState: 'COMPLETED', startFailures: 0 })
})

it('without versionConsistency each task finds out by itself', async () => {
  const w = await start()
  w.tag = () => 'sha256:1'
  await w.define('app:1', 'web', { versionConsistency: 'disabled' })
  await w.serve({ desiredCount: 1 })
  await w.converge()
  w.tag = () => 'sha256:2'
  await w.serve({ desiredCount: 2 })
  await w.converge()
  expect(digests(w)).toEqual(['sha256:1', 'sha256:2'])
  expect(settled(w, 'web-1')).toBeUndefined()
})

it('what a task is told is written down before', async () => {
  const w = await start()
  w.tag = () => 'sha256:1'
  await w.define()
  await w.serve({ desiredCount: 2 })
  await w.converge()
  const untold: string[] = []
  w.client.interrupt((verb, kind) => {
    const told = w.client.all(Task).filter(({ spec }) => spec.containerImages !== undefined)
    if (verb === 'create' && kind === 'Task' && settled(w, 'web-1') === undefined) untold.push(`${told.length}`)
    return undefined
  })
  await w.serve({ desiredCount: 5 })
  await w.converge()
  expect(untold).toEqual([])
  expect(w.running().filter(({ spec }) => spec.containerImages !== undefined)).toHaveLength(3)
})
