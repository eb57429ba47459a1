/** What a pass decided is done to what it was decided on, or not at all. */
import { expect, it } from 'vitest'
import { Task } from '../../api/v1/task.ts'
import { aService, aTask } from '../../test/builders/kinds.ts'
import { openClient } from '../../test/builders/test-client.ts'
import { apply, type Done } from './apply.ts'
import type { Stop } from './strategies/converge.ts'

const signal = new AbortController().signal

async function stopping(changed: boolean) {
  const client = await openClient()
  const task = await client.put(aTask({ status: { lastStatus: 'RUNNING', healthStatus: 'UNKNOWN' } }))
  if (changed) await client.put({ ...task, status: { lastStatus: 'RUNNING', healthStatus: 'HEALTHY' } })
  const done: Done = { started: [], stoppedRunning: [], stoppedPending: [] }
  const stop = { do: 'stop', task, reason: 'scaled in', wasRunning: true } as Stop
  const plan = { structure: [], starts: [], stops: [stop] }
  const outcome = await apply(client, aService(), plan, done, signal).then(
    () => 'done',
    (error: { code?: string }) => error.code,
  )
  return { outcome, done, desiredStatus: client.all(Task)[0]?.spec.desiredStatus }
}

it('stops the task it decided on', async () => {
  expect(await stopping(false)).toMatchObject({
    outcome: 'done',
    desiredStatus: 'STOPPED',
    done: { stoppedRunning: ['web-1-0-1'] },
  })
})

it('does not stop a task that changed since: it may have become healthy, and would be missed', async () => {
  expect(await stopping(true)).toMatchObject({
    outcome: 'Conflict',
    desiredStatus: 'RUNNING',
    done: { stoppedRunning: [] },
  })
})
