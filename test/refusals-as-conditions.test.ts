/**
 * What our API server refuses at its door and a kube-apiserver takes, because no rule of one object can say it, is told by a
 * condition: in the words of the refusal, and for as long as it holds.
 */
import { describe, expect, it, onTestFinished } from 'vitest'
import { conditionOf } from '../api/meta/conditions.ts'
import type { Resource } from '../api/meta/object.ts'
import { problemsText } from '../api/meta/problems.ts'
import type { Task } from '../api/v1/task.ts'
import { operatorControllers } from '../cmd/control-plane.ts'
import { runControllers } from '../controllers/runtime/run.ts'
import { silentLogger } from '../lib/log.ts'
import { seededRandom } from '../lib/random.ts'
import { minutes, seconds } from '../lib/time.ts'
import { celProblems } from './builders/cel.ts'
import { aContainer, aTaskDefinition } from './builders/kinds.ts'
import { kindOf, refusalCases, refusalOf, task } from './builders/refusals.ts'
import { calm } from './builders/run-controller.ts'
import { openClient, type TestClient } from './builders/test-client.ts'
import { kstatusOf } from './kstatus.ts'

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
  client.all(kindOf({ kind })).find(({ metadata }) => metadata.name === name) as Told
/** The same object as a user writes it again. */
const written = (object: Resource): Resource => ({
  ...object,
  metadata: { ...object.metadata, generation: (object.metadata.generation ?? 0) + 1 },
})

describe('refused at our door, told behind another', () => {
  it.each(refusalCases)('$when', async ({ object, there = [], comes = [], goes, forGood }) => {
    expect(celProblems(kindOf(object), object)).toEqual([])
    const refusal = problemsText((await refusalOf(object, there)).problems)
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
