import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { millis, seconds } from '../../lib/time.ts'
import { VirtualClock } from '../../lib/virtual-clock.ts'
import { type KeyValue, type Revision, revision, type Store, type StoreEvent } from '../store.ts'
import { openMemoryStore } from './memory-store.ts'

const never = new AbortController().signal
const value = new Uint8Array([1])

/** What a store should say, kept the simplest way: a copy of everything at every revision. */
class Model {
  readonly snapshots: ReadonlyMap<string, KeyValue>[] = [new Map()]

  write(puts: readonly string[], deletes: readonly string[]): Revision {
    const now = new Map(this.snapshots.at(-1))
    const existing = deletes.filter((key) => now.has(key))
    const at = revision(this.snapshots.length)
    if (puts.length + existing.length === 0) return revision(at - 1)
    for (const key of puts)
      now.set(key, {
        key,
        value,
        modRevision: at,
        createRevision: now.get(key)?.createRevision ?? at,
        lease: undefined,
      })
    for (const key of existing) now.delete(key)
    this.snapshots.push(now)
    return at
  }

  list(prefix: string, at: number): KeyValue[] {
    const found = [...(this.snapshots[at] ?? [])].filter(([key]) => key.startsWith(prefix)).map(([, kv]) => kv)
    return found.toSorted((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)))
  }
}

const aKey = fc.stringMatching(/^[ab/]{1,4}$/)
const aChange = fc
  .record({ puts: fc.uniqueArray(aKey, { maxLength: 4 }), deletes: fc.uniqueArray(aKey, { maxLength: 3 }) })
  .map(({ puts, deletes }) => ({ puts, deletes: deletes.filter((key) => !puts.includes(key)) }))

describe('against a model', () => {
  test('every list at every revision, also after compaction, and the watch that leads there', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(aChange, { minLength: 1, maxLength: 30 }),
        fc.stringMatching(/^[ab/]{0,2}$/),
        fc.nat(30),
        async (changes, prefix, compactAt) => {
          const store = await openMemoryStore({ clock: new VirtualClock() })
          const model = new Model()
          const results = await Promise.all(
            changes.map(({ puts, deletes }) =>
              store.transact({ compare: [], puts: puts.map((key) => ({ key, value })), deletes }, never),
            ),
          )
          expect(results.map(({ revision }) => revision)).toEqual(
            changes.map(({ puts, deletes }) => model.write(puts, deletes)),
          )
          const newest = model.snapshots.length - 1
          expect(await rebuilt(store, prefix, revision(newest))).toEqual(model.list(prefix, newest))
          const compacted = Math.min(compactAt, newest)
          await store.compact(revision(compacted), never)
          for (let at = 0; at <= newest; at++) {
            const listing = store.list({ prefix, revision: revision(at) }, never)
            if (at < compacted) await expect(listing).rejects.toMatchObject({ code: 'Expired' })
            else expect((await listing).items).toEqual(model.list(prefix, at))
          }
          await store.close()
        },
      ),
      { numRuns: 200 },
    )
  })
})

/** The state that a watcher from the very beginning ends up with. */
async function rebuilt(store: Store, prefix: string, until: Revision): Promise<KeyValue[]> {
  const state = new Map<string, KeyValue>()
  const apply = (event: StoreEvent): void => {
    if (event.type === 'put') {
      expect(event.previous).toEqual(state.get(event.kv.key))
      state.set(event.kv.key, event.kv)
    } else {
      expect(event.previous).toEqual(state.get(event.key))
      state.delete(event.key)
    }
  }
  // A last event of its own under the prefix, to know when everything was seen.
  const end = `${prefix}zzz`
  await store.transact({ compare: [], puts: [{ key: end, value }] }, never)
  for await (const { events } of store.watch({ prefix, after: revision(0) }, never)) {
    for (const event of events) {
      const at = event.type === 'put' ? event.kv.modRevision : event.modRevision
      if (at <= until) apply(event)
    }
    if (events.some((event) => event.type === 'put' && event.kv.key === end)) break
  }
  return [...state.values()].toSorted((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)))
}

describe('on a virtual clock', () => {
  test('a quiet watch tells progress at each interval, up to the newest revision', async () => {
    const clock = new VirtualClock()
    const store = await openMemoryStore({ clock, progressInterval: seconds(10) })
    const told: number[] = []
    const stop = new AbortController()
    const watching = (async () => {
      for await (const { revision, events } of store.watch({ prefix: 'quiet/', after: revision0 }, stop.signal))
        if (events.length === 0) told.push(revision)
    })().catch(() => undefined)
    await clock.advance(seconds(15))
    await store.transact({ compare: [], puts: [{ key: 'other', value }] }, never)
    await clock.advance(seconds(20))
    expect(told).toEqual([0, 1, 1])
    stop.abort()
    await watching
    expect(clock.next()).toBeUndefined()
  })

  test('a lease ends at its time exactly, unless renewed, and no timer is left', async () => {
    const clock = new VirtualClock()
    const store = await openMemoryStore({ clock })
    const lease = await store.grantLease(seconds(10), never)
    await store.transact({ compare: [], puts: [{ key: 'a', value, lease }] }, never)
    await clock.advance(seconds(6))
    await store.renewLease(lease, never)
    await clock.advance(millis(9_999))
    expect((await store.get('a', never)).kv).toBeDefined()
    await clock.advance(millis(1))
    expect((await store.get('a', never)).kv).toBeUndefined()
    await expect(store.renewLease(lease, never)).rejects.toMatchObject({ code: 'NotFound' })
    expect(clock.next()).toBeUndefined()
  })

  test('a slow watcher that history has left behind is told so, a waiting one is not', async () => {
    const store = await openMemoryStore({ clock: new VirtualClock(), historyEvents: 10 })
    const write = (key: string) => store.transact({ compare: [], puts: [{ key, value }] }, never)
    const slow = store.watch({ prefix: 'a', after: revision0 }, never)[Symbol.asyncIterator]()
    const waiting = store.watch({ prefix: 'b', after: revision0 }, never)[Symbol.asyncIterator]()
    await write('a')
    await slow.next()
    const first = waiting.next()
    for (let i = 0; i < 30; i++) await write('a')
    await write('b')
    expect((await first).value?.events).toHaveLength(1)
    await expect(slow.next()).rejects.toMatchObject({ code: 'Expired' })
  })
})

const revision0 = revision(0)
