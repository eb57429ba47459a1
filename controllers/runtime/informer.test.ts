/** Every way in which a watch fails leads back to a true cache. */
import { afterEach, describe, expect, it } from 'vitest'
import type { Kind } from '../../api/meta/kind.ts'
import { Service } from '../../api/v1/service.ts'
import { Fault } from '../../lib/errors.ts'
import { silentLogger } from '../../lib/log.ts'
import { seededRandom } from '../../lib/random.ts'
import { minutes, seconds } from '../../lib/time.ts'
import { aService } from '../../test/builders/kinds.ts'
import { calm } from '../../test/builders/run-controller.ts'
import { openClient, type TestClient } from '../../test/builders/test-client.ts'
import { ObjectCache } from './cache.ts'
import { runInformer } from './informer.ts'
import { runtimeLimits } from './limits.ts'
import { noMetrics } from './metrics.ts'

const stop: AbortController[] = []
afterEach(() => {
  for (const one of stop.splice(0)) one.abort()
})

async function follow(client: TestClient) {
  const cache = new ObjectCache({ onChange: () => undefined })
  const controller = new AbortController()
  stop.push(controller)
  const counts = { lists: 0, breaks: [] as string[] }
  const kind = Service as unknown as Kind
  const ended = runInformer(
    {
      client,
      clock: client.clock,
      random: seededRandom(1),
      log: silentLogger,
      metrics: {
        ...noMetrics,
        listed: () => (counts.lists += 1),
        watchBroken: (_, code) => counts.breaks.push(code),
      },
      limits: runtimeLimits,
      kind,
      only: undefined,
      source: cache.source(kind, undefined),
      onSynced: () => undefined,
    },
    controller.signal,
  )
  ended.catch(() => undefined)
  await calm(client)
  const desired = (): readonly (number | undefined)[] => cache.list(Service).map((service) => service.spec.desiredCount)
  return { cache, counts, desired, ended, controller }
}

const scaled = (desiredCount: number): Service => aService({ spec: { desiredCount } })

describe('runInformer', () => {
  it('lists once and follows', async () => {
    const client = await openClient([scaled(1)])
    const { desired, counts } = await follow(client)
    await client.put(scaled(2))
    await calm(client)
    expect(desired()).toEqual([2])
    await client.remove(scaled(2))
    await calm(client)
    expect(desired()).toEqual([])
    expect(counts.lists).toBe(1)
  })

  it('goes on from where it was after a break, without a list', async () => {
    const client = await openClient([scaled(1)])
    const { desired, counts } = await follow(client)
    client.breakWatches(new Fault('Unavailable', 'connection lost'))
    await client.put(scaled(2))
    await client.clock.advance(seconds(1))
    expect(desired()).toEqual([2])
    expect(counts).toEqual({ lists: 1, breaks: ['Unavailable'] })
  })

  it('lists again when history is gone', async () => {
    const client = await openClient([scaled(1)])
    const { desired, counts } = await follow(client)
    client.breakWatches(new Fault('Unavailable', 'connection lost'))
    await client.put(scaled(2))
    client.compact()
    await client.clock.advance(seconds(2))
    expect(desired()).toEqual([2])
    expect(counts).toEqual({ lists: 2, breaks: ['Unavailable', 'Expired'] })
  })

  it('leaves a silent watch for a new one', async () => {
    const client = await openClient([scaled(1)])
    const { desired, counts } = await follow(client)
    client.silence()
    await client.put(scaled(2))
    await client.clock.advance(seconds(70))
    expect(desired()).toEqual([1])
    await client.clock.advance(seconds(10))
    expect(desired()).toEqual([2])
    expect(counts.breaks).toEqual(['Timeout'])
    expect(client.openWatches).toBe(1)
  })

  it('a watch that hangs even when aborted is left behind', async () => {
    const client = await openClient([scaled(1)])
    let watches = 0
    client.interrupt((verb) => (verb === 'watch' && ++watches === 1 ? new Promise(() => undefined) : undefined))
    const { desired } = await follow(client)
    await client.put(scaled(2))
    await client.clock.advance(seconds(80))
    expect(desired()).toEqual([2])
  })

  it('a list that hangs is tried again', async () => {
    const client = await openClient([scaled(1)])
    let lists = 0
    client.interrupt((verb) => (verb === 'list' && ++lists === 1 ? new Promise(() => undefined) : undefined))
    const { desired } = await follow(client)
    await client.clock.advance(seconds(65))
    expect(desired()).toEqual([1])
  })

  it('waits longer while the server stays away, and returns soon after it does', async () => {
    const client = await openClient([scaled(1)])
    let attempts = 0
    const { desired } = await follow(client)
    client.interrupt(() => {
      attempts += 1
      return new Fault('Unavailable', 'down')
    })
    client.breakWatches(new Fault('Unavailable', 'down'))
    await client.clock.advance(minutes(1))
    expect(attempts).toBeGreaterThan(10)
    expect(attempts).toBeLessThan(30)
    client.interrupt(undefined)
    await client.put(scaled(2))
    await client.clock.advance(seconds(5))
    expect(desired()).toEqual([2])
  })

  it('a watch that held, though nothing happened on it, is no failure', async () => {
    const client = await openClient([scaled(1)])
    const { desired } = await follow(client)
    for (let outage = 0; outage < 10; outage += 1) {
      client.breakWatches(new Fault('Unavailable', 'connection lost'))
      await client.clock.advance(seconds(20))
    }
    client.breakWatches(new Fault('Unavailable', 'connection lost'))
    await client.put(scaled(2))
    await client.clock.advance(seconds(1))
    expect(desired()).toEqual([2])
  })

  it('lists everything again once in a while, however well the watch goes', async () => {
    const client = await openClient([scaled(1)])
    const { counts } = await follow(client)
    for (let minute = 0; minute < 95; minute += 1) {
      await client.put(scaled(minute))
      await client.clock.advance(minutes(1))
    }
    expect(counts.lists).toBe(4)
    expect(counts.breaks).toEqual([])
  })

  it('ends without a word when told to, and with a throw on a bug', async () => {
    const client = await openClient([scaled(1)])
    const { ended, controller } = await follow(client)
    controller.abort()
    await client.clock.advance(seconds(1))
    await expect(ended).resolves.toBeUndefined()
    expect(client.openWatches).toBe(0)
    const broken = await openClient([scaled(1)])
    broken.list = () => Promise.reject(new TypeError('bug'))
    await expect((await follow(broken)).ended).rejects.toThrow('bug')
  })
})
