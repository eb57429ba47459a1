/**
 * What our API server refuses at its door and a kube-apiserver takes, because no rule of one object can say it, is told by a
 * condition: in the words of the refusal, and for as long as it holds.
 */
import { describe, expect, it, onTestFinished } from 'vitest'
import { conditionOf } from '../api/meta/conditions.ts'
import type { Kind } from '../api/meta/kind.ts'
import type { Resource } from '../api/meta/object.ts'
import { problemsText } from '../api/meta/problems.ts'
import { openRegistry } from '../api/registry/registry.ts'
import { allKinds } from '../api/v1/kinds.ts'
import type { Task } from '../api/v1/task.ts'
import { operatorControllers } from '../cmd/control-plane.ts'
import { runControllers } from '../controllers/runtime/run.ts'
import { Fault } from '../lib/errors.ts'
import { silentLogger } from '../lib/log.ts'
import { seededRandom } from '../lib/random.ts'
import { minutes, seconds } from '../lib/time.ts'
import { VirtualClock } from '../lib/virtual-clock.ts'
import { openMemoryStore } from '../store/memory/memory-store.ts'
import { celProblems } from './builders/cel.ts'
import {
  aCluster,
  aContainer,
  aNamespace,
  aService,
  aTask,
  aTaskDefinition,
  aTaskDefinitionRevision,
} from './builders/kinds.ts'
import { calm } from './builders/run-controller.ts'
import { openClient, type TestClient } from './builders/test-client.ts'
import { kstatusOf } from './kstatus.ts'

const { signal } = new AbortController()
const kindOf = (object: Resource): Kind => allKinds.find(({ kind }) => kind === object.kind) as unknown as Kind

/** What our API server says of `object` beside `there`. */
async function refusalOf(object: Resource, there: readonly Resource[]): Promise<string> {
  const clock = new VirtualClock()
  const parts = { store: await openMemoryStore({ clock }), kinds: allKinds as unknown as readonly Kind[], clock }
  const registry = await openRegistry({ ...parts, random: seededRandom(1), log: silentLogger }, signal)
  onTestFinished(() => registry.close())
  await registry.ready(signal)
  const create = (one: Resource) => {
    const { name, namespace = '' } = one.metadata
    const sent = { ...one, metadata: namespace === '' ? { name } : { name, namespace } }
    return registry.create(kindOf(one), namespace, sent as Resource, {}, signal)
  }
  for (const one of there) {
    const made = await create(one)
    const { status } = one as { readonly status?: object }
    const key = { namespace: one.metadata.namespace ?? '', name: one.metadata.name }
    if (status !== undefined && one.kind !== 'Namespace')
      await registry.updateStatus(kindOf(one), key, { ...made, status } as Resource, {}, signal)
  }
  const refused = await create(object).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(Fault)
  return problemsText((refused as Fault).problems)
}

/** The operator's controllers on what another API server took. */
async function operated(objects: readonly Resource[]): Promise<TestClient> {
  const client = await openClient(objects)
  const stop = new AbortController()
  const { clock } = client
  const parts = { client, clock, random: seededRandom(1), log: silentLogger, identity: 'a', component: 'test' }
  const ended = runControllers({ ...parts, make: (d) => operatorControllers(d) }, stop.signal)
  onTestFinished(async () => {
    stop.abort()
    await clock.advance(seconds(1))
    await ended
  })
  return client
}

async function rest(client: TestClient): Promise<void> {
  await calm(client)
  await client.clock.advance(seconds(30))
  await calm(client)
}

type Told = Resource & { readonly status?: { readonly conditions?: Parameters<typeof conditionOf>[0] } }
const now = (client: TestClient, { kind, metadata: { name } }: Resource): Told =>
  client.all(kindOf({ kind } as Resource)).find(({ metadata }) => metadata.name === name) as Told
/** The same object as a user writes it again. */
const written = (object: Resource): Resource => ({
  ...object,
  metadata: { ...object.metadata, generation: (object.metadata.generation ?? 0) + 1 },
})

const head = aTaskDefinition({ status: { observedGeneration: 1, latestRevision: 1, revisionName: 'web.1' } })
const inactive = aTaskDefinitionRevision({ status: { status: 'INACTIVE' } })
const circle = [
  aContainer({ name: 'a', dependsOn: [{ containerName: 'b', condition: 'START' }] }),
  aContainer({ name: 'b', dependsOn: [{ containerName: 'a', condition: 'START' }] }),
]
const far = { type: 'memberOf' as const, expression: 'attribute:a ~~ b' }
const near = { type: 'memberOf' as const, expression: 'attribute:a == b' }
const long = 'c'.repeat(64)

interface Case {
  readonly when: string
  readonly object: Resource
  readonly there?: readonly Resource[]
  /** What ends it: these objects come, in place of what has their names; */
  readonly comes?: readonly Resource[]
  /** or this one goes. */
  readonly goes?: Resource
  /** Nothing ends it but deleting the object. */
  readonly forGood?: true
}

