/** A burst of writes that somebody interrupts, and the question whether all that was acknowledged is there. */
import { expect } from 'vitest'
import { isFault } from '../../lib/errors.ts'
import { type Revision, revision, type Store } from '../../store/store.ts'
import { bytes, text } from './store-case.ts'

export interface Acknowledged {
  readonly key: string
  readonly value: string
  readonly revision: Revision
}

/** Writes pairs of keys from several writers at once until the signal ends it or the store fails; tells each success. */
export async function burst(
  store: Store,
  prefix: string,
  onAcknowledged: (write: Acknowledged) => void,
  signal: AbortSignal,
): Promise<void> {
  const writer = async (w: number): Promise<void> => {
    for (let i = 0; !signal.aborted; i++) {
      const value = `${w}.${i}`
      const key = `${prefix}${String(w).padStart(2, '0')}-${i}`
      const puts = [key, `${key}-twin`, `${prefix}newest-${w}`].map((k) => ({
        key: k,
        value: bytes(value.padEnd(500)),
      }))
      const result = await store.transact({ compare: [{ key, modRevision: revision(0) }], puts }, signal)
      if (result.committed) onAcknowledged({ key, value, revision: result.revision })
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: 16 }, (_, w) => writer(w)))
  const bugs = ends.flatMap((end) =>
    end.status === 'rejected' && !signal.aborted && !isFault(end.reason, 'Unavailable', 'Timeout') ? [end.reason] : [],
  )
  if (bugs.length > 0) throw bugs[0]
}

/** Every acknowledged write is there, whole, at its revision; and history goes on after the newest of them. */
export async function expectAll(
  store: Store,
  prefix: string,
  writes: readonly Acknowledged[],
  signal: AbortSignal,
): Promise<void> {
  const { items, revision: now } = await store.list({ prefix }, signal)
  const there = new Map(items.map((kv) => [kv.key, kv]))
  const lost = writes.filter(({ key, value, revision: at }) => {
    const kvs = [there.get(key), there.get(`${key}-twin`)]
    return !kvs.every((kv) => kv?.modRevision === at && text(kv)?.trimEnd() === value)
  })
  expect(lost).toEqual([])
  expect(now).toBeGreaterThanOrEqual(Math.max(...writes.map(({ revision: at }) => at)))
  const halves = items.filter(({ key }) => !key.includes('newest') && !there.has(twinOf(key)))
  expect(halves).toEqual([])
  const next = await store.transact({ compare: [], puts: [{ key: `${prefix}after`, value: bytes('x') }] }, signal)
  expect(next).toEqual({ committed: true, revision: now + 1 })
}

const twinOf = (key: string): string => (key.endsWith('-twin') ? key.slice(0, -'-twin'.length) : `${key}-twin`)
