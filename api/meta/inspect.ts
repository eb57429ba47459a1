/** Looks at raw input as an object of a kind: what it says, what is wrong with it, what nobody knows. Never throws. */
import type { z } from 'zod'
import type { FieldProblem } from '../../lib/errors.ts'
import { type Cleaned, clean, type UnknownField } from './clean.ts'
import { withDefaults } from './defaults.ts'
import { duplicateProblems } from './duplicates.ts'
import { isRecord } from './json.ts'
import type { Kind } from './kind.ts'
import { ObjectMeta, type Resource } from './object.ts'
import { invalid, isBlocking, isUnaskable, problemsOf, rulesNotChecked } from './problems.ts'
import { scaleProblems } from './scale-problems.ts'
import { membersOf } from './schema-walk.ts'

/** What of an object a write concerns: nothing is said of the rest, as it is not written. */
export type Part = 'all' | 'main' | 'status'

/** All that reading found out. */
export interface Inspection<T> {
  /** The object with defaults; undefined when `problems` or `undecodable` is not empty. Of part `status`, status alone. */
  readonly object: T | undefined
  readonly metadata: ObjectMeta
  /** Whether it is the kind of thing that rules can be asked about. */
  readonly isObject: boolean
  /** Without unknown members, nulls that stand for nothing, and members that are dropped by rule. */
  readonly value: unknown
  readonly problems: readonly FieldProblem[]
  /** Problems that keep it from being read at all: Kubernetes refuses them before it looks at rules. */
  readonly undecodable: readonly FieldProblem[]
  readonly part: Part
  /** Left out of `object`; the caller decides whether that is an error. */
  readonly unknown: readonly UnknownField[]
  /** For people: what was dropped on the way in. */
  readonly warnings: readonly string[]
}

const mostListed = 5
const listed = (paths: readonly string[]): string => {
  const rest = paths.length - mostListed
  return paths.slice(0, mostListed).join(', ') + (rest > 0 ? ` and ${rest} more` : '')
}

function droppingWarnings(
  { isTerse }: Pick<Kind, 'isTerse'>,
  { dropped, nulls, repeated }: Cleaned,
): readonly string[] {
  const told = isTerse ? [] : nulls.filter((path) => !path.startsWith('metadata.') && path !== 'status')
  return [
    ...(dropped.length > 0 ? [`dropped members that only output carries: ${dropped.join(', ')}`] : []),
    ...(told.length > 0 ? [`dropped null members (null means absent): ${listed(told)}`] : []),
    ...(repeated.length > 0 ? [`dropped repeated items, the last of a name counts: ${listed(repeated)}`] : []),
  ]
}

const none: Pick<Inspection<never>, 'isObject' | 'problems' | 'undecodable' | 'unknown' | 'warnings'> = {
  isObject: true,
  problems: [],
  undecodable: [],
  unknown: [],
  warnings: [],
}
const noMetadata = ObjectMeta.parse({})

