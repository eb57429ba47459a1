/** The scheduled-task controller in the real runtime, on a client in memory, with tasks that end as a test says. */
import { describe, expect, it } from 'vitest'
import { conditionOf } from '../../api/meta/conditions.ts'
import type { ScheduledTask } from '../../api/v1/scheduled-task.ts'
import type { Task, TaskStatus } from '../../api/v1/task.ts'
import { Fault } from '../../lib/errors.ts'
import { hours, type Millis, minutes, seconds, timestamp } from '../../lib/time.ts'
import { aContainer, aTask, aTaskDefinitionRevision } from '../../test/builders/kinds.ts'
import { exited, opened, prepared } from '../../test/builders/schedule-bed.ts'

describe('a run', () => {
  it('begins at its time with all that the template says, and its end is written down', async () => {
    const overrides = { containerOverrides: [{ name: 'app', command: ['report'] }] }
    const bed = await opened({
      taskTemplate: { taskDefinition: 'web', count: 2, overrides, tags: [{ key: 'a', value: 'b' }] },
    })
    expect(bed.status).toMatchObject({ active: 0, nextScheduleTime: '2026-01-01T03:00:00Z', observedGeneration: 1 })
    await bed.pass(hours(3))
    const [first, second] = bed.tasks
    expect([first?.metadata.name, second?.metadata.name]).toEqual(['nightly-1767236400-1-1', 'nightly-1767236400-1-2'])
    expect(first?.metadata).toMatchObject({
      labels: { 'gantry.dev/scheduled-task': 'nightly' },
      annotations: { 'gantry.dev/scheduled-time': '2026-01-01T03:00:00Z' },
      ownerReferences: [{ kind: 'ScheduledTask', uid: bed.object.metadata.uid, controller: true }],
    })
    expect(first?.spec).toEqual({
      taskDefinition: 'web.1',
      desiredStatus: 'RUNNING',
      group: 'family:web',
      startedBy: 'events-rule/nightly',
      overrides,
      tags: [{ key: 'a', value: 'b' }],
    })
    expect(bed.status).toMatchObject({
      active: 1,
      lastScheduleTime: '2026-01-01T03:00:00Z',
      nextScheduleTime: '2026-01-02T03:00:00Z',
    })
    expect(bed.runs).toEqual(['RUNNING 03:00'])
    await bed.pass(minutes(5))
    await bed.end(exited(0))
    expect(bed.status.runs).toMatchObject([
      {
        status: 'SUCCEEDED',
        trigger: 'Schedule',
        exitCode: 0,
        startedAt: '2026-01-01T03:00:00Z',
        endedAt: '2026-01-01T03:05:00Z',
        tasks: ['nightly-1767236400-1-1', 'nightly-1767236400-1-2'],
      },
    ])
    expect(bed.status).toMatchObject({ active: 0, lastSuccessfulTime: '2026-01-01T03:05:00Z' })
    expect(bed.tasks.map(({ metadata }) => metadata.finalizers)).toEqual([
      ['gantry.dev/containers'],
      ['gantry.dev/containers'],
    ])
    expect(conditionOf(bed.status.conditions, 'LastRunSucceeded')?.status).toBe('True')
    expect(bed.events).toEqual(['RunStarted', 'RunSucceeded'])
  })

  it('writes nothing between two runs', async () => {
    const bed = await opened({})
    await bed.pass(hours(3))
    await bed.end(exited(0))
    const asked = (): string | undefined => bed.client.activity.split(' ')[1]
    const before = asked()
    await bed.pass(hours(2))
    expect(asked()).toBe(before)
  })

  it.each<{ when: string; status: TaskStatus; run: object }>([
    { when: 'exit code', status: exited(3), run: { exitCode: 3, reason: expect.stringContaining('exit code 3') } },
    {
      when: 'what kept it from starting',
      status: { lastStatus: 'STOPPED', stopCode: 'TaskFailedToStart', stoppedReason: 'CannotPullContainerError: no' },
      run: { reason: 'nightly-1767236400-1-1: CannotPullContainerError: no' },
    },
    {
      when: 'exit of who was stopped',
      status: { ...exited(0), stopCode: 'UserInitiated', stoppedReason: 'Task stopped by user' },
      run: { reason: 'nightly-1767236400-1-1: Task stopped by user' },
    },
  ])('fails with the $when', async ({ status, run }) => {
    const bed = await opened({})
    await bed.pass(hours(3))
    await bed.end(status)
    expect(bed.status.runs).toMatchObject([{ status: 'FAILED', ...run }])
    expect(conditionOf(bed.status.conditions, 'LastRunSucceeded')?.status).toBe('False')
    expect(bed.events).toContain('RunFailed')
  })

  it('goes by the essential container that ended first', async () => {
    const containers = [aContainer(), aContainer({ name: 'db' }), aContainer({ name: 'logs', essential: false })]
    const definition = aTaskDefinitionRevision({
      spec: { revision: 2, taskDefinition: { containerDefinitions: containers } },
    })
    const bed = await opened({}, [definition])
    await bed.pass(hours(3))
    await bed.end({
      ...exited(0),
      containers: [
        { name: 'logs', lastStatus: 'STOPPED', exitCode: 1, stoppedAt: '2026-01-01T03:00:01Z' },
        { name: 'db', lastStatus: 'STOPPED', exitCode: 137, stoppedAt: '2026-01-01T03:00:09Z' },
        { name: 'app', lastStatus: 'STOPPED', exitCode: 0, stoppedAt: '2026-01-01T03:00:05Z' },
      ],
    })
    expect(bed.runs).toEqual(['SUCCEEDED 03:00'])
  })

  it('keeps so many of those that ended as it is told', async () => {
    const bed = await opened({ schedule: 'rate(1 hour)', successfulRunsHistoryLimit: 2, failedRunsHistoryLimit: 1 })
    for (const code of [0, 1, 0, 1, 0, 0]) {
      await bed.end(exited(code))
      await bed.pass(hours(1))
    }
    expect(bed.runs).toEqual(['RUNNING 06:00', 'SUCCEEDED 05:00', 'SUCCEEDED 04:00', 'FAILED 03:00'])
  })

  it('runs the newest revision of its time, and retries the same', async () => {
    const retryPolicy = { maximumRetryAttempts: 1, maximumEventAgeInSeconds: 3600 }
    const bed = await opened({ schedule: 'rate(1 hour)', retryPolicy })
    expect(bed.live.map(({ spec }) => spec.taskDefinition)).toEqual(['web.1'])
    await bed.client.put(aTaskDefinitionRevision({ spec: { revision: 2 } }))
    await bed.end(exited(1))
    await bed.pass(seconds(10))
    expect(bed.live.map(({ spec }) => spec.taskDefinition)).toEqual(['web.1'])
    await bed.end(exited(0))
    await bed.pass(hours(1))
    expect(bed.live.map(({ spec }) => spec.taskDefinition)).toEqual(['web.2'])
  })
})

