import { describe, expect, it } from 'vitest'
import type { ScheduledRun } from '../../api/v1/scheduled-task.ts'
import { ScheduledTask } from '../../api/v1/scheduled-task.ts'
import type { Task } from '../../api/v1/task.ts'
import { minutes, seconds } from '../../lib/time.ts'
import { VirtualClock } from '../../lib/virtual-clock.ts'
import { aScheduledTask, aTask } from '../../test/builders/kinds.ts'
import { builtAt, type Overrides } from '../../test/builders/object.ts'
import { calm } from '../../test/builders/run-controller.ts'
import { openClient } from '../../test/builders/test-client.ts'
import { followRun } from './follow-run.ts'

type Status = NonNullable<ScheduledTask['status']>
const stalled = (message: string): Status => ({
  observedGeneration: 1,
  conditions: [{ type: 'Stalled', status: 'True', reason: 'NotFound', message, lastTransitionTime: builtAt }],
})
const run = (status: ScheduledRun['status'], more: Partial<ScheduledRun> = {}): Status => ({
  observedGeneration: 1,
  lastRunRequest: 'now',
  lastRequestTime: builtAt,
  runs: [{ name: 'nightly-m1', scheduledTime: builtAt, trigger: 'Manual', status, attempt: 1, tasks: [], ...more }],
})

/** Who follows a run, and what becomes of it. */
async function following(wait = true) {
  const clock = new VirtualClock()
  const client = await openClient([aScheduledTask({ metadata: { generation: 1 } })])
  const { signal } = new AbortController()
  const told: string[] = []
  const key = { namespace: 'default', name: 'nightly' }
  const options = { wait, timeout: minutes(60), tell: (text: string) => void told.push(text) }
  const followed = followRun({ client, clock, signal }, key, 'now', options)
  const outcome = followed.then(
    ({ status }) => status,
    (error: Error) => error.message,
  )
  await calm(client)
  const write = async (status: Status): Promise<void> => {
    const [now] = client.all(ScheduledTask)
    await client.put({ ...(now as ScheduledTask), status })
    await calm(client)
  }
  const put = async (task: Task): Promise<void> => {
    await client.put(task)
    await calm(client)
  }
  return { clock, told, outcome, write, put }
}

it('tells each state once, and answers with the last', async () => {
  const { told, outcome, write } = await following()
  for (const status of ['PENDING', 'RUNNING', 'RUNNING'] as const) await write(run(status))
  await write(run('SUCCEEDED', { exitCode: 0 }))
  expect(await outcome).toBe('SUCCEEDED')
  expect(told).toEqual(['run nightly-m1 pending', 'run nightly-m1 running'])
})

describe('a run whose tasks have no place', () => {
  const short = '0/1 instances: 1 short of memory (64 MiB)'
  const full = { type: 'Scheduled', status: 'False', reason: 'InsufficientMemory', message: short } as const
  const waits = { status: { conditions: [{ ...full, lastTransitionTime: builtAt }] } }
  const placed = { spec: { containerInstance: 'one' } }
  const why = (task: string): string => `run nightly-m1: task ${task} waits for a place: ${short}`
  const runs = 'run nightly-m1 running'

  type Some = readonly Overrides<Task>[]
  it.each<readonly [when: string, first: Some, later: Some, tells: readonly string[]]>([
    ['nobody has looked at it', [{}], [], []],
    ['it waits', [waits], [], [why('a')]],
    ['... and is placed', [waits], [placed], [why('a'), runs]],
    ['... and is stopped', [waits], [{ status: { lastStatus: 'STOPPED' } }], [why('a'), runs]],
    ['it is placed', [placed], [], [runs]],
    ['it is gone', [], [], [runs]],
  ])('%s', async (_, first, later, tells) => {
    const { told, write, put, outcome } = await following()
    for (const task of first) await put(aTask({ name: 'a', ...task }))
    await write(run('RUNNING', { tasks: ['a'] }))
    for (const task of later) await put(aTask({ name: 'a', ...task }))
    expect(told).toEqual(tells)
    await write(run('SUCCEEDED', { exitCode: 0 }))
    expect(await outcome).toBe('SUCCEEDED')
  })

  it('runs when one of two is placed, and says what the other waits for', async () => {
    const { told, write, put, outcome } = await following()
    await put(aTask({ name: 'a', ...placed }))
    await put(aTask({ name: 'b', ...waits }))
    await write(run('RUNNING', { tasks: ['a', 'b'] }))
    expect([...told].sort()).toEqual([runs, why('b')])
    await write(run('FAILED'))
    expect(await outcome).toBe('FAILED')
  })

  it('is what was waited for when the time is over', async () => {
    const { clock, write, put, outcome } = await following()
    await put(aTask({ name: 'a', ...waits }))
    await write(run('RUNNING', { tasks: ['a'] }))
    await clock.advance(minutes(60))
    expect(await outcome).toBe(`after 3600 s: ${why('a')}`)
  })

  it('is heard of no more when the run stands otherwise', async () => {
    const { told, write, put, outcome } = await following()
    await put(aTask({ name: 'a' }))
    await write(run('RUNNING', { tasks: ['a'] }))
    await write(run('STOPPING', { tasks: ['a'] }))
    await put(aTask({ name: 'a', ...waits }))
    await write(run('FAILED'))
    expect(await outcome).toBe('FAILED')
    expect(told).toEqual(['run nightly-m1 stopping'])
  })
})

it('answers with the beginning when nobody waits for the end', async () => {
  const { told, outcome, write } = await following(false)
  await write(run('PENDING'))
  expect({ outcome: await outcome, told }).toEqual({ outcome: 'PENDING', told: [] })
})

it('says why no run can begin, and gives up', async () => {
  const { clock, told, outcome, write } = await following()
  await write(stalled('spec.taskTemplate.taskDefinition: Not found: "web"'))
  await clock.advance(seconds(5))
  const why = 'spec.taskTemplate.taskDefinition: Not found: "web"'
  expect(await outcome).toBe(`the run has not begun: ${why}. It begins once that is mended.`)
  expect(told).toEqual([`scheduled task nightly is stalled: ${why}`])
})

it('bears what is mended in a moment', async () => {
  const { clock, told, outcome, write } = await following()
  await write(stalled('not there yet'))
  await clock.advance(seconds(4))
  await write(run('RUNNING'))
  await clock.advance(seconds(60))
  await write(run('SUCCEEDED'))
  expect(await outcome).toBe('SUCCEEDED')
  expect(told).toEqual(['scheduled task nightly is stalled: not there yet', 'run nightly-m1 running'])
})
