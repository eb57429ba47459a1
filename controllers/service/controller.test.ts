/** The service controller in the real runtime: each slot of a revision has one task, whatever is under way when what dies. */
import { describe, expect, it } from 'vitest'
import { ServiceRevision } from '../../api/v1/service-revision.ts'
import { isStopped, Task } from '../../api/v1/task.ts'
import { Fault, isFault } from '../../lib/errors.ts'
import { aService, aTask, aTaskDefinition, aTaskDefinitionRevision, stopped } from '../../test/builders/kinds.ts'
import { calm, runController } from '../../test/builders/run-controller.ts'
import { openClient, type TestClient } from '../../test/builders/test-client.ts'
import { runtimeLimits } from '../runtime/limits.ts'
import { serviceController } from './controller.ts'

const never = new AbortController().signal

/** `web` with so many tasks wanted of `web-1`, and its controller. */
async function serving(
  desiredCount: number,
  prepare: (client: TestClient) => Promise<unknown> = async () => undefined,
) {
  const head = aTaskDefinition({ status: { observedGeneration: 1, latestRevision: 1, revisionName: 'web.1' } })
  const client = await openClient([head, aTaskDefinitionRevision(), aService({ spec: { desiredCount } })])
  await prepare(client)
  const controller = await runController(client, serviceController)
  const [revision] = client.all(ServiceRevision)
  if (revision === undefined) throw new Error('no revision')
  await client.update(ServiceRevision, { ...revision, spec: { ...revision.spec, desiredCount } }, never)
  await calm(client)
  return { client, controller, revision }
}
const namesOf = (client: TestClient): readonly string[] => client.all(Task).map(({ metadata }) => metadata.name)
const liveIn = (client: TestClient): readonly string[] =>
  client
    .all(Task)
    .filter((task) => !isStopped(task))
    .map(({ metadata }) => metadata.name)
const end = async (client: TestClient, name: string): Promise<void> => {
  const task = client.find(Task, name) as Task
  await client.put({ ...task, status: { ...stopped, stopCode: 'UserInitiated' } })
  await client.clock.advance(runtimeLimits.settle)
}
/** A creation that was under way when its sender died. */
const arrives = (client: TestClient, name: string, owner: ServiceRevision): Promise<unknown> => {
  const { metadata, spec } = aTask({ name, owner })
  const draft = { metadata: { ...metadata, uid: undefined, resourceVersion: undefined }, spec }
  return client.create(Task, draft as never, never).catch((error: unknown) => {
    if (!isFault(error, 'AlreadyExists')) throw error
  })
}

describe('a slot', () => {
  it('gets no twin from a creation that comes after its sender died and the task before it was deleted', async () => {
    const { client, controller, revision } = await serving(1)
    expect(namesOf(client)).toEqual(['web-1-0-1'])
    client.interrupt((verb, kind) =>
      verb === 'create' && kind === 'Task' ? new Fault('Timeout', 'no answer') : undefined,
    )
    await end(client, 'web-1-0-1')
    await calm(client)
    await controller.end()
    client.interrupt(undefined)
    await client.remove(client.find(Task, 'web-1-0-1') as Task)
    await runController(client, serviceController)
    await arrives(client, 'web-1-0-2', revision)
    await calm(client)
    expect(liveIn(client)).toEqual(['web-1-0-2'])
  })

  it('is filled though a stranger has the name', async () => {
    const { client } = await serving(1, (api) => api.put(aTask({ name: 'web-1-0-1' })))
    expect(namesOf(client)).toEqual(['web-1-0-1', 'web-1-0-2'])
  })
})