describe('what is due', () => {
  it('of several times that passed only the newest is made up for', async () => {
    const bed = await prepared({ schedule: 'rate(1 hour)' })
    await bed.pass(minutes(210))
    await bed.run()
    expect(bed.runs).toEqual(['RUNNING 03:00'])
    expect(bed.status.lastMissedTime).toBe('2026-01-01T02:00:00Z')
    expect(bed.events).toEqual(expect.arrayContaining(['RunMissed', 'RunStarted']))
  })
  it.each([
    { deadline: 1799, runs: [], missed: '2026-01-01T03:00:00Z' },
    { deadline: 1800, runs: ['RUNNING 03:00'], missed: undefined },
  ])('$deadline s late at most, when it is 1800 s late: $runs', async ({ deadline, runs, missed }) => {
    const bed = await prepared({ startingDeadlineSeconds: deadline })
    await bed.pass(minutes(210))
    await bed.run()
    expect(bed.runs).toEqual(runs)
    expect(bed.status.lastMissedTime).toBe(missed)
    expect(bed.status.nextScheduleTime).toBe('2026-01-02T03:00:00Z')
  })
  it('is nothing while it is suspended, and nothing is made up for', async () => {
    const bed = await opened({ schedule: 'rate(1 hour)', suspend: true })
    expect(bed.status.nextScheduleTime).toBeUndefined()
    await bed.pass(minutes(90))
    await bed.change({ suspend: false })
    expect(bed.runs).toEqual([])
    expect(bed.status.nextScheduleTime).toBe('2026-01-01T02:00:00Z')
    await bed.pass(minutes(30))
    expect(bed.runs).toEqual(['RUNNING 02:00'])
  })
  it('is counted anew when the schedule changes, and only then', async () => {
    const bed = await opened({})
    await bed.pass(hours(2))
    await bed.change({ schedule: 'cron(0/10 * * * ? *)' })
    expect(bed.runs).toEqual([])
    await bed.change({ failedRunsHistoryLimit: 5 })
    await bed.pass(minutes(10))
    expect(bed.runs).toEqual(['RUNNING 02:10'])
  })
  it('once: at its time, and then it is complete', async () => {
    const bed = await opened({ schedule: 'at(2026-01-01T01:30:00)' })
    await bed.pass(hours(2))
    expect(conditionOf(bed.status.conditions, 'Ready')?.reason).toBe('LastRun')
    await bed.end(exited(0))
    expect(bed.runs).toEqual(['SUCCEEDED 01:30'])
    expect(conditionOf(bed.status.conditions, 'Ready')).toMatchObject({ status: 'True', reason: 'Completed' })
    await bed.pass(hours(2))
    expect(bed.tasks).toHaveLength(1)
  })
  it('begins and ends with its dates', async () => {
    const dates = { startDate: '2026-01-01T01:00:00Z', endDate: '2026-01-01T02:59:00Z' }
    const bed = await opened({ schedule: 'rate(1 hour)', ...dates })
    for (let n = 0; n < 5; n += 1) {
      await bed.pass(hours(1))
      await bed.end(exited(0))
    }
    expect(bed.runs).toEqual(['SUCCEEDED 02:00', 'SUCCEEDED 01:00'])
  })
})

