/** Query parameters and DeleteOptions, read strictly. */
import { Fault, type FieldProblem } from '../../../lib/errors.ts'
import { isRecord } from '../../meta/json.ts'
import { invalidObject } from '../../meta/parse.ts'
import { forbidden, invalid, notSupported, required } from '../../meta/problems.ts'
import type { DeleteOptions } from '../../registry/writes.ts'

type Query = URLSearchParams

/** Kubernetes: any value but false and 0 says yes. */
export const flag = (query: Query, name: string): boolean => {
  const value = query.get(name)
  return value !== null && value !== 'false' && value !== '0'
}

/** A whole number. Faults: BadRequest. */
export function whole(query: Query, name: string): number | undefined {
  const text = query.get(name)
  if (text === null || text === '') return undefined
  if (!/^-?\d{1,15}$/.test(text)) {
    throw new Fault('BadRequest', `${name}: parsing ${JSON.stringify(text)}: must be a whole number`)
  }
  return Number(text)
}

/** A parameter that says something. */
export const text = (query: Query, name: string): string | undefined => {
  const value = query.get(name)
  return value === null || value === '' ? undefined : value
}

/** Without members that are undefined. */
export const present = <T extends object>(object: T): { [K in keyof T]: NonNullable<T[K]> } =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as never

type WriteOptionsKind = 'CreateOptions' | 'UpdateOptions' | 'PatchOptions' | 'DeleteOptions'

const metaGroup = { group: 'meta.k8s.io', version: 'v1', plural: '' }
/** Refuses options that cannot be. Faults: Invalid. */
export function checkOptions(kind: WriteOptionsKind | 'ListOptions', problems: readonly FieldProblem[]): void {
  if (problems.length > 0) throw invalidObject({ ...metaGroup, kind }, '', problems)
}

const validations = { Strict: 'strict', Warn: 'warn', Ignore: 'ignore' } as const
const isValidation = (text: string): text is keyof typeof validations => Object.hasOwn(validations, text)

const dryRunProblems = (values: readonly unknown[]): readonly FieldProblem[] =>
  values.some((value) => value !== 'All') ? [notSupported('dryRun', values, ['All'])] : []

/** Kubernetes' limit on the name of a field manager, in bytes. */
const managerBytes = 128

function managerProblems(manager: string): readonly FieldProblem[] {
  if (Buffer.byteLength(manager) > managerBytes) {
    const message = `Too long: may not be more than ${managerBytes} bytes`
    return [{ path: 'fieldManager', reason: 'FieldValueTooLong', message }]
  }
  const at = [...manager].findIndex((letter) => /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(letter))
  if (at < 0) return []
  const point = ([...manager][at]?.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  const position = Buffer.byteLength([...manager].slice(0, at).join(''))
  const spelled = JSON.stringify(manager).replace(/\\u00([0-9a-f]{2})/g, '\\x$1')
  const message = `Invalid value: ${spelled}: invalid character U+${point} (at position ${position})`
  return [{ path: 'fieldManager', reason: 'FieldValueInvalid', message }]
}

/** The program that a User-Agent names, as far as it can be the name of a field manager. */
function managerOf(userAgent: string): string {
  const printable = (userAgent.split('/', 1)[0] ?? '').replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, '')
  let name = ''
  for (const letter of printable) {
    if (Buffer.byteLength(name + letter) > managerBytes) break
    name += letter
  }
  return name
}

