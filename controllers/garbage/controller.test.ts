/** The garbage controller in the real runtime, on a real API. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineKind, type Kind, type ObjectOfKind } from '../../api/meta/kind.ts'
import { controllerReference, type Resource } from '../../api/meta/object.ts'
import { Namespace } from '../../api/v1/core.ts'
import { allKinds } from '../../api/v1/kinds.ts'
import { Service } from '../../api/v1/service.ts'
import { ServiceDeployment } from '../../api/v1/service-deployment.ts'
import { ServiceRevision } from '../../api/v1/service-revision.ts'
import { Task } from '../../api/v1/task.ts'
import { hours, type Millis, minutes, seconds } from '../../lib/time.ts'
import {
  aCluster,
  aNamespace,
  aService,
  aServiceDeployment,
  aServiceRevision,
  aTask,
  running,
} from '../../test/builders/kinds.ts'
import { build } from '../../test/builders/object.ts'
import { calm, runController } from '../../test/builders/run-controller.ts'
import { openClient, type TestClient } from '../../test/builders/test-client.ts'
import { type GarbageControllerOptions, garbageController } from './controller.ts'

async function collect(objects: readonly Resource[], options: GarbageControllerOptions = {}) {
  const kinds = options.kinds?.filter((kind) => !allKinds.includes(kind))
  const client = await openClient(objects, { kinds, namespaces: [] })
  await runController(client, (d) => garbageController(d, options))
  return client
}

const namesOf = <T extends Resource>(client: TestClient, kind: Kind<T>): readonly string[] =>
  client.all(kind).map(({ metadata }) => metadata.name)
/** Settings that keep stopped tasks so long, and deployments for half an hour. */
const kept = (ttl: Millis, limit: number) => ({
  keep: { stoppedTasks: { ttl, limit }, deployments: { ttl: minutes(30), limit: 5 } },
})
const never = new AbortController().signal

describe('beside a garbage collection of the cluster itself', () => {
  it('leaves owners to that, and sees to old tasks alone', async () => {
    const stopped = { lastStatus: 'STOPPED' as const, stoppedAt: '2026-01-01T00:00:00Z' }
    const orphan = aServiceRevision({ owner: aService() })
    const leaving = aService({
      name: 'leaving',
      metadata: { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['foregroundDeletion'] },
    })
    const client = await collect([orphan, leaving, aTask({ name: 'old', status: stopped })], {
      owners: false,
      ...kept(minutes(90), 5),
    })
    await client.clock.advance(minutes(89))
    expect(namesOf(client, Task)).toEqual(['old'])
    await client.clock.advance(minutes(2))
    expect(namesOf(client, Task)).toEqual([])
    expect([...namesOf(client, ServiceRevision), ...namesOf(client, Service)]).toEqual(['web-1', 'leaving'])
  })

  it('and the other way round', async () => {
    const stopped = { lastStatus: 'STOPPED' as const, stoppedAt: '2026-01-01T00:00:00Z' }
    const orphan = aServiceRevision({ owner: aService() })
    const client = await collect([orphan, aTask({ name: 'old', status: stopped })], {
      history: false,
      ...kept(minutes(1), 0),
    })
    await client.clock.advance(hours(2))
    expect([...namesOf(client, ServiceRevision), ...namesOf(client, Task)]).toEqual(['old'])
  })
})

