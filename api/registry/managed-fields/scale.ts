/** managedFields of writes to the scale subresource: it has one field, which stands for one of the object. Pure. */
import { Fault } from '../../../lib/errors.ts'
import { difference, hasField, isEmptySet, setOf } from '../../meta/fields/field-set.ts'
import { memberElement } from '../../meta/fields/path-element.ts'
import { isRecord } from '../../meta/json.ts'
import { apiVersionOf, type Kind } from '../../meta/kind.ts'
import type { Resource } from '../../meta/object.ts'
import { Scale } from '../../v1/scale.ts'
import { scaleOf, scalePaths } from '../scale.ts'
import { type Application, readConfig } from './apply.ts'
import { applyConflict, conflictsWith } from './conflicts.ts'
import { identityOf, type ManagedFields, type Owner, type Owners, ownersOf, writeOwners } from './owners.ts'
import { current } from './ownership.ts'
import { type TrackedUpdate, trackUpdate } from './update.ts'

const pathIn = (kind: Kind): readonly string[] => scalePaths(kind).specPath.split('.').slice(1).map(memberElement)
const wantedBy = (kind: Kind, object: Resource): number | undefined => scaleOf(kind, object).spec?.replicas

/** Owners without the field; who had nothing else is gone. */
function without(owners: Owners, path: readonly string[]): Map<string, Owner> {
  const lost = setOf(path)
  const rest = [...owners].map(
    ([identity, owner]) => [identity, { ...owner, fields: difference(owner.fields, lost) }] as const,
  )
  return new Map(rest.filter(([, { fields }]) => !isEmptySet(fields)))
}

const owning = (
  { kind, manager, subresource }: Pick<TrackedUpdate, 'kind' | 'manager' | 'subresource'>,
  operation: Owner['operation'],
): Owner => ({
  manager,
  operation,
  apiVersion: apiVersionOf(kind),
  subresource,
  time: undefined, // Kubernetes loses it on the way
  fields: setOf(pathIn(kind)),
})

/** After an update of the scale: who writes takes the field from all others, unless nobody had it. */
function trackScale(update: TrackedUpdate): ManagedFields | undefined {
  const { kind, live, next } = update
  const kept = live?.metadata.managedFields
  const path = pathIn(kind)
  const owners = current(kind, ownersOf(kept))
  const isOwned = [...owners.values()].some(({ fields }) => hasField(fields, path))
  const wanted = wantedBy(kind, next)
  if (!isOwned || live === undefined || wanted === wantedBy(kind, live)) return kept
  const rest = without(owners, path)
  const self = owning(update, 'Update')
  if (wanted !== undefined) rest.set(identityOf(self), self)
  return writeOwners(kind, rest)
}

/** metadata.managedFields after an update through any subresource, or of the object itself. */
export const trackThrough = (update: TrackedUpdate): ManagedFields | undefined =>
  update.subresource === 'scale' ? trackScale(update) : trackUpdate(update)

const scaleVersion = apiVersionOf(Scale)
const unconvertible = (what: string, name: string): Fault =>
  new Fault(
    'BadRequest',
    `failed to ${what} (/${name}; ${scaleVersion}, Kind=Scale) to proper version: request to convert CR to an invalid group/version: ${scaleVersion}`,
  )

/**
 * Applies a Scale to an object: the number it has already may be shared; kube-apiserver cannot apply another one to kinds
 * with a schema. Faults: BadRequest, Conflict.
 */
export function appliedScale(application: Application & { readonly live: Resource }): ManagedFields | undefined {
  const { kind, live, force } = application
  const config = readConfig(Scale as unknown as Kind, application.config)
  const path = pathIn(kind)
  const owners = current(kind, ownersOf(live.metadata.managedFields))
  const having = [...owners.values()].filter(({ fields }) => hasField(fields, path))
  if (having.length === 0) {
    throw unconvertible('create manager for existing fields: failed to convert live object', '')
  }
  const self = owning(application, 'Apply')
  const others = having.filter((owner) => identityOf(owner) !== identityOf(self))
  const wanted = isRecord(config.spec) ? config.spec.replicas : undefined
  if (wanted !== undefined && wanted !== wantedBy(kind, live)) {
    const conflicts = others.flatMap((owner) =>
      conflictsWith({ ...owner, apiVersion: scaleVersion }, setOf(['f:spec', 'f:replicas'])),
    )
    if (conflicts.length > 0 && !force) throw applyConflict(conflicts)
    throw unconvertible('convert new object', live.metadata.name)
  }
  const result = new Map(owners)
  if (wanted === undefined) result.delete(identityOf(self))
  else if (!result.has(identityOf(self))) result.set(identityOf(self), self)
  return writeOwners(kind, result)
}
