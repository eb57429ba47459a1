/** What our API server refuses at its door and a kube-apiserver takes, because no rule of one object can say it. */
import { expect, onTestFinished } from 'vitest'
import type { Kind } from '../../api/meta/kind.ts'
import type { Resource } from '../../api/meta/object.ts'
import { openRegistry } from '../../api/registry/registry.ts'
import { allKinds } from '../../api/v1/kinds.ts'
import { Fault } from '../../lib/errors.ts'
import { silentLogger } from '../../lib/log.ts'
import { seededRandom } from '../../lib/random.ts'
import { VirtualClock } from '../../lib/virtual-clock.ts'
import { openMemoryStore } from '../../store/memory/memory-store.ts'
import {
  aCluster,
  aContainer,
  aNamespace,
  aScheduledTask,
  aService,
  aTask,
  aTaskDefinition,
  aTaskDefinitionRevision,
} from './kinds.ts'

const { signal } = new AbortController()
export const kindOf = (object: Pick<Resource, 'kind'>): Kind =>
  allKinds.find(({ kind }) => kind === object.kind) as unknown as Kind

/** What our API server says of `object` beside `there`. */
export async function refusalOf(object: Resource, there: readonly Resource[]): Promise<Fault> {
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
  return refused as Fault
}

const head = aTaskDefinition({ status: { observedGeneration: 1, latestRevision: 1, revisionName: 'web.1' } })
const inactive = aTaskDefinitionRevision({ status: { status: 'INACTIVE' } })
/** Deregistered a moment ago: no controller has seen it. */
const deregistered = aTaskDefinitionRevision({ spec: { desiredStatus: 'INACTIVE' } })
const going = aTaskDefinitionRevision({ status: { status: 'DELETE_IN_PROGRESS' } })
/** A family that is all deregistered. */
const idle = aTaskDefinition({ status: { observedGeneration: 1, latestRevision: 1 } })
const last = aTaskDefinitionRevision({ owner: idle, status: { status: 'INACTIVE' } })
const next = aTaskDefinitionRevision({ name: 'web.2', owner: idle, spec: { revision: 2 } })
const circle = [
  aContainer({ name: 'a', dependsOn: [{ containerName: 'b', condition: 'START' }] }),
  aContainer({ name: 'b', dependsOn: [{ containerName: 'a', condition: 'START' }] }),
]
const far = { type: 'memberOf' as const, expression: 'attribute:a ~~ b' }
const near = { type: 'memberOf' as const, expression: 'attribute:a == b' }
const long = 'c'.repeat(64)
const hook = { targetType: 'TASK', lifecycleStages: ['PRE_SCALE_UP'] }

export interface RefusalCase {
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
/** A task that no service keeps. */
export const task = (spec: object) => aTask({ name: 'alone', spec: { taskDefinition: 'web', ...spec } })

const schedule = (template: object) =>
  aScheduledTask({ spec: { taskTemplate: { taskDefinition: 'web', count: 1, ...template } } })

/** No rule of one object can say any of these. */
export const refusalCases: readonly RefusalCase[] = [
  { when: 'a service of no task definition', object: service({}), comes: [aTaskDefinition()] },
  { when: 'a service of no such revision', object: service({ taskDefinition: 'web:1' }), comes: [aTaskDefinition()] },
  {
    when: 'a service of a revision that was deregistered',
    object: service({ taskDefinition: 'web:1' }),
    there: [head, inactive],
    comes: [aTaskDefinitionRevision({ status: { status: 'ACTIVE' } })],
  },
  {
    when: 'a service of a revision that was deregistered a moment ago',
    object: service({ taskDefinition: 'web.1' }),
    there: [head, deregistered],
    comes: [service({ taskDefinition: 'web.2' }), next],
  },
  {
    when: 'a service of a revision that is being deleted',
    object: service({ taskDefinition: 'web:1' }),
    there: [head, going],
    forGood: true,
  },
  {
    when: 'a service of a family that is all deregistered',
    object: service({}),
    there: [idle, last],
    comes: [next],
  },
  {
    when: 'a service whose constraint cannot be read',
    object: service({ placementConstraints: [far] }),
    there: [head, aTaskDefinitionRevision()],
    comes: [service({ placementConstraints: [near] })],
  },
  {
    when: 'a service with a TASK hook that says nothing of its task',
    object: service({ deploymentConfiguration: { lifecycleHooks: [{ ...hook }] } }),
    there: [head, aTaskDefinitionRevision()],
    comes: [
      service({ deploymentConfiguration: { lifecycleHooks: [{ ...hook, hookDetails: { taskDefinition: 'web' } }] } }),
    ],
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
    when: 'a task of a revision that was deregistered a moment ago',
    object: task({ taskDefinition: 'web:1' }),
    there: [head, deregistered],
    forGood: true,
  },
  {
    when: 'a task of a revision that is being deleted',
    object: task({ taskDefinition: 'web:1' }),
    there: [head, going],
    forGood: true,
  },
  {
    when: 'a task of a family that is all deregistered',
    object: task({}),
    there: [idle, last],
    comes: [next],
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
    when: 'a task that overrides a container which is not there',
    object: task({ overrides: { containerOverrides: [{ name: 'nope', cpu: 1 }] } }),
    there: [head, aTaskDefinitionRevision()],
    forGood: true,
  },
  {
    when: 'a task whose overrides break a rule of definitions',
    object: task({ overrides: { containerOverrides: [{ name: 'app', memory: 8, memoryReservation: 9 }] } }),
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
  {
    when: 'a schedule at an hour that no day has, in a zone that is none',
    object: aScheduledTask({ spec: { schedule: 'cron(0 25 * * ? *)', timeZone: 'Mars/Olympus' } }),
    there: [head, aTaskDefinitionRevision()],
    comes: [aScheduledTask()],
  },
  {
    when: 'a schedule whose tasks nobody could place',
    object: schedule({ placementConstraints: [far] }),
    there: [head, aTaskDefinitionRevision()],
    comes: [schedule({ placementConstraints: [near] })],
  },
  { when: 'a schedule of no task definition', object: schedule({}), comes: [aTaskDefinition()] },
  { when: 'a schedule of no such revision', object: schedule({ taskDefinition: 'web:1' }), comes: [aTaskDefinition()] },
  ...[
    { which: 'that was deregistered', there: [head, inactive] },
    { which: 'that was deregistered a moment ago', there: [head, deregistered] },
    { which: 'that is being deleted', there: [head, going] },
  ].map(({ which, there }) => ({
    when: `a schedule of a revision ${which}`,
    object: schedule({ taskDefinition: 'web:1' }),
    there,
    forGood: true as const,
  })),
  {
    when: 'a schedule of a family that is all deregistered',
    object: schedule({}),
    there: [idle, last],
    comes: [next],
  },
  {
    when: 'a schedule that overrides a container which is not there',
    object: schedule({ overrides: { containerOverrides: [{ name: 'nope', cpu: 1 }] } }),
    there: [head, aTaskDefinitionRevision()],
    comes: [schedule({})],
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
