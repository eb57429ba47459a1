/** The namespace controller in the real runtime, on a real API. */
import { expect, it } from 'vitest'
import { keyOf } from '../../api/meta/object.ts'
import { Lease, Namespace } from '../../api/v1/core.ts'
import { Service } from '../../api/v1/service.ts'
import { Task } from '../../api/v1/task.ts'
import { seconds, timestamp } from '../../lib/time.ts'
import { VirtualClock } from '../../lib/virtual-clock.ts'
import { aLease, aNamespace, aService, aTask } from '../../test/builders/kinds.ts'
import { runController } from '../../test/builders/run-controller.ts'
import { openClient, type TestClient } from '../../test/builders/test-client.ts'
import { namespaceController } from './controller.ts'

const never = new AbortController().signal
const prod = { namespace: 'prod' }
/** `prod`, deleted just now; a finalizer of the test keeps it to be looked at. */
const deleted = (clock: VirtualClock, finalizers: readonly string[]): Namespace =>
  aNamespace({
    name: 'prod',
    spec: { finalizers: [...finalizers] },
    status: { phase: 'Terminating' },
    metadata: { deletionTimestamp: timestamp(clock.now()), finalizers: ['test'] },
  })

async function run(content: readonly object[], finalizers: readonly string[] = ['kubernetes']): Promise<TestClient> {
  const clock = new VirtualClock()
  const client = await openClient([deleted(clock, finalizers), ...(content as Service[])], { clock, namespaces: [] })
  await runController(client, namespaceController)
  return client
}
const left = (client: TestClient): readonly string[] =>
  [Service, Task, Lease].flatMap((kind) => client.all(kind as typeof Task)).map(({ metadata }) => metadata.name)

it('a namespace is left alone for five seconds, then emptied, services first, and let go', async () => {
  const service = aService({ ...prod, metadata: { finalizers: ['gantry.dev/drain'] } })
  const client = await run([service, aTask(prod), aLease(prod), aTask({ name: 'elsewhere' })])
  await client.clock.advance(seconds(4))
  expect(client.all(Service)[0]?.metadata.deletionTimestamp).toBeUndefined()
  expect(client.all(Namespace)[0]?.status?.conditions).toBeUndefined()

  await client.clock.advance(seconds(2))
  const draining = client.all(Service)[0] as Service
  expect(draining.metadata.deletionTimestamp).toBeDefined()
  expect(client.all(Task).map(({ metadata }) => metadata.deletionTimestamp)).toEqual([undefined, undefined])
  const conditions = client.all(Namespace)[0]?.status?.conditions ?? []
  expect(conditions.find(({ type }) => type === 'NamespaceFinalizersRemaining')?.message).toContain('gantry.dev/drain')

  await client.update(Service, { ...draining, metadata: { ...draining.metadata, finalizers: [] } }, never)
  await client.clock.advance(seconds(5))
  expect(left(client)).toEqual(['elsewhere'])
  expect(client.all(Task).map(keyOf)).toEqual([{ namespace: 'default', name: 'elsewhere' }])
  expect(client.all(Namespace).map(({ spec }) => spec.finalizers ?? [])).toEqual([[]])
})

it("others' hold on it stays", async () => {
  const client = await run([], ['kubernetes', 'example.com/x'])
  await client.clock.advance(seconds(6))
  expect(client.all(Namespace)[0]?.spec.finalizers).toEqual(['example.com/x'])
  const version = client.activity
  await client.clock.advance(seconds(60))
  expect(client.activity).toBe(version)
})

it('one without our finalizer is nothing to us', async () => {
  const client = await run([aTask(prod)], [])
  await client.clock.advance(seconds(20))
  expect(left(client)).toEqual(['web-1-0-1'])
})
