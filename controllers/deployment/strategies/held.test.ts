import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { heldWith, surplusOf } from './held.ts'
import type { Counts } from './rolling.ts'

const live = (n: number): Counts => ({ desired: n, live: n, healthy: n, active: n })

describe('surplusOf', () => {
  it.each([
    { when: 'old and new stand beside each other', target: 4, others: [4], desired: 4, want: 4 },
    { when: 'as many as wanted', target: 1, others: [3], desired: 4, want: 0 },
    { when: 'old ones have gone first: they come back', target: 0, others: [2], desired: 4, want: 0 },
    { when: 'a first rollout has begun', target: 1, others: [], desired: 4, want: -3 },
    { when: 'a first rollout has not begun', target: 0, others: [0], desired: 4, want: -4 },
  ])('$when: $want', ({ target, others, desired, want }) => {
    expect(surplusOf(live(target), others.map(live), desired)).toBe(want)
  })
})

describe('heldWith', () => {
  it.each([
    { when: 'nothing changed', from: [1, 3], desired: 4, surplus: 0, want: [1, 3] },
    { when: 'more were there than wanted', from: [4, 4], desired: 4, surplus: 4, want: [4, 4] },
    { when: 'scaled up: old ones come', from: [1, 0, 3], desired: 8, surplus: 0, want: [1, 0, 7] },
    { when: 'scaled up with a surplus', from: [4, 4], desired: 6, surplus: 4, want: [4, 4] },
    { when: 'scaled down: both give', from: [4, 4], desired: 4, surplus: 0, want: [2, 2] },
    { when: 'scaled down: one new task stays', from: [1, 7], desired: 4, surplus: 0, want: [1, 3] },
    { when: 'scaled down: the oldest go first', from: [2, 3, 3], desired: 4, surplus: 0, want: [1, 0, 3] },
    { when: 'scaled down below the surplus', from: [4, 4], desired: 1, surplus: 4, want: [1, 1] },
    { when: 'scaled to zero', from: [1, 3], desired: 0, surplus: 0, want: [0, 0] },
    { when: 'back from zero: what worked', from: [0, 0], desired: 3, surplus: 0, fallback: 0, want: [0, 3] },
    { when: 'back from zero, and nothing ever worked', from: [0], desired: 3, surplus: 0, want: [3] },
    { when: 'a first rollout', from: [1], desired: 4, surplus: -3, want: [1] },
    { when: 'a first rollout, scaled up', from: [1], desired: 6, surplus: -3, want: [3] },
    {
      when: 'nothing ever worked, scaled up: only its share comes',
      from: [1, 0],
      desired: 6,
      surplus: -4,
      share: 1,
      want: [1, 0],
    },
    {
      when: 'nothing ever worked, scaled up into its share',
      from: [1, 0],
      desired: 9,
      surplus: -5,
      share: 3,
      want: [3, 0],
    },
    { when: 'a first rollout, scaled down', from: [3], desired: 2, surplus: -1, want: [2] },
  ])(
    '$when',
    ({ from: [target = 0, ...others], desired, surplus, fallback = -1, share = desired, want: [first, ...rest] }) => {
      const got = heldWith({ target, others }, { desired, share, upper: 2 * desired, surplus, fallback })
      expect(got).toEqual({ target: first, others: rest })
    },
  )

  it('for any counts: comes to rest at once, within the maximum, and moves nothing from old to new', () => {
    const counts = fc.record({ target: fc.nat(9), others: fc.array(fc.nat(9), { maxLength: 3 }) })
    fc.assert(
      fc.property(counts, fc.nat(12), fc.nat(12), fc.integer({ min: -9, max: 9 }), (from, desired, more, surplus) => {
        const how = { desired, share: desired, upper: desired + more, surplus, fallback: from.others.length - 1 }
        const next = heldWith(from, how)
        expect(heldWith(next, how)).toEqual(next)
        const all = [next.target, ...next.others]
        expect(Math.min(...all)).toBeGreaterThanOrEqual(0)
        expect(all.reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(how.upper)
        const gives = from.others.some((n, i) => (next.others[i] ?? 0) < n)
        expect(gives && next.target > from.target).toBe(false)
      }),
    )
  })
})
