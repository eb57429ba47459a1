/** Each invariant of the simulation fires when it is broken, and only then. */
import { describe, expect, it } from 'vitest'
import type { Resource } from '../api/meta/object.ts'
import type { ScheduledRun, ScheduledTask } from '../api/v1/scheduled-task.ts'
import type { Service } from '../api/v1/service.ts'
import type { ServiceDeployment } from '../api/v1/service-deployment.ts'
import type { Task } from '../api/v1/task.ts'
import type { ContainerState } from '../controllers/agent/engine/engine.ts'
import { instant, millis } from '../lib/time.ts'
import {
  aContainer,
  aContainerInstance,
  aLease,
  aScheduledTask,
  aService,
  aServiceDeployment,
  aServiceRevision,
  aTask,
  aTaskDefinitionRevision,
} from './builders/kinds.ts'
import { builtAt } from './builders/object.ts'
import { capacity } from './simulation/checkers/capacity.ts'
import {
  backToWhatWorked,
  deploymentsEndOnce,
  failedStartsNothing,
  oneInProgress,
} from './simulation/checkers/deployments.ts'
import { checkEngines } from './simulation/checkers/engines.ts'
import { imagesSettledOnce, mixedImages, newTasksAreTold } from './simulation/checkers/images.ts'
import { oneLeader } from './simulation/checkers/leadership.ts'
import { leastHealthy } from './simulation/checkers/least-healthy.ts'
import { mostTasks } from './simulation/checkers/most-tasks.ts'
import { prefetched } from './simulation/checkers/prefetched.ts'
import { numbersGivenOnce, usedStays } from './simulation/checkers/revision-life.ts'
import { scheduledClaims } from './simulation/checkers/scheduled-claims.ts'
import { scheduledRuns } from './simulation/checkers/scheduled-runs.ts'
import { Story } from './simulation/checkers/story.ts'
import { StrictServices } from './simulation/checkers/strict.ts'
import { boundOnce, forwardOnly, oneTaskPerSlot } from './simulation/checkers/task-life.ts'
import { keyIn, Model } from './simulation/history.ts'

const second = (): ReturnType<typeof millis> => millis(1000)
const of = (
  name: string,
  more: Partial<Task['spec']> = {},
  lastStatus?: NonNullable<Task['status']>['lastStatus'],
): Task =>
  aTask({
    name,
    metadata: { labels: { 'gantry.dev/service': 'web', 'gantry.dev/service-revision': name.replace(/-\d+-\d+$/, '') } },
    spec: { taskDefinition: 'web.1', ...more },
    ...(lastStatus === undefined ? {} : { status: { lastStatus } }),
  })
const web = (desiredCount: number, min?: number, max?: number): Service =>
  aService({
    spec: { desiredCount, deploymentConfiguration: { minimumHealthyPercent: min, maximumPercent: max } },
  })

