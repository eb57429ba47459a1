/** Field problems in Kubernetes' words, for hand-written rules and for what zod finds. */
import type { z } from 'zod'
import type { FieldProblem } from '../../lib/errors.ts'
import { pathOf } from './field-path.ts'
import { isIntegerAt } from './schema-walk.ts'

/** A value as Kubernetes shows it in a message: JSON, cut when long. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'null'
  return text.length > 200 ? `${text.slice(0, 200)}...` : text
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
const tooLong = (path: string, most: number): FieldProblem => ({
  path,
  reason: 'FieldValueTooLong',
  message: `Too long: may not be more than ${most} bytes`,
})
const wrongType = (path: string, value: unknown, expected: string, given: string): FieldProblem => ({
  path,
  reason: 'FieldValueTypeInvalid',
  message: `Invalid value: ${JSON.stringify(given)}: ${path} in body must be of type ${expected}: ${shown(value)}`,
})

/** JSON's name for the type of a value, integers apart from other numbers. */
function typeNameOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  return typeof value
}

const expectedNames: Readonly<Record<string, string>> = { int: 'integer', record: 'object' }
const formatNames: Readonly<Record<string, string>> = { datetime: 'date-time', base64: 'byte' }

function expectedAt(schema: z.core.$ZodType, { expected, path }: z.core.$ZodIssueInvalidType): string {
  if (expected === 'number' && isIntegerAt(schema, path)) return 'integer'
  return expectedNames[expected] ?? expected
}

const sizeOf = (value: unknown): number =>
  Array.isArray(value) ? value.length : typeof value === 'object' && value !== null ? Object.keys(value).length : 0

function tooBig(issue: z.core.$ZodIssueTooBig, path: string, value: unknown): FieldProblem {
  if (issue.origin === 'string') return tooLong(path, Number(issue.maximum))
  if (issue.origin === 'array' || issue.origin === 'object') return tooMany(path, sizeOf(value), Number(issue.maximum))
  const bound = issue.inclusive === false ? 'less than' : 'less than or equal to'
  return invalid(path, value, `${path} in body should be ${bound} ${issue.maximum}`)
}

function tooSmall(issue: z.core.$ZodIssueTooSmall, path: string, value: unknown): FieldProblem {
  if (!issue.message.startsWith('Too small')) return invalid(path, value, issue.message)
  if (issue.origin === 'string') {
    return invalid(path, value, `${path} in body should be at least ${issue.minimum} chars long`)
  }
  if (issue.origin === 'array' || issue.origin === 'object') {
    return invalid(path, sizeOf(value), `${path} in body should have at least ${issue.minimum} items`)
  }
  const bound = issue.inclusive === false ? 'greater than' : 'greater than or equal to'
  return invalid(path, value, `${path} in body should be ${bound} ${issue.minimum}`)
}

function badFormat(issue: z.core.$ZodIssueInvalidStringFormat, path: string, value: unknown): FieldProblem {
  const type = formatNames[issue.format]
  if (type !== undefined) {
    const message = `Invalid value: ${shown(value)}: ${path} in body must be of type ${type}: ${shown(value)}`
    return { path, reason: 'FieldValueTypeInvalid', message }
  }
  const rule = issue.message.startsWith('Invalid ')
    ? `${path} in body should match '${issue.pattern?.replace(/^\/|\/[a-z]*$/g, '')}'`
    : issue.message
  return invalid(path, value, rule)
}

/** What zod found when it read with `schema` and `reportInput`, as Kubernetes would say it. */
export function problemOf(schema: z.core.$ZodType, issue: z.core.$ZodIssue): FieldProblem {
  const path = pathOf(issue.path)
  const value = issue.input
  switch (issue.code) {
    case 'invalid_type':
      if (value === undefined) return required(path)
      return wrongType(path, value, expectedAt(schema, issue), typeNameOf(value))
    case 'invalid_value':
      if (value === undefined) return required(path)
      if (issue.values.length === 1) return invalid(path, value, `must be ${issue.values.join()}`)
      return notSupported(path, value, issue.values)
    case 'too_big':
      return tooBig(issue, path, value)
    case 'too_small':
      return tooSmall(issue, path, value)
    case 'invalid_format':
      return badFormat(issue, path, value)
    case 'not_multiple_of':
      return invalid(path, value, `${path} in body should be a multiple of ${issue.divisor}`)
    default:
      return invalid(path, value, issue.message)
  }
}
