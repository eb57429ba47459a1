/** The end of tasks and of agents: stopping, a restart of the agent, room that is given back. */
import { describe, expect, it } from 'vitest'
import type { ContainerDefinition } from '../../api/v1/container-definition.ts'
import { containersFinalizer } from '../../api/v1/well-known.ts'
import { Fault } from '../../lib/errors.ts'
import { millis, minutes, seconds } from '../../lib/time.ts'
import { aRunningAgent, aWorld, behaves } from '../../test/builders/agent-world.ts'
import { ecsLabels } from './labels.ts'

describe('stopping', () => {
  it('stops a task that is told to, for the reason given, with one write', async () => {
    const w = await aRunningAgent()
    const name = await w.run([{}])
    await w.pass(seconds(1))
    await w.stopTask(name)
    await w.pass(millis(100))
    expect(w.task(name).status).toMatchObject({
      lastStatus: 'STOPPED',
      stopCode: 'ServiceSchedulerInitiated',
      stoppedReason: 'scaled in',
      containers: [{ exitCode: 143 }],
    })
    expect(w.taskWrites).toBe(2)
    expect(w.engine.containers()).toHaveLength(1)
  })

  it('says STOPPING when it takes longer, kills after stopTimeout', async () => {
    const w = await aRunningAgent()
    const name = await w.run([{ stopTimeout: 5, ...behaves('stop:never') }])
    await w.pass(seconds(1))
    await w.stopTask(name)
    await w.pass(seconds(2))
    expect(w.task(name).status?.lastStatus).toBe('STOPPING')
    await w.pass(seconds(2.9 as never))
    expect(w.running()).toEqual(['app'])
    await w.pass(millis(200))
    expect(w.task(name).status).toMatchObject({ lastStatus: 'STOPPED', containers: [{ exitCode: 137 }] })
  })

  it('waits for many slow ones at once, though the engine is asked to stop only some at a time', async () => {
    const w = await aRunningAgent()
    const names: string[] = []
    for (let i = 0; i < 150; i += 1)
      names.push(await w.run([{ stopTimeout: 5, memory: 8, ...behaves('stop:never') }], { name: `web-1-${i}-1` }))
    await w.pass(seconds(1))
    expect(w.running()).toHaveLength(150)
    for (const name of names) await w.stopTask(name)
    // Two seconds until all are told, five until they are killed.
    await w.pass(millis(7_500))
    expect(w.running()).toEqual([])
  })

  it('never starts a task that is told to stop first', async () => {
    const w = await aWorld()
    const name = await w.run([{}])
    await w.stopTask(name)
    await w.startAgent()
    await w.pass(seconds(1))
    expect(w.task(name).status).toMatchObject({ lastStatus: 'STOPPED', stopCode: 'ServiceSchedulerInitiated' })
    expect(w.engine.containers()).toEqual([])
  })

  it('calls off a pull when the task is told to stop', async () => {
    const w = await aRunningAgent()
    const name = await w.run([{ image: 'far:1' }])
    await w.pass(seconds(1))
    await w.stopTask(name)
    await w.pass(millis(100))
    expect(w.task(name).status?.lastStatus).toBe('STOPPED')
    await w.pass(seconds(10))
    expect(w.engine.containers()).toEqual([])
  })

  it('lets a deleted task go once its containers are gone', async () => {
    const w = await aRunningAgent()
    const name = await w.run([behaves('stop:2s')])
    await w.pass(seconds(1))
    await w.deleteTask(name)
    await w.pass(seconds(1))
    expect(w.running()).toEqual(['app'])
    expect(w.task(name).metadata.finalizers).toEqual([containersFinalizer])
    await w.pass(seconds(2))
    expect(w.find(name)).toBeUndefined()
    expect(w.engine.containers()).toEqual([])
  })

  it('keeps trying a stop that the engine refuses', async () => {
    const w = await aRunningAgent()
    const name = await w.run([{}])
    await w.pass(seconds(1))
    w.engine.failNext('stop', new Fault('Unavailable', 'busy'))
    w.engine.failNext('stop', new Fault('Invalid', 'CannotStopContainerError: no'))
    await w.stopTask(name)
    await w.pass(seconds(5))
    expect(w.task(name).status?.lastStatus).toBe('STOPPED')
  })
})

