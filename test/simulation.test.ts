/** The simulation itself: a seed replays exactly. */
import { expect, it } from 'vitest'
import { simulate } from './simulation/simulate.ts'

it.each([{ client: 'direct' }, { client: 'kubernetes' }, { client: 'kubernetes', wireFaults: true }] as const)(
  'replays a seed exactly (%o)',
  { timeout: 180_000 },
  async (options) => {
    const [first, second] = [await simulate({ seed: 3, ...options }), await simulate({ seed: 3, ...options })]
    expect(first.trace.length).toBeGreaterThan(100)
    expect(second.trace).toEqual(first.trace)
    expect((await simulate({ seed: 4, ...options })).trace).not.toEqual(first.trace)
  },
)
