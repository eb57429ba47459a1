/** Query parameters and DeleteOptions, read strictly. */
import { Fault } from '../../lib/errors.ts'
import type { DeleteOptions } from '../registry/writes.ts'

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
    throw new Fault('BadRequest', `invalid query parameter ${name}=${JSON.stringify(text)}: must be a whole number`)
  }
  return Number(text)
}

const text = (query: Query, name: string): string | undefined => {
  const value = query.get(name)
  return value === null || value === '' ? undefined : value
}

/** Without members that are undefined. */
const present = <T extends object>(object: T): { [K in keyof T]: NonNullable<T[K]> } =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as never

export const selectors = (query: Query): { readonly labelSelector?: string; readonly fieldSelector?: string } =>
  present({ labelSelector: text(query, 'labelSelector'), fieldSelector: text(query, 'fieldSelector') })

export function listQuery(query: Query) {
  const match = text(query, 'resourceVersionMatch')
  if (match !== undefined && match !== 'Exact' && match !== 'NotOlderThan') {
    throw new Fault('BadRequest', `resourceVersionMatch ${JSON.stringify(match)} must be Exact or NotOlderThan`)
  }
  return {
    ...selectors(query),
    ...present({
      limit: whole(query, 'limit'),
      continue: text(query, 'continue'),
      resourceVersion: text(query, 'resourceVersion'),
    }),
    exact: match === 'Exact',
  }
}

const validations = { Strict: 'strict', Warn: 'warn', Ignore: 'ignore' } as const

export function writeQuery(query: Query): { readonly unknown: 'strict' | 'warn' | 'ignore'; readonly dryRun: boolean } {
  const validation = text(query, 'fieldValidation') ?? 'Warn'
  if (!Object.hasOwn(validations, validation)) {
    throw new Fault('BadRequest', `fieldValidation ${JSON.stringify(validation)} must be Strict, Warn or Ignore`)
  }
  return { unknown: validations[validation as keyof typeof validations], dryRun: dryRun(query.getAll('dryRun')) }
}

function dryRun(values: readonly unknown[]): boolean {
  const bad = values.find((value) => value !== 'All')
  if (bad !== undefined) throw new Fault('BadRequest', `dryRun ${JSON.stringify(bad)} must be All`)
  return values.length > 0
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const policies = ['Background', 'Foreground', 'Orphan'] as const

/** DeleteOptions from body and query; the body wins, as in Kubernetes. Faults: BadRequest. */
export function deleteOptions(body: unknown, query: Query): DeleteOptions {
  if (body !== undefined && !isRecord(body)) throw new Fault('BadRequest', 'the body of a delete must be DeleteOptions')
  const said = body ?? {}
  const orphan =
    said.orphanDependents === undefined ? undefined : said.orphanDependents === true ? 'Orphan' : 'Background'
  const policy = said.propagationPolicy ?? orphan ?? text(query, 'propagationPolicy')
  if (policy !== undefined && !policies.some((one) => one === policy)) {
    throw new Fault('BadRequest', `propagationPolicy ${JSON.stringify(policy)} must be one of ${policies.join(', ')}`)
  }
  const conditions = isRecord(said.preconditions) ? said.preconditions : {}
  const preconditions = present({
    uid: typeof conditions.uid === 'string' ? conditions.uid : undefined,
    resourceVersion: typeof conditions.resourceVersion === 'string' ? conditions.resourceVersion : undefined,
  })
  return {
    preconditions,
    ...(policy === undefined ? {} : { propagationPolicy: policy as (typeof policies)[number] }),
    dryRun: dryRun(Array.isArray(said.dryRun) ? said.dryRun : query.getAll('dryRun')),
  }
}
