/** Watches, on any store: nothing missed, nothing twice, nothing out of order. */
import { describe, expect } from 'vitest'
import { type Revision, revision, type StoreEvent, type WatchBatch } from '../../store/store.ts'
import { absent, bytes, type Case, faultOf, keyOf, readUntil, revisionOf, storeCase, take, told } from './store-case.ts'
import type { Cannot, StoreUnderTest } from './store-under-test.ts'

export function watchCases(backend: StoreUnderTest, cannot: Cannot): void {
  const check = (name: string, run: (c: Case) => Promise<void>): void => storeCase(backend, cannot, name, run)

  describe('watches', () => {
    check('tell what happened since, and then what happens', async (c) => {
      const start = await c.put('a', '1')
      await c.put('b', '1')
      await c.remove('a')
      const watching = take(c.store.watch({ prefix: c.prefix, after: start }, c.signal), 5)
      await c.put('a', '2')
      await c.commit([{ key: c.key('a'), value: bytes('3') }], [c.key('b')])
      const events = await watching
      expect(events.map((event) => told(c.prefix, event)).toSorted()).toEqual([
        'delete a (was 1)',
        'delete b (was 1)',
        'put a=2',
        'put a=3 (was 2)',
        'put b=1',
      ])
      expect(events.map(revisionOf)).toEqual([1, 2, 3, 4, 4].map((n) => start + n))
    })

    check('keep to their prefix', async (c) => {
      const after = await c.put('other')
      const watching = take(c.store.watch({ prefix: c.key('a/'), after }, c.signal), 2)
      for (const name of ['a', 'a/1', 'ab', 'a0', 'b/1', 'a/2']) await c.put(name)
      expect((await watching).map((event) => keyOf(event).slice(c.prefix.length))).toEqual(['a/1', 'a/2'])
    })

    check('an empty prefix is everything', async (c) => {
      const after = await c.store.currentRevision(c.signal)
      const watching = readUntil(c.store.watch({ prefix: '', after }, c.signal), (events) =>
        events.some((event) => keyOf(event) === c.key('last')),
      )
      await c.put('first')
      await c.put('last')
      const own = (await watching).filter((event) => keyOf(event).startsWith(c.prefix))
      expect(own.map((event) => told(c.prefix, event))).toEqual(['put first=first', 'put last=last'])
    })

    check('start at a revision that is still to come', async (c) => {
      const now = await c.put('a', '0')
      const watching = take(c.store.watch({ prefix: c.prefix, after: revision(now + 2) }, c.signal), 1)
      for (const value of ['1', '2', '3']) await c.put('a', value)
      expect((await watching).map((event) => told(c.prefix, event))).toEqual(['put a=3 (was 2)'])
    })

    check('a transaction arrives whole', async (c) => {
      const after = await c.put('start')
      const sizes: number[] = []
      const watching = readUntil(c.store.watch({ prefix: c.prefix, after }, c.signal), (events, batch) => {
        sizes.push(batch.events.length)
        return events.length >= 300
      })
      for (let i = 0; i < 3; i++)
        await c.commit(
          Array.from({ length: 100 }, (_, k) => ({ key: c.key(`${i}-${k}`), value: new Uint8Array(9000) })),
        )
      await watching
      expect(sizes.filter((size) => size % 100 !== 0)).toEqual([])
    })

    check('have no gap and no duplicate under concurrent writers, wherever they start', async (c) => {
      const start = await c.put('start')
      const written = new Map<Revision, string[]>()
      const writer = async (w: number): Promise<void> => {
        for (let i = 0; i < 40; i++) {
          const own = c.key(`own-${w}`)
          const shared = c.key(`shared-${(w + i) % 3}`)
          const remove = i % 5 === 4
          const at = await c.commit(
            remove
              ? [{ key: shared, value: bytes(`${w}.${i}`) }]
              : [own, shared].map((key) => ({ key, value: bytes(`${w}.${i}`) })),
            remove ? [own] : [],
          )
          expect(written.has(at)).toBe(false)
          written.set(at, [own, shared].toSorted())
        }
      }
      const end = c.key('zz-end')
      const follow = (after: Revision): Promise<StoreEvent[]> => {
        let delivered = after
        return readUntil(c.store.watch({ prefix: c.prefix, after }, c.signal), (events, batch) => {
          delivered = progressed(delivered, batch)
          return events.some((event) => keyOf(event) === end)
        })
      }
      const early = follow(start)
      const writers = Array.from({ length: 8 }, (_, w) => writer(w))
      const late = Promise.all(
        writers.map(async (one, w) => {
          if (w % 2 === 0) await one
          const after = revision(start + w * 7)
          return { after, events: await follow(after) }
        }),
      )
      await Promise.all(writers)
      const last = await c.commit([{ key: end, value: bytes('end') }])
      written.set(last, [end])
      for (const { after, events } of [{ after: start, events: await early }, ...(await late)]) {
        const told = Map.groupBy(events, revisionOf)
        const wanted = [...written].filter(([at]) => at > after).toSorted(([a], [b]) => a - b)
        expect([...told].map(([at, group]) => [at, group.map(keyOf).toSorted()])).toEqual(wanted)
        expectLinked(events)
      }
    })

    check('several batches may be left unread for long', async (c) => {
      const start = await c.put('start')
      const watch = c.store.watch({ prefix: c.prefix, after: start }, c.signal)[Symbol.asyncIterator]()
      const first = watch.next()
      await c.put('0')
      const got = [...((await first).value as WatchBatch).events]
      for (let g = 0; g < 30; g++)
        await c.commit(Array.from({ length: 100 }, (_, i) => ({ key: c.key(`${g}-${i}`), value: new Uint8Array(500) })))
      while (got.length < 3001) got.push(...((await watch.next()).value as WatchBatch).events)
      expect(new Set(got.map(keyOf)).size).toBe(3001)
      await watch.return?.()
    })

    check('catch up with thousands of revisions', async (c) => {
      const start = await c.put('start')
      const commits = 2500
      for (let i = 0; i < commits; i += 125)
        await Promise.all(Array.from({ length: 125 }, (_, k) => c.put(`k${(i + k) % 700}`, String(i + k))))
      const events = await take(c.store.watch({ prefix: c.prefix, after: start }, c.signal), commits)
      expect(events.map(revisionOf)).toEqual(events.map((_, i) => start + 1 + i))
      expect(events).toHaveLength(commits)
      expectLinked(events)
    })

    check('from before the compaction end with Expired, others live on', async (c) => {
      const one = await c.put('a', '1')
      const two = await c.put('a', '2')
      const living = c.store.watch({ prefix: c.prefix, after: one }, c.signal)[Symbol.asyncIterator]()
      expect(((await living.next()).value as WatchBatch).revision).toBe(two)
      const three = await c.put('a', '3')
      expect(((await living.next()).value as WatchBatch).revision).toBe(three)
      const pending = living.next()
      await c.store.compact(three, c.signal)
      for (const after of [revision(1), one, two])
        expect(await faultOf(take(c.store.watch({ prefix: c.prefix, after }, c.signal), 1))).toMatchObject({
          code: 'Expired',
        })
      const fresh = take(c.store.watch({ prefix: c.prefix, after: three }, c.signal), 1)
      const four = await c.put('a', '4')
      expect(((await pending).value as WatchBatch).events.map(revisionOf)).toEqual([four])
      expect((await fresh).map((event) => told(c.prefix, event))).toEqual(['put a=4 (was 3)'])
      await living.return?.()
    })

    check('end with the reason of their signal', async (c) => {
      const stop = new AbortController()
      const reason = new Error('enough')
      const after = await c.put('a')
      const watching = faultOf(Array.fromAsync(c.store.watch({ prefix: c.prefix, after }, stop.signal)))
      await c.put('b')
      stop.abort(reason)
      expect(await watching).toBe(reason)
      const never = c.store.watch({ prefix: c.prefix, after }, AbortSignal.abort(reason))
      expect(await faultOf(take(never, 1))).toBe(reason)
    })

    check('many on one prefix all get everything', async (c) => {
      const after = await c.put('start')
      const watching = Array.from({ length: 50 }, () => take(c.store.watch({ prefix: c.prefix, after }, c.signal), 20))
      for (let i = 0; i < 20; i++) await c.put(`k${i}`)
      for (const events of await Promise.all(watching)) expect(events).toHaveLength(20)
    })
  })
}

/** Checks what a batch promises: revisions only rise, and its events lie between the promise before and its own. */
function progressed(before: Revision, batch: WatchBatch): Revision {
  expect(batch.revision).toBeGreaterThanOrEqual(before)
  for (const event of batch.events) {
    expect(revisionOf(event)).toBeGreaterThan(before)
    expect(revisionOf(event)).toBeLessThanOrEqual(batch.revision)
  }
  return batch.revision
}

/** Checks that each event's `previous` is what the event before it on the same key left. */
function expectLinked(events: readonly StoreEvent[]): void {
  const left = new Map<string, Revision>()
  for (const event of events) {
    const before = left.get(keyOf(event))
    if (before !== undefined) expect(event.previous?.modRevision ?? absent).toBe(before)
    left.set(keyOf(event), event.type === 'put' ? event.kv.modRevision : absent)
  }
}
