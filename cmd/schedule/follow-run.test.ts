import { expect, it } from 'vitest'
import type { ScheduledRun } from '../../api/v1/scheduled-task.ts'
import { ScheduledTask } from '../../api/v1/scheduled-task.ts'
import { minutes, seconds } from '../../lib/time.ts'
import { VirtualClock } from '../../lib/virtual-clock.ts'
import { aScheduledTask } from '../../test/builders/kinds.ts'
import { builtAt } from '../../test/builders/object.ts'
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
  return { clock, told, outcome, write }
}

it('tells each state once, and answers with the last', async () => {
  const { told, outcome, write } = await following()
  for (const status of ['PENDING', 'RUNNING', 'RUNNING'] as const) await write(run(status))
  await write(run('SUCCEEDED', { exitCode: 0 }))
  expect(await outcome).toBe('SUCCEEDED')
  expect(told).toEqual(['run nightly-m1 pending', 'run nightly-m1 running'])
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
