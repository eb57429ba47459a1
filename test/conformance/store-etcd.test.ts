import { Etcd3, Range } from 'etcd3'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../lib/clock.ts'
import { silentLogger } from '../../lib/log.ts'
import { systemRandom } from '../../lib/random.ts'
import { millis, seconds } from '../../lib/time.ts'
import { openEtcdStore } from '../../store/etcd/etcd-store.ts'
import type { EtcdStoreOptions } from '../../store/etcd/options.ts'
import type { Store, StoreEvent } from '../../store/store.ts'
import { type EtcdServer, freePort, startEtcd } from './etcd-server.ts'
import { startSilentProxy } from './silent-proxy.ts'
import { storeConformance } from './store.ts'
import { type Acknowledged, burst, expectAll } from './store-burst.ts'
import { absent, bytes, type Case, caseOn, faultOf, keyOf, readUntil, take } from './store-case.ts'

let server: EtcdServer
beforeAll(async () => {
  server = await startEtcd()
})
afterAll(() => server[Symbol.asyncDispose]())

type Options = Partial<EtcdStoreOptions>
const open = (endpoints: readonly string[], options: Options = {}): Promise<Store> =>
  openEtcdStore({ endpoints, clock: systemClock, random: systemRandom, log: silentLogger, ...options })

storeConformance('etcd', { open: () => open([server.endpoint]), leaseTtl: millis(1000) }, { cannot: {} })

let cases = 0
async function aCase(endpoints: readonly string[], options: Options = {}): Promise<Case> {
  const store = await open(endpoints, options)
  const stop = new AbortController()
  onTestFinished(async () => {
    stop.abort(new Error('the test is over'))
    await store.close()
  })
  return caseOn(store, `/etcd-${++cases}/`, stop.signal)
}

/** An etcd of the test's own, to be mistreated. */
async function anEtcd(...flags: string[]): Promise<EtcdServer> {
  const own = await startEtcd(undefined, flags)
  onTestFinished(() => own[Symbol.asyncDispose]())
  return own
}

const named = (c: Case, events: readonly StoreEvent[]): string[] =>
  events.map((event) => keyOf(event).slice(c.prefix.length))

describe('etcd going away and coming back', () => {
  test('kill -9 of the server during a burst: every acknowledged write is there, watches have no gap', async () => {
    const own = await anEtcd()
    const c = await aCase([own.endpoint])
    const start = await c.put('start')
    const prefix = c.key('burst/')
    const writes: Acknowledged[] = []
    const watching = readUntil(c.store.watch({ prefix, after: start }, c.signal), (events) =>
      events.some((event) => keyOf(event) === `${prefix}after`),
    )
    const killed = new Promise<void>((resolve) => {
      void burst(c.store, prefix, (write) => writes.push(write) === 300 && resolve(own.kill()), c.signal)
    })
    await killed
    await own.start()
    await expectAll(c.store, prefix, writes, c.signal)
    const { items } = await c.store.list({ prefix }, c.signal)
    const seen = Map.groupBy(await watching, keyOf)
    expect([...seen.keys()].toSorted()).toEqual(items.map(({ key }) => key))
    expect([...seen].filter(([key, events]) => !key.includes('newest') && events.length !== 1)).toEqual([])
  })

  test('nobody there: a write is certainly not done; nobody answering: unknown, and done or not later', async () => {
    const nobody = await aCase([`http://127.0.0.1:${await freePort()}`])
    expect(await faultOf(nobody.put('a'))).toMatchObject({ code: 'Unavailable' })
    expect(await faultOf(nobody.get('a'))).toMatchObject({ code: 'Unavailable' })
    expect(await faultOf(nobody.store.renewLease('1' as never, nobody.signal))).toMatchObject({ code: 'Unavailable' })
    const own = await anEtcd()
    const c = await aCase([own.endpoint], { callDeadline: seconds(1) })
    await c.put('a')
    own.freeze()
    expect(await faultOf(c.put('b'))).toMatchObject({ code: 'Timeout' })
    expect(await faultOf(c.get('a'))).toMatchObject({ code: 'Timeout' })
    own.thaw()
    const patient = await aCase([own.endpoint])
    expect((await patient.store.list({ prefix: c.prefix }, c.signal)).items[0]?.key).toBe(c.key('a'))
  })

  test('the next server is asked when one is down', async () => {
    const c = await aCase([`http://127.0.0.1:${await freePort()}`, server.endpoint])
    const after = await c.put('a')
    const watching = take(c.store.watch({ prefix: c.prefix, after }, c.signal), 1)
    await c.put('b')
    expect(named(c, await watching)).toEqual(['b'])
  })

  test('a call given up by its caller rejects with the reason at once', async () => {
    const own = await anEtcd()
    const c = await aCase([own.endpoint])
    await c.put('a')
    own.freeze()
    const stop = new AbortController()
    const reason = new Error('enough')
    const given = faultOf(c.store.get(c.key('a'), stop.signal))
    stop.abort(reason)
    expect(await given).toBe(reason)
    own.thaw()
  })
})

