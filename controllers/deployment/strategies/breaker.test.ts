import { describe, expect, it } from 'vitest'
import type { Task } from '../../../api/v1/task.ts'
import { aTask } from '../../../test/builders/kinds.ts'
import { type Count, counted } from './breaker.ts'

const at = (second: number): string => `2026-01-01T00:00:${String(second).padStart(2, '0')}Z`
/** `0-3@5`: slot 0, attempt 3, made at second 5. */
const task = (text: string): Task => {
  const [name, second = '0'] = text.split('@')
  return aTask({
    name: `web-2-${name}`,
    metadata: { creationTimestamp: at(Number(second)) },
    status: { lastStatus: 'STOPPED', stopCode: 'TaskFailedToStart', stoppedReason: 'Task failed to start' },
  })
}
interface Case {
  readonly before?: Count
  readonly failed?: readonly string[]
  readonly proven?: readonly string[]
  readonly cumulative?: boolean
  readonly isBaseline?: boolean
}
const count = ({ before = {}, failed = [], proven = [], cumulative = false, isBaseline = false }: Case): Count =>
  counted(
    before,
    { failed: failed.map(task), proven: proven.map(task) },
    {
      revision: 'web-2',
      breaker: { enable: true, rollback: true, resetOnHealthyTask: !cumulative },
      desired: 4,
      isBaseline,
    },
  )
const had = (failedTasks: number, countedTasks: readonly string[], second?: number): Count => ({
  failedTasks,
  countedTasks: countedTasks.map((name) => `web-2-${name}`),
  ...(second === undefined ? {} : { healthyTaskCreatedAt: at(second) }),
})

describe('failures in a row (ecs-core 5.7)', () => {
  it.each<Case & { when: string; want: number; counts: readonly string[] }>([
    { when: 'nothing failed', want: 0, counts: [] },
    { when: 'two tasks failed', failed: ['0-1', '1-1'], want: 2, counts: ['0-1', '1-1'] },
    { when: 'several attempts of one slot', failed: ['0-1', '0-2', '0-3'], want: 3, counts: ['0-3'] },
    {
      when: 'they were counted',
      before: had(2, ['0-1', '1-1']),
      failed: ['0-1', '1-1'],
      want: 2,
      counts: ['0-1', '1-1'],
    },
    { when: 'they are gone', before: had(2, ['0-1', '1-1']), want: 2, counts: ['0-1', '1-1'] },
    { when: 'the next attempt failed', before: had(1, ['0-1']), failed: ['0-1', '0-2'], want: 2, counts: ['0-2'] },
    { when: 'an earlier one comes late', before: had(1, ['0-2']), failed: ['0-1', '0-2'], want: 1, counts: ['0-2'] },
    {
      when: 'the tenth attempt comes after the ninth',
      before: had(9, ['0-9']),
      failed: ['0-10'],
      want: 10,
      counts: ['0-10'],
    },
    {
      when: 'a daemon has its instances as slots',
      failed: ['node-a-1', 'node-b-7'],
      want: 2,
      counts: ['node-a-1', 'node-b-7'],
    },
    { when: 'a task proved the revision', before: had(2, ['0-2']), proven: ['1-1@5'], want: 0, counts: ['0-2'] },
    {
      when: 'and another failed meanwhile',
      before: had(2, ['0-2']),
      proven: ['1-1@5'],
      failed: ['0-2', '0-3'],
      want: 1,
      counts: ['0-3'],
    },
    {
      when: 'the same task proves nothing new',
      before: had(2, ['0-2'], 5),
      proven: ['1-1@5'],
      want: 2,
      counts: ['0-2'],
    },
    { when: 'nor does an older one', before: had(2, ['0-2'], 5), proven: ['1-1@5', '2-1@3'], want: 2, counts: ['0-2'] },
    { when: 'but a newer one', before: had(2, ['0-2'], 5), proven: ['1-1@5', '2-1@6'], want: 0, counts: ['0-2'] },
    {
      when: 'it is cumulative',
      cumulative: true,
      before: had(2, ['0-2']),
      proven: ['1-1@5'],
      want: 2,
      counts: ['0-2'],
    },
    { when: 'a way back begins', isBaseline: true, failed: ['0-1', '1-1'], want: 0, counts: ['0-1', '1-1'] },
  ])('$when: $want', ({ want, counts, ...given }) => {
    const { failedTasks, countedTasks, deploymentCircuitBreaker } = count(given)
    expect({ failedTasks, countedTasks }).toEqual({
      failedTasks: want,
      countedTasks: counts.map((name) => `web-2-${name}`),
    })
    expect(deploymentCircuitBreaker).toEqual({ status: 'MONITORING', failureCount: want, threshold: 3 })
  })

  it('says which was the last, and why, and keeps that', () => {
    const { lastFailure } = count({ failed: ['0-1', '1-1'] })
    expect(lastFailure).toEqual({ task: 'web-2-1-1', stopCode: 'TaskFailedToStart', reason: 'Task failed to start' })
    expect(count({ before: { ...had(2, ['0-1', '1-1']), lastFailure } }).lastFailure).toEqual(lastFailure)
  })
})
