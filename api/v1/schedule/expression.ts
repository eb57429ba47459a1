/** Schedule expressions: `cron(...)`, `rate(...)` and `at(...)` as EventBridge has them, and the lines of crontab. */
import { type CronPattern, wallTimesOf } from '../../../lib/calendar/cron.ts'
import type { Wall } from '../../../lib/calendar/time-zone.ts'
import { unreachable } from '../../../lib/errors.ts'
import { hours, instant, type Millis, millis, minutes, parseTimestamp, timestamp } from '../../../lib/time.ts'
import { awsFields, crontabFields, fieldOf } from './cron-fields.ts'

export type Expression =
  | { readonly is: 'cron'; readonly cron: CronPattern }
  | { readonly is: 'rate'; readonly every: Millis }
  | { readonly is: 'at'; readonly wall: Wall }

/** What was written, or the rule that it breaks. */
export type ReadExpression = { readonly expression: Expression } | { readonly wrong: string }

const macros: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}

/** The forms that there are; the rest is in the fields. In RE2, for CEL has it too. */
export const forms = {
  cron: String.raw`^cron\([^\s()]+( +[^\s()]+){5}\)$`,
  rate: String.raw`^rate\((1 +(minute|hour|day)|([2-9]|[1-9][0-9]{1,5}) +(minutes|hours|days))\)$`,
  at: String.raw`^at\([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\)$`,
  crontab: String.raw`^(@(yearly|annually|monthly|weekly|daily|midnight|hourly)|[^\s()]+( +[^\s()]+){4})$`,
} as const
export const formRule =
  'must be cron(minutes hours day-of-month month day-of-week year), rate(1 hour) or rate(N minutes|hours|days), at(yyyy-mm-ddThh:mm:ss), or a crontab line of five fields'
/** AWS: one of the days says nothing. */
export const daysForm = String.raw`^cron\(\S+ +\S+ +(\? +\S+ +[^?\s]+|[^?\s]+ +\S+ +\?) +\S+\)$`
export const daysRule = 'of the fields day-of-month and day-of-week of cron(...), one must be ? and the other not'

const units = { minute: minutes(1), hour: hours(1), day: hours(24) } as const

function readAt(text: string): ReadExpression {
  const given = `${text.slice(3, -1)}Z`
  const at = parseTimestamp(given)
  // a day that the calendar does not have becomes another one, or none
  const isDate = !Number.isNaN(at) && timestamp(at) === given
  return isDate ? { expression: { is: 'at', wall: at } } : { wrong: `${text.slice(3, -1)} is not a date and time` }
}

function readCron(fields: readonly string[], rules: typeof awsFields): ReadExpression {
  const texts: string[] = []
  for (const [n, rule] of rules.entries()) {
    const field = fieldOf(rule, fields[n] ?? '')
    if ('wrong' in field) return field
    texts.push(field.text)
  }
  const cron: CronPattern = { pattern: ['0', ...texts].join(' '), everyHour: texts[1] === '*' }
  if (wallTimesOf(cron.pattern)(instant(0)) === undefined) return { wrong: 'there is no such date' }
  return { expression: { is: 'cron', cron } }
}

/** Reads an expression. */
export function readExpression(text: string): ReadExpression {
  const [form] = (['rate', 'at', 'cron', 'crontab'] as const).filter((one) => new RegExp(forms[one]).test(text))
  switch (form) {
    case undefined:
      return { wrong: formRule }
    case 'rate': {
      const [, n = '1', unit = 'minute'] = /(\d+) +(minute|hour|day)/.exec(text) ?? []
      return { expression: { is: 'rate', every: millis(Number(n) * units[unit as keyof typeof units]) } }
    }
    case 'at':
      return readAt(text)
    case 'cron':
      if (!new RegExp(daysForm).test(text)) return { wrong: daysRule }
      return readCron(text.slice(5, -1).split(/ +/), awsFields)
    case 'crontab':
      return readCron((macros[text] ?? text).split(/ +/), crontabFields)
    default:
      return unreachable(form)
  }
}