describe('owners', () => {
  const service = aService()
  const revision = aServiceRevision({ owner: service })
  const task = aTask({ owner: revision, status: running })

  it('keeps what is owned, in silence', async () => {
    const client = await collect([service, revision, task])
    const version = client.activity
    await client.clock.advance(hours(5))
    expect(client.activity).toBe(version)
    expect(namesOf(client, Task)).toEqual(['web-1-0-1'])
  })

  it('deletes dependents, and theirs, when the owner goes', async () => {
    const client = await collect([service, revision, task])
    await client.remove(service)
    await calm(client)
    expect([...namesOf(client, ServiceRevision), ...namesOf(client, Task)]).toEqual([])
  })

  it('finds at its start those whose owner went before', async () => {
    const client = await collect([revision, task])
    expect([...namesOf(client, ServiceRevision), ...namesOf(client, Task)]).toEqual([])
  })

  it('an owner of the same name with another uid is not the owner', async () => {
    const client = await collect([service, revision])
    await client.remove(service)
    await client.put(aService({ metadata: { uid: 'another' } }))
    await calm(client)
    expect(namesOf(client, ServiceRevision)).toEqual([])
  })

  it('asks the API before it deletes: a cache that lacks the owner proves nothing', async () => {
    const client = await collect([])
    client.interrupt(async (verb, kind) => {
      if (verb === 'get' && kind === 'Service') await client.put(service)
      return undefined
    })
    await client.put(revision)
    await calm(client)
    expect(namesOf(client, ServiceRevision)).toEqual(['web-1'])
  })

  it('does not delete what changed since it was looked at', async () => {
    const client = await collect([service, revision])
    const other = aService({ name: 'other' })
    client.interrupt(async (verb, kind) => {
      if (verb === 'delete' && kind === 'ServiceRevision') {
        client.interrupt(undefined)
        const now = client.all(ServiceRevision)[0] as ServiceRevision
        await client.put(other)
        await client.put({ ...now, metadata: { ...now.metadata, ownerReferences: [controllerReference(other)] } })
      }
      return undefined
    })
    await client.remove(service)
    await client.clock.advance(seconds(2))
    expect(namesOf(client, ServiceRevision)).toEqual(['web-1'])
  })

  it('takes away only the reference to an owner that went, when another is left', async () => {
    const other = aService({ name: 'other' })
    const both = aServiceRevision({
      metadata: {
        ownerReferences: [controllerReference(service), { ...controllerReference(other), controller: false }],
      },
    })
    const client = await collect([service, other, both])
    await client.remove(service)
    await calm(client)
    expect(client.all(ServiceRevision)[0]?.metadata.ownerReferences).toMatchObject([{ name: 'other' }])
  })

  it('leaves alone what is owned by a kind that it does not know', async () => {
    const stranger = aService({
      metadata: { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'x', uid: 'x' }] },
    })
    const client = await collect([stranger])
    expect(namesOf(client, Service)).toEqual(['web'])
  })

  it('works for a kind that it is given', async () => {
    const Gadget = defineKind({
      kind: 'Gadget',
      plural: 'gadgets',
      description: 'A test.',
      shape: { spec: z.strictObject({}).prefault({}) },
    })
    type Gadget = ObjectOfKind<typeof Gadget>
    const parent = build<Gadget>(Gadget, { name: 'parent', spec: {} }, {})
    const child = build<Gadget>(Gadget, { name: 'child', spec: {} }, { owner: parent })
    const client = await collect([parent, child], { kinds: [Gadget as unknown as Kind] })
    await client.remove(parent)
    await calm(client)
    expect(namesOf(client, Gadget)).toEqual([])
  })
})

describe('deletion policies', () => {
  const leaving = aService({
    metadata: { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['foregroundDeletion'] },
  })
  it('foreground: the dependents go first, then the owner', async () => {
    const revision = aServiceRevision({ owner: leaving, metadata: { finalizers: ['wait'] } })
    const client = await collect([leaving, revision])
    expect(client.all(ServiceRevision)[0]?.metadata.deletionTimestamp).toBeDefined()
    expect(namesOf(client, Service)).toEqual(['web'])
    const now = client.all(ServiceRevision)[0] as ServiceRevision
    await client.update(ServiceRevision, { ...now, metadata: { ...now.metadata, finalizers: [] } }, never)
    await calm(client)
    expect([...namesOf(client, Service), ...namesOf(client, ServiceRevision)]).toEqual([])
  })

  it('foreground: an owner without dependents goes at once', async () => {
    const client = await collect([leaving])
    expect(namesOf(client, Service)).toEqual([])
  })

  it('orphan: the dependents stay, without owner', async () => {
    const orphaning = { ...leaving, metadata: { ...leaving.metadata, finalizers: ['orphan'] } }
    const client = await collect([orphaning, aServiceRevision({ owner: leaving })])
    await client.clock.advance(seconds(1))
    expect(namesOf(client, Service)).toEqual([])
    expect(client.all(ServiceRevision).map(({ metadata }) => metadata.ownerReferences ?? [])).toEqual([[]])
  })
})

