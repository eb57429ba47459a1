import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Clock, systemClock } from '../../lib/clock.ts'
import { silentLogger } from '../../lib/log.ts'
import { millis, seconds } from '../../lib/time.ts'
import { settle, VirtualClock } from '../../lib/virtual-clock.ts'
import { openEmbeddedStore } from '../../store/embedded/embedded-store.ts'
import type { Store } from '../../store/store.ts'
import { until } from '../until.ts'
import { storeConformance } from './store.ts'
import { type Acknowledged, expectAll } from './store-burst.ts'
import { absent, bytes, caseOn, faultOf, take, text } from './store-case.ts'

const root = mkdtempSync(join(tmpdir(), 'gantry-store-'))
let directories = 0
const aDirectory = (): string => join(root, String(++directories))
const open = (directory: string, clock: Clock = systemClock): Promise<Store> =>
  openEmbeddedStore({ directory, clock, log: silentLogger })
const never = new AbortController().signal
const on = (store: Store): ReturnType<typeof caseOn> => caseOn(store, '/case/', never)

afterAll(() => rmSync(root, { recursive: true, force: true }))

storeConformance('embedded', { open: () => open(aDirectory()), leaseTtl: millis(250) }, { cannot: {} })

describe('embedded store, opened again', () => {
  test('history goes on where it was', async () => {
    const directory = aDirectory()
    const before = on(await open(directory))
    const one = await before.put('a', '1')
    await before.put('b', '1')
    await before.remove('b')
    const two = await before.put('a', '2')
    await before.store.close()
    const after = on(await open(directory))
    onTestFinished(() => after.store.close())
    expect(await after.store.currentRevision(never)).toBe(two)
    expect(text(await after.get('a', one))).toBe('1')
    expect(await after.get('a')).toMatchObject({ createRevision: one, modRevision: two })
    const events = await take(after.store.watch({ prefix: after.prefix, after: absent }, never), 4)
    expect(events.map((event) => [event.type, text(event.previous)])).toEqual([
      ['put', undefined],
      ['put', undefined],
      ['delete', '1'],
      ['put', '1'],
    ])
    expect(await after.put('c')).toBe(two + 1)
  })

  test('what was compacted stays so, and the newest revision is kept even when its rows are gone', async () => {
    const directory = aDirectory()
    const before = on(await open(directory))
    const one = await before.put('a', '1')
    await before.put('gone')
    const last = await before.remove('gone')
    await before.store.compact(last, never)
    // The sweep runs in turns of its own.
    for (let i = 0; i < 5; i++) await settle()
    await before.store.close()
    const after = on(await open(directory))
    onTestFinished(() => after.store.close())
    expect(await after.store.currentRevision(never)).toBe(last)
    expect(await faultOf(after.get('a', one))).toMatchObject({ code: 'Expired' })
    expect(await after.names()).toEqual(['a'])
    expect(await after.put('b')).toBe(last + 1)
  })

  test('a compaction that was interrupted is finished', async () => {
    const directory = aDirectory()
    const before = on(await open(directory))
    for (let i = 0; i < 50; i++) await before.put('a', String(i))
    const last = await before.store.currentRevision(never)
    await before.store.close()
    const file = join(directory, 'store.db')
    const raw = new DatabaseSync(file)
    raw.exec(`UPDATE mark SET value = ${last} WHERE name = 'compacted'`)
    raw.close()
    const after = on(await open(directory))
    expect(text(await after.get('a'))).toBe('49')
    for (let i = 0; i < 5; i++) await settle()
    await after.store.close()
    const swept = new DatabaseSync(file)
    expect(swept.prepare('SELECT count(*) AS n FROM log').get()).toEqual({ n: 1 })
    swept.close()
  })

  test('leases live on at their full length, and their names are not used again', async () => {
    const directory = aDirectory()
    const clock = new VirtualClock()
    const before = on(await open(directory, clock))
    const lease = await before.store.grantLease(seconds(10), never)
    await before.commit([{ key: before.key('a'), value: bytes('a'), lease }])
    const ended = await before.store.grantLease(seconds(10), never)
    await before.store.revokeLease(ended, never)
    await clock.advance(seconds(9))
    await before.store.close()
    const after = on(await open(directory, clock))
    onTestFinished(() => after.store.close())
    await clock.advance(seconds(9))
    expect(await after.names()).toEqual(['a'])
    expect([lease, ended]).not.toContain(await after.store.grantLease(seconds(60), never))
    await clock.advance(seconds(2))
    await until('its keys are gone', async () => (await after.names()).length === 0)
  })

  test('old history goes by itself, by age and by size', async () => {
    const clock = new VirtualClock()
    const age = { keep: seconds(60), every: seconds(10) }
    const store = await openEmbeddedStore({
      directory: aDirectory(),
      clock,
      log: silentLogger,
      retention: { events: 100, bytes: 1e9, age },
    })
    onTestFinished(() => store.close())
    const c = on(store)
    const old = await c.put('a', 'old')
    await clock.advance(seconds(30))
    const young = await c.put('a', 'young')
    await clock.advance(seconds(80))
    expect(await faultOf(c.get('a', old))).toMatchObject({ code: 'Expired' })
    expect(text(await c.get('a', young))).toBe('young')
    for (let i = 0; i < 150; i++) await c.put('b', String(i))
    expect(await faultOf(c.get('a', young))).toMatchObject({ code: 'Expired' })
    expect(text(await c.get('a'))).toBe('young')
  })
})

