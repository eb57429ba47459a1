/** managedFields of writes that say what the object shall be: create, update, patch. Pure. */
import type { Instant } from '../../../lib/time.ts'
import { union } from '../../meta/fields/field-set.ts'
import { fieldTypeOf } from '../../meta/fields/field-type.ts'
import { apiVersionOf, type Kind } from '../../meta/kind.ts'
import type { Resource } from '../../meta/object.ts'
import { limits } from '../limits.ts'
import { emptyObject } from './empty-object.ts'
import {
  byTime,
  identityOf,
  type ManagedFields,
  type Owner,
  type Owners,
  ownersOf,
  readOwners,
  timeOf,
  writeOwners,
} from './owners.ts'
import { afterChange, changeOf, current, ownable, touched, untouchedBy } from './ownership.ts'

/** What the server itself writes is owned under this name. */
export const ownManager = 'gantry'

/** Who writes, through what, and when. */
export interface Writer {
  readonly manager: string
  /** '' is the object itself. */
  readonly subresource: string
  readonly now: Instant
}

export interface TrackedUpdate extends Writer {
  readonly kind: Kind
  /** Undefined: the object is made. */
  readonly live: Resource | undefined
  readonly next: Resource
}

const isReset = (entries: ManagedFields | undefined): boolean =>
  entries?.length === 1 && Object.keys(entries[0] as object).length === 0

/** The entries that count before the write: those it brings, unless they are unreadable, none, or of a subresource. */
function ownersBefore({ live, next, subresource }: TrackedUpdate): Owners {
  const kept = ownersOf(live?.metadata.managedFields)
  if (subresource !== '') return kept
  const entries = next.metadata.managedFields
  if (entries === undefined || entries === live?.metadata.managedFields) return kept
  if (isReset(entries)) return new Map()
  const given = readOwners(entries)
  return given === undefined || given.size === 0 ? kept : given
}

/** Makes the oldest of too many updates one, as Kubernetes does. */
function capped(owners: Owners): Owners {
  const updates = [...owners.values()].filter(({ operation }) => operation === 'Update')
  let tooMany = updates.length - limits.updateManagers
  if (tooMany <= 0) return owners
  const oldest = updates.sort((a, b) => byTime(a, b) || (identityOf(a) < identityOf(b) ? -1 : 1))
  const result = new Map(owners)
  let merged: Owner | undefined
  for (const owner of oldest) {
    result.delete(identityOf(owner))
    merged = merged === undefined ? owner : { ...owner, fields: union(owner.fields, merged.fields) }
    if (merged !== owner && tooMany-- <= 1) break
  }
  if (merged === undefined) return owners
  const bucket: Owner = { ...merged, manager: 'ancient-changes', subresource: '' }
  const there = result.get(identityOf(bucket))
  const fields = there === undefined ? bucket.fields : union(there.fields, bucket.fields)
  return result.set(identityOf(bucket), { ...bucket, fields })
}

/** The owners after `writer` changed `before` into `after`. */
export function ownersAfterUpdate(
  kind: Kind,
  owners: Owners,
  before: object,
  after: object,
  { manager, subresource, now }: Writer,
): Owners {
  const untouched = untouchedBy(kind, subresource)
  const change = changeOf(fieldTypeOf(kind.schema), before, after, untouched)
  const rest = afterChange(current(kind, owners), change)
  const fields = touched(ownable(change.taken), untouched)
  const self = { manager, operation: 'Update', apiVersion: apiVersionOf(kind), subresource } as const
  if (Object.keys(fields).length === 0) return rest
  const mine = rest.get(identityOf(self))
  const all = mine === undefined ? fields : union(mine.fields, fields)
  return capped(new Map(rest).set(identityOf(self), { ...self, time: timeOf(now), fields: all }))
}

/** A new object owned by who makes it, by what was asked for, before any admission. */
export function trackCreate<T extends Resource>(kind: Kind<T>, asked: T, writer: Writer, admitted = asked): T {
  const managedFields = trackUpdate({ ...writer, kind: kind as unknown as Kind, live: undefined, next: asked })
  const { managedFields: _, ...metadata } = admitted.metadata
  return { ...admitted, metadata: { ...metadata, ...(managedFields === undefined ? {} : { managedFields }) } }
}

/**
 * metadata.managedFields after an update. An object whose managedFields were cleared is not tracked until it is applied.
 * `next` is as its writer meant it, before the server changes or ignores anything.
 */
export function trackUpdate(update: TrackedUpdate): ManagedFields | undefined {
  const { kind, live, next } = update
  const before = ownersBefore(update)
  if (before.size === 0 && live !== undefined) return undefined
  const after = ownersAfterUpdate(kind, before, live ?? emptyObject(kind), next, update)
  const isSame = after.size === before.size && [...after].every(([identity, owner]) => before.get(identity) === owner)
  return isSame && before === ownersOf(live?.metadata.managedFields)
    ? live?.metadata.managedFields
    : writeOwners(kind, after)
}
