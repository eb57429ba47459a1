/** Leases, on any store: keys that go with their owner, and an owner that cannot write after its time. */
import { describe, expect } from 'vitest'
import { sleep, systemClock } from '../../lib/clock.ts'
import { millis } from '../../lib/time.ts'
import type { LeaseId } from '../../store/store.ts'
import { absent, bytes, type Case, faultOf, revisionOf, storeCase, take, told } from './store-case.ts'
import type { Cannot, StoreUnderTest } from './store-under-test.ts'

export function leaseCases(backend: StoreUnderTest, cannot: Cannot): void {
  const { leaseTtl } = backend
  const check = (name: string, run: (c: Case) => Promise<void>): void => storeCase(backend, cannot, name, run)
  const putLeased = (c: Case, lease: LeaseId, ...names: string[]): ReturnType<Case['commit']> =>
    c.commit(names.map((name) => ({ key: c.key(name), value: bytes(name), lease })))

  describe('leases', () => {
    check('take their keys with them when they expire, in one revision', async (c) => {
      const lease = await c.store.grantLease(leaseTtl, c.signal)
      const after = await putLeased(c, lease, 'a', 'b')
      await c.put('c')
      expect((await c.get('a'))?.lease).toBe(lease)
      const events = await take(c.store.watch({ prefix: c.prefix, after }, c.signal), 3)
      expect(events.map((event) => told(c.prefix, event)).toSorted()).toEqual([
        'delete a (was a)',
        'delete b (was b)',
        'put c=c',
      ])
      expect(new Set(events.slice(1).map(revisionOf)).size).toBe(1)
      expect(await c.names()).toEqual(['c'])
      expect(await faultOf(c.store.renewLease(lease, c.signal))).toMatchObject({ code: 'NotFound' })
    })

    check('live for as long as they are renewed', async (c) => {
      const renewed = await c.store.grantLease(leaseTtl, c.signal)
      const left = await c.store.grantLease(leaseTtl, c.signal)
      await putLeased(c, renewed, 'renewed')
      const after = await putLeased(c, left, 'left')
      const stop = new AbortController()
      const renewing = (async () => {
        for (; !stop.signal.aborted; await sleep(systemClock, millis(leaseTtl / 5), c.signal))
          await c.store.renewLease(renewed, c.signal)
      })()
      // The one that nobody renewed was granted later: had renewing no effect, the other would be gone as well.
      await take(c.store.watch({ prefix: c.key('left'), after }, c.signal), 1)
      expect(await c.names()).toEqual(['renewed'])
      stop.abort()
      await renewing
      await take(c.store.watch({ prefix: c.key('renewed'), after }, c.signal), 1)
    })

    check('revoked ones end at once, and again is fine', async (c) => {
      const lease = await c.store.grantLease(millis(60_000), c.signal)
      const after = await putLeased(c, lease, 'a')
      await c.store.revokeLease(lease, c.signal)
      expect(await c.names()).toEqual([])
      expect(await c.store.currentRevision(c.signal)).toBe(after + 1)
      await c.store.revokeLease(lease, c.signal)
      expect(await faultOf(c.store.renewLease(lease, c.signal))).toMatchObject({ code: 'NotFound' })
      expect(await faultOf(putLeased(c, lease, 'b'))).toMatchObject({ code: 'NotFound' })
      expect(await c.names()).toEqual([])
    })

    check('a key that was written again without the lease stays', async (c) => {
      const lease = await c.store.grantLease(millis(60_000), c.signal)
      await putLeased(c, lease, 'a', 'b', 'c')
      await c.put('a', 'free')
      await c.remove('b')
      await c.put('b', 'free')
      await c.store.revokeLease(lease, c.signal)
      expect(await c.names()).toEqual(['a', 'b'])
    })

    check('a holder whose lease ended cannot write any more, though it believes it leads', async (c) => {
      const campaign = async (
        name: string,
        ttl: number,
      ): Promise<{ lease: LeaseId; fence: { key: string; modRevision: typeof absent } }> => {
        const lease = await c.store.grantLease(millis(ttl), c.signal)
        const modRevision = await c.commit(
          [{ key: c.key('leader'), value: bytes(name), lease }],
          [],
          [{ key: c.key('leader'), modRevision: absent }],
        )
        return { lease, fence: { key: c.key('leader'), modRevision } }
      }
      const write = (
        fence: { key: string; modRevision: typeof absent },
        value: string,
      ): Promise<{ committed: boolean }> =>
        c.store.transact({ compare: [fence], puts: [{ key: c.key('data'), value: bytes(value) }] }, c.signal)
      const first = await campaign('first', leaseTtl)
      expect(await write(first.fence, 'first')).toMatchObject({ committed: true })
      await expect(campaign('too early', 60_000)).rejects.toThrow('refused')
      await take(c.store.watch({ prefix: c.key('leader'), after: first.fence.modRevision }, c.signal), 1)
      expect(await write(first.fence, 'between')).toMatchObject({ committed: false })
      const second = await campaign('second', 60_000)
      expect(await write(second.fence, 'second')).toMatchObject({ committed: true })
      expect(await write(first.fence, 'stale')).toMatchObject({ committed: false })
      expect(await faultOf(putLeased(c, first.lease, 'leader'))).toMatchObject({ code: 'NotFound' })
      expect(await c.get('data')).toMatchObject({ value: bytes('second') })
    })

    check('unreasonable lengths are refused', async (c) => {
      for (const ttl of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
        expect(await faultOf(c.store.grantLease(millis(ttl), c.signal))).toMatchObject({ code: 'BadRequest' })
    })
  })
}