describe('history', () => {
  it('a stopped task of nobody goes after its time', async () => {
    const client = await collect([aTask({ status: running })], kept(minutes(90), 5))
    const task = client.all(Task)[0] as Task
    await client.put({ ...task, status: { lastStatus: 'STOPPED', stoppedAt: '2026-01-01T00:00:00Z' } })
    await client.clock.advance(minutes(89))
    expect(namesOf(client, Task)).toEqual(['web-1-0-1'])
    await client.clock.advance(minutes(2))
    expect(namesOf(client, Task)).toEqual([])
  })

  it('stopped tasks of nobody are kept by group, and for an hour at least', async () => {
    const job = (name: string, group: string): Task =>
      aTask({ name, spec: { group }, status: { lastStatus: 'STOPPED', stoppedAt: '2026-01-01T00:00:00Z' } })
    const client = await collect([job('a1', 'a'), job('a2', 'a'), job('b1', 'b')], kept(hours(168), 1))
    await client.clock.advance(minutes(59))
    expect(namesOf(client, Task)).toEqual(['a1', 'a2', 'b1'])
    await client.clock.advance(minutes(2))
    expect(namesOf(client, Task)).toEqual(['a1', 'b1'])
  })

  it('stopped tasks of a service go in time, as the flags say, or the service', async () => {
    const service = aService()
    const revision = aServiceRevision({ owner: service, spec: { desiredCount: 0 } })
    const stopped = Array.from({ length: 5 }, (_, n) =>
      aTask({
        name: `web-1-${n}-1`,
        owner: revision,
        status: { lastStatus: 'STOPPED', stoppedAt: `2026-01-01T00:00:0${n}Z` },
      }),
    )
    const client = await collect([service, revision, ...stopped], kept(minutes(10), 3))
    expect(namesOf(client, Task)).toEqual(['web-1-2-1', 'web-1-3-1', 'web-1-4-1'])
    await client.put({ ...service, spec: { ...service.spec, retention: { stoppedTasks: { limit: 2 } } } })
    await calm(client)
    expect(namesOf(client, Task)).toEqual(['web-1-3-1', 'web-1-4-1'])
    await client.clock.advance(minutes(11))
    expect(namesOf(client, Task)).toEqual([])
    expect(namesOf(client, ServiceRevision)).toEqual(['web-1'])
  })

  it('a finished deployment goes, and with it the revision that it alone spoke of', async () => {
    const service = aService()
    const revisions = [1, 2, 3].map((revision) =>
      aServiceRevision({ owner: service, spec: { revision, desiredCount: 0 } }),
    )
    const deployments = [1, 2, 3].map((deployment) =>
      aServiceDeployment({
        owner: service,
        spec: { deployment, targetServiceRevision: `web-${deployment}` },
        status: { status: deployment === 2 ? 'STOPPED' : 'SUCCESSFUL', finishedAt: '2026-01-01T00:00:00Z' },
      }),
    )
    const client = await collect([service, ...revisions, ...deployments], kept(minutes(30), 5))
    expect(namesOf(client, ServiceRevision)).toEqual(['web-1', 'web-2', 'web-3'])
    await client.clock.advance(minutes(31))
    expect(namesOf(client, ServiceDeployment)).toEqual(['web-d1', 'web-d3'])
    expect(namesOf(client, ServiceRevision)).toEqual(['web-1', 'web-3'])
  })
})

it('a namespace goes with its cluster', async () => {
  const cluster = aCluster({ name: 'prod' })
  const owned = aNamespace({ name: 'prod', owner: cluster })
  const client = await collect([cluster, owned])
  await client.remove(cluster)
  await calm(client)
  expect(namesOf(client, Namespace)).toEqual([])
})
