import { describe, expect, it } from 'vitest'
import type { Kind } from '../../api/meta/kind.ts'
import { controllerReference, type OwnerReference, type Resource } from '../../api/meta/object.ts'
import { Service } from '../../api/v1/service.ts'
import type { ServiceDeployment } from '../../api/v1/service-deployment.ts'
import type { ServiceRevision } from '../../api/v1/service-revision.ts'
import { Task } from '../../api/v1/task.ts'
import { hours, instant, minutes, plus, timestamp } from '../../lib/time.ts'
import { aService, aServiceDeployment, aServiceRevision, aTask, running } from '../../test/builders/kinds.ts'
import { garbageLimits } from './limits.ts'
import { type Action, planDependent, planHistory, planLeaving, planOrphaning, planStoppedTask } from './plan.ts'
import type { OwnerState, ServiceHistory, Thing } from './state.ts'

const t0 = instant(Date.UTC(2026, 0, 2))
const limits = garbageLimits
const thing = (kind: unknown, object: Resource): Thing => ({ kind: kind as Kind, object })
const names = (actions: readonly Action[]): readonly string[] =>
  actions.map((action) => action.thing.object.metadata.name)

describe('dependents', () => {
  const reference = (uid: string): OwnerReference => ({ ...controllerReference(aService()), uid })
  const owned = (...states: OwnerState[]) => states.map((state, n) => ({ reference: reference(`u${n}`), state }))
  const task = thing(Task, aTask())
  const leaving = thing(Task, aTask({ metadata: { deletionTimestamp: timestamp(t0), finalizers: ['x'] } }))
  it.each<{ when: string; owners: OwnerState[]; dependents?: boolean; one?: Thing; want: string }>([
    { when: 'no owner', owners: [], want: '' },
    { when: 'all owners present', owners: ['present', 'present'], want: '' },
    { when: 'the only owner gone', owners: ['gone'], want: 'delete Background' },
    { when: 'all owners gone', owners: ['gone', 'gone'], want: 'delete Background' },
    { when: 'one owner gone, one present', owners: ['gone', 'present'], want: 'disown u0' },
    { when: 'one owner leaving, one present', owners: ['present', 'leaving'], want: 'disown u1' },
    { when: 'the owner leaving', owners: ['leaving'], want: 'delete Background' },
    {
      when: 'the owner leaving, and dependents of its own',
      owners: ['leaving'],
      dependents: true,
      want: 'delete Foreground',
    },
    {
      when: 'the owner gone, and dependents of its own',
      owners: ['gone'],
      dependents: true,
      want: 'delete Background',
    },
    { when: 'the owner gone, but being deleted already', owners: ['gone'], one: leaving, want: '' },
  ])('$when', ({ owners, dependents = false, one = task, want }) => {
    const said = planDependent(one, owned(...owners), dependents).map((action) => {
      if (action.do === 'unfinalize') return action.finalizer
      return action.do === 'delete' ? `delete ${action.propagation}` : `disown ${[...action.owners].join()}`
    })
    expect(said.join()).toBe(want)
  })

  it('a leaving owner goes once nothing that blocks it is left', () => {
    const owner = aService()
    const blocking = thing(Task, aTask({ owner }))
    const loose = thing(
      Task,
      aTask({ metadata: { ownerReferences: [{ ...controllerReference(owner), blockOwnerDeletion: false }] } }),
    )
    expect(planLeaving(thing(Service, owner), [blocking, loose])).toEqual([])
    expect(planLeaving(thing(Service, owner), [loose])).toMatchObject([
      { do: 'unfinalize', finalizer: 'foregroundDeletion' },
    ])
  })

  it('an orphaning owner sets its dependents free before it goes', () => {
    const owner = thing(Service, aService())
    expect(planOrphaning(owner, [task])).toMatchObject([{ do: 'disown', thing: task }])
    expect(planOrphaning(owner, [])).toMatchObject([{ do: 'unfinalize', finalizer: 'orphan' }])
  })
})

/** A task of the revision that stopped so many minutes ago. */
const stopped = (revision: ServiceRevision, slot: string, attempt: number, minutesAgo: number): Task =>
  aTask({
    name: `${revision.metadata.name}-${slot}-${attempt}`,
    owner: revision,
    status: { lastStatus: 'STOPPED', stoppedAt: timestamp(plus(t0, minutes(-minutesAgo))) },
  })
const live = (revision: ServiceRevision, slot: string, attempt: number): Task =>
  aTask({ name: `${revision.metadata.name}-${slot}-${attempt}`, owner: revision, status: running })

