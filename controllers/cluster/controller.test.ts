/** The cluster controller in the real runtime, on a real API. */
import { describe, expect, it } from 'vitest'
import type { Resource } from '../../api/meta/object.ts'
import { Cluster } from '../../api/v1/cluster.ts'
import { Namespace } from '../../api/v1/core.ts'
import { Service } from '../../api/v1/service.ts'
import { Task } from '../../api/v1/task.ts'
import { hours, millis, seconds } from '../../lib/time.ts'
import {
  aCluster,
  aContainerInstance,
  aNamespace,
  aService,
  aTask,
  running,
  stopped,
} from '../../test/builders/kinds.ts'
import { runController } from '../../test/builders/run-controller.ts'
import { openClient, type TestClient } from '../../test/builders/test-client.ts'
import { clusterController } from './controller.ts'

/** An API of which a test says what namespaces there are. */
const openApi = (objects: readonly Resource[]) => openClient(objects, { namespaces: [] })
const count = (client: TestClient) => runController(client, clusterController)
const statusOf = (client: TestClient): Cluster['status'] => client.all(Cluster)[0]?.status

describe('the cluster controller', () => {
  it('counts what is in its namespace, and then is silent', async () => {
    const client = await openApi([
      aCluster(),
      aContainerInstance(),
      aService(),
      aService({ name: 'going', metadata: { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['x'] } }),
      aTask({ name: 'runs', status: running }),
      aTask({ name: 'waits' }),
      aTask({ name: 'starts', status: { lastStatus: 'PENDING' } }),
      aTask({ name: 'ended', status: stopped }),
      aTask({ name: 'elsewhere', namespace: 'other', status: running }),
    ])
    await count(client)
    expect(statusOf(client)).toEqual({
      observedGeneration: 1,
      status: 'ACTIVE',
      registeredContainerInstancesCount: 1,
      runningTasksCount: 1,
      pendingTasksCount: 2,
      activeServicesCount: 1,
    })
    const version = client.activity
    await client.clock.advance(hours(2))
    expect(client.activity).toBe(version)
  })

  it('a burst of changes is counted once a second', async () => {
    const client = await openApi([aCluster()])
    await count(client)
    await client.clock.advance(seconds(2))
    const seen = new Set([client.all(Cluster)[0]?.metadata.resourceVersion])
    for (let n = 0; n < 60; n += 1) {
      await client.put(aTask({ name: `t-${n}`, status: running }))
      await client.clock.advance(millis(10))
      seen.add(client.all(Cluster)[0]?.metadata.resourceVersion)
    }
    await client.clock.advance(seconds(1))
    seen.add(client.all(Cluster)[0]?.metadata.resourceVersion)
    expect(statusOf(client)?.runningTasksCount).toBe(60)
    expect(seen.size).toBe(3)
  })

  it('says that it goes', async () => {
    const deletionTimestamp = '2026-01-01T00:00:00Z'
    const client = await openApi([aCluster({ metadata: { deletionTimestamp, finalizers: ['x'] } })])
    await count(client)
    expect(statusOf(client)?.status).toBe('DEPROVISIONING')
  })

  it('goes last: after its namespace, telling what is left', async () => {
    const deletionTimestamp = '2026-01-01T00:00:00Z'
    const cluster = aCluster({ name: 'prod', metadata: { deletionTimestamp, finalizers: ['gantry.dev/content'] } })
    const namespace = aNamespace({ name: 'prod', owner: cluster, metadata: { finalizers: ['test'] } })
    const inIt = { namespace: 'prod' }
    const client = await openApi([cluster, namespace, aService(inIt), aTask(inIt), aTask({ ...inIt, name: 'b' })])
    const told = (): string | undefined =>
      statusOf(client)
        ?.conditions?.map(({ reason, message }) => `${reason}: ${message}`)
        .join()
    await count(client)
    expect(client.all(Namespace)[0]?.metadata.deletionTimestamp).toBeDefined()
    expect(told()).toBe('DrainingServices: 1 service, 2 tasks and 0 container instances are left')
    for (const object of client.all(Service)) await client.remove(object)
    await client.clock.advance(seconds(2))
    expect(told()).toBe('StoppingTasks: 0 services, 2 tasks and 0 container instances are left')
    for (const object of client.all(Task)) await client.remove(object)
    await client.clock.advance(seconds(2))
    expect(told()).toBe('DeletingNamespace: 0 services, 0 tasks and 0 container instances are left')
    await client.remove(client.all(Namespace)[0] as Namespace)
    await client.clock.advance(seconds(2))
    expect(client.all(Cluster)).toEqual([])
  })

  it('makes its namespace where nobody did: first its hold, then the namespace', async () => {
    const client = await openApi([aCluster({ name: 'prod' })])
    const wrote: string[] = []
    client.interrupt((verb, kind, key) => {
      if (verb === 'create' || verb === 'update') wrote.push(`${verb} ${kind} ${key}`)
      return undefined
    })
    await count(client)
    expect(wrote).toEqual(['update Cluster prod', 'create Namespace prod'])
    const [cluster] = client.all(Cluster)
    expect(cluster?.metadata.finalizers).toEqual(['gantry.dev/content'])
    expect(client.all(Namespace)[0]?.metadata.ownerReferences).toMatchObject([{ uid: cluster?.metadata.uid }])
    expect(statusOf(client)).toMatchObject({ status: 'ACTIVE', observedGeneration: 1 })
    expect(statusOf(client)?.conditions).toBeUndefined()
  })

  it.each([
    {
      what: 'exists',
      namespace: {},
      says: 'exists already; annotate the cluster with gantry.dev/adopt-namespace=true',
    },
    {
      what: 'goes',
      namespace: { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['x'] } },
      says: 'is being deleted; try again when it is gone',
    },
    {
      what: 'is another cluster’s',
      namespace: { owner: aCluster({ name: 'prod', metadata: { uid: 'before' } }) },
      says: 'belongs to Cluster prod',
    },
  ])('waits while its namespace $what, says so, and takes its own then', async ({ namespace, says }) => {
    const client = await openApi([aCluster({ name: 'prod' }), aNamespace({ name: 'prod', ...namespace })])
    await count(client)
    expect(statusOf(client)).toMatchObject({ status: 'FAILED', observedGeneration: 1 })
    expect(statusOf(client)?.conditions).toMatchObject([{ type: 'Stalled', status: 'True' }])
    expect(statusOf(client)?.conditions?.[0]?.message).toContain(`metadata.name: Forbidden: namespace "prod" ${says}`)
    await client.remove(client.all(Namespace)[0] as Namespace)
    await client.clock.advance(seconds(2))
    expect(client.all(Namespace)).toHaveLength(1)
    expect(statusOf(client)).toMatchObject({ status: 'ACTIVE' })
    expect(statusOf(client)?.conditions).toBeUndefined()
  })

  it('uses a namespace that was there when told to, and makes it nobody’s', async () => {
    const annotations = { 'gantry.dev/adopt-namespace': 'true' }
    const client = await openApi([aCluster({ name: 'prod', metadata: { annotations } }), aNamespace({ name: 'prod' })])
    await count(client)
    expect(statusOf(client)).toMatchObject({ status: 'ACTIVE' })
    expect(client.all(Namespace)[0]?.metadata.ownerReferences).toBeUndefined()
  })

  it('leaves a namespace that is not its own', async () => {
    const deletionTimestamp = '2026-01-01T00:00:00Z'
    const cluster = aCluster({ metadata: { deletionTimestamp, finalizers: ['gantry.dev/content'] } })
    const client = await openApi([cluster, aNamespace(), aTask()])
    await count(client)
    expect([client.all(Cluster).length, client.all(Namespace)[0]?.metadata.deletionTimestamp]).toEqual([0, undefined])
  })
})
