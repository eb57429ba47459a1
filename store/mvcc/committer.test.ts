import { expect, test } from 'vitest'
import { systemClock } from '../../lib/clock.ts'
import { Fault } from '../../lib/errors.ts'
import { silentLogger } from '../../lib/log.ts'
import { seconds } from '../../lib/time.ts'
import { until } from '../../test/until.ts'
import { revision } from '../store.ts'
import type { Append, AppendOnlyLog } from './log.ts'
import { MvccStore } from './mvcc-store.ts'

const never = new AbortController().signal
const put = (key: string, modRevision = 0) => ({
  compare: [{ key, modRevision: revision(modRevision) }],
  puts: [{ key, value: new Uint8Array() }],
})

/** A log that counts its appends and fails when told to. */
function aLog(): AppendOnlyLog & { appends: Append[]; full: boolean } {
  return {
    appends: [],
    full: false,
    read: () => ({ compacted: revision(0), revision: revision(0), position: 0, rows: [], leases: [] }),
    async append(entries) {
      if (this.full) throw new Fault('Unavailable', 'full')
      this.appends.push(entries)
    },
    forget: () => undefined,
    gather: () => new Promise((resolve) => setImmediate(resolve)),
    close: () => undefined,
  }
}

const aStore = (log: AppendOnlyLog): MvccStore =>
  new MvccStore({
    log,
    clock: systemClock,
    logger: silentLogger,
    retention: { events: 1000, bytes: 1e6 },
    progressInterval: seconds(10),
  })

test('what arrives together is one append, decided in order', async () => {
  const log = aLog()
  const store = aStore(log)
  const results = await Promise.all(
    [put('a'), put('b'), put('a'), put('a', 1), put('b', 1)].map((t) => store.transact(t, never)),
  )
  expect(results.map(({ committed, revision }) => [committed, revision])).toEqual([
    [true, 1],
    [true, 2],
    [false, 2],
    [true, 3],
    [false, 3],
  ])
  expect(log.appends).toHaveLength(1)
  expect(log.appends[0]?.rows.map(({ key, revision }) => [key, revision])).toEqual([
    ['a', 1],
    ['b', 2],
    ['a', 3],
  ])
})

test('a refused append leaves no trace, and the next one goes on as if it had not been', async () => {
  const log = aLog()
  const store = aStore(log)
  await store.transact(put('a'), never)
  log.full = true
  const failed = await Promise.allSettled([store.transact(put('b'), never), store.transact(put('a', 1), never)])
  expect(failed.map((end) => end.status === 'rejected' && end.reason.code)).toEqual(['Unavailable', 'Unavailable'])
  log.full = false
  expect((await store.list({ prefix: '' }, never)).items.map(({ key }) => key)).toEqual(['a'])
  expect(await store.transact(put('b'), never)).toEqual({ committed: true, revision: 2 })
})

test('what arrives while a group is being written is the next group; nothing is visible before it is durable', async () => {
  const log = aLog()
  const disk: (() => void)[] = []
  const append = log.append.bind(log)
  log.append = async (entries) => {
    await append(entries)
    await new Promise<void>((resolve) => disk.push(resolve))
  }
  const store = aStore(log)
  const first = store.transact(put('a'), never)
  await until('a group is being written', () => disk.length === 1)
  const rest = ['b', 'c'].map((key) => store.transact(put(key), never))
  expect(await store.currentRevision(never)).toBe(0)
  disk.shift()?.()
  expect(await first).toEqual({ committed: true, revision: 1 })
  await until('a group is being written', () => disk.length === 1)
  const closing = store.close()
  disk.shift()?.()
  expect(await Promise.all(rest)).toEqual([2, 3].map((revision) => ({ committed: true, revision })))
  await closing
  expect(log.appends.map(({ rows }) => rows.map(({ key }) => key))).toEqual([['a'], ['b', 'c']])
})

test('a write that was aborted before its group was written was not made', async () => {
  const log = aLog()
  const store = aStore(log)
  const stop = new AbortController()
  const writes = Promise.allSettled([store.transact(put('a'), stop.signal), store.transact(put('b'), never)])
  stop.abort(new Error('enough'))
  expect((await writes).map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
  expect(log.appends[0]?.rows.map(({ key }) => key)).toEqual(['b'])
})

test('a lease granted, used and ended in one group leaves nothing', async () => {
  const store = aStore(aLog())
  const lease = await store.grantLease(seconds(60), never)
  const puts = [{ key: 'a', value: new Uint8Array(), lease }]
  const [put, , late] = await Promise.allSettled([
    store.transact({ compare: [], puts }, never),
    store.revokeLease(lease, never),
    store.transact({ compare: [], puts }, never),
  ])
  expect([put.status, late.status]).toEqual(['fulfilled', 'rejected'])
  expect((await store.list({ prefix: '' }, never)).items).toEqual([])
})
