import { expect, it } from 'vitest'
import type { Condition } from '../../api/meta/conditions.ts'
import { Task } from '../../api/v1/task.ts'
import { aTask, aTaskDefinitionRevision } from '../../test/builders/kinds.ts'
import { builtAt } from '../../test/builders/object.ts'
import { calm } from '../../test/builders/run-controller.ts'
import { openClient } from '../../test/builders/test-client.ts'
import { followTask } from './follow-task.ts'

type Said = readonly Pick<Condition, 'type' | 'status' | 'message'>[]
const scheduled = (message: string): Said => [
  { type: 'Scheduled', status: 'False', message },
  { type: 'Reconciling', status: 'True', message },
]
const stalled = (message: string): Said => [
  { type: 'Scheduled', status: 'False', message },
  { type: 'Stalled', status: 'True', message },
]
const placed: Said = [{ type: 'Scheduled', status: 'True', message: 'Placed.' }]

it.each<{ when: string; said: readonly Said[]; tells: readonly string[] }>([
  { when: 'begins at once', said: [], tells: [] },
  { when: 'is placed', said: [placed], tells: [] },
  {
    when: 'has no place for a while',
    said: [scheduled('0/1 instances: 1 short of memory'), scheduled('0/1 instances: 1 short of memory'), placed],
    tells: ['task job waits for a place: 0/1 instances: 1 short of memory'],
  },
  {
    when: 'can never run',
    said: [stalled('TaskDefinition is inactive')],
    tells: ['task job is stalled: TaskDefinition is inactive'],
  },
  {
    when: 'is in the way of one thing after another',
    said: [scheduled('first'), stalled('second'), placed, scheduled('first')],
    tells: ['task job waits for a place: first', 'task job is stalled: second', 'task job waits for a place: first'],
  },
])('who waits for a task that $when hears: $tells', async ({ said, tells }) => {
  const told: string[] = []
  const task = aTask({ name: 'job', spec: { taskDefinition: 'web.1' } })
  const client = await openClient([aTaskDefinitionRevision(), task])
  const { signal } = new AbortController()
  const session = {
    client,
    signal,
    kubeConfig: undefined as never,
    keyOf: () => ({ namespace: 'default', name: 'job' }),
  }
  const terminal = { err: (line: string) => void told.push(line), out: () => {}, raw: () => {} }
  const ended = followTask(session, terminal, 'job', { output: false, named: false })
  const write = async (status: Task['status']): Promise<void> => {
    await calm(client)
    const [now] = client.all(Task)
    await client.put({ ...(now as Task), status })
  }
  for (const conditions of said)
    await write({ conditions: conditions.map((one) => ({ ...one, reason: 'Why', lastTransitionTime: builtAt })) })
  await write({ lastStatus: 'STOPPED', containers: [{ name: 'app', lastStatus: 'STOPPED', exitCode: 3 }] })
  await calm(client)
  expect((await ended).exitCode).toBe(3)
  expect(told).toEqual(tells)
})
