/** Keys are run once however often added, again when added meanwhile, later when they fail, and in turn. */
import { describe, expect, it } from 'vitest'
import { type Instant, millis, minutes, plus, seconds } from '../../lib/time.ts'
import { VirtualClock } from '../../lib/virtual-clock.ts'
import { WorkQueue } from './queue.ts'

const signal = new AbortController().signal
const backoff = { first: millis(100), factor: 2, most: seconds(1) }

function aQueue() {
  const clock = new VirtualClock()
  const depths: number[] = []
  const waits: number[] = []
  // next() = 1 makes jitter add nothing.
  const queue = new WorkQueue({
    clock,
    random: { next: () => 1 },
    settle: millis(50),
    onDepth: (n) => depths.push(n),
    onWait: (wait) => waits.push(wait),
  })
  return { clock, queue, depths, waits }
}

describe('WorkQueue', () => {
  it('runs a key once that was added many times', async () => {
    const { queue, depths } = aQueue()
    for (const key of ['a', 'b', 'a', 'a']) queue.add(key)
    expect([await queue.take(signal), await queue.take(signal)]).toEqual(['a', 'b'])
    expect(queue.depth).toBe(0)
    expect(depths).toEqual([1, 2, 1, 0])
  })

  it('never gives a running key to a second worker, and runs it once more after', async () => {
    const { queue } = aQueue()
    queue.add('a')
    await queue.take(signal)
    queue.add('a')
    queue.add('a')
    expect(queue.depth).toBe(0)
    queue.finish('a')
    expect(queue.depth).toBe(1)
    await queue.take(signal)
    queue.finish('a')
    expect(queue.idle).toBe(true)
  })

  it('a key that comes again and again waits for the others', async () => {
    const { queue } = aQueue()
    for (const key of ['hot', 'b', 'c']) queue.add(key)
    const order: string[] = []
    for (let n = 0; n < 5; n += 1) {
      const key = await queue.take(signal)
      order.push(key)
      if (key === 'hot') queue.add('hot')
      queue.finish(key)
    }
    expect(order).toEqual(['hot', 'b', 'c', 'hot', 'hot'])
  })

  it('lets changes settle after a pass: many become one, none is lost, and the first after a while is not held up', async () => {
    const { queue, clock } = aQueue()
    queue.settle('a')
    expect(queue.depth).toBe(1)
    await queue.take(signal)
    queue.finish('a')
    for (let n = 0; n < 3; n += 1) {
      queue.settle('a')
      await clock.advance(millis(10))
    }
    expect(queue.depth).toBe(0)
    await clock.advance(millis(20))
    expect(queue.depth).toBe(1)
    await queue.take(signal)
    queue.finish('a')
    await clock.advance(millis(50))
    expect(queue.depth).toBe(0)
    queue.settle('a')
    expect(queue.depth).toBe(1)
  })

  it('settles what changed during the pass too, whether it succeeded or failed', async () => {
    const { queue, clock } = aQueue()
    queue.add('a')
    for (const end of [() => queue.finish('a', plus(clock.now(), seconds(60))), () => queue.retry('a', backoff)]) {
      await queue.take(signal)
      queue.settle('a')
      end()
      expect(queue.depth).toBe(0)
      await clock.advance(millis(100))
      expect(queue.depth).toBe(1)
    }
  })

  it('a change that cannot wait ends the settling, and a plan that is sooner stays', async () => {
    const { queue, clock } = aQueue()
    queue.add('a')
    await queue.take(signal)
    queue.settle('a')
    queue.add('a')
    queue.finish('a', plus(clock.now(), millis(20)))
    expect(queue.depth).toBe(1)
    await queue.take(signal)
    queue.settle('a')
    queue.finish('a', plus(clock.now(), millis(20)))
    await clock.advance(millis(20))
    expect(queue.depth).toBe(1)
    await queue.take(signal)
    queue.finish('a')
    await clock.advance(millis(100))
    expect(queue.idle).toBe(true)
  })

  it('a clock that is set back makes settling no longer', async () => {
    const { queue, clock } = aQueue()
    const now = clock.now.bind(clock)
    queue.add('a')
    await queue.take(signal)
    queue.finish('a')
    clock.now = () => (now() - minutes(60)) as Instant
    queue.settle('a')
    await clock.advance(millis(50))
    expect(queue.depth).toBe(1)
  })

  it('waits longer after each failure in a row, and starts over after a success', async () => {
    const { queue, clock } = aQueue()
    queue.add('a')
    const delays: number[] = []
    for (let n = 0; n < 6; n += 1) {
      await queue.take(signal)
      delays.push(queue.retry('a', backoff))
      await clock.advance(delays.at(-1) as never)
    }
    expect(delays).toEqual([100, 200, 400, 800, 1000, 1000])
    await queue.take(signal)
    queue.finish('a')
    queue.add('a')
    await queue.take(signal)
    expect(queue.retry('a', backoff)).toBe(100)
  })

  it('a failing key does not hurry because of its own changes, but a later change runs it at once', async () => {
    const { queue } = aQueue()
    queue.add('a')
    await queue.take(signal)
    queue.add('a')
    queue.retry('a', backoff)
    expect(queue.depth).toBe(0)
    queue.add('a')
    expect(queue.depth).toBe(1)
  })

  it('wakes at the time asked for, unless a change ran it before', async () => {
    const { queue, clock } = aQueue()
    queue.add('a')
    await queue.take(signal)
    queue.finish('a', plus(clock.now(), seconds(10)))
    await clock.advance(seconds(9))
    expect(queue.depth).toBe(0)
    await clock.advance(seconds(1))
    expect(queue.depth).toBe(1)
    await queue.take(signal)
    queue.finish('a', plus(clock.now(), seconds(10)))
    queue.add('a')
    await queue.take(signal)
    queue.finish('a')
    await clock.advance(seconds(60))
    expect(queue.depth).toBe(0)
  })

  it('a time that has passed already means now', async () => {
    const { queue, clock } = aQueue()
    queue.add('a')
    await queue.take(signal)
    queue.finish('a', clock.now())
    await clock.advance(millis(0))
    expect(queue.depth).toBe(1)
  })

  it('tells how long keys waited', async () => {
    const { queue, clock, waits } = aQueue()
    queue.add('a')
    await clock.advance(seconds(3))
    await queue.take(signal)
    expect(waits).toEqual([3000])
  })

  it('a waiting taker gets the next key, or the reason of the abort', async () => {
    const { queue } = aQueue()
    const stop = new AbortController()
    const refused = queue.take(stop.signal)
    const taken = queue.take(signal)
    stop.abort(new Error('enough'))
    await expect(refused).rejects.toThrow('enough')
    queue.add('a')
    expect(await taken).toBe('a')
  })
})
