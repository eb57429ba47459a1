import { describe, expect, it } from 'vitest'
import { instant, plus, seconds } from '../../lib/time.ts'
import { isTrue, withCondition, withoutCondition } from './conditions.ts'

const t0 = instant(Date.UTC(2026, 0, 1))
const t1 = plus(t0, seconds(5))
const ready = { type: 'Ready', status: 'True', reason: 'Steady', message: 'all run' } as const

describe('withCondition', () => {
  it('returns the same array when nothing changed', () => {
    const first = withCondition([], ready, t0)
    expect(withCondition(first, ready, t1)).toBe(first)
  })
  it('moves lastTransitionTime only when status changes', () => {
    const first = withCondition(undefined, ready, t0)
    const reworded = withCondition(first, { ...ready, message: 'still' }, t1)
    expect(reworded[0]?.lastTransitionTime).toBe('2026-01-01T00:00:00Z')
    const flipped = withCondition(reworded, { ...ready, status: 'False' }, t1)
    expect(flipped[0]?.lastTransitionTime).toBe('2026-01-01T00:00:05Z')
    expect(isTrue(flipped, 'Ready')).toBe(false)
  })
  it('keeps the others and their order', () => {
    const two = withCondition(withCondition([], ready, t0), { ...ready, type: 'Stalled', status: 'False' }, t0)
    expect(withCondition(two, { ...ready, status: 'Unknown' }, t1).map((c) => c.type)).toEqual(['Ready', 'Stalled'])
    expect(withoutCondition(two, 'Ready').map((c) => c.type)).toEqual(['Stalled'])
  })
})
