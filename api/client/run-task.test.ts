import { describe, expect, it } from 'vitest'
import { Fault } from '../../lib/errors.ts'
import { aContainer, aTaskDefinition, aTaskDefinitionRevision } from '../../test/builders/kinds.ts'
import { openClient } from '../../test/builders/test-client.ts'
import type { RunRequest } from '../v1/run-task.ts'
import { Task } from '../v1/task.ts'
import { runTask } from './run-task.ts'

const { signal } = new AbortController()

async function aRunner() {
  const client = await openClient()
  await client.put(aTaskDefinition({ status: { latestRevision: 1, revisionName: 'web.1' } }))
  await client.put(aTaskDefinitionRevision())
  let runs = 0
  return {
    client,
    run: (request: Partial<RunRequest> = {}) => {
      runs += 1
      const whole = { taskDefinition: 'web', count: 1, ...request }
      return runTask(client, { request: whole, namespace: 'default', unique: `x${runs}` }, signal)
    },
    names: () =>
      client
        .all(Task)
        .map(({ metadata }) => metadata.name)
        .toSorted(),
  }
}

describe('running tasks (ecs-core 2.3)', () => {
  it('makes as many as asked, of the newest revision, in the group of the family (4.7)', async () => {
    const { run, names } = await aRunner()
    const ran = await run({ count: 3, spec: { startedBy: 'jane' } })
    expect(names()).toEqual(['web-x1-0', 'web-x1-1', 'web-x1-2'])
    for (const { task } of ran)
      expect(task.spec).toMatchObject({ taskDefinition: 'web', group: 'family:web', startedBy: 'jane' })
  })

  it('they are found by who started them, and by their group, as in ListTasks', async () => {
    const { client, run } = await aRunner()
    await run({ spec: { startedBy: 'jane' } })
    await run({ spec: { startedBy: 'joe', group: 'night' } })
    const found = async (fieldSelector: string): Promise<readonly string[]> => {
      const { items } = await client.list(Task, { namespace: 'default', fieldSelector }, signal)
      return items.map(({ metadata }) => metadata.name)
    }
    expect(await found('spec.startedBy=jane')).toEqual(['web-x1'])
    expect(await found('spec.startedBy=joe,spec.desiredStatus=RUNNING')).toEqual(['web-x2'])
    expect(await found('spec.group=family:web')).toEqual(['web-x1'])
  })

  it('gives tags as asked: its own, those of the definition, and that of the cluster (1.7)', async () => {
    const { client, run } = await aRunner()
    const tags = [{ key: 'team', value: 'web' }]
    await client.put(
      aTaskDefinition({
        spec: { containerDefinitions: [aContainer()], tags: [{ key: 'tier', value: 'front' }] },
        status: { latestRevision: 1, revisionName: 'web.1' },
      }),
    )
    const [ran] = await run({ propagateTags: 'TASK_DEFINITION', enableECSManagedTags: true, spec: { tags } })
    expect(ran?.task.spec.tags).toEqual([
      { key: 'tier', value: 'front' },
      { key: 'team', value: 'web' },
      { key: 'aws:ecs:clusterName', value: 'default' },
    ])
    expect(ran?.task.spec.propagateTags).toBeUndefined()
  })

  it('without a token each request makes its own', async () => {
    const { run, names } = await aRunner()
    await run()
    await run({ taskDefinition: 'web:1' })
    expect(names()).toEqual(['web-x1', 'web-x2'])
  })

  it('the same token and parameters: the original tasks', async () => {
    const { run, names } = await aRunner()
    const request = { count: 2, clientToken: 't-1', spec: { group: 'batch' } }
    const first = await run(request)
    const again = await run(request)
    expect(again.map(({ task, isNew }) => [task.metadata.uid, isNew])).toEqual(
      first.map(({ task }) => [task.metadata.uid, false]),
    )
    expect(names()).toHaveLength(2)
  })

  it.each<{ other: string; request: Partial<RunRequest> }>([
    { other: 'count', request: { count: 3 } },
    { other: 'tags', request: { count: 2, enableECSManagedTags: true } },
    { other: 'task definition', request: { taskDefinition: 'web:1' } },
    { other: 'overrides', request: { spec: { overrides: { cpu: '256' } } } },
    { other: 'group', request: { spec: { group: 'other' } } },
  ])('the same token and another $other: a conflict that names the task, and nothing is made', async ({ request }) => {
    const { run, names } = await aRunner()
    await run({ count: 2, clientToken: 't-1' })
    await expect(run({ count: 2, clientToken: 't-1', ...request })).rejects.toMatchObject({
      code: 'Conflict',
      message: expect.stringMatching(/^the client token "t-1" was used with other parameters, for task run-\w+-0$/),
    })
    expect(names()).toHaveLength(2)
  })

  it('tokens are told apart to the letter', async () => {
    const { run, names } = await aRunner()
    await run({ clientToken: 'a' })
    await run({ clientToken: 'A' })
    expect(names()).toHaveLength(2)
  })

  it('what a request that was cut off did not get to make, the next one with its token makes', async () => {
    const { client, run, names } = await aRunner()
    let left = 1
    client.interrupt((verb) => (verb === 'create' && left-- <= 0 ? new Fault('Unavailable', 'cut off') : undefined))
    await expect(run({ count: 3, clientToken: 't' })).rejects.toMatchObject({ code: 'Unavailable' })
    expect(names()).toHaveLength(1)
    left = 10
    expect((await run({ count: 3, clientToken: 't' })).map(({ isNew }) => isNew)).toEqual([false, true, true])
    expect(names()).toHaveLength(3)
  })

  it('refuses what cannot be, by field', async () => {
    const { run } = await aRunner()
    const overrides = { containerOverrides: [{ name: 'nope', cpu: 1 }] }
    await expect(run({ spec: { overrides } })).rejects.toMatchObject({
      code: 'Invalid',
      problems: [{ path: 'spec.overrides.containerOverrides[0].name' }],
    })
    await expect(run({ taskDefinition: 'gone' })).rejects.toMatchObject({ problems: [{ path: 'spec.taskDefinition' }] })
    await expect(run({ spec: { startedBy: 'a b' } })).rejects.toMatchObject({ problems: [{ path: 'spec.startedBy' }] })
    await expect(run({ clientToken: 'a b' })).rejects.toMatchObject({ problems: [{ path: 'spec.clientToken' }] })
  })
})
