import { describe, test } from 'vitest'
import { sleep, systemClock } from '../../lib/clock.ts'
import { silentLogger } from '../../lib/log.ts'
import { systemRandom } from '../../lib/random.ts'
import { seconds } from '../../lib/time.ts'
import { openEtcdStore } from '../../store/etcd/etcd-store.ts'
import { type EtcdServer, startEtcd } from './etcd-server.ts'
import { caseOn, keyOf, readUntil } from './store-case.ts'

/** Longer than every limit of the etcd backend: idle, keep-alive, deadline. */
const outage = seconds(20)

describe.concurrent('etcd away for 20 s', () => {
  test.for([
    {
      how: 'frozen',
      leave: async (etcd: EtcdServer) => etcd.freeze(),
      comeBack: async (etcd: EtcdServer) => etcd.thaw(),
    },
    { how: 'stopped', leave: (etcd: EtcdServer) => etcd.stop(), comeBack: (etcd: EtcdServer) => etcd.start() },
  ])('$how: watches go on without gap, calls work again', async ({ leave, comeBack }, { expect, onTestFinished }) => {
    const etcd = await startEtcd()
    onTestFinished(() => etcd[Symbol.asyncDispose]())
    const store = await openEtcdStore({
      endpoints: [etcd.endpoint],
      clock: systemClock,
      random: systemRandom,
      log: silentLogger,
    })
    onTestFinished(() => store.close())
    const stop = new AbortController()
    onTestFinished(() => stop.abort())
    const c = caseOn(store, '/outage/', stop.signal)
    const after = await c.put('start')
    const watching = Promise.all(
      Array.from({ length: 5 }, () =>
        readUntil(store.watch({ prefix: c.prefix, after }, stop.signal), (events) =>
          events.some((event) => keyOf(event) === c.key('end')),
        ),
      ),
    )
    // Should the test fail before it asks for them.
    watching.catch(() => undefined)
    const written = new Map<number, string>()
    let back = false
    const write = async (name: string): Promise<void> => {
      const result = await c.put(name).catch((error: { code: string }) => error.code)
      if (typeof result === 'number') written.set(result, c.key(name))
      else expect(['Unavailable', 'Timeout']).toContain(result)
    }
    for (let i = 0; i < 50; i++) await write(`before-${i}`)
    await leave(etcd)
    const during = (async () => {
      for (let i = 0; !back; i++) {
        await write(`during-${i}`)
        await sleep(systemClock, seconds(0.2), stop.signal)
      }
    })()
    await sleep(systemClock, outage, stop.signal)
    await comeBack(etcd)
    back = true
    await during
    await expect
      .poll(
        () =>
          store.currentRevision(stop.signal).then(
            () => true,
            () => false,
          ),
        { timeout: 15_000 },
      )
      .toBe(true)
    for (let i = 0; i < 50; i++) await write(`after-${i}`)
    await c.put('end')
    // The truth is what etcd has: an unknown write may be in it.
    const { items } = await store.list({ prefix: c.prefix }, stop.signal)
    const there = items.filter(({ modRevision }) => modRevision > after).map(({ key }) => key)
    for (const events of await watching) {
      const seen = events.map(keyOf)
      expect(new Set(seen).size).toBe(seen.length)
      expect(seen.toSorted()).toEqual(there)
    }
    expect([...written.values()].filter((key) => !there.includes(key))).toEqual([])
    expect([...written.values()].filter((key) => key.includes('after-')).length).toBeGreaterThan(0)
  })
})