describe('restart', () => {
  it('says that it is heard again (ecs-core 4.2)', async () => {
    const w = await aRunningAgent()
    const name = await w.run([{}])
    await w.pass(seconds(2))
    const before = w.task(name)
    await w.client.put({ ...before, status: { ...before.status, connectivity: 'DISCONNECTED' } })
    await w.pass(seconds(1))
    expect(w.task(name).status).toEqual(before.status)
  })

  it('picks up running tasks without touching them', async () => {
    const w = await aRunningAgent()
    const name = await w.run([{}, { name: 'second' }])
    await w.pass(seconds(1))
    const [before, writes] = [w.engine.containers(), w.taskWrites]
    await w.stopAgent()
    await w.startAgent()
    await w.pass(minutes(1))
    expect(w.engine.containers()).toEqual(before)
    expect(w.taskWrites).toBe(writes)
    await w.stopTask(name)
    await w.pass(seconds(1))
    expect(w.task(name).status?.lastStatus).toBe('STOPPED')
  })

  it('reports what died while it was away', async () => {
    const w = await aRunningAgent()
    const name = await w.run([behaves('exit:5 after:10s')])
    await w.pass(seconds(1))
    await w.stopAgent()
    await w.pass(seconds(20))
    await w.startAgent()
    expect(w.task(name).status).toMatchObject({ lastStatus: 'STOPPED', containers: [{ exitCode: 5 }] })
  })

  it.each([
    { when: 'between create and start', method: 'start' as const },
    { when: 'before create', method: 'create' as const },
  ])('goes on where it was killed $when, without a second container', async ({ method }) => {
    const w = await aRunningAgent()
    w.engine.failNext(method, new Fault('Unavailable', 'just now'))
    const name = await w.run([{}])
    await w.pass(millis(100))
    await w.stopAgent()
    await w.startAgent()
    await w.pass(seconds(1))
    expect(w.task(name).status?.lastStatus).toBe('RUNNING')
    expect(w.engine.containers()).toHaveLength(1)
  })

  it('removes containers of tasks that are gone, and stops those of tasks that count as STOPPED', async () => {
    const w = await aRunningAgent()
    const gone = await w.run([{ name: 'gone' }], { name: 'gone' })
    const lost = await w.run([{ name: 'lost' }], { name: 'lost' })
    await w.run([{ name: 'kept' }], { name: 'kept' })
    await w.pass(seconds(1))
    await w.stopAgent()
    await w.client.remove(w.task(gone))
    await w.client.put({ ...w.task(lost), status: { ...w.task(lost).status, lastStatus: 'STOPPED' } })
    await w.startAgent()
    await w.pass(seconds(1))
    expect(w.engine.containers().map(({ labels, status }) => [labels[ecsLabels.containerName], status])).toEqual([
      ['lost', 'exited'],
      ['kept', 'running'],
    ])
  })

  it('touches nothing while the API cannot be reached', async () => {
    const w = await aRunningAgent()
    await w.client.remove(w.task(await w.run([{}])))
    const name = await w.run([{}], { name: 'kept' })
    await w.pass(seconds(1))
    await w.stopAgent()
    await w.client.remove(w.task(name))
    w.trouble = () => new Fault('Unavailable', 'no server')
    await w.startAgent()
    await w.pass(minutes(10))
    expect(w.running()).toEqual(['app'])
    w.trouble = undefined
    await w.pass(seconds(10))
    expect(w.running()).toEqual([])
  })

  it('leaves the containers of other agents on the same engine alone', async () => {
    const w = await aRunningAgent()
    await w.run([{}])
    await w.pass(seconds(1))
    await w.stopAgent()
    await w.startAgent({ name: 'two' })
    await w.pass(seconds(10))
    expect(w.running()).toEqual(['app'])
  })

  it('tells a new task from an old one of the same name', async () => {
    const w = await aRunningAgent()
    const name = await w.run([{}])
    await w.pass(seconds(1))
    const old = w.task(name)
    await w.client.remove(old)
    await w.client.put({ ...old, status: undefined, metadata: { ...old.metadata, uid: 'another' } })
    await w.pass(seconds(1))
    expect(w.engine.containers().map(({ labels, status }) => [labels['gantry.dev/task-uid'], status])).toEqual([
      ['another', 'running'],
    ])
    expect(w.task(name).status?.lastStatus).toBe('RUNNING')
  })
})

describe('room on the host', () => {
  const web: Partial<ContainerDefinition> = { portMappings: [{ containerPort: 80, hostPort: 8080, protocol: 'tcp' }] }

  it('holds a task with a fixed port in PENDING until the one that stops lets go of it', async () => {
    const w = await aRunningAgent()
    const old = await w.run([{ ...web, ...behaves('stop:5s') }], { name: 'old' })
    await w.pass(seconds(1))
    await w.stopTask(old)
    const next = await w.run([web], { name: 'next' })
    await w.pass(seconds(3))
    expect(w.task(next).status?.lastStatus).toBe('PENDING')
    await w.pass(seconds(3))
    expect(w.task(old).status?.lastStatus).toBe('STOPPED')
    expect(w.task(next).status?.lastStatus).toBe('RUNNING')
  })

  it('remembers after a restart what the host already holds', async () => {
    const w = await aRunningAgent()
    const old = await w.run([{ ...web, ...behaves('stop:5s') }], { name: 'old' })
    await w.pass(seconds(1))
    await w.stopAgent()
    await w.client.remove(w.task(old))
    const next = await w.run([web], { name: 'next' })
    await w.startAgent()
    await w.pass(seconds(3))
    expect(w.task(next).status?.lastStatus).toBe('PENDING')
    await w.pass(seconds(3))
    expect(w.task(next).status?.lastStatus).toBe('RUNNING')
  })

  it('lets later tasks wait behind the first, and forgets one that is told to stop', async () => {
    const w = await aRunningAgent({ memory: 100 })
    const old = await w.run([{ memory: 60, ...behaves('stop:10s') }], { name: 'old' })
    await w.pass(seconds(1))
    await w.stopTask(old)
    const big = await w.run([{ memory: 90 }], { name: 'big' })
    await w.pass(seconds(1))
    const small = await w.run([{ memory: 30 }], { name: 'small' })
    await w.pass(seconds(2))
    expect(w.running()).toEqual(['app'])
    await w.stopTask(big)
    await w.pass(millis(100))
    expect(w.task(big).status?.lastStatus).toBe('STOPPED')
    expect(w.task(small).status?.lastStatus).toBe('RUNNING')
  })

  it('fails a task that would not fit an empty host', async () => {
    const w = await aRunningAgent({ memory: 100 })
    const name = await w.run([{ memory: 101 }])
    await w.pass(seconds(1))
    expect(w.task(name).status).toMatchObject({
      lastStatus: 'STOPPED',
      stopCode: 'TaskFailedToStart',
      stoppedReason: 'ResourceInitializationError: the container instance has no room for 101 MiB, 100 free',
    })
  })
})