describe('deployments', () => {
  type Status = NonNullable<ServiceDeployment['status']>
  const owner = aService()
  const deployment = (n: number, target: number, status?: Status): ServiceDeployment =>
    aServiceDeployment({ owner, spec: { deployment: n, targetServiceRevision: `web-${target}` }, status })
  const back = (serviceRevision: string): Status => ({
    status: 'ROLLBACK_IN_PROGRESS',
    rollback: { reason: 'x', startedAt: '2026-01-01T00:00:00Z', serviceRevision, serviceDeployment: 'web-d1' },
  })
  const tripped: Status = {
    status: 'STOPPED',
    deploymentCircuitBreaker: { status: 'TRIGGERED', failureCount: 3, threshold: 3 },
  }

  it.each<{ when: string; statuses: readonly (Status | undefined)[]; complaint: string | undefined }>([
    {
      when: 'it completes',
      statuses: [undefined, { status: 'IN_PROGRESS' }, { status: 'SUCCESSFUL' }],
      complaint: undefined,
    },
    { when: 'it never began', statuses: [undefined, { status: 'SUCCESSFUL' }], complaint: 'PENDING to SUCCESSFUL' },
    {
      when: 'it goes back',
      statuses: [{ status: 'IN_PROGRESS' }, back('web-1'), { ...back('web-1'), status: 'ROLLBACK_FAILED' }],
      complaint: undefined,
    },
    {
      when: 'it goes back and on',
      statuses: [back('web-1'), { status: 'IN_PROGRESS' }],
      complaint: 'ROLLBACK_IN_PROGRESS to IN_PROGRESS',
    },
    { when: 'it goes back elsewhere', statuses: [back('web-1'), back('web-2')], complaint: 'changed where it goes' },
    {
      when: 'it ends twice',
      statuses: [{ status: 'SUCCESSFUL' }, { status: 'STOPPED' }],
      complaint: 'was SUCCESSFUL and changed',
    },
    {
      when: 'it changes afterwards',
      statuses: [tripped, { ...tripped, failedTasks: 4 }],
      complaint: 'was STOPPED and changed',
    },
  ])('$when: $complaint', ({ statuses, complaint }) => {
    const s = new Story(deploymentsEndOnce)
    for (const status of statuses) s.write(deployment(2, 2, status))
    if (complaint === undefined) expect(s.complaint).toBeUndefined()
    else expect(s.complaint).toMatch(complaint)
  })
  it('two in progress are one too many', () => {
    const s = new Story(oneInProgress).write(deployment(1, 1, { status: 'IN_PROGRESS' })).write(deployment(2, 2))
    expect(s.complaint).toBeUndefined()
    expect(s.write(deployment(2, 2, back('web-1'))).complaint).toMatch('web-d1 is IN_PROGRESS, web-d2 is ROLLBACK')
  })
  it('back goes what had completed, even long ago', () => {
    const s = new Story(backToWhatWorked())
    const first = deployment(1, 1, { status: 'SUCCESSFUL' })
    s.write(first)
      .remove(first)
      .write(deployment(2, 2, back('web-1')))
    expect(s.complaint).toBeUndefined()
    expect(s.write(deployment(3, 3, back('web-2'))).complaint).toMatch('web-2, which never completed')
  })
  it('nothing is started for what failed, once that can be known', () => {
    const task = (n: number): Task => aTask({ name: `web-2-${n}-1`, owner: revision })
    const revision = aServiceRevision({ owner, spec: { revision: 2 } })
    const s = new Story(failedStartsNothing(second)).write(revision).write(deployment(2, 2, { status: 'IN_PROGRESS' }))
    s.write(task(0))
      .write(deployment(2, 2, tripped))
      .write(task(1))
      .after(2000)
    expect(s.complaint).toBeUndefined()
    expect(s.write(task(2)).complaint).toMatch('web-2-2-1 was started, 2 s after')
  })
})

describe('images', () => {
  const revision = (imageDigest?: string, uid = 'uid-1') =>
    aServiceRevision({
      metadata: { uid },
      ...(imageDigest === undefined
        ? {}
        : { status: { containerImages: [{ containerName: 'app', image: 'app:1', imageDigest }] } }),
    })
  it.each([
    { when: 'settled', next: revision('sha256:1'), complaint: undefined },
    { when: 'settled anew', next: revision('sha256:2'), complaint: 'was sha256:1, now it is sha256:2' },
    { when: 'forgotten', next: revision(), complaint: 'was sha256:1, now it is open' },
    { when: 'another revision of that name', next: revision('sha256:2', 'uid-2'), complaint: undefined },
  ])('$when: $complaint', ({ next, complaint }) => {
    const s = new Story(imagesSettledOnce).write(revision()).write(revision('sha256:1')).write(next)
    if (complaint === undefined) expect(s.complaint).toBeUndefined()
    else expect(s.complaint).toMatch(complaint)
  })
  it('a new task is told, once that can be known', () => {
    const settled = revision('sha256:1')
    const task = (n: number, told: boolean): Task => {
      const containerImages = [{ containerName: 'app', image: 'app:1', imageDigest: 'sha256:1' }]
      return aTask({
        name: `web-1-${n}-1`,
        owner: settled,
        spec: { taskDefinition: 'web.1', ...(told ? { containerImages } : {}) },
      })
    }
    const s = new Story(newTasksAreTold(second)).write(revision()).write(settled)
    s.write(task(0, false)).after(2000).write(task(1, true))
    expect(s.complaint).toBeUndefined()
    expect(s.write(task(2, false)).complaint).toMatch('web-1-2-1 was not told that app:1 is sha256:1')
  })
  it('live tasks of one revision run the same bytes', () => {
    const model = new Model()
    const run = (n: number, imageDigest: string | undefined, owner = revision()): void => {
      const container = { name: 'app', lastStatus: 'RUNNING' as const, imageDigest }
      const after = aTask({ name: `web-1-${n}-1`, owner, status: { lastStatus: 'RUNNING', containers: [container] } })
      model.apply({ kind: 'Task', key: keyIn(after), after })
    }
    run(0, 'sha256:1')
    run(1, undefined)
    run(2, 'sha256:2', revision(undefined, 'uid-2'))
    expect([...mixedImages(model)]).toEqual([])
    run(3, 'sha256:2')
    expect([...mixedImages(model)]).toMatchObject([expect.stringContaining('web-1-3-1 runs sha256:2')])
  })
})

