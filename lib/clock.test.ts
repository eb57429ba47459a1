/** The machine's own clock, with delays that its timers cannot count. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { systemClock } from './clock.ts'
import { hours, millis } from './time.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const day = hours(24)

it.each([1, 24, 25, 50, 366, 4000])('waits %i days', (days) => {
  let fired = 0
  systemClock.after(millis(days * day), () => fired++)
  vi.advanceTimersByTime(days * day - 1)
  expect(fired).toBe(0)
  vi.advanceTimersByTime(1)
  expect(fired).toBe(1)
})

it('takes a long wait back at any time', () => {
  const cancel = systemClock.after(millis(60 * day), () => expect.unreachable())
  vi.advanceTimersByTime(30 * day)
  cancel()
  vi.advanceTimersByTime(60 * day)
  expect(vi.getTimerCount()).toBe(0)
})
