/** Expressions, and the times they stand for. The rules of EventBridge's fields: reference ecs-supporting 2.7, 7.3. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type TimeZone, timeZoneOf } from '../../../lib/calendar/time-zone.ts'
import { type Instant, instant, parseTimestamp, timestamp } from '../../../lib/time.ts'
import { type Expression, formRule, readExpression } from './expression.ts'
import { type RunTimes, runTimesOf } from './run-times.ts'

const at = (text: string): Instant => parseTimestamp(text)
const expressionOf = (text: string): Expression => {
  const read = readExpression(text)
  if ('wrong' in read) throw new Error(read.wrong)
  return read.expression
}
interface Frame {
  readonly zone?: string
  readonly anchor?: string
  readonly start?: string
  readonly end?: string
}
const timesOf = (text: string, { zone = 'UTC', anchor = '2026-01-01T00:00:00Z', start, end }: Frame = {}): RunTimes =>
  runTimesOf(expressionOf(text), {
    zone: timeZoneOf(zone) as TimeZone,
    anchor: at(start ?? anchor),
    start: parseTimestamp(start),
    end: parseTimestamp(end),
  })
function first(n: number, times: RunTimes, after: Instant): string[] {
  const found: string[] = []
  for (let time = times.next(after); time !== undefined && found.length < n; time = times.next(time))
    found.push(timestamp(time).slice(0, 16))
  return found
}

describe('cron, as AWS has it', () => {
  it.each([
    { text: 'cron(15 10 * * ? *)', due: ['2026-01-01T10:15', '2026-01-02T10:15'] },
    { text: 'cron(0/15 * * * ? *)', due: ['2026-01-01T00:15', '2026-01-01T00:30'] },
    { text: 'cron(0 8-10/2 * * ? *)', due: ['2026-01-01T08:00', '2026-01-01T10:00', '2026-01-02T08:00'] },
    { text: 'cron(0 18 ? * MON-FRI *)', due: ['2026-01-01T18:00', '2026-01-02T18:00', '2026-01-05T18:00'] },
    { text: 'cron(0 18 ? * 2-6 *)', due: ['2026-01-01T18:00', '2026-01-02T18:00', '2026-01-05T18:00'] },
    { text: 'cron(0 12 ? * 1 *)', due: ['2026-01-04T12:00', '2026-01-11T12:00'] },
    { text: 'cron(0 12 ? * 7 *)', due: ['2026-01-03T12:00'] },
    { text: 'cron(0 12 ? * L *)', due: ['2026-01-03T12:00', '2026-01-10T12:00'] },
    { text: 'cron(0 12 ? * 6L *)', due: ['2026-01-30T12:00', '2026-02-27T12:00'] },
    { text: 'cron(0 12 ? * FRIL *)', due: ['2026-01-30T12:00', '2026-02-27T12:00'] },
    { text: 'cron(0 12 ? * 3#2 *)', due: ['2026-01-13T12:00', '2026-02-10T12:00'] },
    { text: 'cron(0 12 ? * TUE#5 *)', due: ['2026-03-31T12:00', '2026-06-30T12:00'] },
    { text: 'cron(0 12 L * ? *)', due: ['2026-01-31T12:00', '2026-02-28T12:00', '2026-03-31T12:00'] },
    { text: 'cron(0 12 LW * ? *)', due: ['2026-01-30T12:00', '2026-02-27T12:00'] },
    { text: 'cron(0 12 15W * ? *)', due: ['2026-01-15T12:00', '2026-02-16T12:00'] },
    { text: 'cron(0 12 1W AUG ? *)', due: ['2026-08-03T12:00', '2027-08-02T12:00'] },
    { text: 'cron(0 0 1 JAN,jul ? *)', due: ['2026-07-01T00:00', '2027-01-01T00:00'] },
    { text: 'cron(0 0 29 2 ? *)', due: ['2028-02-29T00:00', '2032-02-29T00:00'] },
    { text: 'cron(0 0 1 1 ? 2030/5)', due: ['2030-01-01T00:00', '2035-01-01T00:00'] },
    { text: 'cron(0 0 1 1 ? 2027-2028)', due: ['2027-01-01T00:00', '2028-01-01T00:00'] },
  ])('$text', ({ text, due }) => {
    expect(first(due.length, timesOf(text), at('2026-01-01T00:00:00Z'))).toEqual(due)
  })

  it.each([
    { text: 'cron(60 * * * ? *)', says: 'the minutes field cannot hold "60": it may hold 0-59' },
    { text: 'cron(0 24 * * ? *)', says: 'the hours field cannot hold "24": it may hold 0-23' },
    { text: 'cron(0 0 0 * ? *)', says: 'the day-of-month field cannot hold "0": it may hold 1-31' },
    { text: 'cron(0 0 32W * ? *)', says: 'the day-of-month field cannot hold "32W"' },
    { text: 'cron(0 0 * 13 ? *)', says: 'the month field cannot hold "13": it may hold 1-12 or JAN-DEC' },
    { text: 'cron(0 0 ? * 0 *)', says: 'the day-of-week field cannot hold "0": it may hold 1-7 or SUN-SAT' },
    { text: 'cron(0 0 ? * 8#1 *)', says: 'the day-of-week field cannot hold "8#1"' },
    { text: 'cron(0 0 ? * 2#6 *)', says: 'the day-of-week field cannot hold "2#6"' },
    { text: 'cron(0 0 ? * MON/2 *)', says: 'the day-of-week field cannot hold "MON/2"' },
    { text: 'cron(0 0 * * ? 1969)', says: 'the year field cannot hold "1969": it may hold 1970-2199' },
    { text: 'cron(30-10 * * * ? *)', says: 'the minutes field cannot hold "30-10"' },
    { text: 'cron(*/0 * * * ? *)', says: 'the minutes field cannot hold "*/0"' },
    { text: 'cron(1,,2 * * * ? *)', says: 'the minutes field cannot hold ""' },
    { text: 'cron(? * * * ? *)', says: 'the minutes field cannot hold "?"' },
    { text: 'cron(0 0 31 2 ? *)', says: 'there is no such date' },
    { text: 'cron(0 0 1,15 * MON *)', says: 'one must be ? and the other not' },
    { text: 'cron(0 0 ? * ? *)', says: 'one must be ? and the other not' },
    { text: 'cron(0 0 * * ?)', says: formRule },
    { text: 'cron(0 0 * * ? *', says: formRule },
    { text: 'rate(0 minutes)', says: formRule },
    { text: 'rate(1 minutes)', says: formRule },
    { text: 'rate(5 minute)', says: formRule },
    { text: 'rate(5 weeks)', says: formRule },
    { text: 'at(2026-02-30T00:00:00)', says: '2026-02-30T00:00:00 is not a date and time' },
    { text: 'at(2026-02-03T24:01:00)', says: '2026-02-03T24:01:00 is not a date and time' },
    { text: 'at(2026-02-03)', says: formRule },
    { text: '0 3 * * * *', says: formRule },
    { text: '@every 1h', says: formRule },
    { text: '0 3 L * *', says: 'the day-of-month field cannot hold "L"' },
    { text: '0 3 * * 8', says: 'the day-of-week field cannot hold "8": it may hold 0-7 or SUN-SAT' },
    { text: 'TZ=UTC 3 * * *', says: 'the minutes field cannot hold "TZ=UTC"' },
    { text: '', says: formRule },
  ])('refuses $text: $says', ({ text, says }) => {
    const read = readExpression(text)
    expect('wrong' in read ? read.wrong : 'accepted').toContain(says)
  })
})

