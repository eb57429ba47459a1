import { expect, it } from 'vitest'
import { milliTimestamp, parseTimestamp, plus, seconds } from '../../lib/time.ts'
import { aServiceDeployment, aTask } from '../../test/builders/kinds.ts'
import { builtAt } from '../../test/builders/object.ts'
import { timelineOf, timelineText } from './timeline.ts'

const t0 = parseTimestamp(builtAt)
const at = (after: number): string => milliTimestamp(plus(t0, seconds(after)))
const made = (after: number) => ({ annotations: { 'gantry.dev/created-at': at(after) } })
const startedBy = 'ecs-svc/web-d2'

const quick = aTask({
  name: 'web-2-0-1',
  metadata: made(0.1),
  spec: { startedBy },
  status: {
    lastStatus: 'RUNNING',
    connectivityAt: at(0.2),
    pullStoppedAt: at(3.2),
    startedAt: at(4),
    healthyAt: at(9),
  },
})
const slow = aTask({
  name: 'web-2-1-1',
  metadata: made(0.1),
  spec: { startedBy },
  status: {
    lastStatus: 'RUNNING',
    connectivityAt: at(0.3),
    pullStoppedAt: at(3.3),
    startedAt: at(4),
    healthyAt: at(200),
  },
})
const starting = aTask({
  name: 'web-2-2-1',
  metadata: made(5),
  spec: { startedBy },
  status: { lastStatus: 'PENDING', connectivityAt: at(5.1), pullStartedAt: at(5.2) },
})
const old = aTask({
  name: 'web-1-0-1',
  spec: { startedBy: 'ecs-svc/web-d1', stoppedReason: 'Scaling activity initiated by (deployment ecs-svc/web-d2)' },
  status: { lastStatus: 'STOPPED', stoppingAt: at(9.5), stoppedAt: at(12) },
})
const deployment = (finished?: number) =>
  aServiceDeployment({
    spec: { deployment: 2, service: 'web' },
    status: {
      status: finished === undefined ? 'IN_PROGRESS' : 'SUCCESSFUL',
      startedAt: at(0),
      ...(finished === undefined ? {} : { finishedAt: at(finished) }),
    },
  })

it('shows each task, each phase, and what took longest', () => {
  const timeline = timelineOf(deployment(), [quick, slow, starting, old], plus(t0, seconds(15)))
  expect(timelineText(timeline).split('\n')).toEqual([
    'Deployment web-d2 of service web is IN_PROGRESS for 15.0s.',
    '',
    'TASK        LAST-STATUS   AT      PLACED   PULLED    STARTED   HEALTHY   DRAINED',
    'web-2-0-1   RUNNING       +0.1s   0.1s     3.0s      0.8s      5.0s      -',
    'web-2-1-1   RUNNING       +0.1s   0.2s     3.0s      0.7s      3m16s     -',
    'web-2-2-1   PENDING       +5.0s   0.1s     9.9s...   -         -         -',
    'web-1-0-1   STOPPED       +9.5s   -        -         -         -         2.5s',
    '',
    'PHASE     TASKS   MEDIAN   LONGEST   TASK',
    'placed    3       0.1s     0.2s      web-2-1-1',
    'pulled    2       3.0s     3.0s      web-2-0-1',
    'started   2       0.7s     0.8s      web-2-0-1',
    'healthy   2       5.0s     3m16s     web-2-1-1',
    'drained   1       2.5s     2.5s      web-1-0-1',
    '',
    'The longest phase is healthy: half of the tasks took 5.0s or more.',
    'The slowest task is web-2-1-1: 3m19s.',
    'It goes on.',
  ])
  expect(timeline).toMatchObject({
    milliseconds: 15_000,
    longestPhase: { phase: 'healthy' },
    slowestTask: { task: 'web-2-1-1', milliseconds: 199_900 },
    tasks: [{ part: 'new' }, {}, { now: { phase: 'pulled', milliseconds: 9900 } }, { part: 'old', since: at(9.5) }],
  })
})

it('tells of a deployment whose tasks are gone what was written down', () => {
  const { phases } = timelineOf(deployment(), [quick], t0)
  const ended = deployment(30)
  const past = { ...ended, status: { ...ended.status, timeline: [...phases] } }
  const text = timelineText(timelineOf(past, [], plus(t0, seconds(99))))
  expect(text).toMatch(/^Deployment web-d2 of service web is SUCCESSFUL after 30\.0s\.\n\nPHASE .*\nplaced /)
  expect(text).toContain(
    'Its tasks are gone; this is what was written down when it ended.\nThe longest phase is healthy',
  )
  expect(text).not.toContain('slowest')
})

it('has nothing to tell before there are tasks', () =>
  expect(timelineText(timelineOf(aServiceDeployment({ spec: { service: 'web' } }), [], t0))).toBe(
    'Deployment web-d1 of service web is PENDING.\nNo task of it is there yet, or any more.',
  ))

it('says how long no task was on its way', () => {
  const done = aTask({
    name: 'web-2-0-1',
    metadata: made(1),
    spec: { startedBy },
    status: { lastStatus: 'RUNNING', connectivityAt: at(1), startedAt: at(4) },
  })
  const gone = aTask({
    ...old,
    name: 'web-1-0-1',
    status: { lastStatus: 'STOPPED', stoppingAt: at(44), stoppedAt: at(46) },
  })
  const timeline = timelineOf(deployment(50), [done, gone], t0)
  // from 0 to 1, from 4 to 44, from 46 to 50
  expect(timeline.idleMilliseconds).toBe(45_000)
  expect(timelineText(timeline)).toContain('\n45.0s went into none of these: it waited ')
  expect(timelineText(timelineOf(deployment(4.5), [done], t0))).not.toContain('none of these')
})
