/** Fields of cron expressions, in AWS's dialect and in crontab's: what they may hold, and what they mean. */

/** One field: its croner text, or what is wrong. */
export type Field = { readonly text: string } | { readonly wrong: string }

interface FieldRule {
  readonly name: string
  readonly least: number
  readonly most: number
  /** From `least` on. */
  readonly names?: readonly string[]
  /** What a number is to croner; default: itself. */
  readonly meaning?: (value: number) => number
  /** Signs beside numbers, lists and ranges that it takes. */
  readonly special?: string
  readonly steps?: false
}

const months = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ')
const days = 'SUN MON TUE WED THU FRI SAT'.split(' ')

/** EventBridge: minutes, hours, day of month, month, day of week (1 is Sunday), year. */
export const awsFields: readonly FieldRule[] = [
  { name: 'minutes', least: 0, most: 59 },
  { name: 'hours', least: 0, most: 23 },
  { name: 'day-of-month', least: 1, most: 31, special: '?LW' },
  { name: 'month', least: 1, most: 12, names: months },
  { name: 'day-of-week', least: 1, most: 7, names: days, meaning: (n) => n - 1, special: '?L#', steps: false },
  { name: 'year', least: 1970, most: 2199 },
]
/** Kubernetes' CronJob: minutes, hours, day of month, month, day of week (0 and 7 are Sunday). */
export const crontabFields: readonly FieldRule[] = [
  { name: 'minutes', least: 0, most: 59 },
  { name: 'hours', least: 0, most: 23 },
  { name: 'day-of-month', least: 1, most: 31, special: '?' },
  { name: 'month', least: 1, most: 12, names: months },
  { name: 'day-of-week', least: 0, most: 7, names: days, meaning: (n) => n % 7, special: '?' },
]

function numberOf({ least, most, names = [] }: FieldRule, text: string): number | undefined {
  const at = names.indexOf(text.toUpperCase())
  const value = at >= 0 ? least + at : /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN
  return value >= least && value <= most ? value : undefined
}

const allowedIn = ({ least, most, names, special = '' }: FieldRule): string => {
  const named = names === undefined ? '' : ` or ${names[0]}-${names.at(-1)}`
  const signs = special === '' ? '' : `, ${[...special].join(' ')}`
  return `may hold ${least}-${most}${named}, lists, ranges and steps${signs}`
}

/** The values that one item of a list stands for; undefined when it cannot be read. */
function valuesOf(rule: FieldRule, item: string): readonly number[] | undefined {
  const [, range = '', step] = /^([^/]+)(?:\/(\d{1,4}))?$/.exec(item) ?? []
  if (range === '' || (step !== undefined && rule.steps === false)) return undefined
  const by = step === undefined ? 1 : Number(step)
  const [first, last, ...more] = range === '*' ? [String(rule.least), String(rule.most)] : range.split('-')
  const from = numberOf(rule, first ?? '')
  const to = last !== undefined ? numberOf(rule, last) : step === undefined ? from : rule.most
  if (more.length > 0 || from === undefined || to === undefined || to < from || by < 1) return undefined
  return Array.from({ length: Math.floor((to - from) / by) + 1 }, (_, n) => from + n * by)
}

/** `L`, `LW`, `15W`, `6L`, `FRI#2`: what croner calls it. */
function specialOf(rule: FieldRule, text: string): string | undefined {
  const { special = '', meaning = (n: number) => n } = rule
  const upper = text.toUpperCase()
  if (special.includes('W')) {
    if (upper === 'L' || upper === 'LW') return upper
    const day = /^(\d{1,2})W$/.exec(upper)?.[1]
    return day !== undefined && numberOf(rule, day) !== undefined ? upper : undefined
  }
  if (!special.includes('#')) return undefined
  if (upper === 'L') return String(meaning(rule.most))
  const [, name = '', which = ''] = /^(\w+?)(L|#[1-5])$/.exec(upper) ?? []
  const day = numberOf(rule, name)
  return day === undefined ? undefined : `${meaning(day)}${which === 'L' ? '#L' : which}`
}

/** Reads one field. */
export function fieldOf(rule: FieldRule, text: string): Field {
  if (text === '*' || (text === '?' && rule.special?.includes('?') === true)) return { text: '*' }
  const special = specialOf(rule, text)
  if (special !== undefined) return { text: special }
  const values: number[] = []
  for (const item of text.split(',')) {
    const some = valuesOf(rule, item)
    if (some === undefined)
      return { wrong: `the ${rule.name} field cannot hold ${JSON.stringify(item)}: it ${allowedIn(rule)}` }
    values.push(...some)
  }
  const { meaning = (n: number) => n } = rule
  return { text: [...new Set(values.map(meaning))].sort((a, b) => a - b).join(',') }
}