describe('the other forms', () => {
  it.each<{ text: string; frame?: Frame; due: readonly string[] }>([
    { text: '*/20 3 * * *', due: ['2026-01-01T03:00', '2026-01-01T03:20', '2026-01-01T03:40', '2026-01-02T03:00'] },
    { text: '0 0 * * 7', due: ['2026-01-04T00:00', '2026-01-11T00:00'] },
    { text: '0 0 * * sun', due: ['2026-01-04T00:00', '2026-01-11T00:00'] },
    { text: '0 0 13 * 5', due: ['2026-01-02T00:00', '2026-01-09T00:00', '2026-01-13T00:00'] },
    { text: '@weekly', due: ['2026-01-04T00:00', '2026-01-11T00:00'] },
    { text: '@yearly', due: ['2027-01-01T00:00'] },
    { text: 'rate(1 minute)', due: ['2026-01-01T00:01', '2026-01-01T00:02'] },
    { text: 'rate(36 hours)', due: ['2026-01-02T12:00', '2026-01-04T00:00'] },
    { text: 'rate(2 days)', frame: { anchor: '2025-12-31T10:00:00Z' }, due: ['2026-01-02T10:00', '2026-01-04T10:00'] },
    { text: 'rate(2 days)', frame: { start: '2026-03-01T10:00:00Z' }, due: ['2026-03-01T10:00', '2026-03-03T10:00'] },
    { text: 'rate(2 days)', frame: { end: '2026-01-03T00:00:00Z' }, due: ['2026-01-03T00:00'] },
    {
      text: 'cron(0 12 * * ? *)',
      frame: { start: '2026-03-01T12:00:00Z', end: '2026-03-02T12:00:00Z' },
      due: ['2026-03-01T12:00', '2026-03-02T12:00'],
    },
    { text: 'at(2026-02-03T04:05:06)', due: ['2026-02-03T04:05'] },
    { text: 'at(2026-07-03T04:05:06)', frame: { zone: 'Europe/Berlin' }, due: ['2026-07-03T02:05'] },
    { text: 'at(2026-03-29T02:30:00)', frame: { zone: 'Europe/Berlin' }, due: ['2026-03-29T01:30'] },
    { text: 'at(2025-02-03T04:05:06)', due: [] },
    { text: 'cron(0 3 * * ? *)', frame: { zone: 'Asia/Tokyo' }, due: ['2026-01-01T18:00'] },
  ])('$text', ({ text, frame, due }) => {
    const more = frame?.end === undefined ? 0 : 1
    expect(first(due.length + more, timesOf(text, frame), at('2026-01-01T00:00:00Z'))).toEqual(due)
  })
})

