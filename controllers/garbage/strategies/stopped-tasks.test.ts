import { describe, expect, it } from 'vitest'
import type { ServiceRevision } from '../../../api/v1/service-revision.ts'
import type { Task } from '../../../api/v1/task.ts'
import { hours, instant, minutes, plus, seconds, timestamp } from '../../../lib/time.ts'
import { aServiceRevision, aTask, running } from '../../../test/builders/kinds.ts'
import { garbageLimits as limits } from '../limits.ts'
import type { Plan } from '../plan.ts'
import { planLoneTasks, planServiceTasks } from './stopped-tasks.ts'

const t0 = instant(Date.UTC(2026, 0, 20))
const said = ({ actions, wakeAt }: Plan) => ({
  gone: actions.map(({ thing }) => thing.object.metadata.name).sort(),
  wake: wakeAt === undefined ? undefined : (wakeAt - t0) / 3_600_000,
})

const taskOf = (revision: ServiceRevision, slot: string, attempt: number, status: Task['status']): Task =>
  aTask({ name: `${revision.metadata.name}-${slot}-${attempt}`, owner: revision, status })
/** A task of the revision that stopped so many hours ago. */
const stopped = (revision: ServiceRevision, slot: string, attempt: number, hoursAgo: number): Task =>
  taskOf(revision, slot, attempt, { lastStatus: 'STOPPED', stoppedAt: timestamp(plus(t0, hours(-hoursAgo))) })
const series = (revision: ServiceRevision, count: number, last = 0): readonly Task[] =>
  Array.from({ length: count }, (_, n) => stopped(revision, '0', n + 1, last + count - n))

describe('of a service', () => {
  const [wanted, idle] = [1, 0].map((desiredCount) => aServiceRevision({ spec: { desiredCount } })) as [
    ServiceRevision,
    ServiceRevision,
  ]
  const older = aServiceRevision({ spec: { revision: 2, desiredCount: 0 } })
  interface Case {
    readonly when: string
    readonly of: readonly (readonly [ServiceRevision, ...(readonly Task[])])[]
    readonly ttl?: number
    readonly limit?: number
    readonly gone: readonly string[]
    readonly wake?: number
  }
  it.each<Case>([
    { when: 'young ones stay, and are looked at in time', of: [[idle, stopped(idle, '0', 1, 167)]], gone: [], wake: 1 },
    { when: 'after 7 days they go', of: [[idle, stopped(idle, '0', 1, 168)]], gone: ['web-1-0-1'] },
    { when: 'the time can be another', of: [[idle, stopped(idle, '0', 1, 2)]], ttl: 2, gone: ['web-1-0-1'] },
    {
      when: 'the newest attempt of a slot in use stays, however old',
      of: [[wanted, stopped(wanted, '0', 1, 1000), stopped(wanted, '0', 2, 900)]],
      gone: ['web-1-0-1'],
    },
    {
      when: 'a slot whose newest attempt lives keeps no older ones',
      of: [[wanted, stopped(wanted, '0', 9, 900), taskOf(wanted, '0', 10, running)]],
      gone: ['web-1-0-9'],
    },
    {
      when: 'a slot that is not in use any more lets go',
      of: [[wanted, stopped(wanted, '7', 1, 168)]],
      gone: ['web-1-7-1'],
    },
    {
      when: 'a slot of a daemon is its instance',
      of: [[wanted, stopped(wanted, 'one-two', 1, 168)]],
      gone: ['web-1-one-two-1'],
    },
    {
      when: 'without any time the back-off of a daemon stays for an hour (ecs-core 5.7: 27 minutes at most)',
      of: [[wanted, stopped(wanted, 'one', 1, 0.6), stopped(wanted, 'one', 2, 0.5)]],
      ttl: 0,
      gone: ['web-1-one-1'],
      wake: 0.5,
    },
    {
      when: 'there are no more than the limit, the youngest, of all revisions together',
      of: [
        [wanted, taskOf(wanted, '0', 99, running), ...series(wanted, 3)],
        [older, stopped(older, '0', 1, 2.5), stopped(older, '0', 2, 1.5)],
      ],
      limit: 3,
      gone: ['web-1-0-1', 'web-2-0-1'],
      wake: 166,
    },
    {
      when: 'the newest attempt of a slot does not go early, and does not count',
      of: [[wanted, stopped(wanted, '5', 1, 100), ...series(wanted, 4)]],
      limit: 3,
      gone: [],
      wake: 68,
    },
    {
      when: 'with a limit of 0 just those stay',
      of: [[wanted, ...series(wanted, 4)]],
      limit: 0,
      gone: ['web-1-0-1', 'web-1-0-2', 'web-1-0-3'],
    },
    { when: 'running ones stay', of: [[wanted, taskOf(wanted, '0', 1, running)]], ttl: 0, limit: 0, gone: [] },
  ])('$when', ({ of, ttl = 168, limit = 50, gone, wake }) => {
    const revisions = of.map(([revision, ...tasks]) => ({ revision, tasks }))
    expect(said(planServiceTasks(revisions, t0, { ttl: hours(ttl), limit }, limits))).toEqual({ gone, wake })
  })
})

describe('of nobody, in one group', () => {
  const task = (n: number, minutesAgo: number): Task =>
    aTask({
      name: `job-${n}`,
      status: { lastStatus: 'STOPPED', stoppedAt: timestamp(plus(t0, minutes(-minutesAgo))) },
    })
  it.each([
    { when: 'after 7 days they go', ago: [167 * 60, 168 * 60], limit: 50, ttl: hours(168), gone: ['job-1'], wake: 1 },
    {
      when: 'those beyond the limit go after the hour for which ECS shows them',
      ago: [10, 30, 60, 90],
      limit: 1,
      ttl: hours(168),
      gone: ['job-2', 'job-3'],
      wake: 0.5,
    },
    { when: 'or earlier, when that is the time', ago: [10, 1], limit: 0, ttl: seconds(60), gone: ['job-0', 'job-1'] },
  ])('$when', ({ ago, limit, ttl, gone, wake }) => {
    const keep = { ...limits.keep, stoppedTasks: { ttl, limit } }
    const tasks = [...ago.map((minutesAgo, n) => task(n, minutesAgo)), aTask({ status: running })]
    expect(said(planLoneTasks(tasks, t0, { ...limits, keep }))).toEqual({ gone, wake })
  })
})