describe('while a run is under way', () => {
  it('Allow: the next begins beside it, up to a bound', async () => {
    const bed = await opened({ schedule: 'rate(1 minute)' })
    await bed.pass(minutes(2))
    expect(bed.live).toHaveLength(3)
    await bed.pass(minutes(60))
    expect(bed.live).toHaveLength(20)
    expect(conditionOf(bed.status.conditions, 'Ready')?.reason).toBe('RunWaiting')
  })
  it('Forbid: the newest that is due begins after it', async () => {
    const bed = await opened({ schedule: 'rate(1 hour)', concurrencyPolicy: 'Forbid' })
    await bed.pass(minutes(90))
    expect(bed.runs).toEqual(['RUNNING 00:00'])
    expect(bed.events.filter((reason) => reason === 'RunWaiting')).toHaveLength(1)
    await bed.pass(hours(1))
    await bed.end(exited(0))
    expect(bed.runs).toEqual(['RUNNING 02:00', 'SUCCEEDED 00:00'])
    await bed.end(exited(0))
    expect(bed.live).toHaveLength(0)
  })
  it('Forbid: not when it is too late then', async () => {
    const bed = await opened({ schedule: 'rate(1 hour)', concurrencyPolicy: 'Forbid', startingDeadlineSeconds: 60 })
    await bed.pass(minutes(90))
    await bed.end(exited(0))
    expect(bed.runs).toEqual(['SUCCEEDED 00:00'])
    expect(bed.status.lastMissedTime).toBe('2026-01-01T01:00:00Z')
  })
  it('Forbid: a run that waits for its next attempt is under way', async () => {
    const retryPolicy = { maximumRetryAttempts: 1, maximumEventAgeInSeconds: 3600 }
    const bed = await opened({ schedule: 'rate(1 hour)', concurrencyPolicy: 'Forbid', retryPolicy })
    await bed.pass((minutes(59) + seconds(55)) as Millis)
    await bed.end(exited(1))
    await bed.pass(seconds(5))
    expect(bed.runs).toEqual(['FAILED 00:00', 'RUNNING 01:00'].reverse())
  })
  it('Replace: it is stopped, and the next begins when it has', async () => {
    const bed = await opened({ schedule: 'rate(1 hour)', concurrencyPolicy: 'Replace' })
    await bed.pass(hours(1))
    expect(bed.runs).toEqual(['STOPPING 00:00'])
    expect(bed.live[0]?.spec).toMatchObject({
      desiredStatus: 'STOPPED',
      stopCode: 'UserInitiated',
      stoppedReason: 'Replaced by run nightly-1767229200',
    })
    await bed.end(exited(143))
    expect(bed.runs).toEqual(['RUNNING 01:00', 'FAILED 00:00'])
  })
})

