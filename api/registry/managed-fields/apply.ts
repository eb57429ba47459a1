/** Server-side apply: an object as its applier wants it, and who owns what of it then. Pure. */
import { isEqual } from '../../../lib/equal.ts'
import { Fault } from '../../../lib/errors.ts'
import { type FieldSet, intersection, isEmptySet, noFields, union } from '../../meta/fields/field-set.ts'
import { fieldTypeOf } from '../../meta/fields/field-type.ts'
import { merge } from '../../meta/fields/merge.ts'
import { fieldSetOf } from '../../meta/fields/to-field-set.ts'
import { typeProblems } from '../../meta/fields/type-problems.ts'
import { isRecord } from '../../meta/json.ts'
import { apiVersionOf, type Kind } from '../../meta/kind.ts'
import type { Resource } from '../../meta/object.ts'
import { told } from '../../meta/problems.ts'
import { applyConflict, type Conflict, conflictsOutside, conflictsWith } from './conflicts.ts'
import { emptyObject } from './empty-object.ts'
import { keepLastApplied, lastAppliedFields } from './last-applied.ts'
import { identityOf, type ManagedFields, type Owner, type Owners, ownersOf, timeOf, writeOwners } from './owners.ts'
import { afterChange, changeOf, current, ownable, touched, unmanaged, untouchedBy } from './ownership.ts'
import { pruned } from './prune.ts'
import { ownersAfterUpdate, type Writer } from './update.ts'

type Members = Readonly<Record<string, unknown>>

export interface Application extends Writer {
  readonly kind: Kind
  /** Undefined: the object is made. */
  readonly live: Resource | undefined
  /** What the applier wants, as it was sent. */
  readonly config: unknown
  /** Takes what others own. */
  readonly force: boolean
}

export interface Applied {
  /** As it will be judged and stored; with nulls where something required or declared went. */
  readonly object: Members
  readonly managedFields: ManagedFields | undefined
}

/** Who has everything that was there before anybody's fields were tracked. */
const beforeFirst = 'before-first-apply'
/** The manager that takes over from its own client-side apply. */
const kubectl = 'kubectl'

const shownVersion = (apiVersion: unknown): string => {
  const parts = typeof apiVersion === 'string' ? apiVersion.split('/') : []
  return parts.length === 2 ? parts.join('/') : `/${parts.length === 1 ? parts[0] : ''}`
}

/** What was sent, when it is an object of the kind. Faults: BadRequest. */
export function readConfig(kind: Kind, config: unknown): Members {
  const given = isRecord(config) ? config : {}
  if (given.apiVersion !== apiVersionOf(kind) || given.kind !== kind.kind) {
    const said = typeof given.apiVersion === 'string' && given.apiVersion.split('/').length > 2 ? '' : given.kind
    throw new Fault(
      'BadRequest',
      `invalid object type: ${shownVersion(given.apiVersion)}, Kind=${typeof said === 'string' ? said : ''}`,
    )
  }
  const metadata = isRecord(given.metadata) ? given.metadata : {}
  if (metadata.managedFields != null) throw new Fault('BadRequest', 'metadata.managedFields must be nil')
  const problems = typeProblems(fieldTypeOf(kind.schema), given)
  if (problems.length > 0) {
    const { namespace = '', name = '' } = metadata
    const what = `${namespace}/${name}; ${shownVersion(given.apiVersion)}, Kind=${kind.kind}`
    const text =
      problems.length === 1 ? problems.join() : ['errors:', ...told(problems).map((one) => `  ${one}`)].join('\n')
    throw new Fault('BadRequest', `failed to create typed patch object (${what}): ${text}`)
  }
  return given
}

interface Merged {
  readonly object: Members
  readonly owners: Owners
  readonly conflicts: readonly Conflict[]
}

function merged(application: Application, config: Members, before: Owners, live: Members): Merged {
  const { kind, manager, subresource } = application
  const type = fieldTypeOf(kind.schema)
  const untouched = untouchedBy(kind, subresource)
  const apiVersion = apiVersionOf(kind)
  const self = { manager, operation: 'Apply', apiVersion, subresource } as const
  const mine = before.get(identityOf(self))
  const wanted = touched(fieldSetOf(type, config), untouched)
  const others = new Map(before)
  others.delete(identityOf(self))

  const owned = [...others.values()].reduce((all, { fields }) => union(all, fields), wanted)
  const laid = merge(type, live, config)
  const object = pruned(type, laid, mine?.fields ?? noFields, owned) as Members
  const change = changeOf(type, live, object, untouched)
  const conflicts = [...others.values()].flatMap((owner) =>
    conflictsWith(owner, intersection(owner.fields, change.taken)),
  )
  const owners = new Map(afterChange(others, change))
  const fields = ownable(wanted)
  if (!isEmptySet(fields)) {
    const isSame = isEqual(live, object)
    const time = isSame ? mine?.time : timeOf(application.now)
    owners.set(identityOf(self), { ...self, fields, time } satisfies Owner)
  }
  return { object, owners, conflicts }
}

/** What client-side apply set may be taken by server-side apply of the same program. */
const allowedFor = ({ kind, manager }: Application, live: Members): FieldSet =>
  manager === kubectl ? lastAppliedFields(fieldTypeOf(kind.schema), apiVersionOf(kind), live) : noFields

/**
 * The outcome of an application. Faults: BadRequest (another type, managedFields, values of wrong types, unknown members),
 * Conflict (with every field that another manager owns with another value).
 */
export function applied(application: Application): Applied {
  const { kind, live: stored } = application
  const config = readConfig(kind, application.config)
  const live: Members = stored === undefined ? emptyObject(kind) : (unmanaged(stored) as unknown as Members)
  let owners = current(kind, ownersOf(stored?.metadata.managedFields))
  if (owners.size === 0 && stored !== undefined) {
    owners = ownersAfterUpdate(kind, owners, emptyObject(kind), live, { ...application, manager: beforeFirst })
  }
  const result = merged(application, config, owners, live)
  if (!application.force && result.conflicts.length > 0) {
    const left = conflictsOutside(result.conflicts, allowedFor(application, live))
    if (left.length > 0) throw applyConflict(left)
  }
  const object = application.manager === kubectl ? keepLastApplied(result.object, config) : result.object
  return { object, managedFields: writeOwners(kind, result.owners) }
}