describe('most tasks', () => {
  const story = (): Story => new Story(mostTasks(second))

  it('fires at the first task over the maximum, stopping ones counted', () => {
    const s = story().write(web(2, 100, 150))
    s.write(of('web-1-0-1', {}, 'RUNNING')).write(of('web-1-1-1', { desiredStatus: 'STOPPED' }, 'RUNNING'))
    expect(s.write(of('web-2-0-1')).complaint).toBeUndefined()
    expect(s.write(of('web-2-1-1')).complaint).toMatch('has 4 tasks, at most 3 allowed')
  })
  it('does not count stopped tasks', () => {
    const s = story()
      .write(web(1, 0, 100))
      .write(of('web-1-0-1', {}, 'STOPPED'))
    expect(s.write(of('web-1-0-2')).complaint).toBeUndefined()
  })
  it('does not judge a creation that its writer had given up, but counts it', () => {
    const s = story()
      .write(web(1, 0, 100))
      .write(of('web-1-0-1'))
      .write(of('web-1-1-1'), 'late controllers-0#1')
    expect(s.complaint).toBeUndefined()
    expect(s.write(of('web-1-2-1')).complaint).toMatch('has 3 tasks, at most 1 allowed')
  })
  it('allows what was allowed a moment ago, but not longer', () => {
    const lowered = story()
      .write(web(2, 0, 100))
      .write(of('web-1-0-1'))
      .after(5000)
      .write(web(1, 0, 100))
    expect(lowered.after(500).write(of('web-1-1-1')).complaint).toBeUndefined()
    expect(lowered.after(600).write(of('web-1-2-1')).complaint).toMatch('has 3 tasks, at most 1')
  })
})

