/** Reads raw input as an object of a kind: the one door between JSON and the types. */
import type { z } from 'zod'
import { Fault, type FieldProblem } from '../../lib/errors.ts'
import { type Cleaned, clean, type UnknownField } from './clean.ts'
import { withDefaults } from './defaults.ts'
import { duplicateProblems } from './duplicates.ts'
import { isRecord } from './json.ts'
import type { Kind } from './kind.ts'
import type { Resource } from './object.ts'
import { invalid, problemOf } from './problems.ts'

/** What to do about members that the kind does not have: refuse, accept with a warning, accept silently. */
export type UnknownFields = 'strict' | 'warn' | 'ignore'

export interface Parsed<T> {
  readonly object: T
  /** For people: what was dropped on the way in. The kind's own `warnings(object)` are not among them. */
  readonly warnings: readonly string[]
}

/** All that reading found out, for a door that words refusals in its own way. */
export interface Inspection<T> {
  /** The object with defaults; undefined when `problems` is not empty. */
  readonly object: T | undefined
  readonly problems: readonly FieldProblem[]
  /** Left out of `object`; the caller decides whether that is an error. */
  readonly unknown: readonly UnknownField[]
  readonly warnings: readonly string[]
}

/** `unknown field "spec.imge": did you mean "image"?` */
export const unknownFieldText = ({ path, hint }: UnknownField): string => `unknown field "${path}": ${hint}`

const mostListed = 5
const listed = (paths: readonly string[]): string => {
  const rest = paths.length - mostListed
  return paths.slice(0, mostListed).join(', ') + (rest > 0 ? ` and ${rest} more` : '')
}

function droppingWarnings({ dropped, nulls, repeated }: Cleaned): readonly string[] {
  const told = nulls.filter((path) => !path.startsWith('metadata.') && path !== 'status')
  const warnings: string[] = []
  if (dropped.length > 0) warnings.push(`dropped members that only output carries: ${dropped.join(', ')}`)
  if (told.length > 0) warnings.push(`dropped null members (null means absent): ${listed(told)}`)
  if (repeated.length > 0) warnings.push(`dropped repeated items, the last of a name counts: ${listed(repeated)}`)
  return warnings
}

/** Kinds of zod issues after which every value still has the type that the kind's rules rely on. */
const wrongValueOnly: ReadonlySet<string> = new Set([
  'too_big',
  'too_small',
  'invalid_format',
  'not_multiple_of',
  'custom',
])
const keepsTypes = (issue: z.core.$ZodIssue): boolean =>
  wrongValueOnly.has(issue.code) || (issue.code === 'invalid_value' && typeof issue.input === 'string')

/** What the rules of the kind say although some values are wrong, but for fields that are known to be wrong. */
function rulesBeside<T extends Resource>(
  kind: Kind<T>,
  value: unknown,
  known: readonly FieldProblem[],
): FieldProblem[] {
  const wrong = known.map((problem) => problem.path)
  const isWithin = (path: string): boolean =>
    wrong.some((outer) => path === outer || path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`))
  const object = withDefaults(kind.schema, value) as T
  return kind.validate(object, undefined).filter(({ path }) => !isWithin(path))
}

/** Reads without deciding about unknown fields. Never throws. */
export function inspectObject<T extends Resource>(kind: Kind<T>, raw: unknown): Inspection<T> {
  const refused = (problems: readonly FieldProblem[]): Inspection<T> => ({
    object: undefined,
    problems,
    unknown: [],
    warnings: [],
  })
  if (!isRecord(raw)) return refused([invalid('', raw, `must be an object of kind ${kind.kind}`)])
  const misread = kind.misread?.(raw) ?? []
  if (misread.length > 0) return refused(misread)
  // most objects need no cleaning: the schema is strict, so what it takes had nothing to take out
  const asIs = kind.schema.safeParse(raw, { reportInput: true })
  if (asIs.success && duplicateProblems(kind.schema, asIs.data).length === 0) {
    return { object: asIs.data, problems: [], unknown: [], warnings: [] }
  }
  return inspectCleaned(kind, clean(kind.schema, raw, kind.droppedFields))
}

function inspectCleaned<T extends Resource>(kind: Kind<T>, cleaned: Cleaned): Inspection<T> {
  const { value, unknown } = cleaned
  const result = kind.schema.safeParse(value, { reportInput: true })
  const warnings = droppingWarnings(cleaned)
  if (result.success) {
    const repeats = duplicateProblems(kind.schema, result.data)
    if (repeats.length === 0) return { object: result.data, problems: [], unknown, warnings }
    return { object: undefined, problems: [...repeats, ...rulesBeside(kind, value, repeats)], unknown, warnings }
  }
  const { issues } = result.error
  const problems = issues.map((issue) => problemOf(kind.schema, issue))
  const rules = issues.every(keepsTypes) ? rulesBeside(kind, value, problems) : []
  return { object: undefined, problems: [...problems, ...rules], unknown, warnings }
}

/** The Fault for an object that breaks rules; doors take `problems` apart, people read the message. */
export function invalidObject(
  kind: Pick<Kind, 'kind' | 'group' | 'version' | 'plural'>,
  name: string,
  problems: readonly FieldProblem[],
): Fault {
  const all = problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
  const text = all.length === 1 ? all.join() : `[${all.join(', ')}]`
  const what = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`
  return new Fault('Invalid', `${what} ${JSON.stringify(name)} is invalid: ${text}`, {
    problems,
    about: { group: kind.group, resource: kind.plural, kind: kind.kind, name },
  })
}

function nameOf(raw: unknown): string {
  const metadata = isRecord(raw) ? raw.metadata : undefined
  const name = isRecord(metadata) ? metadata.name : undefined
  return typeof name === 'string' ? name : ''
}

/**
 * The object that `raw` says, with defaults applied, nulls and describe-only members dropped (with a warning).
 * Throws Fault('Invalid') with all problems at once. In strict mode unknown fields are among them, together with what
 * the kind's own rules say of the rest, so that nobody has to try twice. Rules that hold on success are the caller's
 * to check: `kind.validate(object, old)`.
 */
export function parseObject<T extends Resource>(
  kind: Kind<T>,
  raw: unknown,
  options: { readonly unknown: UnknownFields },
): Parsed<T> {
  const { object, problems, unknown, warnings } = inspectObject(kind, raw)
  const refused: FieldProblem[] =
    options.unknown === 'strict'
      ? unknown.map((field) => ({
          path: field.path,
          reason: 'FieldValueInvalid' as const,
          message: `unknown field: ${field.hint}`,
        }))
      : []
  if (object === undefined || refused.length > 0) {
    const rules = object === undefined ? [] : kind.validate(object, undefined)
    throw invalidObject(kind, nameOf(raw), [...problems, ...refused, ...rules])
  }
  return { object, warnings: options.unknown === 'warn' ? [...unknown.map(unknownFieldText), ...warnings] : warnings }
}
