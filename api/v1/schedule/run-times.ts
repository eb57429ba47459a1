/** When a schedule is due: the next time after one, and the newest time of those that passed. */
import { cronTimesOf } from '../../../lib/calendar/cron.ts'
import { firstShowing, type TimeZone } from '../../../lib/calendar/time-zone.ts'
import { type Instant, instant, millis, plus } from '../../../lib/time.ts'
import type { Expression } from './expression.ts'

export interface RunTimesOptions {
  readonly zone: TimeZone
  /** Where a rate counts from, and is due for the first time. */
  readonly anchor: Instant
  /** The first and the last instant at which it may be due. */
  readonly start: Instant | undefined
  readonly end: Instant | undefined
}

export interface RunTimes {
  /** The first time after `after`; undefined when there is none any more. */
  next(after: Instant): Instant | undefined
  /** The last time in (`after`, `until`]. */
  latest(after: Instant, until: Instant): Instant | undefined
}

/** All times are whole seconds. */
const tick = millis(1000)
const nextTick = (after: Instant): Instant => instant((Math.floor(after / tick) + 1) * tick)

/** The first time at or after an instant, dates of start and end apart. */
function timesOf(expression: Expression, { zone, anchor }: RunTimesOptions): (from: Instant) => Instant | undefined {
  switch (expression.is) {
    case 'cron':
      return cronTimesOf(expression.cron, zone)
    case 'at': {
      const at = firstShowing(zone, expression.wall)
      return (from) => (at >= from ? at : undefined)
    }
    case 'rate':
      return (from) => instant(anchor + Math.max(0, Math.ceil((from - anchor) / expression.every)) * expression.every)
  }
}

export function runTimesOf(expression: Expression, options: RunTimesOptions): RunTimes {
  const { start, end } = options
  const times = timesOf(expression, options)
  const next = (after: Instant): Instant | undefined => {
    const from = nextTick(after)
    const at = times(start === undefined || start < from ? from : start)
    return at === undefined || (end !== undefined && at > end) ? undefined : at
  }
  return {
    next,
    latest(after, until) {
      const first = next(after)
      if (first === undefined || first > until) return undefined
      // Of a time before the last one the next is due; of the last one it is not: so it is found by halving.
      let [early, late] = [first, plus(until, tick)]
      const isDue = (at: Instant): boolean => (next(at) ?? Number.POSITIVE_INFINITY) <= until
      if (!isDue(first)) return first
      while (late - early > tick) {
        const middle = instant(Math.floor((early + late) / 2 / tick) * tick)
        if (isDue(middle)) early = middle
        else late = middle
      }
      return next(early)
    },
  }
}
