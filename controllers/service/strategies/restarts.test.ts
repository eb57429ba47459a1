import { describe, expect, it } from 'vitest'
import { stopReasons } from '../../../api/v1/stop-reasons.ts'
import type { Task, TaskStatus } from '../../../api/v1/task.ts'
import { instant, milliTimestamp, parseTimestamp, plus, seconds } from '../../../lib/time.ts'
import { aTask } from '../../../test/builders/kinds.ts'
import { builtAt } from '../../../test/builders/object.ts'
import { slotHistory } from './restarts.ts'

const start = parseTimestamp(builtAt)
const at = (s: number): string => milliTimestamp(plus(start, seconds(s)))
const never = instant(0)

function task(
  status: TaskStatus,
  carried: { starts?: number; crashes?: number } = {},
  spec: Partial<Task['spec']> = {},
): Task {
  const annotations = {
    ...(carried.starts === undefined ? {} : { 'gantry.dev/start-failures': String(carried.starts) }),
    ...(carried.crashes === undefined ? {} : { 'gantry.dev/crashes': String(carried.crashes) }),
  }
  return aTask({ status, spec, metadata: { annotations } })
}
const failed = (s: number): TaskStatus => ({ lastStatus: 'STOPPED', stoppedAt: at(s), stopCode: 'TaskFailedToStart' })
const exited = (from: number, to: number): TaskStatus => ({
  lastStatus: 'STOPPED',
  startedAt: at(from),
  stoppedAt: at(to),
  stopCode: 'EssentialContainerExited',
})
const waits = (newest: Task | undefined, since = never) => {
  const { startFailures, crashes, notBefore } = slotHistory(newest, since)
  return [startFailures, crashes, notBefore === undefined ? 'now' : (notBefore - start) / 1000]
}

describe('slotHistory (ecs-core 5.7: throttling)', () => {
  it.each([
    { when: 'the slot is new', newest: undefined, want: [0, 0, 'now'] },
    { when: 'a start failed', newest: task(failed(5)), want: [1, 0, 6] },
    { when: 'four failed before', newest: task(failed(5), { starts: 4 }), want: [5, 0, 21] },
    { when: 'very many failed', newest: task(failed(5), { starts: 400 }), want: [401, 0, 5 + 27 * 60] },
    { when: 'it exited the first time', newest: task(exited(5, 7)), want: [0, 1, 5] },
    {
      when: 'it exits again and again: from start to start',
      newest: task(exited(5, 7), { crashes: 3 }),
      want: [0, 4, 9],
    },
    { when: 'it exits for ever', newest: task(exited(5, 7), { crashes: 90 }), want: [0, 91, 65] },
    { when: 'running at all ends failed starts', newest: task(exited(5, 7), { starts: 9 }), want: [0, 1, 5] },
    { when: 'failed starts keep the exits in mind', newest: task(failed(5), { crashes: 4 }), want: [1, 4, 6] },
    { when: 'it ran well', newest: task(exited(5, 35), { starts: 5, crashes: 5 }), want: [0, 0, 'now'] },
    {
      when: 'it runs',
      newest: task({ lastStatus: 'RUNNING', startedAt: at(1) }, { starts: 5, crashes: 2 }),
      want: [0, 2, 'now'],
    },
    { when: 'it starts', newest: task({ lastStatus: 'PENDING' }, { starts: 5 }), want: [5, 0, 'now'] },
    {
      when: 'it is on its way out by itself',
      newest: task({ lastStatus: 'STOPPING', startedAt: at(1), executionStoppedAt: at(2) }, { crashes: 2 }),
      want: [0, 3, 3],
    },
    {
      when: 'somebody stopped it',
      newest: task({ lastStatus: 'STOPPED', stoppedAt: at(2), stopCode: 'UserInitiated' }, { starts: 4 }),
      want: [0, 0, 'now'],
    },
    {
      when: 'its instance was lost before it ran',
      newest: task({ lastStatus: 'STOPPED', stoppedAt: at(2), stopCode: 'InfrastructureHealth' }),
      want: [0, 0, 'now'],
    },
    {
      when: 'it was told to stop and has not yet',
      newest: task({ lastStatus: 'PENDING' }, { starts: 4 }, { desiredStatus: 'STOPPED' }),
      want: [0, 0, 'now'],
    },
    {
      when: 'it was stopped for its health',
      newest: task(
        { ...exited(1, 9), stopCode: 'ServiceSchedulerInitiated' },
        { crashes: 5 },
        {
          desiredStatus: 'STOPPED',
          stopCode: 'ServiceSchedulerInitiated',
          stoppedReason: stopReasons.failedHealthChecks,
        },
      ),
      want: [0, 6, 17],
    },
    {
      when: 'an annotation is no number',
      newest: aTask({ status: failed(0), metadata: { annotations: { 'gantry.dev/start-failures': 'x' } } }),
      want: [1, 0, 1],
    },
  ])('$when', ({ newest, want }) => expect(waits(newest)).toEqual(want))

  it('what failed before the present deployment does not count', () => {
    expect(waits(task(failed(5), { starts: 9 }), plus(start, seconds(6)))).toEqual([0, 0, 'now'])
    expect(waits(task(failed(7), { starts: 9 }), plus(start, seconds(6)))).toEqual([10, 0, 519])
  })
})