const service = (spec: object) => aService({ spec: { taskDefinition: 'web', desiredCount: 1, ...spec } })
const task = (spec: object) => aTask({ name: 'alone', spec: { taskDefinition: 'web', ...spec } })

const cases: readonly Case[] = [
  { when: 'a service of no task definition', object: service({}), comes: [aTaskDefinition()] },
  { when: 'a service of no such revision', object: service({ taskDefinition: 'web:1' }), comes: [aTaskDefinition()] },
  {
    when: 'a service of a revision that was deregistered',
    object: service({ taskDefinition: 'web:1' }),
    there: [head, inactive],
    comes: [aTaskDefinitionRevision({ status: { status: 'ACTIVE' } })],
  },
  {
    when: 'a service whose constraint cannot be read',
    object: service({ placementConstraints: [far] }),
    there: [head, aTaskDefinitionRevision()],
    comes: [service({ placementConstraints: [near] })],
  },
  { when: 'a task of no task definition', object: task({}), comes: [aTaskDefinition()] },
  { when: 'a task of no such revision', object: task({ taskDefinition: 'web:1' }), comes: [aTaskDefinition()] },
  { when: 'a task of no such name', object: task({ taskDefinition: 'web.1' }), comes: [aTaskDefinition()] },
  {
    when: 'a task of a revision that was deregistered',
    object: task({ taskDefinition: 'web.1' }),
    there: [head, inactive],
    forGood: true,
  },
  {
    when: 'a task by reference to a revision that was deregistered',
    object: task({ taskDefinition: 'web:1' }),
    there: [head, inactive],
    forGood: true,
  },
  {
    when: 'a task whose constraint cannot be read',
    object: task({ placementConstraints: [far] }),
    there: [head, aTaskDefinitionRevision()],
    forGood: true,
  },
  {
    when: 'a task with sizes that are none',
    object: task({ overrides: { cpu: 'much', memory: 'little' } }),
    there: [head, aTaskDefinitionRevision()],
    forGood: true,
  },
  {
    when: 'a task definition whose containers wait for each other',
    object: aTaskDefinition({ spec: { containerDefinitions: circle } }),
    comes: [aTaskDefinition()],
  },
  {
    when: 'a task definition of a size that Fargate has not',
    object: aTaskDefinition({
      spec: {
        containerDefinitions: [aContainer()],
        requiresCompatibilities: ['FARGATE'],
        networkMode: 'awsvpc',
        cpu: '256',
        memory: '9999',
        executionRoleArn: 'exec',
      },
    }),
    comes: [aTaskDefinition()],
  },
  { when: 'a cluster that no namespace can be called like', object: aCluster({ name: long }), forGood: true },
  {
    when: 'a cluster whose namespace is somebody else’s',
    object: aCluster({ name: 'prod' }),
    there: [aNamespace({ name: 'prod' })],
    goes: aNamespace({ name: 'prod' }),
  },
  { when: 'a cluster like the system', object: aCluster({ name: 'kube-prod' }), forGood: true },
]

describe('refused at our door, told behind another', () => {
  it.each(cases)('$when', async ({ object, there = [], comes = [], goes, forGood }) => {
    expect(celProblems(kindOf(object), object)).toEqual([])
    const refusal = await refusalOf(object, there)
    const client = await operated([...there, object])
    await rest(client)
    const stalled = conditionOf(now(client, object).status?.conditions, 'Stalled')
    expect(stalled).toMatchObject({ status: 'True', message: refusal })
    expect(kstatusOf(now(client, object))).toBe('Failed')

    for (const one of comes) {
      const old = now(client, one)
      await client.put(old === undefined ? one : written({ ...old, ...one, metadata: old.metadata } as Resource))
    }
    if (goes !== undefined) await client.remove(goes)
    for (let n = 0; n < 3; n++) await client.clock.advance(minutes(2))
    await rest(client)
    const later = conditionOf(now(client, object).status?.conditions, 'Stalled')
    expect(later?.status === 'True').toBe(forGood === true)
  })
})

describe('a task that refers to a task definition', () => {
  it.each([
    { taskDefinition: 'web', resolved: 'web.1' },
    { taskDefinition: 'web:1', resolved: 'web.1' },
    { taskDefinition: 'arn:aws:ecs:eu-west-1:1:task-definition/web', resolved: 'web.1' },
    { taskDefinition: 'web.1', resolved: undefined },
  ])('$taskDefinition: its status says what it runs, its spec stays', async ({ taskDefinition, resolved }) => {
    const client = await operated([task({ taskDefinition }), aTaskDefinition()])
    await rest(client)
    const found = (): Task => now(client, task({})) as Task
    expect(found().spec.taskDefinition).toBe(taskDefinition)
    expect(found().status?.taskDefinition).toBe(resolved)
    await client.put(
      written({ ...aTaskDefinition({ spec: { containerDefinitions: [aContainer({ image: 'app:2' })] } }) }),
    )
    await rest(client)
    expect(found().status?.taskDefinition).toBe(resolved)
  })
})
