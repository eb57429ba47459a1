/** What a pass decided is done to what it was decided on, or not at all. */
import { expect, it } from 'vitest'
import { Task } from '../../api/v1/task.ts'
import { millis, milliTimestamp, plus } from '../../lib/time.ts'
import { aService, aServiceRevision, aTask, aTaskDefinitionRevision } from '../../test/builders/kinds.ts'
import { openClient } from '../../test/builders/test-client.ts'
import { apply, nothingDone } from './apply.ts'
import type { Stop } from './strategies/converge.ts'
import type { Start } from './strategies/starts.ts'

const signal = new AbortController().signal

async function stopping(changed: boolean) {
  const client = await openClient()
  const task = await client.put(aTask({ status: { lastStatus: 'RUNNING', healthStatus: 'UNKNOWN' } }))
  if (changed) await client.put({ ...task, status: { lastStatus: 'RUNNING', healthStatus: 'HEALTHY' } })
  const done = nothingDone()
  const stop = { do: 'stop', task, reason: 'scaled in', wasRunning: true } as Stop
  const plan = { structure: [], starts: [], stops: [stop] }
  const outcome = await apply({ client, service: aService(), now: client.clock.now() }, plan, done, signal).then(
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

it('a task says to the millisecond when it was made', async () => {
  const client = await openClient([aTaskDefinitionRevision()])
  const now = plus(client.clock.now(), millis(123))
  const revision = await client.put(aServiceRevision())
  const start: Start = {
    do: 'start',
    name: 'web-1-0-1',
    revision,
    slot: '0',
    attempt: 1,
    instance: undefined,
    startedBy: 'ecs-svc/web-d1',
    images: [],
    tags: [],
    startFailures: 0,
    crashes: 0,
    replacesUnhealthy: false,
    zone: undefined,
  }
  const done = nothingDone()
  const plan = { structure: [], starts: [start], stops: [] }
  await apply({ client, service: aService(), now }, plan, done, signal)
  expect(client.all(Task)[0]?.metadata.annotations).toEqual({ 'gantry.dev/created-at': milliTimestamp(now) })
})
