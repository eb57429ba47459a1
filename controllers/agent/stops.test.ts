/** Few stops at once while they end quickly, many once they wait for processes; and none waits for ever. */
import { describe, expect, it } from 'vitest'
import { millis, seconds } from '../../lib/time.ts'
import { VirtualClock } from '../../lib/virtual-clock.ts'
import { Stops } from './stops.ts'

const never = new AbortController().signal

/** Stops that end when told, by their numbers; `begun` says which ones are under way or over. */
function aBed() {
  const clock = new VirtualClock()
  const stops = new Stops({ clock, quick: 2, slow: 5, patience: seconds(1) })
  const begun: number[] = []
  const endings = new Map<number, PromiseWithResolvers<void>>()
  const ask = (at: number, signal = never): Promise<void> =>
    stops.run(signal, () => {
      begun.push(at)
      const ending = Promise.withResolvers<void>()
      endings.set(at, ending)
      return ending.promise
    })
  return {
    clock,
    begun,
    ask,
    /** Twelve at once. */
    all() {
      for (let at = 0; at < 12; at += 1) void ask(at).catch(() => undefined)
    },
    async end(at: number) {
      endings.get(at)?.resolve()
      await clock.advance(millis(0))
    },
    async fail(at: number) {
      endings.get(at)?.reject(new Error('the engine refused'))
      await clock.advance(millis(0))
    },
  }
}

describe('Stops', () => {
  it('has few under way while they end quickly', async () => {
    const { clock, begun, all, end, fail } = aBed()
    all()
    await clock.advance(millis(900))
    expect(begun).toEqual([0, 1])
    await end(0)
    expect(begun).toEqual([0, 1, 2])
    await fail(1)
    expect(begun).toEqual([0, 1, 2, 3])
  })

  it('has twice as many for each that does not end quickly, which takes no place any more', async () => {
    const { clock, begun, ask, all } = aBed()
    void ask(100)
    await clock.advance(millis(500))
    all()
    await clock.advance(millis(499))
    expect(begun).toEqual([100, 0])
    await clock.advance(millis(1))
    expect(begun).toEqual([100, 0, 1, 2, 3])
    await clock.advance(millis(500))
    expect(begun).toHaveLength(1 + 1 + 5)
    await clock.advance(seconds(1))
    expect(begun).toHaveLength(12)
    await clock.advance(seconds(1))
    expect(begun).toHaveLength(13)
  })

  it('has few again after one that ended quickly; those under way go on', async () => {
    const { clock, begun, all, end } = aBed()
    all()
    await clock.advance(seconds(1))
    expect(begun).toHaveLength(7)
    await end(2)
    await end(3)
    await end(4)
    expect(begun).toHaveLength(7)
    await end(5)
    expect(begun).toHaveLength(8)
  })

  it('does not take the late end of a slow one for a quick one', async () => {
    const { clock, begun, all, end } = aBed()
    all()
    await clock.advance(seconds(1))
    await end(0)
    await end(1)
    await clock.advance(seconds(1))
    expect(begun).toHaveLength(12)
  })

  it('forgets one whose turn does not come before it is called off', async () => {
    const { clock, begun, ask, end } = aBed()
    const off = new AbortController()
    void ask(0)
    void ask(1)
    const refused = ask(2, off.signal)
    void ask(3)
    off.abort(new Error('called off'))
    await expect(refused).rejects.toThrow('called off')
    await end(0)
    await clock.advance(millis(0))
    expect(begun).toEqual([0, 1, 3])
  })
})