/** How a write is to be done, and who owns what it says. Faults: Invalid, naming the options' kind. */
export function writeQuery(
  query: Query,
  verb: WriteOptionsKind | 'ApplyOptions',
  request?: Request,
): { readonly unknown: 'strict' | 'warn' | 'ignore'; readonly dryRun: boolean; readonly fieldManager: string } {
  const validation = text(query, 'fieldValidation') ?? 'Warn'
  const values = query.getAll('dryRun')
  const manager = text(query, 'fieldManager')
  checkOptions(verb === 'ApplyOptions' ? 'PatchOptions' : verb, [
    ...(verb === 'PatchOptions' && query.has('force')
      ? [forbidden('force', 'may not be specified for non-apply patch')]
      : []),
    ...(verb === 'ApplyOptions' && manager === undefined
      ? [required('fieldManager', 'is required for apply patch')]
      : []),
    ...managerProblems(manager ?? ''),
    ...dryRunProblems(values),
    ...(isValidation(validation)
      ? []
      : [notSupported('fieldValidation', validation, ['', ...Object.keys(validations).sort()])]),
  ])
  return {
    unknown: validations[validation as keyof typeof validations],
    dryRun: values.length > 0,
    fieldManager: manager ?? managerOf(request?.headers.get('user-agent') ?? ''),
  }
}

const policies = ['Foreground', 'Background', 'Orphan'] as const

/** What a body or a query says of a deletion, whichever of the two there is. */
interface SaidOptions {
  readonly dryRun: readonly unknown[]
  readonly propagationPolicy: unknown
  readonly orphanDependents: boolean | undefined
  readonly preconditions: Readonly<Record<string, unknown>>
}

function saidInBody(body: unknown): SaidOptions {
  if (!isRecord(body)) throw new Fault('BadRequest', 'the body must be DeleteOptions')
  if (body.kind !== undefined && body.kind !== 'DeleteOptions') {
    throw new Fault(
      'BadRequest',
      `no kind ${JSON.stringify(body.kind)} is registered for version ${JSON.stringify(body.apiVersion ?? '')} in scheme "pkg/runtime/scheme.go:110"`,
    )
  }
  return {
    dryRun: Array.isArray(body.dryRun) ? body.dryRun : [],
    propagationPolicy: body.propagationPolicy ?? undefined,
    orphanDependents: typeof body.orphanDependents === 'boolean' ? body.orphanDependents : undefined,
    preconditions: isRecord(body.preconditions) ? body.preconditions : {},
  }
}

function saidInQuery(query: Query): SaidOptions {
  const grace = text(query, 'gracePeriodSeconds')
  if (grace !== undefined && !/^[+-]?\d+$/.test(grace)) {
    throw new Fault('BadRequest', `strconv.ParseInt: parsing ${JSON.stringify(grace)}: invalid syntax`)
  }
  return {
    dryRun: query.getAll('dryRun'),
    propagationPolicy: text(query, 'propagationPolicy'),
    orphanDependents: query.has('orphanDependents') ? flag(query, 'orphanDependents') : undefined,
    preconditions: present({ uid: text(query, 'uid') }),
  }
}

/**
 * DeleteOptions of the body, or where there is none of the query: Kubernetes never mixes them. The grace period has no
 * effect on kinds that run nothing. Faults: BadRequest, Invalid.
 */
export function deleteOptions(body: unknown, query: Query): DeleteOptions {
  const { dryRun, propagationPolicy, orphanDependents, preconditions } =
    body === undefined ? saidInQuery(query) : saidInBody(body)
  const known = policies.find((one) => one === propagationPolicy)
  checkOptions('DeleteOptions', [
    ...(orphanDependents !== undefined && propagationPolicy !== undefined
      ? [invalid('propagationPolicy', propagationPolicy, 'orphanDependents and deletionPropagation cannot be both set')]
      : []),
    ...(propagationPolicy !== undefined && known === undefined
      ? [notSupported('propagationPolicy', propagationPolicy, [...policies, 'nil'])]
      : []),
    ...dryRunProblems(dryRun),
  ])
  const policy = known ?? (orphanDependents === undefined ? undefined : orphanDependents ? 'Orphan' : 'Background')
  const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
  return {
    preconditions: present({
      uid: textOf(preconditions.uid),
      resourceVersion: textOf(preconditions.resourceVersion),
    }),
    ...(policy === undefined ? {} : { propagationPolicy: policy }),
    dryRun: dryRun.length > 0,
  }
}
