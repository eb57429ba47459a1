/** The invariants of rollouts, of where their time went, and of a family's past fire when they are broken, and only then. */
import { describe, expect, it } from 'vitest'
import type { ServiceDeployment } from '../api/v1/service-deployment.ts'
import type { Task } from '../api/v1/task.ts'
import { millis } from '../lib/time.ts'
import {
  aContainerInstance,
  aService,
  aServiceDeployment,
  aServiceRevision,
  aTask,
  aTaskDefinition,
  aTaskDefinitionRevision,
} from './builders/kinds.ts'
import { completedIsWell } from './simulation/checkers/completed.ts'
import { oneDaemonEach } from './simulation/checkers/daemons.ts'
import { daemonsLeaveLast } from './simulation/checkers/daemons-last.ts'
import { oldOnesGo, superfluous } from './simulation/checkers/history-limit.ts'
import { usedStays } from './simulation/checkers/revision-life.ts'
import { Story } from './simulation/checkers/story.ts'
import { marksInOrder, timelinesAreTrue } from './simulation/checkers/timeline.ts'
import { keyIn, Model } from './simulation/history.ts'

const second = () => millis(1000)
type Status = NonNullable<Task['status']>
const at = (seconds: number): string => new Date(Date.UTC(2026, 0, 1) + 1000 * seconds).toISOString()
const of = (name: string, status?: Status, spec: Partial<Task['spec']> = {}): Task =>
  aTask({
    name,
    metadata: { labels: { 'gantry.dev/service': 'web', 'gantry.dev/service-revision': name.replace(/-\w+-\d+$/, '') } },
    spec: { taskDefinition: 'web.1', startedBy: 'ecs-svc/web-d1', ...spec },
    ...(status === undefined ? {} : { status }),
  })
const service = aService({ spec: { desiredCount: 1 } })
const deployment = (n: number, target: number, status?: ServiceDeployment['status']) =>
  aServiceDeployment({ owner: service, spec: { deployment: n, targetServiceRevision: `web-${target}` }, status })

describe('a deployment that completes', () => {
  const begun = deployment(1, 1, { status: 'IN_PROGRESS' })
  const over = deployment(1, 1, { status: 'SUCCESSFUL', finishedAt: at(9) })
  const runs = of('web-1-0-1', { lastStatus: 'RUNNING' })
  const died = of('web-1-0-1', { lastStatus: 'STOPPED' })

  it.each<{ when: string; tasks: readonly Task[]; later?: number; desired?: number; says: RegExp | undefined }>([
    { when: 'its task runs', tasks: [runs], says: undefined },
    { when: 'nothing runs', tasks: [], says: /SUCCESSFUL with 0 of 1/ },
    { when: 'nothing is wanted', tasks: [], desired: 0, says: undefined },
    { when: 'its task has just died', tasks: [runs, died], later: 900, says: undefined },
    { when: 'its task died long ago', tasks: [runs, died], later: 1100, says: /0 of 1/ },
    { when: 'what runs is of another revision', tasks: [of('web-2-0-1', { lastStatus: 'RUNNING' })], says: /0 of 1/ },
  ])('while $when: $says', ({ tasks, later = 0, desired = 1, says }) => {
    const story = new Story(completedIsWell(second)).write(aService({ spec: { desiredCount: desired } })).write(begun)
    for (const task of tasks) story.write(task)
    const { complaint } = story.after(later).write(over)
    if (says === undefined) expect(complaint).toBeUndefined()
    else expect(complaint).toMatch(says)
  })
})

describe('marks', () => {
  const had: Status = { lastStatus: 'PENDING', connectivityAt: at(2) }
  it.each<{ when: string; statuses: readonly Status[]; says: RegExp | undefined }>([
    { when: 'follow each other', statuses: [had, { ...had, startedAt: at(3), healthyAt: at(3) }], says: undefined },
    { when: 'begin before the task', statuses: [{ connectivityAt: at(-1) }], says: /before its creation/ },
    { when: 'go back', statuses: [had, { ...had, startedAt: at(1) }], says: /startedAt is 1 s before connectivityAt/ },
    { when: 'change', statuses: [had, { connectivityAt: at(3) }], says: /was .+, now it is/ },
    {
      when: 'say that it pulls again',
      statuses: [{ pullStoppedAt: at(2) }, {}, { pullStoppedAt: at(3), startedAt: at(4) }],
      says: undefined,
    },
    {
      when: 'say that it pulled after it started',
      statuses: [
        { pullStoppedAt: at(2), startedAt: at(2) },
        { pullStoppedAt: at(3), startedAt: at(2) },
      ],
      says: /pullStoppedAt was/,
    },
    { when: 'are lost', statuses: [had, { lastStatus: 'RUNNING' }], says: /now it is undefined/ },
    {
      when: 'end before its end began',
      statuses: [{ stoppingAt: at(5), stoppedAt: at(4) }],
      says: /before stoppingAt/,
    },
  ])('that $when: $says', ({ statuses, says }) => {
    const story = new Story(marksInOrder)
    for (const status of statuses) story.write(of('web-1-0-1', status))
    if (says === undefined) expect(story.complaint).toBeUndefined()
    else expect(story.complaint).toMatch(says)
  })
})

