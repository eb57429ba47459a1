import { expect, it } from 'vitest'
import type { Condition } from '../../api/meta/conditions.ts'
import type { ScheduledRun, ScheduledTask } from '../../api/v1/scheduled-task.ts'
import { aScheduledTask, aTask } from '../../test/builders/kinds.ts'
import { builtAt } from '../../test/builders/object.ts'
import { explainScheduledTask } from './scheduled-task.ts'

const condition = (type: string, reason: string, status: 'True' | 'False' = 'True'): Condition => ({
  type,
  status,
  reason,
  message: `it is ${reason}`,
  lastTransitionTime: builtAt,
})
const run = (status: ScheduledRun['status'], more: Partial<ScheduledRun> = {}): ScheduledRun => ({
  name: 'nightly-7',
  scheduledTime: builtAt,
  trigger: 'Schedule',
  status,
  attempt: 1,
  tasks: ['nightly-7-1-1'],
  ...more,
})
const homeless = aTask({
  name: 'nightly-7-1-1',
  status: { conditions: [condition('Scheduled', 'InsufficientMemory', 'False')] },
})
const crashed = aTask({
  name: 'nightly-7-1-1',
  status: {
    lastStatus: 'STOPPED',
    stopCode: 'EssentialContainerExited',
    containers: [{ name: 'app', lastStatus: 'STOPPED', exitCode: 5 }],
  },
})

type Status = Partial<NonNullable<ScheduledTask['status']>>
const because = (reason: string, status: Status = {}): Status => ({
  ...status,
  conditions: [condition('Ready', reason)],
})

it.each<{
  when: string
  status: Status
  tasks?: readonly ReturnType<typeof aTask>[]
  says: string
  reasons: readonly string[]
  advice: RegExp
}>([
  {
    when: 'nobody has looked at it',
    status: { observedGeneration: 0, conditions: [condition('Ready', 'Scheduled')] },
    says: 'waits for its controller',
    reasons: ['NotObserved'],
    advice: /^$/,
  },
  {
    when: 'it is as it should be',
    status: because('Scheduled', { nextScheduleTime: '2026-01-02T03:00:00Z', runs: [run('SUCCEEDED')] }),
    says: 'is due next at 2026-01-02T03:00:00Z',
    reasons: [],
    advice: /^$/,
  },
  {
    when: 'its task definition is missing',
    status: {
      conditions: [
        condition('Ready', 'TaskDefinitionNotFound', 'False'),
        condition('Stalled', 'TaskDefinitionNotFound'),
      ],
    },
    says: 'cannot run',
    reasons: ['TaskDefinitionNotFound'],
    advice: /^Apply the task definition that web names/,
  },
  {
    when: 'its spec is wrong',
    status: { conditions: [condition('Ready', 'Invalid', 'False'), condition('Stalled', 'Invalid')] },
    says: 'cannot run',
    reasons: ['Invalid'],
    advice: /^Correct what is named above/,
  },
  {
    when: 'it is suspended',
    status: because('Suspended'),
    says: 'is suspended',
    reasons: ['Suspended'],
    advice: /gantry schedule resume nightly\n.*gantry schedule run nightly$/,
  },
  {
    when: 'a run waits for another',
    status: because('RunWaiting', { runs: [run('RUNNING')] }),
    says: 'has a run that waits for another to end',
    reasons: ['RunWaiting'],
    advice: /concurrencyPolicy/,
  },
  {
    when: 'its one time had passed when it was made',
    status: because('Completed'),
    says: 'has never been due: its time was over when it was made',
    reasons: ['Completed'],
    advice: /gantry schedule run nightly/,
  },
  {
    when: 'it has run for the last time',
    status: because('Completed', { lastScheduleTime: builtAt }),
    says: 'is not due any more',
    reasons: ['Completed'],
    advice: /gantry schedule run nightly/,
  },
  {
    when: 'a run has no place',
    status: because('Scheduled', { nextScheduleTime: builtAt, runs: [run('RUNNING')] }),
    tasks: [homeless],
    says: `is due next at ${builtAt}`,
    reasons: ['RUNNING', 'InsufficientMemory'],
    advice: /^Lower memory/,
  },
  {
    when: 'its last run failed',
    status: because('Scheduled', { nextScheduleTime: builtAt, runs: [run('FAILED', { reason: 'exit code 5' })] }),
    tasks: [crashed],
    says: `is due next at ${builtAt}`,
    reasons: ['FAILED', 'ExitedWithFailure'],
    advice: /gantry logs nightly-7-1-1 -c app/,
  },
  {
    when: 'a run is tried again',
    status: because('Scheduled', { nextScheduleTime: builtAt, runs: [run('RETRYING', { nextAttemptAt: builtAt })] }),
    says: `is due next at ${builtAt}`,
    reasons: ['RETRYING'],
    advice: /^$/,
  },
  {
    when: 'its newest time was missed',
    status: because('Scheduled', {
      nextScheduleTime: builtAt,
      lastScheduleTime: '2025-12-30T03:00:00Z',
      lastMissedTime: builtAt,
    }),
    says: `is due next at ${builtAt}`,
    reasons: ['RunMissed'],
    advice: /startingDeadlineSeconds/,
  },
])('$when: $says', ({ status, tasks = [], says, reasons, advice }) => {
  const scheduled = aScheduledTask({ metadata: { generation: 1 }, status: { observedGeneration: 1, ...status } })
  const around = { instance: () => undefined, definition: () => undefined, instances: [] }
  const got = explainScheduledTask({ scheduled, tasks, ...around })
  expect(got.summary).toBe(`Scheduled task nightly ${says}.`)
  expect(got.causes.flatMap((one) => [one.reason, ...(one.because ?? []).map(({ reason }) => reason)])).toEqual(reasons)
  expect(got.advice.join('\n')).toMatch(advice)
})
