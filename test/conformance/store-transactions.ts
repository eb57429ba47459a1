/** Keys, revisions, transactions, lists and compaction, on any store. */
import { describe, expect } from 'vitest'
import { limits } from '../../store/limits.ts'
import { revision } from '../../store/store.ts'
import { absent, bytes, type Case, faultOf, storeCase, text } from './store-case.ts'
import type { Cannot, StoreUnderTest } from './store-under-test.ts'

export function transactionCases(backend: StoreUnderTest, cannot: Cannot): void {
  const check = (name: string, run: (c: Case) => Promise<void>): void => storeCase(backend, cannot, name, run)

  describe('revisions', () => {
    check('every commit takes the next revision, also for several keys', async (c) => {
      const first = await c.put('a')
      const second = await c.commit([
        { key: c.key('a'), value: bytes('2') },
        { key: c.key('b'), value: bytes('2') },
      ])
      expect(second).toBe(first + 1)
      expect(await c.get('a')).toEqual({
        key: c.key('a'),
        value: bytes('2'),
        modRevision: second,
        createRevision: first,
        lease: undefined,
      })
      expect((await c.get('b'))?.createRevision).toBe(second)
      expect(await c.store.currentRevision(c.signal)).toBe(second)
    })

    check('a key can be read as of every revision it had', async (c) => {
      const one = await c.put('a', '1')
      const two = await c.put('a', '2')
      const gone = await c.remove('a')
      const again = await c.put('a', '3')
      expect(text(await c.get('a', one))).toBe('1')
      expect(text(await c.get('a', two))).toBe('2')
      expect(await c.get('a', gone)).toBeUndefined()
      expect(await c.get('a', again)).toMatchObject({ createRevision: again, modRevision: again })
      expect(await c.get('a', revision(one - 1))).toBeUndefined()
    })

    check('a list is true for one revision', async (c) => {
      await c.put('b', '1')
      const then = await c.put('a', '1')
      await c.put('c', '1')
      await c.remove('a')
      await c.put('b', '2')
      expect(await c.names()).toEqual(['b', 'c'])
      const old = await c.store.list({ prefix: c.prefix, revision: then }, c.signal)
      expect(old.revision).toBe(then)
      expect(old.items.map(text)).toEqual(['1', '1'])
      expect(old.items.map(({ key }) => key)).toEqual([c.key('a'), c.key('b')])
    })

    check('a revision that is not there yet is refused', async (c) => {
      const ahead = revision((await c.store.currentRevision(c.signal)) + 1000)
      expect(await faultOf(c.store.get(c.key('a'), c.signal, ahead))).toMatchObject({ code: 'BadRequest' })
      expect(await faultOf(c.store.list({ prefix: c.prefix, revision: ahead }, c.signal))).toMatchObject({
        code: 'BadRequest',
      })
      expect(await faultOf(c.store.compact(ahead, c.signal))).toMatchObject({ code: 'BadRequest' })
    })

    check('deleting what is not there commits and changes nothing', async (c) => {
      const before = await c.put('a')
      expect(await c.remove('b')).toBe(before)
      expect(await c.store.currentRevision(c.signal)).toBe(before)
    })
  })

  describe('transactions', () => {
    check('commits only when every comparison holds, else tells how things are', async (c) => {
      const a = await c.put('a', '1')
      const b = await c.put('b', '1')
      const compare = [
        { key: c.key('a'), modRevision: a },
        { key: c.key('none'), modRevision: absent },
        { key: c.key('b'), modRevision: a },
      ]
      const refused = await c.store.transact(
        { compare, puts: [{ key: c.key('a'), value: bytes('2') }], deletes: [c.key('b')] },
        c.signal,
      )
      expect(refused).toMatchObject({ committed: false, revision: b })
      expect(refused.committed ? [] : refused.current.map((kv) => [kv?.key, kv?.modRevision])).toEqual([
        [c.key('a'), a],
        [undefined, undefined],
        [c.key('b'), b],
      ])
      expect(text(await c.get('a'))).toBe('1')
      expect(await c.names()).toEqual(['a', 'b'])
    })

    check('"does not exist" holds for a key that is gone, and only then', async (c) => {
      const creates = {
        compare: [{ key: c.key('a'), modRevision: absent }],
        puts: [{ key: c.key('a'), value: bytes('x') }],
      }
      expect((await c.store.transact(creates, c.signal)).committed).toBe(true)
      expect((await c.store.transact(creates, c.signal)).committed).toBe(false)
      await c.remove('a')
      expect((await c.store.transact(creates, c.signal)).committed).toBe(true)
    })

    check('of many that want the same key at the same time one wins', async (c) => {
      const start = await c.put('a', 'start')
      const results = await Promise.all(
        Array.from({ length: 30 }, (_, i) =>
          c.store.transact(
            {
              compare: [{ key: c.key('a'), modRevision: start }],
              puts: [{ key: c.key('a'), value: bytes(`winner ${i}`) }],
            },
            c.signal,
          ),
        ),
      )
      const winners = results.flatMap((result, i) => (result.committed ? [i] : []))
      expect(winners).toHaveLength(1)
      expect(text(await c.get('a'))).toBe(`winner ${winners[0]}`)
    })

    check('increments by compare and set lose nothing', async (c) => {
      await c.put('n', '0')
      const increment = async (): Promise<void> => {
        for (;;) {
          const now = await c.get('n')
          const result = await c.store.transact(
            {
              compare: [{ key: c.key('n'), modRevision: now?.modRevision ?? absent }],
              puts: [{ key: c.key('n'), value: bytes(String(Number(text(now)) + 1)) }],
            },
            c.signal,
          )
          if (result.committed) return
        }
      }
      await Promise.all(Array.from({ length: 20 }, increment))
      expect(text(await c.get('n'))).toBe('20')
    })

    check('as many keys as the limit allows, all or none', async (c) => {
      const puts = Array.from({ length: limits.transactionOperations }, (_, i) => ({
        key: c.key(`k${i}`),
        value: bytes(String(i)),
      }))
      const compare = puts.map(({ key }) => ({ key, modRevision: absent }))
      const at = await c.commit(puts, [], compare)
      const all = await c.store.list({ prefix: c.prefix }, c.signal)
      expect(all.items).toHaveLength(puts.length)
      expect(all.items.every(({ modRevision }) => modRevision === at)).toBe(true)
      const refused = await c.store.transact({ compare, puts }, c.signal)
      expect(refused.committed ? [] : refused.current).toHaveLength(puts.length)
      const swap = await c.commit(
        puts.slice(0, 50),
        puts.slice(50).map(({ key }) => key),
      )
      expect(swap).toBe(at + 1)
      expect(await c.names()).toHaveLength(50)
    })

    check('what no store could hold is refused before anything is written', async (c) => {
      const key = c.key('a')
      const value = bytes('x')
      const many = Array.from({ length: limits.transactionOperations + 1 }, (_, i) => ({ key: `${key}${i}`, value }))
      const transact = (puts: { key: string; value: Uint8Array }[], deletes?: string[]): Promise<unknown> =>
        faultOf(c.store.transact({ compare: [], puts, deletes }, c.signal))
      expect(await transact(many)).toMatchObject({ code: 'TooLarge' })
      expect(await transact([{ key, value: new Uint8Array(limits.transactionBytes + 1) }])).toMatchObject({
        code: 'TooLarge',
      })
      expect(await transact([{ key: '', value }])).toMatchObject({ code: 'BadRequest' })
      expect(await transact([{ key: `${key}\ud800`, value }])).toMatchObject({ code: 'BadRequest' })
      expect(await transact([{ key: key.padEnd(limits.keyBytes + 1, 'x'), value }])).toMatchObject({ code: 'TooLarge' })
      expect(await transact([{ key, value }], [key])).toMatchObject({ code: 'BadRequest' })
      expect(await c.names()).toEqual([])
    })

    check('a value as large as the limit allows goes through, every byte of it', async (c) => {
      const value = Uint8Array.from({ length: limits.transactionBytes - 200 }, (_, i) => (i * 31) & 0xff)
      await c.commit([{ key: c.key('big'), value }])
      const read = await c.get('big')
      expect(Buffer.compare(read?.value ?? new Uint8Array(), value)).toBe(0)
    })

    check('values are bytes: none, zero, all of them', async (c) => {
      const all = Uint8Array.from({ length: 256 }, (_, i) => i)
      await c.commit([
        { key: c.key('empty'), value: new Uint8Array() },
        { key: c.key('zeros'), value: new Uint8Array(3) },
        { key: c.key('all'), value: all.subarray(0) },
        { key: c.key('window'), value: all.subarray(10, 20) },
      ])
      const { items } = await c.store.list({ prefix: c.prefix }, c.signal)
      expect(items.map(({ value }) => [...value])).toEqual([
        [...all],
        [],
        [10, 11, 12, 13, 14, 15, 16, 17, 18, 19],
        [0, 0, 0],
      ])
    })
  })

  describe('lists', () => {
    check('keys come in the order of their bytes, also beyond ASCII', async (c) => {
      const names = [
        '',
        ' ',
        '!',
        '/',
        '0',
        'A',
        'a',
        'a/',
        'a/b',
        'aa',
        '\u007f',
        '\u00e9',
        '\uffee',
        '\u{1f600}',
        '\u{10ffff}',
      ]
      for (const name of names.toReversed()) await c.put(name)
      expect(await c.names()).toEqual(names)
    })

    check('a prefix is a prefix of bytes, not of path segments', async (c) => {
      for (const name of ['a', 'a/', 'a/1', 'a/2', 'a0', 'ab', 'b', '\u00e9x', '\u00eax']) await c.put(name)
      const under = async (prefix: string): Promise<readonly string[]> =>
        (await c.store.list({ prefix: c.key(prefix) }, c.signal)).items.map(({ key }) => key.slice(c.prefix.length))
      expect(await under('a')).toEqual(['a', 'a/', 'a/1', 'a/2', 'a0', 'ab'])
      expect(await under('a/')).toEqual(['a/', 'a/1', 'a/2'])
      expect(await under('a/1')).toEqual(['a/1'])
      expect(await under('c')).toEqual([])
      expect(await under('\u00e9')).toEqual(['\u00e9x'])
      const everything = await c.store.list({ prefix: '' }, c.signal)
      expect(everything.items.filter(({ key }) => key.startsWith(c.prefix))).toHaveLength(9)
    })

    check('pages join to the whole, as of their revision, while others write', async (c) => {
      const names = Array.from({ length: 23 }, (_, i) => `k${String(i).padStart(2, '0')}`)
      for (const name of names) await c.put(name)
      const at = await c.store.currentRevision(c.signal)
      const seen: string[] = []
      for (let after: string | undefined, page = 0; ; page++) {
        const {
          items,
          remaining,
          revision: as,
        } = await c.store.list({ prefix: c.prefix, limit: 5, revision: at, after }, c.signal)
        expect(as).toBe(at)
        seen.push(...items.map(({ key }) => key.slice(c.prefix.length)))
        expect(remaining).toBe(names.length - seen.length)
        if (remaining === 0) break
        after = items.at(-1)?.key
        await c.put(`k${page}x`)
        await c.remove(names[20 - page] ?? '')
      }
      expect(seen).toEqual(names)
    })

    check('after may name a key that is not there, or lie outside the range', async (c) => {
      for (const name of ['m/a', 'm/c', 'm/e']) await c.put(name)
      const list = async (after: string, limit?: number): Promise<[string[], number]> => {
        const { items, remaining } = await c.store.list({ prefix: c.key('m/'), after, limit }, c.signal)
        return [items.map(({ key }) => key.slice(c.prefix.length)), remaining]
      }
      expect(await list(c.key('m/b'))).toEqual([['m/c', 'm/e'], 0])
      expect(await list(c.key('m/c'), 1)).toEqual([['m/e'], 0])
      expect(await list(c.key('a'), 1)).toEqual([['m/a'], 2])
      expect(await list(c.key('z'))).toEqual([[], 0])
      expect(await list(c.key('m/e'))).toEqual([[], 0])
    })

    check('10,000 keys are written, listed, paged and watched', async (c) => {
      const before = await c.store.currentRevision(c.signal)
      const group = 100
      const groups = Array.from({ length: 100 }, (_, g) =>
        Array.from({ length: group }, (_, i) => ({
          key: c.key(`web-${String(g * group + i).padStart(5, '0')}`),
          value: bytes(`{"task":${g * group + i}}`.padEnd(300)),
        })),
      )
      for (let g = 0; g < groups.length; g += 10)
        await Promise.all(groups.slice(g, g + 10).map((puts) => c.commit(puts)))
      const wanted = groups.flat().map(({ key }) => key)
      const all = await c.store.list({ prefix: c.prefix }, c.signal)
      expect(all.items.map(({ key }) => key)).toEqual(wanted)
      const paged: string[] = []
      for (let after: string | undefined; ; ) {
        const page = await c.store.list({ prefix: c.prefix, limit: 1500, after, revision: all.revision }, c.signal)
        paged.push(...page.items.map(({ key }) => key))
        if (page.remaining === 0) break
        after = page.items.at(-1)?.key
      }
      expect(paged).toEqual(wanted)
      const watched = new Set<string>()
      for await (const { events } of c.store.watch({ prefix: c.prefix, after: before }, c.signal)) {
        for (const event of events) if (event.type === 'put') watched.add(event.kv.key)
        if (watched.size === wanted.length) break
      }
    })
  })

  describe('compaction', () => {
    check('forgets what was before, keeps what is', async (c) => {
      await c.put('gone')
      const one = await c.put('a', '1')
      await c.remove('gone')
      const two = await c.put('a', '2')
      const three = await c.put('b', '3')
      await c.store.compact(two, c.signal)
      expect(await faultOf(c.store.get(c.key('a'), c.signal, one))).toMatchObject({ code: 'Expired' })
      expect(await faultOf(c.store.list({ prefix: c.prefix, revision: one }, c.signal))).toMatchObject({
        code: 'Expired',
      })
      expect(await faultOf(c.store.list({ prefix: c.prefix, revision: one, limit: 1 }, c.signal))).toMatchObject({
        code: 'Expired',
      })
      expect(text(await c.get('a', two))).toBe('2')
      expect(await c.names(two)).toEqual(['a'])
      expect(await c.names(three)).toEqual(['a', 'b'])
      expect(await c.get('gone')).toBeUndefined()
      expect((await c.get('a'))?.createRevision).toBe(one)
    })

    check('again, and further back, is fine', async (c) => {
      const one = await c.put('a', '1')
      const two = await c.put('a', '2')
      await c.store.compact(two, c.signal)
      await c.store.compact(two, c.signal)
      await c.store.compact(one, c.signal)
      expect(text(await c.get('a', two))).toBe('2')
      expect(await c.put('a', '3')).toBe(two + 1)
    })
  })

  describe('the end', () => {
    check('after close every call faults with Unavailable', async (c) => {
      const watching = faultOf(Array.fromAsync(c.store.watch({ prefix: c.prefix, after: await c.put('a') }, c.signal)))
      await c.store.close()
      await c.store.close()
      const calls = [
        watching,
        faultOf(c.put('b')),
        faultOf(c.get('a')),
        faultOf(c.names()),
        faultOf(c.store.currentRevision(c.signal)),
        faultOf(c.store.compact(revision(1), c.signal)),
        faultOf(c.store.grantLease(backend.leaseTtl, c.signal)),
        faultOf(Array.fromAsync(c.store.watch({ prefix: c.prefix, after: absent }, c.signal))),
      ]
      for (const fault of await Promise.all(calls)) expect(fault).toMatchObject({ code: 'Unavailable' })
    })

    check('an aborted call rejects with its reason', async (c) => {
      const reason = new Error('enough')
      const aborted = AbortSignal.abort(reason)
      expect(await faultOf(c.store.get(c.key('a'), aborted))).toBe(reason)
      expect(await faultOf(c.store.list({ prefix: c.prefix }, aborted))).toBe(reason)
      expect(
        await faultOf(c.store.transact({ compare: [], puts: [{ key: c.key('a'), value: bytes('x') }] }, aborted)),
      ).toBe(reason)
      expect(await c.names()).toEqual([])
    })
  })
}