describe('a timeline', () => {
  type Phases = NonNullable<NonNullable<ServiceDeployment['status']>['timeline']>
  const phase = (name: Phases[number]['phase'], over: Partial<Phases[number]> = {}): Phases[number] => ({
    phase: name,
    tasks: 1,
    medianMilliseconds: 2000,
    longestMilliseconds: 2000,
    longestTask: 'web-1-0-1',
    ...over,
  })
  const task = of('web-1-0-1', { lastStatus: 'RUNNING', connectivityAt: at(2), startedAt: at(4) })
  const good = [phase('placed'), phase('started')]

  it.each<{ when: string; timeline: Phases; open?: true; says: RegExp | undefined }>([
    { when: 'says what was', timeline: good, says: undefined },
    { when: 'comes before the end', timeline: good, open: true, says: /before its end/ },
    { when: 'is in another order', timeline: good.toReversed(), says: /its phases are started,placed/ },
    { when: 'lacks what runs', timeline: [], says: /0 started, and 1 of its run/ },
    { when: 'has one more', timeline: [phase('placed', { tasks: 2 }), phase('started')], says: /there were only 1/ },
    { when: 'began more than were placed', timeline: [phase('started')], says: /0 were placed, 1 started/ },
    {
      when: 'has a median beyond the longest',
      timeline: [phase('placed', { medianMilliseconds: 2001 }), phase('started')],
      says: /none more than/,
    },
    {
      when: 'has another time',
      timeline: [phase('placed', { longestMilliseconds: 2001 }), phase('started')],
      says: /did not take 2001 ms to be placed/,
    },
    {
      when: 'names another task',
      timeline: [phase('placed', { longestTask: 'web-1-9-9' }), phase('started')],
      says: /web-1-9-9 did not take/,
    },
    { when: 'has a phase that none went through', timeline: [...good, phase('healthy')], says: /there were only 0/ },
  ])('that $when: $says', ({ timeline, open, says }) => {
    const end = open === true ? {} : { finishedAt: at(9) }
    const status = { status: open === true ? 'IN_PROGRESS' : 'STOPPED', timeline, ...end } as const
    const story = new Story(timelinesAreTrue(second)).write(deployment(1, 1)).write(task)
    const { complaint } = story.after(Date.UTC(2026, 0, 1, 0, 0, 9)).write(deployment(1, 1, status))
    if (says === undefined) expect(complaint).toBeUndefined()
    else expect(complaint).toMatch(says)
  })
})

describe('a daemon', () => {
  const daemon = aService({ spec: { schedulingStrategy: 'DAEMON', desiredCount: undefined } })
  const on = (name: string, instance?: string, status?: Status) =>
    of(name, status, {
      placementConstraints:
        instance === undefined ? [] : [{ type: 'memberOf', expression: `ec2InstanceId == "${instance}"` }],
    })
  const first = on('web-1-one-1', 'one')
  it.each([
    { when: 'on each instance', tasks: [first, on('web-1-two-1', 'two')], says: undefined },
    { when: 'twice on one', tasks: [first, on('web-2-one-1', 'one')], says: /web-2-one-1 is beside web-1-one-1/ },
    { when: 'anywhere', tasks: [on('web-1-one-1')], says: /may run anywhere/ },
    {
      when: 'after another',
      tasks: [first, on('web-1-one-1', 'one', { lastStatus: 'STOPPED' }), on('web-2-one-1', 'one')],
      says: undefined,
    },
  ])('$when: $says', ({ tasks, says }) => {
    const story = new Story(oneDaemonEach).write(daemon)
    for (const task of tasks) story.write(task)
    if (says === undefined) expect(story.complaint).toBeUndefined()
    else expect(story.complaint).toMatch(says)
  })
})

