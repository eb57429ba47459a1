import { describe, expect, it } from 'vitest'
import { aTask } from '../../test/builders/kinds.ts'
import { builtAt } from '../../test/builders/object.ts'
import { breakerThreshold, taskFailed } from './circuit-breaker.ts'
import { stopReasons } from './stop-reasons.ts'
import type { Task, TaskStatus } from './task.ts'

type Type = 'COUNT' | 'BOUNDED_PERCENT' | 'UNBOUNDED_PERCENT'

describe('how many failures trip the breaker', () => {
  it.each<readonly [rule: string, threshold: readonly [Type, number] | undefined, desired: number, want: number]>([
    ['ecs-core 5.7: half by default, at least 3', undefined, 1, 3],
    ['ecs-core 5.7: half by default, at least 3', undefined, 5, 3],
    ['ecs-core 5.7: half by default, rounded up', undefined, 25, 13],
    ['ecs-core 5.7: half by default, at most 200', undefined, 400, 200],
    ['ecs-core 5.7: half by default, at most 200', undefined, 800, 200],
    ['ecs-core 5.7: nothing wanted', undefined, 0, 3],
    ['ecs-core 5.7: bounded, at least 3', ['BOUNDED_PERCENT', 10], 10, 3],
    ['ecs-core 5.7: bounded, rounded up', ['BOUNDED_PERCENT', 33], 10, 4],
    ['ecs-core 5.7: bounded, all', ['BOUNDED_PERCENT', 100], 150, 150],
    ['ecs-core 5.7: bounded, at most 200', ['BOUNDED_PERCENT', 100], 500, 200],
    ['ecs-core 5.7: unbounded', ['UNBOUNDED_PERCENT', 50], 800, 400],
    ['ecs-core 5.7: unbounded, rounded up', ['UNBOUNDED_PERCENT', 50], 3, 2],
    ['ecs-core 5.7: unbounded, below 3', ['UNBOUNDED_PERCENT', 1], 10, 1],
    ['unbounded, nothing wanted: never none', ['UNBOUNDED_PERCENT', 50], 0, 1],
    ['ecs-core 5.7: a count is itself', ['COUNT', 1], 100, 1],
    ['ecs-core 5.7: a count is itself', ['COUNT', 500], 2, 500],
  ])('%s: %j of %i tasks: %i', (_, threshold, desired, want) => {
    const [type, value] = threshold ?? []
    const breaker = { enable: true, rollback: true }
    const configured =
      type === undefined || value === undefined ? breaker : { ...breaker, thresholdConfiguration: { type, value } }
    expect(breakerThreshold(configured, desired)).toBe(want)
  })
})

describe('which tasks failed', () => {
  const stopped = { lastStatus: 'STOPPED', stoppedAt: builtAt } as const
  it.each<{ when: string; status?: TaskStatus; spec?: Partial<Task['spec']>; failed: boolean }>([
    { when: 'it runs', status: { lastStatus: 'RUNNING', healthStatus: 'UNHEALTHY' }, failed: false },
    { when: 'it could not start', status: { ...stopped, stopCode: 'TaskFailedToStart' }, failed: true },
    { when: 'it is ending by itself', status: { lastStatus: 'STOPPING', stopCode: 'TaskFailedToStart' }, failed: true },
    {
      when: 'its container exited after a while',
      status: { ...stopped, startedAt: builtAt, stopCode: 'EssentialContainerExited' },
      failed: true,
    },
    {
      when: 'it was replaced for its health checks',
      spec: {
        desiredStatus: 'STOPPED',
        stopCode: 'ServiceSchedulerInitiated',
        stoppedReason: stopReasons.failedHealthChecks,
      },
      status: { lastStatus: 'RUNNING' },
      failed: true,
    },
    {
      when: 'it was scaled in',
      spec: { desiredStatus: 'STOPPED', stopCode: 'ServiceSchedulerInitiated', stoppedReason: 'Scaling activity' },
      status: stopped,
      failed: false,
    },
    { when: 'a user stopped it', spec: { desiredStatus: 'STOPPED', stopCode: 'UserInitiated' }, failed: false },
    { when: 'its instance went', status: { ...stopped, stopCode: 'InfrastructureHealth' }, failed: false },
  ])('$when: $failed', ({ status, spec, failed }) => expect(taskFailed(aTask({ status, spec }))).toBe(failed))
})
