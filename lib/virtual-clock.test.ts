import { describe, expect, it } from 'vitest'
import { deadline, sleep } from './clock.ts'
import { Fault } from './errors.ts'
import { millis, plus, seconds } from './time.ts'
import { VirtualClock } from './virtual-clock.ts'

const never = new AbortController().signal

describe('VirtualClock', () => {
  it('fires timers in the order of their time, then of their making', async () => {
    const clock = new VirtualClock()
    const fired: string[] = []
    clock.after(seconds(2), () => fired.push('late'))
    clock.after(seconds(1), () => fired.push('early, first made'))
    clock.after(seconds(1), () => fired.push('early, second made'))
    await clock.advance(seconds(3))
    expect(fired).toEqual(['early, first made', 'early, second made', 'late'])
  })

  it('fires what a timer sets while it advances', async () => {
    const clock = new VirtualClock()
    const start = clock.now()
    const fired: number[] = []
    clock.after(seconds(1), () => clock.after(seconds(1), () => fired.push(clock.now() - start)))
    await clock.advance(seconds(2))
    expect(fired).toEqual([2000])
    expect(clock.now()).toBe(plus(start, seconds(2)))
  })

  it('does not fire what was cancelled, nor what is due later', async () => {
    const clock = new VirtualClock()
    const fired: string[] = []
    clock.after(seconds(1), () => fired.push('cancelled'))()
    clock.after(seconds(5), () => fired.push('later'))
    await clock.advance(seconds(4))
    expect(fired).toEqual([])
  })
})

describe('sleep', () => {
  it('ends at its time', async () => {
    const clock = new VirtualClock()
    let woke = false
    void sleep(clock, seconds(1), never).then(() => {
      woke = true
    })
    await clock.advance(millis(999))
    expect(woke).toBe(false)
    await clock.advance(millis(1))
    expect(woke).toBe(true)
  })

  it('rejects with the reason of an abort, at once and before', async () => {
    const clock = new VirtualClock()
    const controller = new AbortController()
    const slept = sleep(clock, seconds(1), controller.signal)
    controller.abort(new Error('enough'))
    await expect(slept).rejects.toThrow('enough')
    await expect(sleep(clock, seconds(1), controller.signal)).rejects.toThrow('enough')
    expect(clock.next()).toBeUndefined()
  })
})

describe('deadline', () => {
  const timeout = (): Fault => new Fault('Timeout', 'too slow')

  it('aborts with the given error when time is up', async () => {
    const clock = new VirtualClock()
    const { signal } = deadline(clock, seconds(1), never, timeout)
    await clock.advance(seconds(1))
    expect(signal.reason).toMatchObject({ code: 'Timeout' })
  })

  it('aborts with the outer signal', () => {
    const controller = new AbortController()
    const { signal } = deadline(new VirtualClock(), seconds(1), controller.signal, timeout)
    controller.abort('stop')
    expect(signal.reason).toBe('stop')
  })

  it('leaves no timer behind once done', () => {
    const clock = new VirtualClock()
    deadline(clock, seconds(1), never, timeout).done()
    expect(clock.next()).toBeUndefined()
  })
})