describe('a connection that goes silent without closing', () => {
  test('a watch heals within its idle limit, without gap', async () => {
    const proxy = await startSilentProxy(server.endpoint)
    onTestFinished(() => proxy.close())
    const idle = millis(600)
    const direct = await aCase([server.endpoint])
    const c = caseOn((await aCase([proxy.endpoint], { watchIdle: idle })).store, direct.prefix, direct.signal)
    const after = await direct.put('start')
    const watch = c.store.watch({ prefix: c.prefix, after }, c.signal)[Symbol.asyncIterator]()
    const first = watch.next()
    await direct.put('before')
    expect(named(c, (await first).value?.events ?? [])).toEqual(['before'])
    for (let round = 0; round < 3; round++) {
      proxy.silence()
      await direct.put(`silent-${round}`)
      const since = systemClock.now()
      let names: string[] = []
      while (names.length === 0) names = named(c, (await watch.next()).value?.events ?? [])
      expect(names).toEqual([`silent-${round}`])
      // The idle limit, the first back-off, and room for a busy machine.
      expect(systemClock.now() - since).toBeLessThan(idle + 2000)
    }
    await watch.return?.()
  })

  test('progress is told while nothing happens, and keeps a quiet watch alive', async () => {
    const proxy = await startSilentProxy(server.endpoint)
    onTestFinished(() => proxy.close())
    const c = await aCase([proxy.endpoint], { watchIdle: millis(300) })
    const after = await c.put('start')
    const made = proxy.connections
    let quiet = 0
    for await (const batch of c.store.watch({ prefix: c.key('quiet/'), after }, c.signal)) {
      expect(batch.events).toEqual([])
      expect(batch.revision).toBeGreaterThanOrEqual(after)
      if (++quiet === 10) break
    }
    // One for the watch, none anew.
    expect(proxy.connections).toBeLessThanOrEqual(made + 2)
  })

  test('a call gives up at its deadline, and the next one gets through', async () => {
    const proxy = await startSilentProxy(server.endpoint)
    onTestFinished(() => proxy.close())
    const c = await aCase([proxy.endpoint], { callDeadline: seconds(1) })
    await c.put('a')
    proxy.silence()
    expect(await faultOf(c.put('b'))).toMatchObject({ code: 'Timeout' })
    await c.put('c')
    expect(await c.names()).toContain('c')
    const lease = await c.store.grantLease(millis(60_000), c.signal)
    proxy.silence()
    expect(await faultOf(c.store.renewLease(lease, c.signal))).toMatchObject({ code: 'Timeout' })
    await c.store.renewLease(lease, c.signal)
  })
})

