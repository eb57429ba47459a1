/** The whole runtime at work on a real API: what a controller can rely on. */
import { afterEach, describe, expect, it } from 'vitest'
import { keyOf, parseKey } from '../../api/meta/object.ts'
import { ContainerInstance } from '../../api/v1/container-instance.ts'
import { Event, Lease } from '../../api/v1/core.ts'
import { Service } from '../../api/v1/service.ts'
import { Task } from '../../api/v1/task.ts'
import { sleep } from '../../lib/clock.ts'
import { Fault } from '../../lib/errors.ts'
import { silentLogger } from '../../lib/log.ts'
import { seededRandom } from '../../lib/random.ts'
import { minutes, plus, seconds } from '../../lib/time.ts'
import { settle } from '../../lib/virtual-clock.ts'
import { aContainerInstance, aService, aTask } from '../../test/builders/kinds.ts'
import { calm } from '../../test/builders/run-controller.ts'
import { openClient, type TestClient } from '../../test/builders/test-client.ts'
import { again, type Controller, type Deps, done, index, mapped, own } from './controller.ts'
import { noMetrics } from './metrics.ts'
import { type RunOptions, runControllers } from './run.ts'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

/** Runs a controller on `client`; `ended` settles when the run does. */
async function run(client: TestClient, make: (d: Deps) => Controller, options: Partial<RunOptions> = {}) {
  const stop = new AbortController()
  const ended = runControllers(
    {
      client,
      clock: client.clock,
      random: seededRandom(1),
      log: silentLogger,
      identity: 'test-1',
      component: 'test',
      make: (d) => [make(d)],
      ...options,
    },
    stop.signal,
  )
  ended.catch(() => undefined)
  stops.push(async () => {
    stop.abort()
    await calm(client)
    await Promise.race([ended.catch(() => undefined), client.clock.advance(minutes(1))])
  })
  for (let n = 0; n < 20; n += 1) await settle()
  return { ended, stop }
}

/** Reconciles by noting the key. */
const noting = (seen: string[], watches: Controller['watches'] = [own(Service)]): Controller => ({
  name: 'noting',
  watches,
  reconcile: async (key) => {
    seen.push(key)
    return done
  },
})

