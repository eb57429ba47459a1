/** Field problems in Kubernetes' words, for hand-written rules and for what zod finds. */
import type { z } from 'zod'
import type { FieldProblem } from '../../lib/errors.ts'
import { pathOf, under } from './field-path.ts'
import { limits } from './limits.ts'
import { isIntegerAt, isIntOrStringAt } from './schema-walk.ts'

/** Characters of a value in a message: Kubernetes has no bound, logs and headers need one. */
const mostShown = 4096

/** A value as Kubernetes shows it in a message: JSON, cut when very long. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'null'
  return text.length > mostShown ? `${text.slice(0, mostShown)}...` : text
}

/** Texts of a refusal, as many as it tells. */
export const told = (texts: readonly string[]): readonly string[] =>
  texts.length > limits.problemsTold ? [...texts.slice(0, limits.problemsTold), 'and more'] : texts

/** What is wrong with each of `items`, as far as a refusal tells it and one more: it has to show that there is more. */
export function firstOf<T>(
  items: Iterable<T>,
  problems: (item: T) => readonly FieldProblem[],
): readonly FieldProblem[] {
  return Iterator.from(items)
    .flatMap(problems)
    .take(limits.problemsTold + 1)
    .toArray()
}

/** A required field is missing. */
export const required = (path: string, why?: string): FieldProblem => ({
  path,
  reason: 'FieldValueRequired',
  message: why === undefined ? 'Required value' : `Required value: ${why}`,
})
/** The value breaks a rule; `rule` says what is allowed. */
export const invalid = (path: string, value: unknown, rule: string): FieldProblem => ({
  path,
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${shown(value)}: ${rule}`,
})
/** The value is none of a closed set. */
export const notSupported = (path: string, value: unknown, supported: readonly unknown[]): FieldProblem => ({
  path,
  reason: 'FieldValueNotSupported',
  message: `Unsupported value: ${shown(value)}: supported values: ${supported.map((one) => JSON.stringify(one)).join(', ')}`,
})
/** The value occurs twice where it must be unique. */
export const duplicate = (path: string, value: unknown): FieldProblem => ({
  path,
  reason: 'FieldValueDuplicate',
  message: `Duplicate value: ${shown(value)}`,
})
/** The field may not be set, or not changed, here. */
export const forbidden = (path: string, why: string): FieldProblem => ({
  path,
  reason: 'FieldValueForbidden',
  message: `Forbidden: ${why}`,
})
/** The value names something that does not exist. */
export const notFound = (path: string, value: unknown, why?: string): FieldProblem => ({
  path,
  reason: 'FieldValueNotFound',
  message: why === undefined ? `Not found: ${shown(value)}` : `Not found: ${shown(value)}: ${why}`,
})
const tooMany = (path: string, count: number, most: number): FieldProblem => ({
  path,
  reason: 'FieldValueTooMany',
  message: `Too many: ${count}: must have at most ${most} items`,
})
/** The value is longer than it may be. */
export const tooLong = (path: string, most: number): FieldProblem => ({
  path,
  reason: 'FieldValueTooLong',
  message: `Too long: may not be more than ${most} bytes`,
})

/** JSON's name for the type of a value, integers that can be told exactly apart from other numbers. */
function typeNameOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'integer' : 'number'
  return typeof value
}

const notOfType = (path: string, type: string, said: string): FieldProblem => ({
  path,
  reason: 'FieldValueTypeInvalid',
  message: `Invalid value: ${said}: ${path} in body must be of type ${type}: ${said}`,
})
const wrongType = (path: string, value: unknown, expected: string): FieldProblem =>
  notOfType(path, expected, JSON.stringify(typeNameOf(value)))

const expectedNames: Readonly<Record<string, string>> = { int: 'integer', record: 'object' }
/** Kubernetes' names of formats, by zod's. */
const formatNames: Readonly<Record<string, string>> = {
  base64: 'byte',
  cidrv4: 'cidr',
  cidrv6: 'cidr',
  date: 'date',
  datetime: 'date-time',
  duration: 'duration',
  email: 'email',
  ipv4: 'ipv4',
  ipv6: 'ipv6',
  url: 'uri',
  uuid: 'uuid',
}

function expectedAt(schema: z.core.$ZodType, { expected, path }: z.core.$ZodIssueInvalidType): string {
  if (expected === 'number' && isIntegerAt(schema, path)) return 'integer'
  return expectedNames[expected] ?? expected
}

const sizeOf = (value: unknown): number =>
  Array.isArray(value) ? value.length : typeof value === 'object' && value !== null ? Object.keys(value).length : 0

function tooBig(issue: z.core.$ZodIssueTooBig, path: string, value: unknown): FieldProblem {
  if (issue.origin === 'string') return tooLong(path, Number(issue.maximum))
  if (issue.origin === 'int' && !Number.isSafeInteger(value)) return wrongType(path, value, 'integer')
  if (issue.origin === 'array' || issue.origin === 'object') return tooMany(path, sizeOf(value), Number(issue.maximum))
  const bound = issue.inclusive === false ? 'less than' : 'less than or equal to'
  return invalid(path, value, `${path} in body should be ${bound} ${issue.maximum}`)
}

function tooSmall(issue: z.core.$ZodIssueTooSmall, path: string, value: unknown): FieldProblem {
  if (!issue.message.startsWith('Too small')) return invalid(path, value, issue.message)
  if (issue.origin === 'string') {
    return invalid(path, value, `${path} in body should be at least ${issue.minimum} chars long`)
  }
  if (issue.origin === 'int' && !Number.isSafeInteger(value)) return wrongType(path, value, 'integer')
  if (issue.origin === 'array' || issue.origin === 'object') {
    return invalid(path, sizeOf(value), `${path} in body should have at least ${issue.minimum} items`)
  }
  const bound = issue.inclusive === false ? 'greater than' : 'greater than or equal to'
  return invalid(path, value, `${path} in body should be ${bound} ${issue.minimum}`)
}

function badFormat(issue: z.core.$ZodIssueInvalidStringFormat, path: string, value: unknown): FieldProblem {
  const isOwnRule = !issue.message.startsWith('Invalid ')
  const type = formatNames[issue.format]
  if (type !== undefined && !(isOwnRule && issue.format !== 'datetime')) return notOfType(path, type, shown(value))
  if (isOwnRule) return invalid(path, value, issue.message)
  return invalid(path, value, `${path} in body should match '${issue.pattern?.replace(/^\/|\/[a-z]*$/g, '')}'`)
}

function notAmong(values: readonly unknown[], path: string, value: unknown): readonly FieldProblem[] {
  if (values.length === 1) return [invalid(path, value, `must be ${values.join()}`)]
  const wrong = typeof value === typeof values[0] ? [] : [wrongType(path, value, typeNameOf(values[0]))]
  return [...wrong, notSupported(path, value, values)]
}

/** The path of what is about no field. */
const nowhere = '<nil>'

function notOneOf({ valid, missing }: OneOfFound, path: string): readonly FieldProblem[] {
  const found = valid === 0 ? 'none valid' : `${valid} valid alternatives`
  const rule = `${JSON.stringify(path)} must validate one and only one schema (oneOf). Found ${found}`
  return [invalid(nowhere, '', rule), ...missing.map((member) => required(under(path, member)))]
}

/** What a check that asked for one of several sets of members found: how many are there, and what the first lacks. */
export interface OneOfFound {
  readonly valid: number
  readonly missing: readonly string[]
}

function problemOf(schema: z.core.$ZodType, issue: z.core.$ZodIssue): readonly FieldProblem[] {
  const path = pathOf(issue.path)
  const value = issue.input
  switch (issue.code) {
    case 'invalid_type':
      return [value === undefined ? required(path) : wrongType(path, value, expectedAt(schema, issue))]
    case 'invalid_value':
      return value === undefined ? [required(path)] : notAmong(issue.values, path, value)
    case 'too_big':
      return [tooBig(issue, path, value)]
    case 'too_small':
      return [tooSmall(issue, path, value)]
    case 'invalid_format':
      return [badFormat(issue, path, value)]
    case 'not_multiple_of':
      return [invalid(path, value, `${path} in body should be a multiple of ${issue.divisor}`)]
    case 'invalid_union':
      if (value === undefined) return [required(path)]
      if (isIntOrStringAt(schema, issue.path)) return [wrongType(path, value, 'integer,string')]
      return [{ ...invalid(path, value, issue.message), reason: 'FieldValueTypeInvalid' }]
    case 'custom': {
      const found = issue.params?.oneOf as OneOfFound | undefined
      return found === undefined ? [invalid(path, value, issue.message)] : notOneOf(found, path)
    }
    default:
      return [{ ...invalid(path, value, issue.message), reason: 'FieldValueTypeInvalid' }]
  }
}

const isOfLength = (issue: z.core.$ZodIssue): boolean =>
  (issue.code === 'too_big' || issue.code === 'too_small') && issue.origin === 'string'
const isOfPattern = (issue: z.core.$ZodIssue): boolean => issue.code === 'invalid_format' && issue.format === 'regex'

/** What zod found when it read with `schema` and `reportInput`, as Kubernetes would say it. */
export function problemsOf(schema: z.core.$ZodType, issues: readonly z.core.$ZodIssue[]): readonly FieldProblem[] {
  // of a text that has the wrong length, Kubernetes does not look at the pattern
  const misfits = new Set(issues.filter(isOfLength).map(({ path }) => pathOf(path)))
  const isMoot = (issue: z.core.$ZodIssue): boolean => isOfPattern(issue) && misfits.has(pathOf(issue.path))
  return firstOf(issues, (issue) => (isMoot(issue) ? [] : problemOf(schema, issue)))
}

const blocking: ReadonlySet<FieldProblem['reason']> = new Set([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
])

/** Whether Kubernetes asks no rules of a kind beside this problem. */
export const isBlocking = ({ reason }: FieldProblem): boolean => blocking.has(reason)

const unaskable: ReadonlySet<FieldProblem['reason']> = new Set([
  'FieldValueRequired',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
])

/** Whether rules cannot be asked: there is nothing of the right type, or many times what they are made to compare. */
export const isUnaskable = ({ reason }: FieldProblem): boolean => unaskable.has(reason)

/** Stands for the rules that were not looked at. */
export const rulesNotChecked: FieldProblem = invalid(
  nowhere,
  null,
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
)

/** What is wrong, as it is told where nobody was refused: in a condition. */
export const problemsText = (problems: readonly FieldProblem[]): string =>
  [...new Set(problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)))].join('; ')
