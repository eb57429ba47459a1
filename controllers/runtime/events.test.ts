/** Events reach the API once each, counted, bounded, and without holding anybody up. */
import { afterEach, describe, expect, it } from 'vitest'
import { Event } from '../../api/v1/core.ts'
import { Fault } from '../../lib/errors.ts'
import { silentLogger } from '../../lib/log.ts'
import { minutes, seconds } from '../../lib/time.ts'
import { aService } from '../../test/builders/kinds.ts'
import { calm } from '../../test/builders/run-controller.ts'
import { openClient, type TestClient } from '../../test/builders/test-client.ts'
import { EventQueue } from './events.ts'
import { runtimeLimits } from './limits.ts'
import { noMetrics } from './metrics.ts'

const stop: AbortController[] = []
afterEach(() => {
  for (const one of stop.splice(0)) one.abort()
})

function aRecorder(client: TestClient, limits = {}) {
  const results: string[] = []
  const queue = new EventQueue({
    client,
    clock: client.clock,
    log: silentLogger,
    metrics: { ...noMetrics, event: (result) => results.push(result) },
    limits: { ...runtimeLimits, ...limits },
    component: 'test',
    identity: 'test-1',
  })
  const controller = new AbortController()
  stop.push(controller)
  void queue.run(controller.signal)
  return { queue, results }
}

const web = aService()

describe('EventQueue', () => {
  it('writes an event with all that kubectl shows', async () => {
    const client = await openClient()
    const { queue } = aRecorder(client)
    queue.event(web, 'Normal', 'SteadyState', 'service web has reached a steady state.')
    await calm(client)
    expect(client.all(Event)).toMatchObject([
      {
        metadata: { namespace: 'default', name: expect.stringMatching(/^web\.[0-9a-f]{16}$/) },
        involvedObject: { kind: 'Service', name: 'web', uid: web.metadata.uid },
        type: 'Normal',
        reason: 'SteadyState',
        message: 'service web has reached a steady state.',
        count: 1,
        firstTimestamp: '2026-01-01T00:00:00Z',
        source: { component: 'test', host: 'test-1' },
      },
    ])
    expect(Event.schema.safeParse({ ...client.all(Event)[0] }).error).toBeUndefined()
  })

  it('counts repetitions in one object and writes them with pauses', async () => {
    const client = await openClient()
    const { queue, results } = aRecorder(client)
    for (let n = 0; n < 10; n += 1) {
      queue.event(web, 'Warning', 'CannotPlace', 'no instance')
      await client.clock.advance(seconds(1))
    }
    await client.clock.advance(seconds(10))
    expect(client.all(Event)).toMatchObject([{ count: 10, lastTimestamp: '2026-01-01T00:00:09Z' }])
    expect(results.filter((result) => result === 'written')).toHaveLength(3)
  })

  it('counts on after a restart', async () => {
    const client = await openClient()
    aRecorder(client).queue.event(web, 'Normal', 'Started', 'x')
    await calm(client)
    aRecorder(client).queue.event(web, 'Normal', 'Started', 'x')
    await calm(client)
    expect(client.all(Event)).toMatchObject([{ count: 2 }])
  })

  it('counts on in a new object when the first has outlived its time', async () => {
    const client = await openClient()
    const { queue } = aRecorder(client)
    queue.event(web, 'Normal', 'Started', 'x')
    await calm(client)
    await client.remove(client.all(Event)[0] as Event)
    await client.clock.advance(seconds(6))
    queue.event(web, 'Normal', 'Started', 'x')
    await calm(client)
    expect(client.all(Event)).toMatchObject([
      { count: 2, firstTimestamp: '2026-01-01T00:00:00Z', lastTimestamp: '2026-01-01T00:00:06Z' },
    ])
  })

  it('limits a chatty object, not the others', async () => {
    const client = await openClient()
    const { queue } = aRecorder(client)
    for (let n = 0; n < 100; n += 1) queue.event(web, 'Normal', `Chat${n}`, 'a line')
    queue.event(aService({ name: 'quiet' }), 'Normal', 'Said', 'one word')
    await client.clock.advance(seconds(1))
    expect(client.all(Event).filter((event) => event.involvedObject.name === 'web')).toHaveLength(25)
    expect(client.all(Event).filter((event) => event.involvedObject.name === 'quiet')).toHaveLength(1)
    await client.clock.advance(minutes(5))
    queue.event(web, 'Normal', 'Chat', 'later')
    await client.clock.advance(seconds(1))
    expect(client.all(Event).filter((event) => event.involvedObject.name === 'web')).toHaveLength(26)
  })

  it('combines many similar events into one, which has the last message and their count', async () => {
    const client = await openClient()
    const { queue } = aRecorder(client)
    for (let n = 1; n <= 15; n += 1) {
      queue.event(web, 'Warning', 'CannotPlace', `try ${n}`)
      await client.clock.advance(seconds(10))
    }
    const messages = client.all(Event).map(({ message, count }) => `${count} ${message}`)
    expect(messages.toSorted()).toEqual(
      [...Array.from({ length: 9 }, (_, n) => `1 try ${n + 1}`), '6 (combined from similar events): try 15'].toSorted(),
    )
  })

  it('keeps a bounded number waiting while the server is away', async () => {
    const client = await openClient()
    const { queue, results } = aRecorder(client, { pendingEvents: 3, eventWrite: seconds(1) })
    client.interrupt(() => new Promise(() => undefined))
    for (let n = 0; n < 10; n += 1) queue.event(aService({ name: `s${n}` }), 'Normal', 'Hello', 'x')
    expect(results.filter((result) => result === 'dropped')).toHaveLength(7)
    await client.clock.advance(seconds(10))
    expect(results.filter((result) => result === 'failed')).toHaveLength(3)
  })

  it('tries again what the server was not there for, and gives up in the end', async () => {
    const client = await openClient()
    const { queue, results } = aRecorder(client, { eventAttempts: 3 })
    client.interrupt(() => new Fault('Unavailable', 'away'))
    queue.event(web, 'Normal', 'Started', 'x')
    await client.clock.advance(seconds(6))
    client.interrupt(undefined)
    await client.clock.advance(seconds(6))
    expect(client.all(Event)).toMatchObject([{ reason: 'Started', count: 1 }])
    client.interrupt(() => new Fault('Unavailable', 'away'))
    queue.event(web, 'Normal', 'Stopped', 'x')
    await client.clock.advance(minutes(1))
    client.interrupt(undefined)
    await client.clock.advance(minutes(1))
    expect(client.all(Event)).toHaveLength(1)
    expect(results).toEqual(['written', 'failed'])
  })

  it('goes on after a write that failed', async () => {
    const client = await openClient()
    const { queue } = aRecorder(client)
    client.interrupt(() => new Fault('Forbidden', 'no'))
    queue.event(web, 'Normal', 'One', 'x')
    await calm(client)
    client.interrupt(undefined)
    queue.event(web, 'Normal', 'Two', 'x')
    await calm(client)
    expect(client.all(Event)).toMatchObject([{ reason: 'Two' }])
  })
})
