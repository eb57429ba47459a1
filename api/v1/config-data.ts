/** What ConfigMap and Secret have in common: rules of keys, sizes and immutability. */
import { isEqual } from '../../lib/equal.ts'
import type { FieldProblem } from '../../lib/errors.ts'
import { forbidden, invalid } from '../meta/problems.ts'

/** Kubernetes: all values of a Secret, or of a ConfigMap with its keys' values, together. */
const mostBytes = 1024 * 1024
const mostKeyLength = 253
const keyRule =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"

const keyFaults = (key: string): readonly string[] => [
  ...(key.length > mostKeyLength ? [`must be no more than ${mostKeyLength} characters`] : []),
  ...(/^[-._a-zA-Z0-9]+$/.test(key) ? [] : [keyRule]),
  ...(key === '.' ? ["must not be '.'"] : key === '..' || key.startsWith('..') ? [dotsRule(key)] : []),
]
const dotsRule = (key: string): string => (key === '..' ? "must not be '..'" : "must not start with '..'")

/** What is wrong with the keys of `data`, which is the member `path`. */
export const keyProblems = (path: string, data: Readonly<Record<string, unknown>> | undefined): FieldProblem[] =>
  Object.keys(data ?? {}).flatMap((key) => keyFaults(key).map((rule) => invalid(`${path}[${key}]`, key, rule)))

/** Bytes that base64 text stands for. */
export const decodedBytes = (base64: string): number => Buffer.byteLength(base64, 'base64')

/** What is wrong when values of `bytes` in all are in the member `path`. */
export const sizeProblems = (path: string, bytes: number): FieldProblem[] =>
  bytes <= mostBytes
    ? []
    : [{ path, reason: 'FieldValueTooLong', message: `Too long: may not be more than ${mostBytes} bytes` }]

interface Immutable {
  readonly immutable?: boolean | undefined
}

/** An object that says `immutable: true` keeps these members, and keeps saying it. */
export function immutableProblems<T extends Immutable>(
  object: T,
  old: T | undefined,
  members: readonly (keyof T & string)[],
): FieldProblem[] {
  if (old?.immutable !== true) return []
  const why = 'field is immutable when `immutable` is set'
  return [
    ...(object.immutable === true ? [] : [forbidden('immutable', why)]),
    ...members
      .filter((member) => !isEqual(object[member] ?? {}, old[member] ?? {}))
      .map((member) => forbidden(member, why)),
  ]
}
