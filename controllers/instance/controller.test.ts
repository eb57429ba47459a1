/** The instance controller in the real runtime, on a real API. */
import { describe, expect, it } from 'vitest'
import { controllerReference, type Resource } from '../../api/meta/object.ts'
import { ContainerInstance, leaseNameOf } from '../../api/v1/container-instance.ts'
import { Event } from '../../api/v1/core.ts'
import { Task } from '../../api/v1/task.ts'
import { containersFinalizer } from '../../api/v1/well-known.ts'
import { microTimestamp, millis, minutes, seconds } from '../../lib/time.ts'
import {
  aContainerInstance,
  aLease,
  aService,
  aServiceRevision,
  aTask,
  aTaskDefinitionRevision,
  running,
} from '../../test/builders/kinds.ts'
import { calm, runController } from '../../test/builders/run-controller.ts'
import { openClient, type TestClient } from '../../test/builders/test-client.ts'
import { runtimeLimits } from '../runtime/limits.ts'
import { type InstanceControllerOptions, instanceController } from './controller.ts'

const lookAfter = (client: TestClient, options: InstanceControllerOptions = {}) =>
  runController(client, (d) => instanceController(d, options))

/** The agent of an instance beats once; its own clock is an hour wrong. */
const beat = async (client: TestClient, name = 'one'): Promise<void> => {
  const renewTime = microTimestamp((client.clock.now() - 3_600_000) as ReturnType<typeof client.clock.now>)
  await client.put(aLease({ name: leaseNameOf(name), spec: { leaseDurationSeconds: 15, renewTime } }))
}
const instanceIn = (client: TestClient): ContainerInstance | undefined => client.all(ContainerInstance)[0]
const taskIn = (client: TestClient, name = 'web-1-0-1'): Task | undefined =>
  client.all(Task).find((task) => task.metadata.name === name)

const unjudged = aContainerInstance({ status: { agentConnected: undefined, status: undefined } })
const bound = aTask({
  spec: { containerInstance: 'one' },
  metadata: { finalizers: [containersFinalizer] },
  status: running,
})
const world = (...more: Resource[]): Promise<TestClient> =>
  openClient([aTaskDefinitionRevision(), aLease(), unjudged, ...more])