describe('runControllers', () => {
  it('reconciles what exists, and what changes after', async () => {
    const client = await openClient([aService({ name: 'a' }), aService({ name: 'b' })])
    const seen: string[] = []
    await run(client, () => noting(seen))
    expect(seen).toEqual(['default/a', 'default/b'])
    const changed = await client.put(aService({ name: 'b', spec: { desiredCount: 5 } }))
    await calm(client)
    await client.remove(changed)
    await calm(client)
    expect(seen.slice(2)).toEqual(['default/b', 'default/b'])
  })

  it('starts no pass before every cache is full', async () => {
    const client = await openClient([aService(), aContainerInstance()])
    const gate = Promise.withResolvers<void>()
    client.interrupt((verb, kind) => (verb === 'list' && kind === 'ContainerInstance' ? gate.promise : undefined))
    const counts: number[] = []
    await run(client, (d) => ({
      name: 'counting',
      watches: [own(Service), mapped(ContainerInstance, () => [])],
      reconcile: async () => {
        counts.push(d.cache.list(ContainerInstance).length)
        return done
      },
    }))
    expect(counts).toEqual([])
    gate.resolve()
    await calm(client)
    expect(counts).toEqual([1])
  })

  it('gives up when a cache does not fill in time, naming the kind', async () => {
    const client = await openClient([aService()])
    client.interrupt((verb) => (verb === 'list' ? new Fault('Unavailable', 'down') : undefined))
    const { ended } = await run(client, () => noting([]))
    const failed = expect(ended).rejects.toThrow(/caches did not fill within 120 s: services/)
    await client.clock.advance(minutes(3))
    await failed
  })

  it('shows a pass its own writes at once, even when no watch delivers', async () => {
    const client = await openClient([aService()])
    const views: (number | undefined)[] = []
    await run(client, (d) => ({
      name: 'scaling',
      watches: [own(Service)],
      async reconcile(key, signal) {
        const service = d.cache.get(Service, parseKey(key)) as Service
        if (views.length === 3) return done
        client.silence()
        await d.client.updateStatus(Service, { ...service, status: { runningCount: views.length + 1 } }, signal)
        views.push(d.cache.get(Service, parseKey(key))?.status?.runningCount)
        return again(plus(d.clock.now(), seconds(1)))
      },
    }))
    await client.clock.advance(seconds(5))
    expect(views).toEqual([1, 2, 3])
  })

  it('a conflict refreshes the cache, so that the retry at once succeeds', async () => {
    const client = await openClient([aService()])
    const versions: string[] = []
    await run(client, (d) => ({
      name: 'conflicting',
      watches: [own(Service)],
      async reconcile(key, signal) {
        const service = d.cache.get(Service, parseKey(key)) as Service
        versions.push(service.metadata.resourceVersion)
        if (versions.length === 1) {
          client.silence()
          await client.put({ ...service, spec: { ...service.spec, desiredCount: 9 } })
        }
        if (service.status?.runningCount !== 1)
          await d.client.updateStatus(Service, { ...service, status: { runningCount: 1 } }, signal)
        return done
      },
    }))
    await client.clock.advance(seconds(1))
    expect(client.all(Service)[0]).toMatchObject({ spec: { desiredCount: 9 }, status: { runningCount: 1 } })
  })

  it('frozen objects cannot be changed by a controller', async () => {
    const client = await openClient([aService()])
    const errors: unknown[] = []
    await run(client, (d) => ({
      name: 'meddling',
      watches: [own(Service)],
      async reconcile(key) {
        const service = d.cache.get(Service, parseKey(key)) as Service
        try {
          service.spec.desiredCount = 7
        } catch (error) {
          errors.push(error)
        }
        return done
      },
    }))
    expect(errors).toEqual([expect.any(TypeError)])
  })

  it('streams only what is asked for when all watches of a kind select', async () => {
    const mine = aTask({ name: 'mine', spec: { containerInstance: 'one' } })
    const client = await openClient([mine, aTask({ name: 'other', spec: { containerInstance: 'two' } })])
    const seen: string[] = []
    let cached: readonly Task[] = []
    await run(client, (d) => ({
      ...noting(seen, [own(Task, { fieldSelector: 'spec.containerInstance=one' })]),
      indexes: [index(Task, 'byInstance', (task) => [task.spec.containerInstance ?? ''])],
      reconcile: async (key) => {
        seen.push(key)
        cached = d.cache.indexed(Task, 'byInstance', 'one')
        return done
      },
    }))
    expect(seen).toEqual(['default/mine'])
    expect(cached.map((task) => task.metadata.name)).toEqual(['mine'])
    await client.put({ ...mine, spec: { ...mine.spec, containerInstance: 'two' } })
    await calm(client)
    expect(seen).toEqual(['default/mine', 'default/mine'])
    expect(cached).toEqual([])
  })

  it('a pass that throws anything is retried and stops nobody else', async () => {
    const client = await openClient([aService({ name: 'a' }), aService({ name: 'b' })])
    const seen: string[] = []
    await run(client, () => ({
      name: 'failing',
      watches: [own(Service)],
      async reconcile(key) {
        seen.push(key)
        if (key === 'default/a' && seen.length < 4) throw new TypeError('undefined is not a function')
        return done
      },
    }))
    expect(seen).toEqual(['default/a', 'default/b'])
    await client.clock.advance(seconds(5))
    expect(seen).toEqual(['default/a', 'default/b', 'default/a', 'default/a'])
  })

  it('what is refused as invalid waits for a change', async () => {
    const client = await openClient([aService()])
    let passes = 0
    await run(client, () => ({
      name: 'refused',
      watches: [own(Service)],
      async reconcile() {
        passes += 1
        throw new Fault('Invalid', 'no')
      },
    }))
    await client.clock.advance(minutes(2))
    expect(passes).toBe(1)
    await client.put(aService({ spec: { desiredCount: 4 } }))
    await calm(client)
    expect(passes).toBe(2)
  })

  it('a pass that hangs is aborted, and its key is tried again', async () => {
    const client = await openClient([aService()])
    const reasons: unknown[] = []
    await run(client, () => ({
      name: 'hanging',
      watches: [own(Service)],
      reconcile: (_, signal) =>
        new Promise((resolve, reject) => {
          if (reasons.length > 0) return resolve(done)
          signal.addEventListener('abort', () => {
            reasons.push((signal.reason as Error).message)
            reject(signal.reason)
          })
        }),
    }))
    await client.clock.advance(minutes(6))
    expect(reasons).toEqual(['the pass took too long'])
  })

  it('counts how passes end, and logs a bug with controller, key and number of the pass', async () => {
    const client = await openClient([aService({ name: 'a' }), aService({ name: 'b' })])
    const results: string[] = []
    const lines: object[] = []
    const log = { ...silentLogger, error: (fields: object) => void lines.push(fields) }
    await run(
      client,
      (d) => ({
        name: 'buggy',
        watches: [own(Service)],
        async reconcile(key) {
          if (key === 'default/a') throw new Fault('Invalid', 'no')
          if (results.length < 2) throw new TypeError('bug')
          d.log.error({}, 'said inside')
          return done
        },
      }),
      { log, metrics: { ...noMetrics, pass: (_, result) => void results.push(result) } },
    )
    await client.clock.advance(seconds(1))
    expect(results).toEqual(['refused', 'bug', 'done'])
    expect(lines).toMatchObject([
      { controller: 'buggy', key: 'default/a', reconcile: 1 },
      { controller: 'buggy', key: 'default/b', reconcile: 2, err: expect.any(TypeError) },
      { controller: 'buggy', key: 'default/b', reconcile: 3 },
    ])
  })

  it('a keysOf that throws takes no other watch with it', async () => {
    const client = await openClient([aService()])
    const seen: string[] = []
    const throwing = mapped(Service, () => {
      throw new TypeError('bug')
    })
    await run(client, () => noting(seen, [throwing, own(Service)]))
    await client.put(aService({ spec: { desiredCount: 9 } }))
    await calm(client)
    expect(seen).toEqual(['default/web', 'default/web'])
  })

  it('works on many keys at once when told so, never twice on one', async () => {
    const client = await openClient(['a', 'b', 'c'].map((name) => aService({ name })))
    const now = new Set<string>()
    let most = 0
    await run(client, (d) => ({
      name: 'parallel',
      watches: [own(Service)],
      concurrency: 2,
      async reconcile(key, signal) {
        expect(now.has(key)).toBe(false)
        now.add(key)
        most = Math.max(most, now.size)
        await sleep(d.clock, seconds(1), signal)
        now.delete(key)
        return done
      },
    }))
    await client.put(aService({ name: 'a', spec: { desiredCount: 9 } }))
    await client.clock.advance(seconds(10))
    expect(most).toBe(2)
  })

  it('records events without waiting for them', async () => {
    const service = aService()
    const client = await openClient([service])
    const gate = Promise.withResolvers<void>()
    client.interrupt((verb, kind) => (verb === 'create' && kind === 'Event' ? gate.promise : undefined))
    let passed = false
    await run(client, (d) => ({
      name: 'telling',
      watches: [own(Service)],
      async reconcile() {
        d.events.event(service, 'Normal', 'Told', 'told')
        passed = true
        return done
      },
    }))
    expect(passed).toBe(true)
    gate.resolve()
    await calm(client)
    expect(client.all(Event)).toMatchObject([{ reason: 'Told', involvedObject: keyOf(service), count: 1 }])
  })

  it('follows a source outside the API once the caches are synced', async () => {
    const client = await openClient([aService()])
    const seen: string[] = []
    await run(client, () => ({
      ...noting(seen),
      async follow(wake, signal) {
        seen.push('following')
        wake('from outside')
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
      },
    }))
    expect(seen.toSorted()).toEqual(['default/web', 'following', 'from outside'])
  })

  it('only the leader acts, and its writes are cut off when it loses the lease', async () => {
    const client = await openClient([aService()])
    const writer =
      (name: string) =>
      (d: Deps): Controller => ({
        name,
        watches: [own(Service)],
        async reconcile(key, signal) {
          const service = d.cache.get(Service, parseKey(key)) as Service
          const status = { ...service.status, currentServiceDeployment: name, rolloutStateReason: `${d.clock.now()}` }
          if (status.rolloutStateReason === service.status?.rolloutStateReason)
            return again(plus(d.clock.now(), seconds(1)))
          await d.client.updateStatus(Service, { ...service, status }, signal)
          return again(plus(d.clock.now(), seconds(1)))
        },
      })
    const leaderElection = { namespace: 'gantry-system', name: 'controllers' }
    const one = await run(client, writer('one'), { leaderElection, identity: 'one' })
    await run(client, writer('two'), { leaderElection, identity: 'two' })
    await client.clock.advance(seconds(20))
    const writerNow = (): string | undefined => client.all(Service)[0]?.status?.currentServiceDeployment
    expect(writerNow()).toBe('one')
    client.interrupt((verb, kind) =>
      kind === 'Lease' && verb === 'update' && client.all(Lease)[0]?.spec.holderIdentity === 'one'
        ? new Fault('Unavailable', 'cut off')
        : undefined,
    )
    const lost = expect(one.ended).rejects.toThrow('lost leadership')
    await client.clock.advance(seconds(9))
    await lost
    const before = client.all(Service)[0]?.metadata.resourceVersion
    expect(writerNow()).toBe('one')
    client.interrupt(undefined)
    await client.clock.advance(seconds(6))
    expect(client.all(Service)[0]?.metadata.resourceVersion).not.toBe(before)
    expect(writerNow()).toBe('two')
  })
})

