/** The taskdefinition controller in the real runtime, on a real API. */
import { describe, expect, it } from 'vitest'
import type { Resource } from '../../api/meta/object.ts'
import { Event } from '../../api/v1/core.ts'
import type { Task } from '../../api/v1/task.ts'
import { TaskDefinition, TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import { inUseFinalizer } from '../../api/v1/well-known.ts'
import { Fault } from '../../lib/errors.ts'
import { minutes, seconds } from '../../lib/time.ts'
import {
  aContainer,
  aService,
  aServiceRevision,
  aTask,
  aTaskDefinition,
  aTaskDefinitionRevision,
} from '../../test/builders/kinds.ts'
import { calm, runController } from '../../test/builders/run-controller.ts'
import { openClient, type TestClient } from '../../test/builders/test-client.ts'
import { type TaskDefinitionOptions, taskDefinitionController } from './controller.ts'

const { signal } = new AbortController()
const named = (name: string) => ({ namespace: '', name })

const start = (client: TestClient, options?: TaskDefinitionOptions) =>
  runController(client, (d) => taskDefinitionController(d, options))

async function registered(objects: readonly Resource[] = [], options?: TaskDefinitionOptions) {
  const client = await openClient(objects)
  await start(client, options)
  return client
}
async function change(client: TestClient, spec: object): Promise<void> {
  await client.patch(TaskDefinition, named('web'), { type: 'merge', body: { spec } }, signal)
  await calm(client)
}
const image = (n: number) => ({ containerDefinitions: [aContainer({ image: `app:${n}` })] })
/** `web.1 ACTIVE`. */
const lives = (client: TestClient): readonly string[] =>
  client.all(TaskDefinitionRevision).map(({ metadata, status }) => `${metadata.name} ${status?.status}`)
const web = (limit?: number) =>
  aTaskDefinition({ spec: { ...image(1), ...(limit === undefined ? {} : { revisionHistoryLimit: limit }) } })
const aTaskOf = (definition: string) => aTask({ name: 'job', spec: { taskDefinition: definition } })
const stop = (client: TestClient) => client.put({ ...aTaskOf('web.1'), status: { lastStatus: 'STOPPED' } } as Task)

async function isQuiet(client: TestClient): Promise<void> {
  const before = client.activity
  await client.clock.advance(minutes(30))
  expect(client.activity).toBe(before)
}

describe('retention', () => {
  it('keeps the newest, and lets the others go by way of INACTIVE', async () => {
    const client = await registered([web(2)])
    for (const n of [2, 3, 4]) await change(client, image(n))
    expect(lives(client)).toEqual(['web.1 INACTIVE', 'web.2 INACTIVE', 'web.3 ACTIVE', 'web.4 ACTIVE'])
    await client.clock.advance(minutes(11))
    expect(lives(client)).toEqual(['web.3 ACTIVE', 'web.4 ACTIVE'])
    await isQuiet(client)
    await change(client, { revisionHistoryLimit: 1 })
    await client.clock.advance(minutes(11))
    expect(lives(client)).toEqual(['web.4 ACTIVE'])
    await change(client, image(5))
    expect(lives(client)).toEqual(['web.4 INACTIVE', 'web.5 ACTIVE'])
  })

  it('keeps twenty when nothing else is said, and makes none for a change of the limit alone', async () => {
    const client = await registered([web()])
    for (let n = 2; n <= 22; n++) await change(client, image(n))
    expect(lives(client).filter((one) => one.endsWith(' ACTIVE'))).toHaveLength(20)
    await client.clock.advance(minutes(11))
    expect(lives(client)).toHaveLength(20)
    await change(client, { revisionHistoryLimit: 30 })
    expect(client.find(TaskDefinition, 'web')?.status).toMatchObject({ latestRevision: 22, observedGeneration: 23 })
  })

  it.each([
    { by: 'a service that pins it', object: aService({ spec: { taskDefinition: 'web:1' } }) },
    { by: "a service's past", object: aServiceRevision({ spec: { desiredCount: 0 } }) },
    {
      by: 'a task that stopped',
      object: aTask({ name: 'job', status: { lastStatus: 'STOPPED' }, spec: { taskDefinition: 'web.1' } }),
    },
    { by: 'a task that has no place yet', object: aTaskOf('web:1') },
  ])('keeps what is referred to by $by, until that is gone', async ({ object }) => {
    const client = await registered([web(1), object])
    await change(client, image(2))
    await client.clock.advance(minutes(30))
    expect(lives(client)).toEqual(['web.1 ACTIVE', 'web.2 ACTIVE'])
    await isQuiet(client)
    await client.remove(object)
    await calm(client)
    expect(lives(client)).toEqual(['web.1 INACTIVE', 'web.2 ACTIVE'])
    await client.clock.advance(minutes(11))
    expect(lives(client)).toEqual(['web.2 ACTIVE'])
  })

  it('is left to those who see everything', async () => {
    const client = await registered([web(1)], { retention: false })
    await change(client, image(2))
    await client.clock.advance(minutes(30))
    expect(lives(client)).toEqual(['web.1 ACTIVE', 'web.2 ACTIVE'])
  })
})

describe('a revision', () => {
  it('that is deregistered becomes INACTIVE, and stays; the family means the one before', async () => {
    const client = await registered([web()])
    await change(client, image(2))
    const body = { spec: { desiredStatus: 'INACTIVE' } }
    await client.patch(TaskDefinitionRevision, named('web.2'), { type: 'merge', body }, signal)
    await calm(client)
    expect(lives(client)).toEqual(['web.1 ACTIVE', 'web.2 INACTIVE'])
    expect(client.find(TaskDefinitionRevision, 'web.2')?.status?.deregisteredAt).toBeDefined()
    expect(client.find(TaskDefinition, 'web')?.status).toMatchObject({ revisionName: 'web.1', latestRevision: 2 })
    const back = { spec: { desiredStatus: 'ACTIVE' } }
    await expect(
      client.patch(TaskDefinitionRevision, named('web.2'), { type: 'merge', body: back }, signal),
    ).rejects.toThrow('a revision that was deregistered stays so')
    await isQuiet(client)
  })

  it('that is deleted in use says what it waits for, and goes with that', async () => {
    const client = await registered([web(), aTaskOf('web.1')])
    await change(client, image(2))
    await client.delete(TaskDefinitionRevision, named('web.1'), {}, signal)
    await client.clock.advance(minutes(5))
    expect(lives(client)).toEqual(['web.1 DELETE_IN_PROGRESS', 'web.2 ACTIVE'])
    const message = 'Its deletion waits for task default/job.'
    expect(client.find(TaskDefinitionRevision, 'web.1')?.status?.conditions).toMatchObject([{ type: 'InUse', message }])
    expect(client.all(Event).map((event) => event.message)).toEqual([message])
    await isQuiet(client)
    await stop(client)
    await calm(client)
    expect(lives(client)).toEqual(['web.2 ACTIVE'])
    await change(client, image(3))
    expect(lives(client)).toEqual(['web.2 ACTIVE', 'web.3 ACTIVE'])
  })

  it.each([
    { by: 'a task of a service', object: aTaskOf('web.1') },
    { by: 'a task as a person spells it', object: aTaskOf('web:1') },
    {
      by: 'a task that follows the family',
      object: { ...aTaskOf('web'), status: { taskDefinition: 'web.1' } } as Task,
    },
    { by: 'a service that pins it', object: aService({ spec: { taskDefinition: 'web:1' } }) },
    { by: 'a service that runs it', object: aServiceRevision({ spec: { desiredCount: 1 } }) },
  ])('does not go while the API knows of $by, though nobody told the controller', async ({ object }) => {
    const client = await registered([web()])
    await change(client, image(2))
    await client.delete(TaskDefinitionRevision, named('web.1'), {}, signal)
    await calm(client)
    client.silence()
    await client.put(object as Resource)
    await client.clock.advance(seconds(30))
    expect(lives(client)).toEqual(['web.1 DELETE_IN_PROGRESS', 'web.2 ACTIVE'])
    await client.remove(object)
    await client.clock.advance(minutes(5))
    expect(lives(client)).toEqual(['web.2 ACTIVE'])
  })

  it('outlives its family while it is in use', async () => {
    const client = await registered([web(), aTaskOf('web.1')])
    await client.delete(TaskDefinition, named('web'), {}, signal)
    await client.delete(TaskDefinitionRevision, named('web.1'), {}, signal)
    await client.clock.advance(minutes(5))
    expect(lives(client)).toEqual(['web.1 DELETE_IN_PROGRESS'])
    await stop(client)
    await calm(client)
    expect(lives(client)).toEqual([])
  })

  it('that somebody else made is held, too', async () => {
    const client = await registered([aTaskDefinitionRevision()])
    expect(client.find(TaskDefinitionRevision, 'web.1')?.metadata.finalizers).toEqual([inUseFinalizer])
    expect(lives(client)).toEqual(['web.1 ACTIVE'])
  })
})

it('a crash after any write loses nothing and repeats nothing', async () => {
  for (let crashAfter = 1; crashAfter <= 16; crashAfter++) {
    const client = await openClient([web(1), aTaskOf('web.1')])
    const first = await start(client)
    let writes = 0
    client.afterWrite(() => (++writes > crashAfter ? new Fault('Unavailable', 'crashed') : undefined))
    client.interrupt((verb) =>
      writes > crashAfter && !['get', 'list', 'watch'].includes(verb) ? new Fault('Unavailable', 'crashed') : undefined,
    )
    const user = async (act: () => Promise<unknown>) => {
      client.interrupt(undefined)
      client.afterWrite(undefined)
      await act()
    }
    const patched = (n: number) =>
      client.patch(TaskDefinition, named('web'), { type: 'merge', body: { spec: image(n) } }, signal)
    await patched(2)
    await client.clock.advance(minutes(12))
    await first.end()
    await user(() => client.delete(TaskDefinitionRevision, named('web.1'), {}, signal))
    await start(client)
    await client.clock.advance(seconds(30))
    expect(lives(client)).toEqual(['web.1 DELETE_IN_PROGRESS', 'web.2 ACTIVE'])
    await stop(client)
    await calm(client)
    await change(client, image(3))
    await client.clock.advance(minutes(12))
    expect(lives(client)).toEqual(['web.3 ACTIVE'])
  }
})
