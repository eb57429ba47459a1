/** Time zones and cron patterns at the edges: clocks put forward and back, against a search by brute force. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Instant, instant, millis, parseTimestamp, plus, timestamp } from '../time.ts'
import { cronTimesOf } from './cron.ts'
import { changeOfOffset, firstShowing, type TimeZone, timeZoneOf } from './time-zone.ts'

const zone = (name: string): TimeZone => timeZoneOf(name) as TimeZone
const at = (text: string): Instant => parseTimestamp(text)

describe('a time zone', () => {
  it.each([
    { name: 'UTC', when: '2026-07-01T00:00:00Z', minutes: 0 },
    { name: 'Europe/Berlin', when: '2026-01-01T00:00:00Z', minutes: 60 },
    { name: 'Europe/Berlin', when: '2026-07-01T00:00:00Z', minutes: 120 },
    { name: 'America/New_York', when: '2026-01-01T00:00:00Z', minutes: -300 },
    { name: 'Asia/Kathmandu', when: '2026-01-01T00:00:00Z', minutes: 345 },
  ])('$name is $minutes minutes ahead of UTC at $when', ({ name, when, minutes }) => {
    expect(zone(name).offsetAt(at(when))).toBe(minutes * 60_000)
  })
  it.each(['', 'Mars/Olympus', '+01:00', 'Local', 'Europe/Berlin '])('"%s" is none', (name) => {
    expect(timeZoneOf(name)).toBeUndefined()
  })
  it.each([
    { what: 'usual', wall: '2026-06-01T12:00:00Z', first: '2026-06-01T10:00:00Z' },
    {
      what: 'skipped: as if the clocks had not been put forward',
      wall: '2026-03-29T02:30:00Z',
      first: '2026-03-29T01:30:00Z',
    },
    { what: 'shown twice: the first time', wall: '2026-10-25T02:30:00Z', first: '2026-10-25T00:30:00Z' },
    { what: 'just before the change', wall: '2026-10-25T01:59:59Z', first: '2026-10-24T23:59:59Z' },
    { what: 'just after it', wall: '2026-10-25T03:00:00Z', first: '2026-10-25T02:00:00Z' },
  ])('a time that is $what', ({ wall, first }) => {
    expect(timestamp(firstShowing(zone('Europe/Berlin'), at(wall)))).toBe(first)
  })
  it('changes its offset at a second', () => {
    const change = changeOfOffset(zone('Europe/Berlin'), at('2026-03-28T12:00:00Z'), at('2026-03-29T12:00:00Z'))
    expect(timestamp(change)).toBe('2026-03-29T01:00:00Z')
  })
})

interface Case {
  readonly when: string
  readonly pattern: string
  readonly everyHour?: boolean
  readonly zone?: string
  readonly from: string
  readonly due: readonly string[]
}
describe('due in a time zone', () => {
  it.each<Case>([
    {
      when: 'a named hour is skipped with the hour',
      pattern: '0 30 2 * * * *',
      from: '2026-03-28T00:00:00Z',
      due: ['2026-03-28T01:30:00Z', '2026-03-30T00:30:00Z'],
    },
    {
      when: 'a named hour that is shown twice is due once',
      pattern: '0 30 2 * * * *',
      from: '2026-10-25T00:00:00Z',
      due: ['2026-10-25T00:30:00Z', '2026-10-26T01:30:00Z'],
    },
    {
      when: 'it is not due again for who asks between both',
      pattern: '0 30 2 * * * *',
      from: '2026-10-25T00:45:00Z',
      due: ['2026-10-26T01:30:00Z'],
    },
    {
      when: 'every hour goes on through the skipped hour',
      pattern: '0 30 * * * * *',
      everyHour: true,
      from: '2026-03-29T00:00:00Z',
      due: ['2026-03-29T00:30:00Z', '2026-03-29T01:30:00Z', '2026-03-29T02:30:00Z'],
    },
    {
      when: 'every hour goes on through the repeated hour',
      pattern: '0 30 * * * * *',
      everyHour: true,
      from: '2026-10-24T23:45:00Z',
      due: ['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z', '2026-10-25T02:30:00Z'],
    },
    {
      when: 'half an hour of change (Lord Howe)',
      pattern: '0 45 1 * * * *',
      zone: 'Australia/Lord_Howe',
      from: '2026-04-04T00:00:00Z',
      due: ['2026-04-04T14:45:00Z', '2026-04-05T15:15:00Z'],
    },
    {
      when: 'a day that a zone left out (Samoa, 30 December 2011)',
      pattern: '0 0 12 30 12 * *',
      zone: 'Pacific/Apia',
      from: '2011-12-01T00:00:00Z',
      due: ['2012-12-29T22:00:00Z'],
    },
    {
      when: 'once in many years',
      pattern: '0 0 0 29 2 * 2096',
      from: '2026-01-01T00:00:00Z',
      due: ['2096-02-28T23:00:00Z'],
    },
    { when: 'never again', pattern: '0 0 0 1 1 * 2020', from: '2026-01-01T00:00:00Z', due: [] },
  ])('$when', ({ pattern, everyHour = false, zone: name = 'Europe/Berlin', from, due }) => {
    const next = cronTimesOf({ pattern, everyHour }, zone(name))
    const times: string[] = []
    for (
      let time = next(at(from));
      time !== undefined && times.length < due.length;
      time = next(plus(time, millis(1)))
    ) {
      times.push(timestamp(time))
    }
    expect(times).toEqual(due)
  })

  /** Every minute asked by itself. */
  function* byHand(
    minutes: readonly number[],
    hours: readonly number[] | undefined,
    tz: TimeZone,
    from: Instant,
    n: number,
  ) {
    const shown = new Set<number>()
    for (let time = from - 7_200_000; time < from + n * 60_000; time += 60_000) {
      const wall = time + tz.offsetAt(instant(time))
      const [minute, hour] = [Math.floor(wall / 60_000) % 60, Math.floor(wall / 3_600_000) % 24]
      const again = shown.has(wall)
      shown.add(wall)
      const named = hours === undefined || (hours.includes(hour) && !again)
      if (time >= from && minutes.includes(minute) && named) yield instant(time)
    }
  }
  const changes = [
    '2026-03-29T01:00:00Z',
    '2026-10-25T01:00:00Z',
    '2026-04-04T15:00:00Z',
    '2026-11-01T06:00:00Z',
    '2026-05-01T00:00:00Z',
  ]
  it('is what asking every minute finds', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Africa/Cairo'),
        fc.constantFrom(...changes),
        fc.integer({ min: -240, max: 60 }),
        fc.uniqueArray(fc.integer({ min: 0, max: 59 }), { minLength: 1, maxLength: 3 }),
        fc.option(fc.uniqueArray(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 3 }), { nil: undefined }),
        (name, change, shift, minutes, hours) => {
          const from = instant(at(change) + shift * 60_000)
          const pattern = `0 ${minutes} ${hours ?? '*'} * * * *`
          const next = cronTimesOf({ pattern, everyHour: hours === undefined }, zone(name))
          const found: Instant[] = []
          for (
            let time = next(from);
            time !== undefined && time < from + 360 * 60_000;
            time = next(plus(time, millis(1)))
          )
            found.push(time)
          expect(found).toEqual([...byHand(minutes, hours, zone(name), from, 360)])
        },
      ),
      { numRuns: 300 },
    )
  })
})