describe('watches, as etcd tells them', () => {
  test('progress notifications of the server move a quiet watch on', async () => {
    const own = await anEtcd('--experimental-watch-progress-notify-interval', '200ms')
    const c = await aCase([own.endpoint])
    const after = await c.put('start')
    const last = await c.put('elsewhere')
    const quiet = c.store.watch({ prefix: c.key('quiet/'), after }, c.signal)
    await readUntil(quiet, (_, batch) => batch.revision >= last)
  })

  test('a large revision comes in fragments and is delivered whole', async () => {
    const c = await aCase([server.endpoint])
    const after = await c.put('start')
    // Together over the 1.5 MiB at which etcd cuts a response: two transactions, caught up with in one go.
    const values = (n: number): { key: string; value: Uint8Array }[] =>
      Array.from({ length: 100 }, (_, i) => ({ key: c.key(`${n}-${i}`), value: new Uint8Array(13_000).fill(n) }))
    for (const n of [1, 2, 3]) await c.commit(values(n))
    for (const n of [1, 2, 3]) await c.commit(values(n))
    const sizes: number[] = []
    await readUntil(c.store.watch({ prefix: c.prefix, after }, c.signal), (events, batch) => {
      sizes.push(batch.events.length)
      return events.length >= 600
    })
    expect(sizes.filter((size) => size % 100 !== 0)).toEqual([])
  })

  test('one that the server refuses ends alone; others of the same store go on', async () => {
    const own = await anEtcd()
    const admin = new Etcd3({ hosts: own.endpoint })
    await admin.role('reader').create()
    await admin.role('reader').grant({ permission: 'Readwrite', range: new Range('/may/', '/may0') })
    for (const [name, role] of [
      ['root', 'root'],
      ['limited', 'reader'],
    ] as const) {
      if (name === 'root') await admin.role('root').create()
      await admin.user(name).create('secret')
      await admin.user(name).addRole(role)
    }
    await admin.auth.authEnable()
    admin.close()
    const c = await aCase([own.endpoint], { auth: { username: 'limited', password: 'secret' } })
    const watch = (prefix: string): Promise<StoreEvent[]> => take(c.store.watch({ prefix, after: absent }, c.signal), 1)
    const refused = [faultOf(watch('/mayhem/')), faultOf(watch('/'))]
    const allowed = watch('/may/')
    for (const fault of await Promise.all(refused)) expect(fault).toMatchObject({ code: 'Forbidden' })
    expect(await faultOf(c.put('a'))).toMatchObject({ code: 'Forbidden' })
    await c.store.transact({ compare: [], puts: [{ key: '/may/a', value: bytes('a') }] }, c.signal)
    expect((await allowed).map(keyOf)).toEqual(['/may/a'])
    const stranger = await aCase([own.endpoint], { auth: { username: 'limited', password: 'wrong' } })
    expect(await faultOf(stranger.get('a'))).toMatchObject({ code: 'Unauthorized' })
  })

  test('history is compacted by itself', async () => {
    const own = await anEtcd()
    const c = await aCase([own.endpoint], { compaction: { keep: millis(100), every: millis(50) } })
    const one = await c.put('a', '1')
    await c.put('a', '2')
    await expect
      .poll(
        () =>
          c.get('a', one).then(
            () => 'there',
            (error: { code: string }) => error.code,
          ),
        { timeout: 10_000 },
      )
      .toBe('Expired')
  })
})

describe('etcd options', () => {
  test.each([
    { when: 'no endpoint', options: { endpoints: [] }, path: 'endpoints' },
    { when: 'no scheme', options: { endpoints: ['localhost:2379'] }, path: 'endpoints[0]' },
    { when: 'a path', options: { endpoints: ['http://a:1', 'http://a:1/x'] }, path: 'endpoints[1]' },
    { when: 'http and https', options: { endpoints: ['http://a:1', 'https://a:1'] }, path: 'endpoints' },
    { when: 'certificates without https', options: { endpoints: ['http://a:1'], tls: {} }, path: 'tls' },
    { when: 'half a key pair', options: { endpoints: ['https://a:1'], tls: { cert: bytes('x') } }, path: 'tls' },
  ])('$when is refused', async ({ options, path }) => {
    expect(await faultOf(open(options.endpoints, options))).toMatchObject({
      code: 'Invalid',
      problems: [expect.objectContaining({ path })],
    })
  })
})