describe("a daemon's task on an instance that drains", () => {
  const rest = { rolloutState: 'COMPLETED', currentServiceRevision: 'web-1' } as const
  const daemon = aService({
    metadata: { generation: 1 },
    spec: { schedulingStrategy: 'DAEMON', desiredCount: undefined },
    status: { observedGeneration: 1, ...rest },
  })
  const shop = aService({ name: 'shop' })
  const instance = (status: 'ACTIVE' | 'DRAINING') =>
    aContainerInstance({ name: 'one', spec: { status }, status: { agentConnected: true } })
  const owner = aServiceRevision({ name: 'web-1', owner: daemon })
  const mine = aTask({
    ...of('web-1-one-1', { lastStatus: 'RUNNING' }),
    name: 'web-1-one-1',
    owner,
    spec: { containerInstance: 'one' },
  })
  const told = {
    ...mine,
    spec: {
      ...mine.spec,
      desiredStatus: 'STOPPED' as const,
      stopCode: 'ServiceSchedulerInitiated' as const,
      stoppedReason: 'Scaling activity initiated by (deployment ecs-svc/web-d1)',
    },
  }
  const other = (status: Status) => ({
    ...of('shop-1-0-1', status),
    metadata: { ...of('shop-1-0-1').metadata, labels: { 'gantry.dev/service': 'shop' } },
    spec: { ...mine.spec },
  })
  it.each([
    {
      when: 'before another',
      on: instance('DRAINING'),
      has: other({ lastStatus: 'RUNNING', startedAt: at(0) }),
      says: /left one before shop-1-0-1/,
    },
    {
      when: 'after another',
      on: instance('DRAINING'),
      has: other({ lastStatus: 'STOPPED', startedAt: at(0) }),
      says: undefined,
    },
    {
      when: 'before one that just came',
      on: instance('DRAINING'),
      has: other({ lastStatus: 'RUNNING', startedAt: at(599) }),
      says: undefined,
    },
    {
      when: 'that does not drain',
      on: instance('ACTIVE'),
      has: other({ lastStatus: 'RUNNING', startedAt: at(0) }),
      says: undefined,
    },
  ])('goes $when: $says', ({ on, has, says }) => {
    const story = new Story(daemonsLeaveLast).write(daemon).write(shop).write(on).write(has).write(mine)
    const { complaint } = story.after(Date.UTC(2026, 0, 1, 0, 10)).write(told)
    if (says === undefined) expect(complaint).toBeUndefined()
    else expect(complaint).toMatch(says)
  })
})

describe('revisions of a family', () => {
  const head = (revisionHistoryLimit?: number) => aTaskDefinition({ spec: { revisionHistoryLimit } })
  const revision = (n: number, desiredStatus?: 'INACTIVE') =>
    aTaskDefinitionRevision({ owner: head(), spec: { revision: n, desiredStatus } })
  const three = [revision(1), revision(2), revision(3)]
  const pinned = aService({ spec: { taskDefinition: 'web:1' } })
  const past = aServiceRevision({ owner: service, spec: { revision: 1, desiredCount: 0, taskDefinition: 'web.1' } })

  it.each([
    { when: 'beyond the limit', limit: 2, gone: 1, says: undefined },
    { when: 'within the limit', limit: 2, gone: 2, says: /1 are newer, and 2 are to be kept/ },
    { when: 'of a family that says nothing', gone: 1, says: /2 are newer, and 20 are to be kept/ },
    { when: 'that is the newest', limit: 0, gone: 3, says: /newest that is ACTIVE/ },
    { when: 'that a service pins', limit: 2, gone: 1, by: pinned, says: /Service default\/web refers to it/ },
    { when: 'that its past names', limit: 2, gone: 1, by: past, says: /ServiceRevision default\/web-1 refers to it/ },
    {
      when: 'that a stopped task ran',
      limit: 2,
      gone: 1,
      by: of('a', { lastStatus: 'STOPPED' }),
      says: /Task default\/a/,
    },
    { when: 'that was pinned a moment ago', limit: 2, gone: 1, by: pinned, later: 900, says: undefined },
  ])('one goes $when: $says', ({ limit, gone, by, later = 1100, says }) => {
    const story = new Story(oldOnesGo(second)).write(head(limit))
    for (const one of three) story.write(one)
    story.after(60_000)
    if (by !== undefined) story.write(by)
    const { complaint } = story.after(later).write(revision(gone, 'INACTIVE'))
    if (says === undefined) expect(complaint).toBeUndefined()
    else expect(complaint).toMatch(says)
  })

  it('are kept up to the limit, and when something names them', () => {
    const model = new Model()
    const put = (...objects: readonly Parameters<typeof keyIn>[0][]): void => {
      for (const after of objects) model.apply({ kind: after.kind, key: keyIn(after), after })
    }
    put(head(1), ...three)
    expect([...superfluous(model)]).toHaveLength(2)
    put(past)
    expect([...superfluous(model)]).toEqual([expect.stringContaining('web.2')])
    put(head(2))
    expect([...superfluous(model)]).toEqual([])
  })

  const back = aServiceRevision({ owner: service, spec: { revision: 1, desiredCount: 0, taskDefinition: 'web.1' } })
  const next = aServiceRevision({ owner: service, spec: { revision: 2, desiredCount: 0, taskDefinition: 'web.2' } })
  const done = deployment(1, 1, { status: 'SUCCESSFUL', finishedAt: at(1) })
  it.each([
    { when: 'is rolled out', rollouts: [deployment(1, 1, { status: 'IN_PROGRESS' })], complains: true },
    { when: 'was rolled out', rollouts: [done], complains: true },
    { when: 'would be gone back to', rollouts: [done, deployment(2, 2, { status: 'IN_PROGRESS' })], complains: true },
    {
      when: 'is of the past',
      rollouts: [done, deployment(2, 2, { status: 'SUCCESSFUL', finishedAt: at(2) })],
      complains: false,
    },
  ])('one that $when stays: $complains', ({ rollouts, complains }) => {
    const story = new Story(usedStays(second)).write(service).write(back).write(next).write(revision(1))
    for (const one of rollouts) story.write(one)
    expect(story.after(1100).remove(revision(1)).complaint !== undefined).toBe(complains)
  })
})