describe('a run that fails', () => {
  const retryPolicy = { maximumRetryAttempts: 2, maximumEventAgeInSeconds: 3600 }
  it('is tried again after pauses that grow, so many times', async () => {
    const bed = await opened({ retryPolicy })
    await bed.pass(hours(3))
    await bed.end(exited(1))
    expect(bed.status.runs).toMatchObject([
      { status: 'RETRYING', attempt: 1, exitCode: 1, nextAttemptAt: '2026-01-01T03:00:10Z' },
    ])
    await bed.pass(seconds(10))
    expect(bed.live.map(({ metadata }) => metadata.name)).toEqual(['nightly-1767236400-2-1'])
    await bed.end(exited(1))
    await bed.pass(seconds(18))
    expect(bed.live).toHaveLength(0)
    await bed.pass(seconds(3))
    expect(bed.live.map(({ metadata }) => metadata.name)).toEqual(['nightly-1767236400-3-1'])
    await bed.end(exited(2))
    expect(bed.status.runs).toMatchObject([{ status: 'FAILED', attempt: 3, exitCode: 2 }])
    await bed.pass(minutes(30))
    expect(bed.tasks).toHaveLength(3)
    expect(bed.events.filter((reason) => reason === 'RunRetried')).toHaveLength(2)
  })
  it('is not tried again later than its age allows', async () => {
    const bed = await opened({ retryPolicy: { maximumRetryAttempts: 9, maximumEventAgeInSeconds: 60 } })
    await bed.pass(hours(3))
    await bed.pass(seconds(51))
    await bed.end(exited(1))
    expect(bed.runs).toEqual(['FAILED 03:00'])
  })
  it('is not tried again when somebody stopped it', async () => {
    const bed = await opened({ retryPolicy })
    await bed.pass(hours(3))
    await bed.end({ ...exited(143), stopCode: 'UserInitiated' })
    expect(bed.runs).toEqual(['FAILED 03:00'])
  })
  it('ends at its deadline, whatever attempts are left', async () => {
    const bed = await opened({ retryPolicy, activeDeadlineSeconds: 30 })
    await bed.pass(hours(3))
    await bed.pass(seconds(31))
    expect(bed.runs).toEqual(['STOPPING 03:00'])
    expect(bed.live[0]?.spec.stoppedReason).toBe('DeadlineExceeded: the run took longer than 30 s')
    await bed.end(exited(137))
    expect(bed.status.runs).toMatchObject([{ status: 'FAILED', attempt: 1, exitCode: 137 }])
  })
  it.each([
    {
      when: 'there is no task definition',
      spec: { taskTemplate: { taskDefinition: 'nope', count: 1 } },
      says: 'Not found: "nope"',
    },
    {
      when: 'it overrides a container that is not there',
      spec: {
        taskTemplate: { taskDefinition: 'web', count: 1, overrides: { containerOverrides: [{ name: 'nobody' }] } },
      },
      says: 'spec.taskTemplate.overrides.containerOverrides[0].name: Invalid value: "nobody"',
    },
    { when: 'it is refused', spec: {}, says: 'nightly-1767236400-1-1: not allowed' },
  ])('because $when', async ({ spec, says }) => {
    const bed = await opened({ ...spec, retryPolicy })
    bed.client.interrupt((verb, kind) =>
      verb === 'create' && kind === 'Task' ? new Fault('Invalid', 'not allowed') : undefined,
    )
    await bed.pass(hours(3))
    expect(bed.status.runs).toMatchObject([{ status: 'RETRYING', reason: expect.stringContaining(says) }])
    await bed.pass(minutes(5))
    expect(bed.status.runs).toMatchObject([{ status: 'FAILED', attempt: 3 }])
  })
})

describe('a run that is asked for', () => {
  it('begins at once, once for each request', async () => {
    const bed = await opened({ suspend: true })
    await bed.ask('a')
    expect(bed.tasks.map(({ metadata }) => metadata.name)).toEqual(['nightly-m1767225600-1-1'])
    expect(bed.status).toMatchObject({ lastRunRequest: 'a', runs: [{ trigger: 'Manual' }] })
    await bed.ask('a')
    await bed.ask('b')
    expect(bed.tasks).toHaveLength(1) // runs are named by their second
    await bed.pass(seconds(1))
    expect(bed.tasks).toHaveLength(2)
    expect(bed.status.lastScheduleTime).toBeUndefined()
  })
  it('waits where runs may not overlap', async () => {
    const bed = await opened({ schedule: 'rate(1 hour)', concurrencyPolicy: 'Forbid' })
    await bed.ask('a')
    expect(bed.live).toHaveLength(1)
    await bed.end(exited(0))
    expect(bed.status.runs?.map(({ trigger, status }) => `${trigger} ${status}`)).toEqual([
      'Manual RUNNING',
      'Schedule SUCCEEDED',
    ])
  })
})

