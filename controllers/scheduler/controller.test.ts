/** The scheduler in the real runtime, on a real API: what a user sees, and what goes wrong between two writes. */
import { describe, expect, it } from 'vitest'
import type { Resource } from '../../api/meta/object.ts'
import { ContainerInstance } from '../../api/v1/container-instance.ts'
import { Event } from '../../api/v1/core.ts'
import { Task } from '../../api/v1/task.ts'
import { containersFinalizer } from '../../api/v1/well-known.ts'
import { Fault } from '../../lib/errors.ts'
import { minutes, seconds } from '../../lib/time.ts'
import { aContainer, aContainerInstance, aTask, aTaskDefinitionRevision, running } from '../../test/builders/kinds.ts'
import { calm, runController } from '../../test/builders/run-controller.ts'
import { openClient, type TestClient } from '../../test/builders/test-client.ts'
import { schedulerController } from './controller.ts'

async function schedule(objects: readonly Resource[], prepare: (client: TestClient) => void = () => undefined) {
  const client = await openClient(objects)
  prepare(client)
  await runController(client, schedulerController)
  return client
}

const small = (name: string, memory = 128): ContainerInstance =>
  aContainerInstance({
    name,
    status: { agentConnected: true, registeredResources: { cpu: 1024, memory, ports: [], portsUdp: [] } },
  })
const revision = aTaskDefinitionRevision()
const tasks = (count: number, from = 0): readonly Task[] =>
  Array.from({ length: count }, (_, n) => aTask({ name: `web-1-${n + from}-1`, spec: { group: 'service:web' } }))
const placed = (client: TestClient): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(client.all(Task).map((task) => [task.metadata.name, task.spec.containerInstance]))
const on = (client: TestClient, instance: string): number =>
  client.all(Task).filter((task) => task.spec.containerInstance === instance).length
const condition = (client: TestClient, name = 'web-1-0-1') =>
  client.all(Task).find((task) => task.metadata.name === name)?.status?.conditions?.[0]

