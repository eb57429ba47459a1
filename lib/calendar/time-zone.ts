/** Time zones: what a zone's clocks show at an instant, and which instant it is when they show a time. */
import { hours, type Instant, instant, type Millis, millis, plus } from '../time.ts'

/** What a clock on the wall shows: milliseconds since 1970 as if it showed UTC. */
export type Wall = Instant

export interface TimeZone {
  readonly name: string
  /** How far its clocks are ahead of UTC at an instant. */
  offsetAt(at: Instant): Millis
}

/** Clocks go one way or the other at most once in this time, and by less. */
export const longestShift = hours(24)

/** Zones are few, but each may be spelled in any case. */
const mostKnown = 1000
const known = new Map<string, Intl.DateTimeFormat>()

function formatOf(name: string): Intl.DateTimeFormat {
  const cached = known.get(name)
  if (cached !== undefined) return cached
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    calendar: 'iso8601',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  if (known.size >= mostKnown) known.clear()
  known.set(name, format)
  return format
}

function offsetOf(format: Intl.DateTimeFormat, at: Instant): Millis {
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts
  return millis(Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000)
}

const utc: TimeZone = { name: 'UTC', offsetAt: () => millis(0) }

/** The IANA zone of that name; undefined when there is none. */
export function timeZoneOf(name: string): TimeZone | undefined {
  if (/^(Etc\/)?(UTC|GMT|Zulu|UCT)$/i.test(name)) return utc
  if (!/^[A-Za-z]/.test(name)) return undefined // an offset: no zone
  try {
    const format = formatOf(name)
    return { name, offsetAt: (at) => offsetOf(format, at) }
  } catch {
    return undefined
  }
}

/**
 * When the clocks first show `wall`. Where they skip it: the instant at which they would have shown it, had they not been put
 * forward.
 */
export function firstShowing({ offsetAt }: TimeZone, wall: Wall): Instant {
  const before = offsetAt(instant(wall - longestShift))
  const after = offsetAt(plus(wall, longestShift))
  const early = instant(wall - Math.max(before, after))
  if (offsetAt(early) === Math.max(before, after)) return early
  const late = instant(wall - Math.min(before, after))
  return offsetAt(late) === Math.min(before, after) ? late : instant(wall - before)
}

/** The first instant of (`from`, `to`] at which another offset is in force than at `from`; to the second. */
export function changeOfOffset({ offsetAt }: TimeZone, from: Instant, to: Instant): Instant {
  const offset = offsetAt(from)
  let [same, other] = [from, to]
  while (other - same > 1000) {
    const middle = instant(Math.floor((same + other) / 2000) * 1000)
    if (middle <= same) break
    if (offsetAt(middle) === offset) same = middle
    else other = middle
  }
  return other
}