describe('embedded store, one process at a time', () => {
  test('a second opener is refused and told who holds it; after close it may', async () => {
    const directory = aDirectory()
    const first = await open(directory)
    const fault = await faultOf(open(directory))
    expect(fault).toMatchObject({ code: 'Unavailable', message: expect.stringContaining(`process ${process.pid}`) })
    expect(fault).toMatchObject({ message: expect.stringContaining(directory) })
    await on(first).put('a')
    await first.close()
    const second = await open(directory)
    expect(await on(second).names()).toEqual(['a'])
    await second.close()
  })

  test('kill -9 during a burst of writes: every acknowledged write is there', async () => {
    const directory = aDirectory()
    const writes: Acknowledged[] = []
    for (let round = 0; round < 3; round++) {
      const { child, acknowledged } = startBurst(directory, `/burst-${round}/`)
      const own: Acknowledged[] = []
      for await (const write of acknowledged) {
        own.push(write)
        if (own.length === 1) expect(await faultOf(open(directory))).toMatchObject({ code: 'Unavailable' })
        if (own.length === 400 + 137 * round) child.kill('SIGKILL')
      }
      expect(own.length).toBeGreaterThanOrEqual(400)
      const store = await open(directory)
      await expectAll(store, `/burst-${round}/`, own, never)
      await store.close()
      writes.push(...own)
    }
    expect(new Set(writes.map(({ revision }) => revision)).size).toBe(writes.length)
  })

  test('a file of a later version, of another program, or of nobody is refused', async () => {
    const withFile = async (sql: string): Promise<string> => {
      const directory = aDirectory()
      await (await open(directory)).close()
      const raw = new DatabaseSync(join(directory, 'store.db'))
      raw.exec(sql)
      raw.close()
      return directory
    }
    const later = await withFile('PRAGMA user_version = 99')
    expect(await faultOf(open(later))).toMatchObject({
      code: 'Invalid',
      message: expect.stringContaining('newer Gantry'),
    })
    const foreign = await withFile('PRAGMA application_id = 42')
    expect(await faultOf(open(foreign))).toMatchObject({
      code: 'Invalid',
      message: expect.stringContaining('another program'),
    })
    expect(await faultOf(open('/dev/null/no/such'))).toMatchObject({ code: 'Unavailable' })
  })
})

/** Starts a process that writes until it is killed, and reads what it acknowledged until its end. */
function startBurst(
  directory: string,
  prefix: string,
): { child: ChildProcess; acknowledged: AsyncIterable<Acknowledged> } {
  const script = join(import.meta.dirname, 'embedded-burst.ts')
  const child = spawn(process.execPath, [script, directory, prefix], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  async function* acknowledged(): AsyncIterable<Acknowledged> {
    const ended = once(child, 'exit')
    for await (const line of createInterface({ input: child.stdout }))
      if (line.startsWith('{') && line.endsWith('}')) yield JSON.parse(line)
    await ended
  }
  return { child, acknowledged: acknowledged() }
}
