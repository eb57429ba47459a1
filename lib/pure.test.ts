import { describe, expect, it } from 'vitest'
import { backoffDelay, jittered } from './backoff.ts'
import { Fault, invariant, isFault, messageOf } from './errors.ts'
import { randomSuffix, randomUuid, seededRandom, systemRandom } from './random.ts'
import { earliest, instant, microTimestamp, millis, parseTimestamp, seconds, timestamp } from './time.ts'

describe('backoffDelay', () => {
  const backoff = { first: seconds(1), factor: 2, most: seconds(60) }
  it.each([
    [0, 0],
    [1, 1000],
    [2, 2000],
    [6, 32_000],
    [7, 60_000],
    [1000, 60_000],
  ])('after %i failures waits %i ms', (failures, want) => {
    expect(backoffDelay(backoff, failures)).toBe(want)
  })

  it('jitter keeps it between half and all', () => {
    const random = seededRandom(7)
    for (let i = 0; i < 100; i++) {
      const delay = jittered(millis(1000), random)
      expect(delay).toBeGreaterThanOrEqual(500)
      expect(delay).toBeLessThan(1000)
    }
  })
})

describe('random', () => {
  it('repeats with the same seed and differs with another', () => {
    const draw = (seed: number): number[] => Array.from({ length: 5 }, seededRandom(seed).next)
    expect(draw(1)).toEqual(draw(1))
    expect(draw(1)).not.toEqual(draw(2))
  })
  it('makes version 4 UUIDs and names of the Kubernetes alphabet', () => {
    expect(randomUuid(systemRandom)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(randomSuffix(systemRandom)).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{5}$/)
  })
})

describe('time', () => {
  it('spells instants as Kubernetes does', () => {
    const at = instant(Date.UTC(2026, 10, 21, 5, 17, 9, 42))
    expect(timestamp(at)).toBe('2026-11-21T05:17:09Z')
    expect(microTimestamp(at)).toBe('2026-11-21T05:17:09.042000Z')
    expect(parseTimestamp(microTimestamp(at))).toBe(at)
  })
  it('takes the earliest of what is there', () => {
    expect(earliest(undefined, instant(3), instant(2))).toBe(2)
    expect(earliest(undefined, undefined)).toBeUndefined()
  })
})

describe('Fault', () => {
  it('is told apart by its code', () => {
    const fault = new Fault('Conflict', 'changed', { cause: new Error('why') })
    expect(isFault(fault, 'NotFound', 'Conflict')).toBe(true)
    expect(isFault(fault, 'NotFound')).toBe(false)
    expect(isFault(new Error('x'))).toBe(false)
    expect(messageOf('text')).toBe('text')
  })
  it('a broken invariant is Internal and keeps its facts', () => {
    expect(() => invariant(false, 'bound <= registered', { bound: 2 })).toThrow(
      'broken invariant: bound <= registered {"bound":2}',
    )
  })
})