describe('least healthy', () => {
  const running = (n: number): Task => of(`web-1-${n}-1`, {}, 'RUNNING')
  const stop = (n: number): Task => of(`web-1-${n}-1`, { desiredStatus: 'STOPPED' }, 'RUNNING')
  const story = (min: number): Story =>
    [0, 1, 2, 3].reduce(
      (s, n) => s.write(running(n)),
      new Story(leastHealthy(second)).write(web(4, min, 200)).after(5000),
    )

  it('fires when a planned stop goes below the minimum', () => {
    const s = story(75).write(stop(0))
    expect(s.complaint).toBeUndefined()
    expect(s.write(stop(1)).complaint).toMatch('2 healthy left (+0 just failed), at least 3 required')
  })
  it('fires for a deletion as well', () => {
    expect(story(100).remove(running(0)).complaint).toMatch('at least 4 required')
  })
  it('forgives a failure that the controller could not know, but not an old one', () => {
    const failing = story(75).write(of('web-1-3-1', {}, 'STOPPED'), 'agent-one#1')
    expect(failing.after(500).write(stop(0)).complaint).toBeUndefined()
    expect(failing.after(600).write(stop(1)).complaint).toMatch('1 healthy left')
  })
  it('lets users and failures go below, and stops of tasks that are not healthy', () => {
    expect(story(100).write(stop(0), 'user').complaint).toBeUndefined()
    const pending = story(100).write(of('web-2-0-1', {}, 'PENDING'))
    expect(pending.write(of('web-2-0-1', { desiredStatus: 'STOPPED' }, 'PENDING')).complaint).toBeUndefined()
  })
  it('asks nothing for a service that is being deleted', () => {
    const deleted = { ...web(4, 100), metadata: { ...web(4).metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }
    expect(story(100).write(deleted).write(stop(0)).complaint).toBeUndefined()
  })
  it('judges by the lowest minimum of the last moment', () => {
    expect(story(50).write(web(8, 100)).after(500).write(stop(0)).complaint).toBeUndefined()
    expect(story(50).write(web(8, 100)).after(1500).write(stop(0)).complaint).toMatch('at least 8 required')
  })
})

describe('capacity', () => {
  const revision = (memory: number, hostPort?: number) =>
    aTaskDefinitionRevision({
      spec: {
        taskDefinition: {
          containerDefinitions: [
            aContainer({
              memory,
              portMappings: hostPort === undefined ? [] : [{ containerPort: 80, hostPort, protocol: 'tcp' }],
            }),
          ],
        },
      },
    })
  const bind = (name: string): Task => of(name, { containerInstance: 'one' })
  const story = (memory: number, hostPort?: number): Story =>
    new Story(capacity(second)).write(aContainerInstance()).write(revision(memory, hostPort))

  it('fires when memory is promised twice', () => {
    const s = story(1024).write(bind('a')).write(bind('b'))
    expect(s.complaint).toBeUndefined()
    expect(s.write(bind('c')).complaint).toMatch('3072 MiB promised of 2048')
  })
  it('frees at stopping', () => {
    const stopping = of('a', { containerInstance: 'one', desiredStatus: 'STOPPED' })
    expect(story(2048).write(bind('a')).write(stopping).write(bind('b')).complaint).toBeUndefined()
  })
  it('fires when a host port is promised twice', () => {
    expect(story(64, 8080).write(bind('a')).write(bind('b')).complaint).toMatch(
      '8080/tcp is promised to two tasks, default/b',
    )
  })
  it('fires for an instance that does not exist', () => {
    expect(new Story(capacity(second)).write(bind('a')).complaint).toMatch('not registered')
  })
  it('lets one be that was deleted a moment ago', () => {
    const left = (): Story => story(64).remove(aContainerInstance(), 'user')
    expect(left().after(1000).write(bind('a')).complaint).toBeUndefined()
    expect(left().after(1001).write(bind('a')).complaint).toMatch('not registered')
  })
})

describe('a task', () => {
  it('does not go back', () => {
    const s = new Story(forwardOnly).write(of('a', {}, 'PENDING')).write(of('a', {}, 'RUNNING'))
    expect(s.complaint).toBeUndefined()
    expect(s.write(of('a', {}, 'ACTIVATING')).complaint).toMatch('from RUNNING back to ACTIVATING')
  })
  it('is not called back from stopping', () => {
    const s = new Story(forwardOnly).write(of('a', { desiredStatus: 'STOPPED' }))
    expect(s.write(of('a')).complaint).toMatch('told to stop, then to run')
  })
  it('is bound once', () => {
    const s = new Story(boundOnce).write(of('a')).write(of('a', { containerInstance: 'one' }))
    expect(s.complaint).toBeUndefined()
    expect(s.write(of('a', { containerInstance: 'two' })).complaint).toMatch('was bound to one, now to two')
  })
  it('has its slot alone', () => {
    const s = new Story(oneTaskPerSlot).write(of('web-1-0-1', { desiredStatus: 'STOPPED' })).write(of('web-1-0-2'))
    s.write(of('web-1-1-1')).write(of('web-2-0-1'))
    expect(s.complaint).toBeUndefined()
    expect(s.write(of('web-1-0-3')).complaint).toMatch('a slot that web-1-0-2 holds')
  })
})

describe('the runs of a schedule', () => {
  const nightly = (spec: Partial<ScheduledTask['spec']> = {}): ScheduledTask =>
    aScheduledTask({ spec: { schedule: 'rate(1 minute)', concurrencyPolicy: 'Forbid', ...spec } })
  const task = (name: string, minute: number, status?: Task['status']): Task =>
    aTask({
      name,
      metadata: {
        annotations: { 'gantry.dev/scheduled-time': `2026-01-01T00:0${minute}:00Z` },
        ownerReferences: [
          { apiVersion: 'gantry.dev/v1', kind: 'ScheduledTask', name: 'nightly', uid: nightly().metadata.uid },
        ],
      },
      status,
    })
  const story = (spec?: Partial<ScheduledTask['spec']>): Story => new Story(scheduledRuns()).write(nightly(spec))

  it('fires when a task is made twice', () => {
    const once = story().write(task('nightly-60-1-1', 1)).remove(task('nightly-60-1-1', 1))
    expect(once.complaint).toBeUndefined()
    expect(once.write(task('nightly-60-1-1', 1)).complaint).toMatch('was made twice')
  })
  it('fires at a task too many, an attempt too many, and a time that is none', () => {
    const two = story().write(task('nightly-60-1-1', 1))
    expect(two.write(task('nightly-60-1-2', 1)).complaint).toMatch('has 2 tasks, 1 asked for')
    expect(story().write(task('nightly-60-2-1', 1)).complaint).toMatch('an attempt too many')
    const half = { ...task('nightly-30-1-1', 1) }
    half.metadata.annotations = { 'gantry.dev/scheduled-time': '2026-01-01T00:00:30Z' }
    expect(story().write(half).complaint).toMatch('is no time of rate(1 minute)')
  })
  it('fires at runs that overlap, where they may not', () => {
    const next = task('nightly-120-1-1', 2)
    expect(story().write(task('nightly-60-1-1', 1)).write(next).complaint).toMatch('Forbid: nightly-120-1-1 was made')
    const beside = story({ concurrencyPolicy: 'Allow' }).write(task('nightly-60-1-1', 1))
    expect(beside.write(next).complaint).toBeUndefined()
    const after = story().write(task('nightly-60-1-1', 1, { lastStatus: 'STOPPED' }))
    expect(after.write(next).complaint).toBeUndefined()
  })
})

describe('the history of a schedule', () => {
  type Status = NonNullable<ScheduledTask['status']>
  const run = (more: Partial<ScheduledRun> = {}): ScheduledRun => ({
    name: 'nightly-60',
    scheduledTime: '2026-01-01T00:01:00Z',
    trigger: 'Schedule',
    status: 'RUNNING',
    attempt: 1,
    tasks: ['nightly-60-1-1'],
    ...more,
  })
  const began = { countsFrom: '2026-01-01T00:00:30Z', lastScheduleTime: '2026-01-01T00:01:00Z' }
  const told = (...statuses: readonly Status[]): string | undefined =>
    [{}, ...statuses].reduce<Story>(
      (s, status) => s.write(aScheduledTask({ spec: { schedule: 'rate(1 minute)' }, status })),
      new Story(scheduledClaims()).after(Date.parse('2026-01-01T00:05:00Z')),
    ).complaint

  it.each<{ when: string; told: readonly Status[]; says: string | undefined }>([
    {
      when: 'a run that begins and fails',
      told: [
        { ...began, runs: [run()] },
        { ...began, runs: [run({ status: 'FAILED' })] },
      ],
      says: undefined,
    },
    { when: 'a time without a run', told: [{ ...began, runs: [] }], says: 'counts as begun without a run' },
    {
      when: 'a time that is not there yet',
      told: [{ lastScheduleTime: '2026-01-01T00:06:00Z', runs: [run({ scheduledTime: '2026-01-01T00:06:00Z' })] }],
      says: 'begun before its time',
    },
    {
      when: 'a time that was left out',
      told: [
        { ...began, lastScheduleTime: '2026-01-01T00:03:00Z', runs: [run({ scheduledTime: '2026-01-01T00:03:00Z' })] },
      ],
      says: 'a time before it is not told of',
    },
    { when: 'a request without a run', told: [{ lastRunRequest: 'a', runs: [] }], says: 'request a counts as served' },
    {
      when: 'a run that is forgotten',
      told: [{ ...began, runs: [run()] }, began],
      says: 'run nightly-60 is forgotten',
    },
    {
      when: 'an end that is taken back',
      told: [
        { ...began, runs: [run({ status: 'FAILED' })] },
        { ...began, runs: [run()] },
      ],
      says: 'run nightly-60 was FAILED before',
    },
    {
      when: 'a success of nobody',
      told: [
        { ...began, runs: [run()] },
        { ...began, runs: [run({ status: 'SUCCEEDED' })] },
      ],
      says: 'has succeeded without nightly-60-1-1',
    },
  ])('$when: $says', ({ told: statuses, says }) => {
    const complaint = told(...statuses)
    if (says === undefined) expect(complaint).toBeUndefined()
    else expect(complaint).toMatch(says)
  })
})

describe('a revision', () => {
  const web = (n: number) => aTaskDefinitionRevision({ name: `web.${n}`, spec: { revision: n } })

  it('has a number of its own, for ever', () => {
    const s = new Story(numbersGivenOnce()).write(web(1)).write(web(2)).write(web(2)).remove(web(2)).write(web(3))
    expect(s.complaint).toBeUndefined()
    expect(s.write(web(2)).complaint).toMatch('web.2 was made a second time')
  })

  const service = (taskDefinition: string) => aService({ spec: { taskDefinition } })
  const wanting = (desiredCount: number) => aServiceRevision({ spec: { taskDefinition: 'web.1', desiredCount } })
  it.each<{ when: string; by: readonly Resource[]; later?: number; says: string | undefined }>([
    { when: 'nothing uses', by: [], says: undefined },
    { when: 'a service pins', by: [service('web:1')], says: 'Service default/web needs it' },
    { when: 'the service of another family pins', by: [service('api:1')], says: undefined },
    { when: 'a service only follows', by: [service('web')], says: undefined },
    { when: 'a service wants tasks of', by: [wanting(1)], says: 'ServiceRevision default/web-1 needs it' },
    { when: 'a service wants no more tasks of', by: [wanting(1), wanting(0)], says: undefined },
    { when: 'a task runs', by: [of('job')], says: 'Task default/job needs it' },
    { when: 'a task ran', by: [of('job'), of('job', {}, 'STOPPED')], says: undefined },
    { when: 'a task was made of a moment ago', by: [of('job')], later: 900, says: undefined },
  ])('that $when goes: $says', ({ by, later = 1100, says }) => {
    const s = new Story(usedStays(second)).write(web(1))
    for (const one of by) s.write(one)
    const { complaint } = s.after(later).remove(web(1))
    if (says === undefined) expect(complaint).toBeUndefined()
    else expect(complaint).toMatch(says)
  })

  it('is let go by a late write of who had not seen its use', () => {
    const s = new Story(usedStays(second)).write(web(1)).write(of('job'))
    expect(s.after(5000).remove(web(1), 'late controllers-0#1').complaint).toBeUndefined()
  })
})

describe('leadership', () => {
  const held = (holderIdentity?: string) =>
    aLease({ name: 'controllers', namespace: 'gantry-system', spec: { holderIdentity } })

  it('fires when another than the holder writes', () => {
    const s = new Story(oneLeader('gantry-system/controllers')).write(held('controllers-0#1'))
    expect(s.write(of('a'), 'controllers-0#1').write(of('b'), 'agent-one#1').complaint).toBeUndefined()
    s.write(held('controllers-1#1'), 'controllers-1#1')
    expect(s.write(of('c'), 'controllers-0#1').complaint).toMatch(
      'controllers-0#1 wrote Task default/c while controllers-1#1 leads',
    )
  })
  it('fires when nobody leads', () => {
    expect(new Story(oneLeader('gantry-system/controllers')).write(held()).write(of('a')).complaint).toMatch(
      'while nobody leads',
    )
  })
})

describe('engines', () => {
  const container = (
    id: string,
    task: string,
    hostPort = 0,
    status: ContainerState['status'] = 'running',
  ): ContainerState => ({
    id,
    name: id,
    image: 'app:1',
    labels: { 'com.amazonaws.ecs.task-arn': task, 'com.amazonaws.ecs.container-name': 'app' },
    status,
    startedAt: undefined,
    finishedAt: undefined,
    exitCode: undefined,
    outOfMemory: false,
    health: 'none',
    ports: hostPort === 0 ? [] : [{ containerPort: 80, hostPort, protocol: 'tcp' }],
  })

  it('fires when one container of a task exists on two machines, or twice on one', () => {
    expect(
      checkEngines([
        ['one', [container('x', 'a')]],
        ['two', [container('y', 'b')]],
      ]),
    ).toBeUndefined()
    expect(
      checkEngines([
        ['one', [container('x', 'a')]],
        ['two', [container('y', 'a')]],
      ]),
    ).toMatch('exists twice')
    expect(checkEngines([['one', [container('x', 'a', 0, 'exited'), container('y', 'a')]]])).toMatch('exists twice')
  })
  it('fires when one port of a machine has two owners', () => {
    expect(
      checkEngines([
        ['one', [container('x', 'a', 80)]],
        ['two', [container('y', 'b', 80)]],
      ]),
    ).toBeUndefined()
    expect(checkEngines([['one', [container('x', 'a', 80), container('y', 'b', 80, 'exited')]]])).toBeUndefined()
    expect(checkEngines([['one', [container('x', 'a', 80), container('y', 'b', 80)]]])).toMatch(
      'port 80/tcp is held by x and y',
    )
  })
})

describe('strict services', () => {
  const ran = (name: string, status: ContainerState['status'] = 'running') =>
    ({ labels: { 'gantry.dev/task-uid': name }, status }) as unknown as ContainerState
  const made = (object: Resource, at: number, actor = 'controllers-0#1') => ({
    ...{ revision: 0, at: instant(at), actor, kind: object.kind, key: keyIn(object), before: undefined, after: object },
  })
  const task = (name: string): Resource => {
    const one = of(name)
    return { ...one, metadata: { ...one.metadata, uid: name } }
  }
  const both = [
    ['one', [ran('web-1-0-1')]],
    ['two', [ran('web-2-0-1')]],
  ] as const

  it.each([
    {
      when: 'two run',
      max: 100,
      machines: both,
      complaint: 'wants 1, and there run web-1-0-1 on one, web-2-0-1 on two',
    },
    { when: 'one has ended', max: 100, machines: [['one', [ran('web-1-0-1', 'exited'), ran('web-2-0-1')]]] as const },
    { when: 'it may', max: 200, machines: both },
    { when: 'nobody could count one of them', max: 100, machines: both, actor: 'late controllers-0#1' },
  ])('$when', ({ max, machines, complaint, actor }) => {
    const strict = new StrictServices(second)
    strict.follow(made(web(1, 0, max), 0))
    strict.follow(made(task('web-1-0-1'), 10))
    strict.follow(made(task('web-2-0-1'), 20, actor))
    const wrong = expect(strict.check(machines, instant(5000)))
    if (complaint === undefined) wrong.toBeUndefined()
    else wrong.toMatch(complaint)
  })
  it('allows what was wanted when the oldest of them was made', () => {
    const strict = new StrictServices(second)
    strict.follow(made(web(2, 0, 100), 0))
    strict.follow(made(task('web-1-0-1'), 10))
    strict.follow(made(task('web-2-0-1'), 20))
    strict.follow({ ...made(web(1, 0, 100), 30), before: web(2, 0, 100) })
    expect(strict.check(both, instant(5000))).toBeUndefined()
  })
})

describe('images before the first stop', () => {
  const definition = (n: number) =>
    aTaskDefinitionRevision({
      spec: { revision: n, taskDefinition: { containerDefinitions: [aContainer({ image: `web:${n}` })] } },
    })
  const revisionOf = (n: number) => aServiceRevision({ spec: { revision: n, taskDefinition: `web.${n}` } })
  const deployment = aServiceDeployment({ spec: { deployment: 2, targetServiceRevision: 'web-2' } })
  const stop = { desiredStatus: 'STOPPED', stoppedReason: 'Scaling activity initiated by (deployment x)' } as const
  const instance = aContainerInstance({ status: { images: [] } })

  it.each([
    {
      when: 'an image is missing',
      images: [],
      max: 100,
      complaint: 'stopped default/web-1-0-1 on one, which lacks web:2',
    },
    { when: 'all are there', images: ['web:2'], max: 100, complaint: undefined },
    { when: 'there is room to start first', images: [], max: 200, complaint: undefined },
    { when: 'the service goes', images: [], max: 100, deleted: true, complaint: undefined },
  ])('$when', ({ images, max, deleted = false, complaint }) => {
    const story = new Story(prefetched(second, (_, image) => images.some((one) => one === image)))
    for (const object of [definition(1), definition(2), revisionOf(1), revisionOf(2), web(1, 0, max), instance])
      story.write(object)
    story
      .write(of('web-1-0-1', { containerInstance: 'one' }, 'RUNNING'))
      .after(5000)
      .write(deployment)
      .after(100)
    const service = web(1, 0, max)
    if (deleted) story.write({ ...service, metadata: { ...service.metadata, deletionTimestamp: builtAt } })
    story.write(of('web-1-0-1', { containerInstance: 'one', ...stop }, 'RUNNING'))
    if (complaint === undefined) expect(story.complaint).toBeUndefined()
    else expect(story.complaint).toMatch(complaint)
  })
})
