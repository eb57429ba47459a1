/** Values are hidden where they are stored, bound to their place, and keys can be changed without losing one. */
import { describe, expect, it } from 'vitest'
import { Fault } from '../../../lib/errors.ts'
import { VirtualClock } from '../../../lib/virtual-clock.ts'
import { openMemoryStore } from '../../../store/memory/memory-store.ts'
import { revision, type Store } from '../../../store/store.ts'
import { type Keyring, newKeyFile, parseKeyring, seal, sealedWith, unseal } from './keyring.ts'
import { keysInUse, reseal } from './reseal.ts'
import { sealedStore } from './sealed-store.ts'

const signal = new AbortController().signal
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (value: Uint8Array | undefined): string => Buffer.from(value ?? []).toString('latin1')
const keyring = (...files: readonly string[]): Keyring => parseKeyring(files.join(''))
const [one, two] = [newKeyFile('one'), newKeyFile('two')]
const prefix = '/s/'

const refusal = (run: () => unknown): string => {
  try {
    run()
    return ''
  } catch (error) {
    return error instanceof Fault ? `${error.code}: ${error.message}` : String(error)
  }
}

describe('a key file', () => {
  it('has names and keys, in order, and comments', () => {
    const { first, keys } = keyring('# old and new\n', two, '\n', one.replace('\n', ' # kept\n'))
    expect([first, [...keys.keys()]]).toEqual(['two', ['two', 'one']])
  })

  it.each([
    { file: '', says: /holds no key/ },
    { file: 'k AAAA', says: /^BadRequest: line 1 .* 32 bytes/ },
    { file: `${one}${one}`, says: /^BadRequest: line 2 .*repeats the name one/ },
    { file: one.replace('one', 'a:b'), says: /no valid name/ },
  ])('$says', ({ file, says }) => {
    expect(refusal(() => parseKeyring(file))).toMatch(says)
    expect(refusal(() => parseKeyring(file))).not.toContain(one.slice(4, 20))
  })
})

describe('a sealed value', () => {
  const sealed = seal(keyring(one, two), '/s/a', bytes('hunter2'))

  it('opens with any of the keys, where it belongs', () => {
    expect(text(unseal(keyring(two, one), '/s/a', sealed))).toBe('hunter2')
    expect([sealedWith(sealed), text(sealed).includes('hunter2')]).toEqual(['one', false])
  })

  it('is different each time', () => {
    expect(text(seal(keyring(one), '/s/a', bytes('hunter2')))).not.toBe(text(sealed))
  })

  it.each([
    { what: 'without its key', ring: keyring(two), place: '/s/a', value: sealed, says: /key "one", which this server/ },
    { what: 'without any key', ring: undefined, place: '/s/a', value: sealed, says: /key "one", which this server/ },
    { what: 'elsewhere', ring: keyring(one), place: '/s/b', value: sealed, says: /does not open with key "one"/ },
    {
      what: 'changed',
      ring: keyring(one),
      place: '/s/a',
      value: sealed.map((byte, i) => (i === sealed.length - 20 ? byte ^ 1 : byte)),
      says: /does not open/,
    },
    { what: 'cut', ring: keyring(one), place: '/s/a', value: sealed.subarray(0, 30), says: /does not open/ },
    {
      what: 'under another key of that name',
      ring: keyring(newKeyFile('one')),
      place: '/s/a',
      value: sealed,
      says: /another key has this name/,
    },
  ])('does not open $what', ({ ring, place, value, says }) => {
    expect(refusal(() => unseal(ring, place, value))).toMatch(says)
  })
})

const memory = (): Promise<Store> => openMemoryStore({ clock: new VirtualClock() })
const put = (store: Store, key: string, value: string, was = 0) =>
  store.transact({ compare: [{ key, modRevision: revision(was) }], puts: [{ key, value: bytes(value) }] }, signal)
const valueAt = async (store: Store, key: string): Promise<string> => text((await store.get(key, signal)).kv?.value)

describe('a sealed store', () => {
  it('hides what is under its prefix from the store below, and nothing else', async () => {
    const below = await memory()
    const store = sealedStore(below, [prefix], keyring(one))
    await put(store, '/s/a', 'hunter2')
    await put(store, '/t/a', 'open')
    expect(await valueAt(below, '/s/a')).toMatch(/^gantry:sealed:1:one:/)
    expect([await valueAt(store, '/s/a'), await valueAt(below, '/t/a')]).toEqual(['hunter2', 'open'])
    const listed = await store.list({ prefix }, signal)
    expect(listed.items.map(({ value }) => text(value))).toEqual(['hunter2'])
  })

  it('opens what a lost transaction and a watch show', async () => {
    const store = sealedStore(await memory(), [prefix], keyring(one))
    const made = await put(store, '/s/a', 'first')
    const lost = await put(store, '/s/a', 'again')
    expect(lost.committed ? undefined : text(lost.current[0]?.value)).toBe('first')
    await put(store, '/s/a', 'second', made.revision)
    for await (const { events } of store.watch({ prefix, after: made.revision }, signal)) {
      const [event] = events
      if (event?.type !== 'put') continue
      expect([text(event.kv.value), text(event.previous?.value)]).toEqual(['second', 'first'])
      break
    }
  })
})

describe('a change of keys', () => {
  it('seals anew what is in plain text or under an old key, and then the old key is not needed', async () => {
    const below = await memory()
    await put(below, '/s/plain', 'p')
    await put(sealedStore(below, [prefix], keyring(one)), '/s/old', 'o')
    await put(sealedStore(below, [prefix], keyring(two)), '/s/new', 'n')
    expect(await reseal(below, [prefix], keyring(two, one), signal)).toBe(2)
    expect([...(await keysInUse(below, [prefix], signal))]).toEqual(['two'])
    const store = sealedStore(below, [prefix], keyring(two))
    expect(await Promise.all(['/s/plain', '/s/old', '/s/new'].map((key) => valueAt(store, key)))).toEqual([
      'p',
      'o',
      'n',
    ])
    expect(await reseal(below, [prefix], keyring(two), signal)).toBe(0)
  })

  it('does not begin without the old key', async () => {
    const below = await memory()
    await put(sealedStore(below, [prefix], keyring(one)), '/s/old', 'o')
    await expect(reseal(below, [prefix], keyring(two), signal)).rejects.toThrow(/key "one"/)
  })
})