const isWithin = (path: string, outer: string): boolean =>
  path === outer || path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`)

/** `found` and what the scale subresource would make of the value, which repeats it: kinds that say more do not. */
function andScaled(
  { scale, isTerse }: Pick<Kind, 'scale' | 'isTerse'>,
  value: unknown,
  part: Part,
  found: readonly FieldProblem[],
): readonly FieldProblem[] {
  if (scale === undefined) return found
  const scaled = [
    ...(part === 'status' ? [] : scaleProblems(scale, value, 'spec')),
    ...(part === 'main' ? [] : scaleProblems(scale, value, 'status')),
  ]
  const isSaid = (path: string): boolean => found.some((problem) => isWithin(path.slice(1), problem.path))
  return [...found, ...scaled.filter(({ path }) => isTerse || !isSaid(path))]
}

/** `part` as it counts for the kind: status is a part of its own only where it is a subresource. */
const partOf = (kind: Pick<Kind, 'statusSubresource'>, part: Part): Part => (kind.statusSubresource ? part : 'all')

/** What a status may say, read alone; Kubernetes' texts about it leave out where the status is. */
function readStatus<T extends Resource>(
  kind: Kind<T>,
  value: Readonly<Record<string, unknown>>,
  metadata: ObjectMeta,
): Pick<Inspection<T>, 'object' | 'problems'> {
  const schema = membersOf(kind.schema)?.shape.status as z.ZodType
  const result = schema.safeParse(value.status, { reportInput: true })
  if (result.success) {
    const { apiVersion, kind: said } = value
    const object = { apiVersion, kind: said, metadata, ...(value.status === undefined ? {} : { status: result.data }) }
    return { object: object as unknown as T, problems: duplicateProblems(schema, result.data, 'status') }
  }
  const problems = problemsOf(schema, result.error.issues).map((problem) => ({
    ...problem,
    path: problem.path === '' ? 'status' : `status.${problem.path}`,
  }))
  const repeats = duplicateProblems(schema, withDefaults(schema, value.status), 'status')
  return { object: undefined, problems: [...problems, ...repeats] }
}

function readWhole<T extends Resource>(
  kind: Kind<T>,
  value: Readonly<Record<string, unknown>>,
): Pick<Inspection<T>, 'object' | 'problems'> {
  const result = kind.schema.safeParse(value, { reportInput: true })
  if (result.success) return { object: result.data, problems: duplicateProblems(kind.schema, result.data) }
  const repeats = duplicateProblems(kind.schema, withDefaults(kind.schema, value))
  return { object: undefined, problems: [...problemsOf(kind.schema, result.error.issues), ...repeats] }
}

function inspectCleaned<T extends Resource>(kind: Kind<T>, cleaned: Cleaned, part: Part): Inspection<T> {
  const { metadata: given = {}, status, ...rest } = cleaned.value as Readonly<Record<string, unknown>>
  const { unknown } = cleaned
  const warnings = droppingWarnings(kind, cleaned)
  const read = ObjectMeta.safeParse(given, { reportInput: true })
  const metadata = read.success ? read.data : noMetadata
  const withoutStatus = part === 'main' || status === undefined
  const value = { ...rest, metadata, ...(withoutStatus ? {} : { status }) }
  const found = part === 'status' ? readStatus(kind, value, metadata) : readWhole(kind, value)
  const problems = andScaled(kind, value, part, found.problems)
  const undecodable = read.success
    ? []
    : problemsOf(ObjectMeta, read.error.issues).map((problem) => ({
        ...problem,
        path: problem.path === '' ? 'metadata' : `metadata.${problem.path}`,
      }))
  const object = problems.length === 0 && undecodable.length === 0 ? found.object : undefined
  return { isObject: true, object, metadata, value, part, problems, undecodable, unknown, warnings }
}

/** In maps of texts Kubernetes reads null as the empty text; in metadata these are labels and annotations. */
function withoutNullTexts(raw: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { metadata } = raw
  if (!isRecord(metadata)) return raw
  const texts = (['labels', 'annotations'] as const).flatMap((name) => {
    const map = metadata[name]
    if (!isRecord(map) || !Object.values(map).includes(null)) return []
    return [[name, Object.fromEntries(Object.entries(map).map(([key, value]) => [key, value ?? '']))] as const]
  })
  return texts.length === 0 ? raw : { ...raw, metadata: { ...metadata, ...Object.fromEntries(texts) } }
}

/** Reads without deciding about unknown fields. `nulls`: of members that take none and have no default. */
export function inspectObject<T extends Resource>(
  kind: Kind<T>,
  raw: unknown,
  wanted: Part,
  nulls: 'dropped' | 'kept' = 'dropped',
): Inspection<T> {
  const part = partOf(kind, wanted)
  const nothing = { ...none, isObject: false, object: undefined, metadata: noMetadata, value: raw, part }
  if (!isRecord(raw)) return { ...nothing, problems: [invalid('', raw, `must be an object of kind ${kind.kind}`)] }
  const misread = kind.misread?.(raw) ?? []
  if (misread.length > 0) return { ...nothing, problems: misread }
  // most objects need no cleaning: the schema is strict, so what it takes had nothing to take out
  const asIs = kind.schema.safeParse(raw, { reportInput: true })
  if (asIs.success) {
    const problems = andScaled(kind, asIs.data, part, duplicateProblems(kind.schema, asIs.data))
    if (problems.length === 0) {
      return { ...none, object: asIs.data, metadata: asIs.data.metadata, value: raw, part }
    }
  }
  return inspectCleaned(kind, clean(kind.schema, withoutNullTexts(raw), kind.droppedFields, nulls), part)
}

/** What the rules of the kind say although some values are wrong, but for fields that are known to be wrong. */
function rulesBeside<T extends Resource>(
  kind: Kind<T>,
  { value, part }: Inspection<T>,
  old: T | undefined,
  known: readonly FieldProblem[],
): readonly FieldProblem[] {
  if (part === 'status') return []
  const object = withDefaults(kind.schema, value) as T
  return kind.validate(object, old).filter(({ path }) => !known.some((problem) => isWithin(path, problem.path)))
}

/** `found` and what the rules of the kind say; or, where these cannot be asked, that they were not. */
export function withRules(
  kind: Pick<Kind, 'hasRules' | 'isTerse'>,
  found: readonly FieldProblem[],
  rules: () => readonly FieldProblem[],
): readonly FieldProblem[] {
  if (!found.some(kind.isTerse ? isBlocking : isUnaskable)) return [...found, ...rules()]
  return kind.hasRules ? [...found, rulesNotChecked] : found
}

/** Everything that is wrong with what was read: `general` (about metadata, say), then what `inspection` found. */
export function problemsWith<T extends Resource>(
  kind: Kind<T>,
  inspection: Inspection<T>,
  old: T | undefined,
  general: readonly FieldProblem[],
): readonly FieldProblem[] {
  const { isObject, object, undecodable, problems } = inspection
  if (!isObject) return problems
  const found = [...general, ...undecodable, ...problems]
  return withRules(kind, found, () =>
    object === undefined ? rulesBeside(kind, inspection, old, found) : kind.validate(object, old),
  )
}
