import { describe, expect, it } from 'vitest'
import { millis, milliTimestamp, parseTimestamp, plus, seconds } from '../../lib/time.ts'
import { aServiceDeployment, aTask } from '../../test/builders/kinds.ts'
import { builtAt } from '../../test/builders/object.ts'
import { phaseTimes, phaseTimesOf, startTime, taskTimelines } from './deployment-timeline.ts'
import type { Task } from './task.ts'
import { createdAtAnnotation } from './well-known.ts'

const t0 = parseTimestamp(builtAt)
const at = (after: number): string => milliTimestamp(plus(t0, seconds(after)))
type Marks = Readonly<
  Partial<Record<'connected' | 'pull' | 'pulled' | 'started' | 'healthy' | 'stopping' | 'stopped', number>>
>
type Status = NonNullable<Task['status']>['lastStatus']

function task(name: string, made: number, marks: Marks, over: { by?: string; stop?: string; is?: Status } = {}): Task {
  const { by = 'web-d2', stop, is = 'RUNNING' } = over
  const mark = (after: number | undefined) => (after === undefined ? undefined : at(after))
  return aTask({
    name,
    metadata: { annotations: { [createdAtAnnotation]: at(made) } },
    spec: {
      startedBy: `ecs-svc/${by}`,
      ...(stop === undefined
        ? {}
        : { desiredStatus: 'STOPPED', stoppedReason: `Scaling activity initiated by (deployment ecs-svc/${stop})` }),
    },
    status: {
      lastStatus: is,
      connectivityAt: mark(marks.connected),
      pullStartedAt: mark(marks.pull),
      pullStoppedAt: mark(marks.pulled),
      startedAt: mark(marks.started),
      healthyAt: mark(marks.healthy),
      stoppingAt: mark(marks.stopping),
      stoppedAt: mark(marks.stopped),
    },
  })
}
const deployment = (finished?: number) =>
  aServiceDeployment({
    spec: { deployment: 2 },
    ...(finished === undefined ? {} : { status: { finishedAt: at(finished) } }),
  })
const old = { by: 'web-d1', stop: 'web-d2', is: 'STOPPED' } as const

describe('the phases of a task (ecs-core 4.4: its marks)', () => {
  it.each<{ when: string; task: Task; phases: Readonly<Record<string, number>>; now?: string }>([
    {
      when: 'with a pull and a health check: each ends at its mark',
      task: task('a', 1, { connected: 1.5, pull: 2, pulled: 5, started: 6, healthy: 16 }),
      phases: { placed: 500, pulled: 3500, started: 1000, healthy: 10_000 },
    },
    {
      when: 'with neither, what is not there takes no time',
      task: task('a', 1, { connected: 1.5, started: 2 }),
      phases: { placed: 500, started: 500 },
    },
    { when: 'not placed yet', task: task('a', 1, {}, { is: 'PROVISIONING' }), phases: {}, now: 'placed 1' },
    {
      when: 'being pulled',
      task: task('a', 1, { connected: 2, pull: 3 }, { is: 'PENDING' }),
      phases: { placed: 1000 },
      now: 'pulled 2',
    },
    {
      when: 'being started',
      task: task('a', 1, { connected: 2, pull: 2, pulled: 4 }, { is: 'PENDING' }),
      phases: { placed: 1000, pulled: 2000 },
      now: 'started 4',
    },
    {
      when: 'that never ran',
      task: task('a', 1, { connected: 2, pull: 2, stopping: 3, stopped: 3 }, { is: 'STOPPED' }),
      phases: { placed: 1000 },
    },
    {
      when: 'that the deployment stopped',
      task: task('a', -99, { connected: -98, started: -97, stopping: 4, stopped: 6.5 }, old),
      phases: { drained: 2500 },
    },
    {
      when: 'that it stops',
      task: task('a', -99, { connected: -98, stopping: 4 }, { ...old, is: 'STOPPING' }),
      phases: {},
      now: 'drained 4',
    },
    {
      when: 'whose machine is a little behind: not less than nothing',
      task: task('a', 1, { connected: 0.8, started: 2 }),
      phases: { placed: 0, started: 1200 },
    },
  ])('$when', ({ task: one, phases, now }) => {
    const [timed] = taskTimelines(deployment(), [one])
    expect(timed?.phases).toEqual(phases)
    const since = timed?.now && (timed.now.since - t0) / 1000
    expect(timed?.now && `${timed.now.phase} ${since}`).toBe(now)
  })
})

describe('the tasks of a deployment', () => {
  const tasks = [
    task('new', 1, { started: 2 }),
    task('replaced later', 61, { started: 62 }),
    task('stopped', -9, { stopping: 0.5, stopped: 3 }, old),
    task('stopped later', -9, { stopping: 70, stopped: 71 }, old),
    task('of another', 1, { started: 2 }, { by: 'web-d1' }),
  ]
  const names = (finished?: number) => taskTimelines(deployment(finished), tasks).map(({ name }) => name)
  it('are those that it started or stopped, by time', () =>
    expect(names()).toEqual(['stopped', 'new', 'replaced later', 'stopped later']))
  it('until it ended', () => expect(names(60)).toEqual(['stopped', 'new']))
})

describe('a phase over all tasks', () => {
  const tasks = [
    task('a', 1, { connected: 2, started: 5 }),
    task('b', 1, { connected: 2, started: 3 }),
    task('c', 1, { connected: 2, started: 9 }),
    task('d', 1, { connected: 2, started: 9 }),
  ]
  const timed = taskTimelines(deployment(), tasks)
  it('has a median, and the slowest by name', () =>
    expect(phaseTimes(timed)).toEqual([
      { phase: 'placed', tasks: 4, medianMilliseconds: 1000, longestMilliseconds: 1000, longestTask: 'a' },
      { phase: 'started', tasks: 4, medianMilliseconds: 3000, longestMilliseconds: 7000, longestTask: 'c' },
    ]))
  it('is nothing without tasks', () => expect(phaseTimes([])).toEqual([]))
  it('is what was written down, once the deployment has ended', () => {
    const written = phaseTimes(timed)
    const ended = aServiceDeployment({ status: { finishedAt: at(60), timeline: written } })
    expect(phaseTimesOf(ended, [])).toEqual(written)
    expect(phaseTimesOf(deployment(), tasks)).toEqual(written)
  })
  it('a task took what its phases took together, up to being well', () =>
    expect(startTime(timed[0] as (typeof timed)[number])).toBe(millis(4000)))
})