describe('stopped tasks', () => {
  const revision = aServiceRevision({ spec: { desiredCount: 1 } })
  const idle = aServiceRevision({ spec: { desiredCount: 0 } })
  const plan = (of: ServiceRevision, ...tasks: Task[]) =>
    planHistory({ service: aService(), revisions: [{ revision: of, tasks }], deployments: [] }, t0, limits)
  it.each<{ when: string; of: ServiceRevision; tasks: Task[]; want: string[]; wake?: number }>([
    {
      when: 'young ones stay, and are looked at in time',
      of: idle,
      tasks: [stopped(idle, '0', 1, 59)],
      want: [],
      wake: 1,
    },
    { when: 'old ones go', of: idle, tasks: [stopped(idle, '0', 1, 60)], want: ['web-1-0-1'] },
    {
      when: 'the newest attempt of a slot in use stays, however old',
      of: revision,
      tasks: [stopped(revision, '0', 1, 200), stopped(revision, '0', 2, 100)],
      want: ['web-1-0-1'],
    },
    {
      when: 'a slot whose newest attempt lives keeps no older ones',
      of: revision,
      tasks: [stopped(revision, '0', 9, 100), live(revision, '0', 10)],
      want: ['web-1-0-9'],
    },
    {
      when: 'a slot that is not in use any more lets go',
      of: revision,
      tasks: [stopped(revision, '7', 1, 60)],
      want: ['web-1-7-1'],
    },
    {
      when: 'a slot of a daemon is its instance',
      of: revision,
      tasks: [stopped(revision, 'one-two', 1, 60)],
      want: ['web-1-one-two-1'],
    },
    {
      when: 'at most twenty young ones stay, the youngest',
      of: revision,
      tasks: [live(revision, '0', 99), ...Array.from({ length: 23 }, (_, n) => stopped(revision, '0', n + 1, 50 - n))],
      want: ['web-1-0-1', 'web-1-0-2', 'web-1-0-3'],
      wake: 13,
    },
    {
      when: 'the newest attempt of a slot does not go early',
      of: revision,
      tasks: [
        stopped(revision, '5', 1, 55),
        ...Array.from({ length: 21 }, (_, n) => stopped(revision, '0', n + 1, 50 - n)),
      ],
      want: [],
      wake: 5,
    },
    { when: 'running ones stay', of: revision, tasks: [live(revision, '0', 1)], want: [] },
  ])('$when', ({ of, tasks, want, wake }) => {
    const { actions, wakeAt } = plan(of, ...tasks)
    expect([...names(actions)].sort()).toEqual([...want].sort())
    expect(wakeAt).toBe(wake === undefined ? undefined : plus(t0, minutes(wake)))
  })

  it('of no service go after their time', () => {
    const task = aTask({ status: { lastStatus: 'STOPPED', stoppedAt: timestamp(t0) } })
    expect(planStoppedTask(task, t0, limits)).toEqual({ actions: [], wakeAt: plus(t0, hours(1)) })
    expect(names(planStoppedTask(task, plus(t0, hours(1)), limits).actions)).toEqual(['web-1-0-1'])
    expect(planStoppedTask(aTask({ status: running }), t0, limits).actions).toEqual([])
  })
})

describe('the history of a service', () => {
  const revisions = (count: number, desired: Readonly<Record<number, number>> = {}): ServiceHistory['revisions'] =>
    Array.from({ length: count }, (_, n) => ({
      revision: aServiceRevision({ spec: { revision: n + 1, desiredCount: desired[n + 1] ?? 0 } }),
      tasks: [],
    }))
  type Status = NonNullable<ServiceDeployment['status']>['status']
  const deployment = (n: number, status: Status, target: string, sources: string[] = []): ServiceDeployment =>
    aServiceDeployment({
      spec: { deployment: n, targetServiceRevision: target, sourceServiceRevisions: sources },
      status: { status },
    })
  const plan = (history: Partial<ServiceHistory>) =>
    names(planHistory({ service: aService(), revisions: [], deployments: [], ...history }, t0, limits).actions)

  it('keeps the ten newest revisions', () => {
    expect(plan({ revisions: revisions(12) })).toEqual(['web-2', 'web-1'])
    expect(plan({ revisions: revisions(10) })).toEqual([])
  })
  it('keeps an old revision that wants tasks or has some', () => {
    const [first, ...others] = revisions(12, { 2: 3 }) as [ServiceHistory['revisions'][number]]
    const withTask = { ...first, tasks: [stopped(first.revision, '0', 1, 1)] }
    expect(plan({ revisions: [withTask, ...others] })).toEqual([])
  })
  it('keeps old revisions that a deployment under way, the last two, or the last successful one need', () => {
    const all = revisions(16)
    const deployments = [
      deployment(1, 'SUCCESSFUL', 'web-1'),
      deployment(2, 'SUCCESSFUL', 'web-2', ['web-1']),
      deployment(3, 'IN_PROGRESS', 'web-3'),
      deployment(4, 'STOPPED', 'web-4'),
      deployment(5, 'ROLLBACK_FAILED', 'web-5', ['web-6']),
    ]
    expect(plan({ revisions: all, deployments })).toEqual([])
    expect(plan({ revisions: all, deployments: deployments.slice(3) })).toEqual(['web-3', 'web-2', 'web-1'])
  })
  it('keeps the revision that the service converges to', () => {
    const service = aService({ status: { currentServiceRevision: 'web-1' } })
    expect(plan({ service, revisions: revisions(12) })).toEqual(['web-2'])
  })
  it('keeps the ten newest finished deployments and all that are under way', () => {
    const finished = Array.from({ length: 12 }, (_, n) => deployment(n + 2, 'SUCCESSFUL', 'web-1'))
    expect(plan({ deployments: [deployment(1, 'IN_PROGRESS', 'web-1'), ...finished] })).toEqual(['web-d3', 'web-d2'])
  })
})