describe('conditions', () => {
  it.each([
    { when: 'the schedule cannot be read', spec: { schedule: 'cron(0 25 * * ? *)' }, reason: 'Invalid' },
    { when: 'the zone is not known', spec: { timeZone: 'Mars/Olympus' }, reason: 'Invalid' },
    {
      when: 'there is no task definition',
      spec: { taskTemplate: { taskDefinition: 'x', count: 1 } },
      reason: 'TaskDefinitionNotFound',
    },
    {
      when: 'it overrides a container that is not there',
      spec: {
        taskTemplate: { taskDefinition: 'web', count: 1, overrides: { containerOverrides: [{ name: 'nobody' }] } },
      },
      reason: 'Invalid',
    },
  ])('say that it is stalled when $when', async ({ spec, reason }) => {
    const bed = await opened(spec)
    expect(conditionOf(bed.status.conditions, 'Ready')).toMatchObject({ status: 'False', reason })
    expect(conditionOf(bed.status.conditions, 'Stalled')).toMatchObject({ status: 'True', reason })
    await bed.change({ schedule: '0 3 * * *', timeZone: 'UTC', taskTemplate: { taskDefinition: 'web', count: 1 } })
    expect(conditionOf(bed.status.conditions, 'Ready')).toMatchObject({ status: 'True', observedGeneration: 2 })
    expect(conditionOf(bed.status.conditions, 'Stalled')).toBeUndefined()
  })
})

describe('twice is never', () => {
  it('two controllers make one run of it', async () => {
    const bed = await opened({ schedule: 'rate(1 hour)' })
    await bed.run()
    await bed.pass(minutes(130))
    expect(bed.tasks.map(({ metadata }) => metadata.name)).toEqual([
      'nightly-1767225600-1-1',
      'nightly-1767229200-1-1',
      'nightly-1767232800-1-1',
    ])
  })
  it('an old view of a run that ended does not make its tasks again', async () => {
    const bed = await opened({ schedule: 'rate(1 hour)' })
    await bed.end(exited(0))
    for (const task of bed.tasks) await bed.client.remove(task)
    const ended = bed.object
    const [run] = ended.status?.runs ?? []
    const claimed = { ...ended, status: { ...ended.status, runs: [{ ...run, status: 'PENDING' as const }] } }
    const old = await prepared({})
    await old.client.put(claimed as ScheduledTask)
    const made: string[] = []
    old.client.interrupt((verb, kind, key) => {
      if (verb === 'create' && kind === 'Task') made.push(key)
      const isAbout = (verb === 'get' || verb === 'updateStatus') && kind === 'ScheduledTask'
      return isAbout ? new Fault('Conflict', 'it has changed') : undefined
    })
    await old.run()
    await old.pass(seconds(30))
    expect(made).toEqual([])
  })
  it('a task stays until its end is written down, and goes with its scheduled task', async () => {
    const bed = await opened({})
    await bed.pass(hours(3))
    const [task] = bed.tasks as [Task]
    expect(task.metadata.finalizers).toEqual(['gantry.dev/containers', 'gantry.dev/scheduled-run'])
    await bed.client.remove(bed.object)
    await bed.pass(seconds(1))
    expect(bed.tasks[0]?.metadata.finalizers).toEqual(['gantry.dev/containers'])
  })
  it('a task that somebody deleted is not made again', async () => {
    const retryPolicy = { maximumRetryAttempts: 3, maximumEventAgeInSeconds: 3600 }
    const bed = await opened({ retryPolicy })
    await bed.pass(hours(3))
    const [task] = bed.tasks as [Task]
    const deletionTimestamp = timestamp(bed.client.clock.now())
    await bed.client.put({
      ...task,
      metadata: { ...task.metadata, deletionTimestamp, finalizers: ['gantry.dev/scheduled-run'] },
    })
    await bed.pass(seconds(1))
    expect(bed.tasks).toEqual([])
    expect(bed.status.runs).toMatchObject([{ status: 'FAILED', reason: expect.stringContaining('deleted by user') }])
  })
  it('a task of another’s that has the name is left alone', async () => {
    const bed = await prepared({})
    await bed.client.put(aTask({ name: 'nightly-1767236400-1-1' }))
    await bed.run()
    await bed.pass(hours(3))
    expect(bed.status.runs).toMatchObject([
      { status: 'FAILED', reason: expect.stringContaining('another task of that name') },
    ])
  })
})