describe('the scheduler', () => {
  it('binds what exists, and what comes, and holds it until its containers are gone', async () => {
    const client = await schedule([revision, small('a'), small('b'), ...tasks(2)])
    expect(placed(client)).toEqual({ 'web-1-0-1': 'a', 'web-1-1-1': 'b' })
    await client.put(tasks(1, 2)[0] as Task)
    await calm(client)
    expect(placed(client)).toMatchObject({ 'web-1-2-1': 'a' })
    expect(client.all(Task).every((task) => task.metadata.finalizers?.includes(containersFinalizer))).toBe(true)
  })

  it('places more than a batch, and never more than fits', async () => {
    const client = await schedule([revision, small('a', 64 * 40), small('b', 64 * 90), ...tasks(150)])
    expect([on(client, 'a'), on(client, 'b')]).toEqual([40, 90])
    const left = client.all(Task).filter((task) => task.spec.containerInstance === undefined)
    expect(left).toHaveLength(20)
    for (const task of left)
      expect(task.status?.conditions).toMatchObject([
        { type: 'Scheduled', status: 'False', reason: 'InsufficientMemory' },
        { type: 'Reconciling', status: 'True', reason: 'InsufficientMemory' },
      ])
  })

  it('leaves alone what is told to stop, is deleted, stopped, or bound', async () => {
    const client = await schedule([
      revision,
      small('a'),
      aTask({ name: 'told', spec: { desiredStatus: 'STOPPED' } }),
      aTask({ name: 'deleted', metadata: { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['x'] } }),
      aTask({ name: 'stopped', status: { lastStatus: 'STOPPED' } }),
      aTask({ name: 'lost', spec: { containerInstance: 'gone' }, status: running }),
    ])
    expect(placed(client)).toEqual({ told: undefined, deleted: undefined, stopped: undefined, lost: 'gone' })
  })

  it('says why not, with an event, and says so once; places it when room comes, and takes it back', async () => {
    const client = await schedule([revision, small('a', 32), ...tasks(1)])
    expect(condition(client)).toMatchObject({
      status: 'False',
      reason: 'InsufficientMemory',
      message: '0/1 instances: 1 short of memory (64 MiB)',
    })
    expect(client.all(Event)).toMatchObject([
      { type: 'Warning', reason: 'PlacementFailed', involvedObject: { kind: 'Task', name: 'web-1-0-1' } },
    ])
    const version = client.activity
    await client.clock.advance(minutes(30))
    expect(client.activity).toBe(version)
    await client.put(small('b'))
    await calm(client)
    expect(placed(client)).toEqual({ 'web-1-0-1': 'b' })
    expect(condition(client)).toMatchObject({ status: 'True', reason: 'Placed' })
  })

  it.each([
    { when: 'a task stops', change: (task: Task): Task => ({ ...task, status: { lastStatus: 'STOPPED' } }) },
    {
      when: 'a task is told to stop',
      change: (task: Task): Task => ({ ...task, spec: { ...task.spec, desiredStatus: 'STOPPED' } }),
    },
  ])('tries again when $when', async ({ change }) => {
    const client = await schedule([revision, small('a', 64), ...tasks(2)])
    expect(on(client, 'a')).toBe(1)
    const [first] = client.all(Task)
    await client.put(change(first as Task))
    await calm(client)
    expect(placed(client)).toMatchObject({ 'web-1-1-1': 'a' })
  })

  it('waits for a definition that does not exist yet', async () => {
    const client = await schedule([small('a'), ...tasks(1)])
    expect(condition(client)).toMatchObject({ reason: 'TaskDefinitionNotFound' })
    await client.put(revision)
    await calm(client)
    expect(placed(client)).toEqual({ 'web-1-0-1': 'a' })
  })

  it('counts tasks that were bound before it came, whose definition a slow watch has not brought', async () => {
    const there = aTask({ name: 'there', spec: { taskDefinition: 'big.1', containerInstance: 'a' }, status: running })
    const big = aTaskDefinitionRevision({
      spec: { family: 'big', taskDefinition: { containerDefinitions: [aContainer({ memory: 100 })] } },
    })
    let hidden = true
    const client = await schedule([revision, small('a'), there, ...tasks(1)], (memory) => {
      memory.interrupt(async (verb, kind) => {
        if (verb === 'get' && kind === 'TaskDefinitionRevision' && hidden) {
          hidden = false
          memory.silence()
          await memory.put(big)
        }
        return undefined
      })
    })
    expect(placed(client)).toEqual({ there: 'a', 'web-1-0-1': undefined })
  })

  it('a binding refused because the task changed is decided anew', async () => {
    const [task] = tasks(1) as readonly [Task]
    let refusals = 0
    const client = await schedule([revision, small('a'), task], (memory) => {
      memory.interrupt(async (verb, kind) => {
        if (verb === 'update' && kind === 'Task' && refusals === 0) {
          refusals += 1
          await memory.put({ ...task, metadata: { ...task.metadata, labels: { changed: 'meanwhile' } } })
        }
        return undefined
      })
    })
    await client.clock.advance(seconds(1))
    expect(client.all(Task)).toMatchObject([
      { metadata: { labels: { changed: 'meanwhile' } }, spec: { containerInstance: 'a' } },
    ])
    expect(refusals).toBe(1)
  })

  it('a binding whose answer was lost keeps its room until it is known, and is never made a second time elsewhere', async () => {
    let lost = 0
    const client = await schedule([revision, small('a', 64), small('b', 64), ...tasks(2)], (memory) => {
      memory.interrupt((verb, kind, key) => {
        if (verb !== 'update' || kind !== 'Task' || key !== 'default/web-1-0-1' || lost === 3) return undefined
        lost += 1
        return new Fault('Timeout', 'no answer')
      })
    })
    await client.put(tasks(1, 2)[0] as Task)
    await calm(client)
    expect(placed(client)).toEqual({ 'web-1-0-1': undefined, 'web-1-1-1': 'b', 'web-1-2-1': undefined })
    await client.clock.advance(seconds(10))
    expect(placed(client)).toEqual({ 'web-1-0-1': 'a', 'web-1-1-1': 'b', 'web-1-2-1': undefined })
  })

  it('does not bind what was told to stop between the decision and the write', async () => {
    const gate = Promise.withResolvers<void>()
    const client = await schedule([revision, small('a', 4096), ...tasks(40)], (memory) => {
      memory.interrupt((verb, kind) => (verb === 'update' && kind === 'Task' ? gate.promise : undefined))
    })
    const last = client.all(Task).find((task) => task.metadata.name === 'web-1-39-1') as Task
    await client.put({ ...last, spec: { ...last.spec, desiredStatus: 'STOPPED' } })
    await calm(client)
    gate.resolve()
    await calm(client)
    expect(placed(client)['web-1-39-1']).toBeUndefined()
    expect(on(client, 'a')).toBe(39)
  })

  it('a new leader counts what the last one bound', async () => {
    const first = await schedule([revision, small('a', 64 * 3), ...tasks(2)])
    expect(on(first, 'a')).toBe(2)
    const second = await schedule([revision, small('a', 64 * 3), ...first.all(Task), ...tasks(3, 2)])
    expect(on(second, 'a')).toBe(3)
  })

  it('stops placing on an instance that drains or is not heard, and starts again', async () => {
    const one = small('a')
    const client = await schedule([revision, { ...one, spec: { ...one.spec, status: 'DRAINING' } }, ...tasks(1)])
    expect(condition(client)).toMatchObject({ reason: 'NotPlaceable', message: '0/1 instances: 1 DRAINING' })
    const [draining] = client.all(ContainerInstance) as readonly [ContainerInstance]
    await client.put({ ...draining, spec: { status: 'ACTIVE' }, status: { ...draining.status, agentConnected: false } })
    await client.clock.advance(seconds(20))
    expect(condition(client)).toMatchObject({ message: '0/1 instances: 1 agent not connected' })
    await client.put({ ...draining, spec: { status: 'ACTIVE' } })
    await calm(client)
    expect(placed(client)).toEqual({ 'web-1-0-1': 'a' })
  })
})