describe('times', () => {
  const texts = [
    'cron(0/7 * * * ? *)',
    'cron(30 2 * * ? *)',
    'cron(30 1,2,3 ? * SUN *)',
    '0 0 1 * *',
    'rate(7 minutes)',
    'rate(25 hours)',
    'at(2026-03-29T02:30:00)',
    'cron(0 0 29 2 ? *)',
  ]
  const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe']
  const moment = fc
    .integer({ min: at('2026-01-01T00:00:00Z') / 1000, max: at('2029-01-01T00:00:00Z') / 1000 })
    .map((second) => instant(second * 1000))

  it('go forward, and none lies between one and the next', () => {
    fc.assert(
      fc.property(fc.constantFrom(...texts), fc.constantFrom(...zones), moment, moment, (text, zone, a, b) => {
        const times = timesOf(text, { zone })
        const next = times.next(a)
        if (next === undefined) return
        expect(next).toBeGreaterThan(a)
        const between = instant(Math.min(next - 1, Math.max(a, b)))
        expect(times.next(between)).toBe(next)
      }),
      { numRuns: 500 },
    )
  })

  it('the newest that passed is the last of all that did, and none when none did', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...texts),
        fc.constantFrom(...zones),
        moment,
        fc.integer({ min: 0, max: 200_000 }),
        (text, zone, after, more) => {
          const times = timesOf(text, { zone })
          const until = instant(after + more * 1000)
          let last: Instant | undefined
          for (let time = times.next(after); time !== undefined && time <= until; time = times.next(time)) last = time
          expect(times.latest(after, until)).toBe(last)
        },
      ),
      { numRuns: 100 },
    )
  })

  it('the newest of years is found at once', () => {
    const times = timesOf('cron(0/1 * * * ? *)')
    const newest = times.latest(at('1990-01-01T00:00:00Z'), at('2026-06-01T12:00:30Z'))
    expect(timestamp(newest as Instant)).toBe('2026-06-01T12:00:00Z')
  })
})
