/**
 * Cron patterns in a time zone. The library finds dates; what happens when clocks are put forward or back is said here, for it
 * must not depend on a library's taste.
 */
import { Cron } from 'croner'
import { asDate, type Instant, instant, millis, plus } from '../time.ts'
import { changeOfOffset, longestShift, type TimeZone, type Wall } from './time-zone.ts'

export interface CronPattern {
  /** Croner's seven fields: seconds, minutes, hours, days, months, weekdays (0 is Sunday), years. */
  readonly pattern: string
  /** It names no hours: it goes by time that passes, so in both of two equal hours. */
  readonly everyHour: boolean
}

/** Changes of clocks between a time and the next run of it: two a year, for as long as patterns may pause. */
const mostChanges = 1000

/** The pattern's next time on the wall at or after one; undefined when there is none. */
export function wallTimesOf(pattern: string): (from: Wall) => Wall | undefined {
  const cron = new Cron(pattern, { paused: true, utcOffset: 0 })
  return (from) => {
    const next = cron.nextRun(asDate(instant(Math.ceil(from / 1000) * 1000 - 1000)))
    return next === null ? undefined : instant(next.getTime())
  }
}

/** Whether the clocks showed the same time once before. */
function isRepeat({ offsetAt }: TimeZone, at: Instant): boolean {
  const offset = offsetAt(at)
  const before = offsetAt(instant(at - longestShift))
  return before > offset && offsetAt(instant(at - (before - offset))) === before
}

/**
 * When the pattern is due next, at or after an instant. A time that the clocks skip is not due. One that they show twice is due the
 * first time; twice only where the pattern names no hours.
 */
export function cronTimesOf(
  { pattern, everyHour }: CronPattern,
  zone: TimeZone,
): (from: Instant) => Instant | undefined {
  const wallTime = wallTimesOf(pattern)
  return (start) => {
    let from = start
    for (let n = 0; n < mostChanges; n += 1) {
      const offset = zone.offsetAt(from)
      const wall = wallTime(plus(from, offset))
      if (wall === undefined) return undefined
      const at = instant(wall - offset)
      const near = instant(Math.min(at, plus(from, longestShift)))
      if (zone.offsetAt(near) !== offset) {
        const change = changeOfOffset(zone, from, near)
        if (at >= change) {
          from = change
          continue
        }
      } else if (at > near) {
        from = instant(at - longestShift) // nothing is due between, for no time of the pattern was shown
        continue
      }
      if (everyHour || !isRepeat(zone, at)) return at
      from = plus(at, millis(1000))
    }
    return undefined
  }
}