describe('a part of a kind', () => {
  it('is all that is watched where the run says so, in one stream each', async () => {
    const client = await openClient([
      aService({ name: 'a', namespace: 'one' }),
      aService({ name: 'b', namespace: 'two' }),
      aService({ name: 'c', namespace: 'three' }),
    ])
    const seen: string[] = []
    const selectionsOf = () => [{ namespace: 'one' }, { namespace: 'two' }]
    await run(client, () => noting(seen), { selectionsOf })
    expect(client.openWatches).toBe(2)
    await client.put(aService({ name: 'd', namespace: 'three' }))
    await client.put(aService({ name: 'e', namespace: 'two' }))
    await calm(client)
    expect(seen.sort()).toEqual(['one/a', 'two/b', 'two/e'])
  })
})

describe('an election with a way of its own', () => {
  it('renews there, however late the other way is', async () => {
    const client = await openClient()
    const election = await openClient([], { clock: client.clock })
    const seen: string[] = []
    const leaderElection = { namespace: 'default', name: 'l', client: election }
    const { stop } = await run(client, () => noting(seen), { leaderElection })
    await client.put(aService({}))
    await client.clock.advance(seconds(30))
    expect([client.all(Lease).length, election.all(Lease).length]).toEqual([0, 1])
    expect(seen).toEqual(['default/web'])
    stop.abort()
    await client.clock.advance(seconds(1))
    expect(election.all(Lease)[0]?.spec.holderIdentity).toBeUndefined()
  })
})
