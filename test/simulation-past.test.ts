/** The invariants of what is kept, protected or needed still, fire when they are broken, and only then. */
import { describe, expect, it } from 'vitest'
import type { Resource } from '../api/meta/object.ts'
import type { ServiceDeployment } from '../api/v1/service-deployment.ts'
import type { Task } from '../api/v1/task.ts'
import { millis } from '../lib/time.ts'
import { aService, aServiceDeployment, aServiceRevision, aTask } from './builders/kinds.ts'
import { neededStays } from './simulation/checkers/past.ts'
import { protectedStay } from './simulation/checkers/protection.ts'
import { Story } from './simulation/checkers/story.ts'

const service = aService()
const leaving = aService({ metadata: { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['x'] } })
const revision = (n: number, desiredCount = 0) =>
  aServiceRevision({ owner: service, spec: { revision: n, desiredCount } })

describe('a protected task', () => {
  const protection = { since: '1970-01-01T00:00:00Z', expirationDate: '1970-01-01T00:05:00Z' }
  const first = revision(1, 1)
  const task = (over: Partial<Task['spec']> = {}, lastStatus: NonNullable<Task['status']>['lastStatus'] = 'RUNNING') =>
    aTask({
      owner: first,
      metadata: { labels: { 'gantry.dev/service': 'web' } },
      spec: { group: 'service:web', protection, ...over },
      status: { lastStatus },
    })
  const told = (stopCode: 'ServiceSchedulerInitiated' | 'TerminationNotice', stoppedReason = 'Scaling activity') =>
    task({ desiredStatus: 'STOPPED', stopCode, stoppedReason })

  it.each([
    { when: 'its service stops it', next: told('ServiceSchedulerInitiated'), complains: true },
    { when: 'its protection is over', after: 300_000, next: told('ServiceSchedulerInitiated'), complains: false },
    { when: 'a user stops it', by: 'user', next: told('ServiceSchedulerInitiated'), complains: false },
    { when: 'its instance is lost', next: told('TerminationNotice'), complains: false },
    {
      when: 'its health checks failed',
      next: told('ServiceSchedulerInitiated', 'Task failed container health checks'),
      complains: false,
    },
    { when: 'its service is deleted', of: leaving, next: told('ServiceSchedulerInitiated'), complains: false },
  ])('$when', ({ after = 0, by, of = service, next, complains }) => {
    const story = new Story(protectedStay).write(of).write(first).write(task()).after(after).write(next, by)
    expect(story.complaint !== undefined).toBe(complains)
  })
})

describe('what is over', () => {
  type Status = NonNullable<ServiceDeployment['status']>['status']
  const deployment = (n: number, status: Status, target = n) =>
    aServiceDeployment({
      owner: service,
      spec: { deployment: n, targetServiceRevision: `web-${target}` },
      status: { status, ...(status === 'IN_PROGRESS' ? {} : { finishedAt: '2026-01-01T00:00:00Z' }) },
    })
  const three = [deployment(1, 'SUCCESSFUL'), deployment(2, 'SUCCESSFUL'), deployment(3, 'STOPPED')]
  const task = (
    slot: number | string,
    attempt: number,
    lastStatus: 'RUNNING' | 'STOPPED' = 'STOPPED',
    stoppedAt?: string,
  ) => aTask({ owner: revision(1), name: `web-1-${slot}-${attempt}`, status: { lastStatus, stoppedAt } })
  const since = <T extends Resource>(creationTimestamp: string, object: T | undefined): T | undefined =>
    object && { ...object, metadata: { ...object.metadata, creationTimestamp } }
  /** A revision goes from when it is marked on. */
  const marked = (n: number) =>
    aServiceRevision({
      owner: service,
      metadata: { deletionTimestamp: '1970-01-01T00:00:05Z', finalizers: ['x'] },
      spec: { revision: n, desiredCount: 0 },
    })
  const longAgo = task('one', 2, 'STOPPED', '1969-12-31T23:30:00Z')

  it.each([
    { when: 'the newest deployment', have: three, gone: three[2], complains: true },
    { when: 'the last one that completed', have: three, gone: three[1], complains: true },
    { when: 'the last one that did of another revision', have: three, gone: three[0], complains: true },
    {
      when: 'one before those',
      have: [...three, deployment(4, 'SUCCESSFUL')],
      gone: three[0],
      complains: false,
    },
    {
      when: 'one that failed',
      have: [deployment(1, 'STOPPED'), deployment(2, 'STOPPED')],
      gone: deployment(1, 'STOPPED'),
      complains: false,
    },
    {
      when: 'one that goes on',
      have: [deployment(1, 'IN_PROGRESS'), deployment(2, 'IN_PROGRESS')],
      gone: deployment(1, 'IN_PROGRESS'),
      complains: true,
    },
    {
      when: 'a revision that a deployment speaks of',
      have: [revision(2), since('1970-01-01T00:00:00Z', three[1])],
      gone: marked(2),
      complains: true,
    },
    {
      when: 'a revision that a deployment of this moment speaks of',
      have: [revision(2), since('1970-01-01T00:00:04Z', three[1])],
      gone: marked(2),
      complains: false,
    },
    {
      when: 'a revision that has tasks',
      have: [revision(1), since('1970-01-01T00:00:00Z', task(0, 1, 'RUNNING'))],
      gone: marked(1),
      complains: true,
    },
    {
      when: 'any other revision',
      have: [revision(1), since('1970-01-01T00:00:00Z', task(0, 1))],
      gone: marked(1),
      complains: false,
    },
    {
      when: 'the newest task of a slot',
      have: [revision(1, 1), task(0, 1), task(0, 2)],
      gone: task(0, 2),
      complains: true,
    },
    { when: 'an older task', have: [revision(1, 1), task(0, 1), task(0, 2)], gone: task(0, 1), complains: false },
    {
      when: 'a task of a slot that is not in use',
      have: [revision(1, 1), task(1, 1)],
      gone: task(1, 1),
      complains: false,
    },
    {
      when: "the newest task of a daemon's instance",
      have: [revision(1, 1), task('one', 1), task('one', 2)],
      gone: task('one', 2),
      complains: true,
    },
    { when: 'one that nothing waits for', have: [revision(1, 1), longAgo], gone: longAgo, complains: false },
    {
      when: "an older task of a daemon's instance",
      have: [revision(1, 1), task('one', 1), task('one', 2), task('two', 1)],
      gone: task('one', 1),
      complains: false,
    },
    {
      when: 'all of a service that is deleted',
      of: leaving,
      have: three,
      gone: three[2],
      complains: false,
    },
  ])('$when', ({ of = service, have, gone, complains }) => {
    const story = new Story(neededStays(() => millis(1000))).write(of)
    for (const object of have) if (object !== undefined) story.write(object)
    story.after(5000)
    if (gone?.metadata.deletionTimestamp !== undefined) story.write(gone)
    else if (gone !== undefined) story.remove(gone)
    expect(story.complaint !== undefined).toBe(complains)
  })
})