describe('the instance controller', () => {
  it('says that the agent is connected, what remains, and then nothing as long as it beats', async () => {
    const client = await world(bound)
    await lookAfter(client)
    expect(instanceIn(client)?.status).toMatchObject({
      status: 'ACTIVE',
      agentConnected: true,
      runningTasksCount: 1,
      remainingResources: { cpu: 2048, memory: 2048 - 64 },
    })
    const version = instanceIn(client)?.metadata.resourceVersion
    for (let n = 0; n < 20; n += 1) {
      await client.clock.advance(seconds(5))
      await beat(client)
    }
    expect(instanceIn(client)?.metadata.resourceVersion).toBe(version)
    expect(taskIn(client)?.status?.lastStatus).toBe('RUNNING')
  })

  it('silence: disconnected after 15 s, its tasks stopped after 30 s; back when it beats again', async () => {
    const client = await world(bound)
    await lookAfter(client)
    await client.clock.advance(seconds(5))
    await beat(client)
    await client.clock.advance(millis(14_900))
    expect(instanceIn(client)?.status?.agentConnected).toBe(true)
    await client.clock.advance(millis(200))
    expect(instanceIn(client)?.status?.agentConnected).toBe(false)
    expect(taskIn(client)?.status?.lastStatus).toBe('RUNNING')
    await client.clock.advance(seconds(15))
    expect(taskIn(client)?.status).toMatchObject({
      lastStatus: 'STOPPED',
      stopCode: 'TerminationNotice',
      stoppedReason: expect.stringMatching(/^Host EC2 \(instance one\) stopped/),
      connectivity: 'DISCONNECTED',
      stoppedAt: expect.any(String),
    })
    expect(
      client
        .all(Event)
        .map(({ reason }) => reason)
        .toSorted(),
    ).toEqual(['AgentConnected', 'AgentDisconnected', 'InstanceLost'])
    const version = client.activity
    await client.clock.advance(minutes(10))
    expect(client.activity).toBe(version)
    await beat(client)
    await calm(client)
    expect(instanceIn(client)?.status?.agentConnected).toBe(true)
  })

  it('how long until an instance counts as lost can be set', async () => {
    const client = await world(bound)
    await lookAfter(client, { lostAfter: seconds(60) })
    await client.clock.advance(seconds(59))
    expect(taskIn(client)?.status?.lastStatus).toBe('RUNNING')
    await client.clock.advance(seconds(2))
    expect(taskIn(client)?.status?.lastStatus).toBe('STOPPED')
  })

  it('a new leader does not take a lost instance for a fresh one, nor stops the tasks of a fresh one', async () => {
    const client = await world(bound)
    const first = await lookAfter(client)
    await client.clock.advance(seconds(31))
    await first.end()
    const late = await client.put({ ...bound, metadata: { ...bound.metadata, name: 'late' } })
    await lookAfter(client)
    expect(instanceIn(client)?.status?.agentConnected).toBe(false)
    expect(taskIn(client, late.metadata.name)?.status?.lastStatus).toBe('STOPPED')

    const other = await world(bound)
    const second = await lookAfter(other)
    await other.clock.advance(seconds(14))
    await second.end()
    await lookAfter(other)
    await other.clock.advance(seconds(14))
    expect(taskIn(other)?.status?.lastStatus).toBe('RUNNING')
    expect(instanceIn(other)?.status?.agentConnected).toBe(true)
  })

  it('deregistered: its tasks stop at once, and those being deleted go', async () => {
    const going = {
      ...bound,
      metadata: { ...bound.metadata, name: 'going', deletionTimestamp: '2026-01-01T00:00:00Z' },
    }
    const client = await world(bound, going)
    await lookAfter(client)
    expect(taskIn(client, 'going')).toBeDefined()
    await client.remove(unjudged)
    await calm(client)
    expect(taskIn(client)?.status).toMatchObject({ lastStatus: 'STOPPED', stopCode: 'UserInitiated' })
    expect(taskIn(client, 'going')).toBeUndefined()
  })

  it('a cache that lacks the instance ends nothing: the API is asked first', async () => {
    const client = await openClient([aTaskDefinitionRevision()])
    await lookAfter(client)
    client.interrupt(async (verb, kind) => {
      if (verb === 'get' && kind === 'ContainerInstance') await client.put(unjudged)
      return undefined
    })
    await client.put(bound)
    await calm(client)
    expect(taskIn(client)?.status?.lastStatus).toBe('RUNNING')
  })

  describe('a task of a service that allows no more than it wants', () => {
    const service = (maximumPercent: number) => aService({ spec: { deploymentConfiguration: { maximumPercent } } })
    const strict: Task = {
      ...bound,
      metadata: { ...bound.metadata, ownerReferences: [controllerReference(aServiceRevision())] },
    }
    const lose = async (client: TestClient): Promise<void> => {
      await client.clock.advance(seconds(5))
      await beat(client)
      await client.clock.advance(seconds(31))
    }

    it('is told to stop when its instance is lost, and counts until somebody says that the machine is gone', async () => {
      const client = await world(strict, service(100))
      await lookAfter(client)
      await lose(client)
      expect(taskIn(client)).toMatchObject({
        spec: {
          desiredStatus: 'STOPPED',
          stopCode: 'TerminationNotice',
          stoppedReason: expect.stringMatching(/^Host EC2 \(instance one\) stopped/),
        },
        status: { lastStatus: 'RUNNING' },
      })
      const version = client.activity
      await client.clock.advance(minutes(10))
      expect(client.activity).toBe(version)
      await client.remove(instanceIn(client) as ContainerInstance)
      await calm(client)
      expect(taskIn(client)?.status).toMatchObject({ lastStatus: 'STOPPED', stopCode: 'TerminationNotice' })
    })

    it('stays when it is deleted and its instance is lost', async () => {
      const client = await world(strict, service(100))
      await lookAfter(client)
      await lose(client)
      await client.delete(Task, { namespace: 'default', name: 'web-1-0-1' }, {}, new AbortController().signal)
      await client.clock.advance(minutes(1))
      expect(taskIn(client)?.metadata.deletionTimestamp).toBeDefined()
    })

    it('ends once the service allows more', async () => {
      const client = await world(strict, service(100))
      await lookAfter(client)
      await lose(client)
      await client.put(service(200))
      await calm(client)
      expect(taskIn(client)?.status?.lastStatus).toBe('STOPPED')
    })

    it('does not end by the word of a cache that is behind', async () => {
      const client = await world(strict, service(200))
      await lookAfter(client)
      client.silence()
      await client.put(service(100))
      await lose(client)
      expect(taskIn(client)).toMatchObject({ spec: { desiredStatus: 'STOPPED' }, status: { lastStatus: 'RUNNING' } })
    })

    it('waits for an agent that was just heard to say so itself when its instance is deleted', async () => {
      const client = await world(strict, service(100))
      await lookAfter(client)
      await client.clock.advance(seconds(5))
      await beat(client)
      await calm(client)
      await client.remove(instanceIn(client) as ContainerInstance)
      await client.clock.advance(seconds(14))
      expect(taskIn(client)).toMatchObject({ spec: { desiredStatus: 'STOPPED' }, status: { lastStatus: 'RUNNING' } })
      await client.clock.advance(seconds(2))
      expect(taskIn(client)?.status?.lastStatus).toBe('STOPPED')
    })
  })

  it('a task that never got an instance stops at once when told to, and goes at once when deleted', async () => {
    const waiting = aTask({ metadata: { finalizers: [containersFinalizer] } })
    const client = await world(waiting)
    await lookAfter(client)
    await client.put({ ...waiting, spec: { ...waiting.spec, desiredStatus: 'STOPPED', stoppedReason: 'enough' } })
    await calm(client)
    expect(taskIn(client)?.status).toMatchObject({
      lastStatus: 'STOPPED',
      stopCode: 'UserInitiated',
      stoppedReason: 'enough',
    })
    expect(taskIn(client)?.status?.startedAt).toBeUndefined()
    await client.delete(Task, { namespace: 'default', name: 'web-1-0-1' }, {}, new AbortController().signal)
    await calm(client)
    await client.clock.advance(runtimeLimits.settle)
    expect(taskIn(client)).toBeUndefined()
  })

  it('fifty tasks that come at once are two reports', async () => {
    const client = await world()
    await lookAfter(client)
    await client.clock.advance(seconds(2))
    const seen = new Set<string | undefined>()
    const look = (): void => void seen.add(instanceIn(client)?.metadata.resourceVersion)
    look()
    for (let n = 0; n < 50; n += 1) {
      await client.put({ ...bound, metadata: { ...bound.metadata, name: `t-${n}`, uid: `t-${n}` } })
      await client.clock.advance(millis(10))
      look()
    }
    await client.clock.advance(seconds(2))
    look()
    expect(instanceIn(client)?.status?.runningTasksCount).toBe(50)
    expect(seen.size).toBe(3)
  })

  it('what the agent registers in between is not lost', async () => {
    const client = await world()
    let raced = false
    client.interrupt(async (verb, kind) => {
      if (verb === 'updateStatus' && kind === 'ContainerInstance' && !raced) {
        raced = true
        const now = instanceIn(client) as ContainerInstance
        await client.put({ ...now, status: { ...now.status, versionInfo: { agentVersion: '9' } } })
      }
      return undefined
    })
    await lookAfter(client)
    await client.clock.advance(seconds(1))
    expect(instanceIn(client)?.status).toMatchObject({ versionInfo: { agentVersion: '9' }, agentConnected: true })
  })
})
