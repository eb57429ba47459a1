/** Who owns which fields of an object: metadata.managedFields read into a map, and back in Kubernetes' order. */
import { type Instant, instant, parseTimestamp, timestamp } from '../../../lib/time.ts'
import { type FieldSet, inOrder, noFields, readFieldsV1 } from '../../meta/fields/field-set.ts'
import { apiVersionOf, type Kind } from '../../meta/kind.ts'
import type { ObjectMeta } from '../../meta/object.ts'
import { fieldsNamedIn } from './names.ts'
import { sharedSet } from './shared-sets.ts'

export type ManagedFields = NonNullable<ObjectMeta['managedFields']>

/** One entry: what `manager` set by one kind of operation, through one subresource. */
export interface Owner {
  readonly manager: string
  readonly operation: 'Apply' | 'Update'
  /** The version that the fields are named in. */
  readonly apiVersion: string
  readonly subresource: string
  /** When it last changed something; absent when it never did. */
  readonly time: string | undefined
  readonly fields: FieldSet
}

/** By identity; two owners of one identity cannot be. */
export type Owners = ReadonlyMap<string, Owner>

type Identity = Pick<Owner, 'manager' | 'operation' | 'apiVersion' | 'subresource'>

/** What tells owners apart. One who applies is the same whatever version it used. */
export const identityOf = ({ manager, operation, apiVersion, subresource }: Identity): string =>
  JSON.stringify([manager, operation, operation === 'Apply' ? '' : apiVersion, subresource])

function readEntry({
  operation,
  apiVersion = '',
  fieldsType,
  fieldsV1,
  ...entry
}: ManagedFields[number]): Owner | undefined {
  if (operation !== 'Apply' && operation !== 'Update') return undefined
  if (apiVersion === '' || fieldsType !== 'FieldsV1') return undefined
  const fields = fieldsV1 === undefined ? noFields : readFieldsV1(fieldsV1)
  if (fields === undefined) return undefined
  const { manager = '', subresource = '', time } = entry
  return { manager, operation, apiVersion, subresource, time, fields }
}

/** The owners that entries from outside tell of; undefined when one of them cannot be read. */
export function readOwners(entries: ManagedFields = []): Owners | undefined {
  const owners = new Map<string, Owner>()
  for (const entry of entries) {
    const owner = readEntry(entry)
    if (owner === undefined) return undefined
    owners.set(identityOf(owner), owner)
  }
  return owners
}

const known = new WeakMap<ManagedFields, Owners>()

/** The owners of a stored object; none when its entries cannot be read. Remembered: stored objects do not change. */
export function ownersOf(entries: ManagedFields | undefined): Owners {
  if (entries === undefined) return new Map()
  const before = known.get(entries)
  if (before !== undefined) return before
  const owners = readOwners(entries) ?? new Map<string, Owner>()
  known.set(entries, owners)
  return owners
}

const secondsOf = ({ time }: Owner): number => {
  const at = parseTimestamp(time) ?? instant(0)
  return Number.isNaN(at) ? 0 : Math.floor(at / 1000)
}
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Oldest first, in seconds; who has no time is oldest. */
export const byTime = (a: Owner, b: Owner): number => secondsOf(a) - secondsOf(b)

const inKubernetesOrder = (a: Owner, b: Owner): number =>
  compareText(a.operation, b.operation) ||
  byTime(a, b) ||
  compareText(a.manager, b.manager) ||
  compareText(a.apiVersion, b.apiVersion) ||
  compareText(a.subresource, b.subresource)

/** Owners of fields of `kind` as metadata.managedFields says it, each in its own version; undefined when there is none. */
export function writeOwners(kind: Kind, owners: Owners): ManagedFields | undefined {
  if (owners.size === 0) return undefined
  const named = ({ fields, apiVersion }: Owner): FieldSet =>
    fieldsNamedIn(kind, fields, apiVersionOf(kind), apiVersion) ?? fields
  const sorted = [...owners.values()]
    .sort(inKubernetesOrder)
    .map((owner) => ({ ...owner, fields: sharedSet(inOrder(named(owner))) }))
  const entries: ManagedFields = sorted.map(({ manager, operation, apiVersion, time, fields, subresource }) => ({
    ...(manager === '' ? {} : { manager }),
    operation,
    apiVersion,
    ...(time === undefined ? {} : { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: fields,
    ...(subresource === '' ? {} : { subresource }),
  }))
  // the next write to the object need not read what this one wrote
  known.set(entries, new Map(sorted.map((owner) => [identityOf(owner), owner])))
  return entries
}

export const timeOf = (now: Instant): string => timestamp(now)
