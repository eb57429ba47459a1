/** What a request must have right before anything is decided: places, names, versions, preconditions. */
import { Fault } from '../../lib/errors.ts'
import { groupResource, isNative, type Kind } from '../meta/kind.ts'
import type { ObjectKey, Resource } from '../meta/object.ts'
import { invalidObject } from '../meta/parse.ts'
import { invalid } from '../meta/problems.ts'
import { changedMeanwhile, conflict } from './faults.ts'

/** What is known of an object before anybody judged the rest of it. */
type Described = Pick<Resource, 'metadata'>

interface Preconditions {
  readonly uid?: string
  readonly resourceVersion?: string
}

/** The namespace in the body of a cluster-scoped object counts for nothing. */
export function checkNamespace(kind: Kind, namespace: string, given: Described): void {
  if (kind.scope === 'Cluster') return
  const said = given.metadata.namespace ?? ''
  if (said !== '' && said !== namespace) {
    throw new Fault(
      'BadRequest',
      'the namespace of the provided object does not match the namespace sent on the request',
    )
  }
  if (namespace === '') throw new Fault('BadRequest', 'an empty namespace may not be set during creation')
}

export function checkIdentity(kind: Kind, key: ObjectKey, next: Described): void {
  const { name } = next.metadata
  if (name === '') {
    throw new Fault(
      'BadRequest',
      `the name of the object (${key.name} based on URL) was undeterminable: name must be provided`,
    )
  }
  if (name !== key.name) {
    throw new Fault('BadRequest', `the name of the object (${name}) does not match the name on the URL (${key.name})`)
  }
  checkNamespace(kind, key.namespace, next)
}

/** Kubernetes: 0 is no version, and no version is a text. Faults: BadRequest. */
export function versionSaid({ resourceVersion }: Resource['metadata']): string {
  if (!/^\d*$/.test(resourceVersion)) {
    throw new Fault('BadRequest', `resourceVersion ${JSON.stringify(resourceVersion)} is none that a server gave`)
  }
  return /^0*$/.test(resourceVersion) ? '' : resourceVersion
}

/** Kinds whose PUT makes what is missing, as Kubernetes has it. */
const madeByPut: ReadonlySet<string> = new Set([
  'leases.coordination.k8s.io',
  'events',
  'events.events.k8s.io',
  'roles.rbac.authorization.k8s.io',
  'rolebindings.rbac.authorization.k8s.io',
  'clusterroles.rbac.authorization.k8s.io',
  'clusterrolebindings.rbac.authorization.k8s.io',
])
export const isMadeByPut = (kind: Kind): boolean => madeByPut.has(groupResource(kind))

/** Whether an update has to say which version it replaces: always, but for Kubernetes' own kinds other than Lease. */
const mustSayVersion = (kind: Kind): boolean => !isNative(kind) || kind.kind === 'Lease'

const unversioned = (kind: Kind, name: string): Fault =>
  invalidObject({ ...kind, kind: kind.plural }, name, [
    invalid('metadata.resourceVersion', 0, 'must be specified for an update'),
  ])

/** An update replaces the version it says, and some kinds' updates have to say one. Faults: Conflict, Invalid. */
export function checkVersion(kind: Kind, current: Resource, next: Described): void {
  const version = versionSaid(next.metadata)
  const { name, resourceVersion } = current.metadata
  if (version === '' && mustSayVersion(kind)) throw unversioned(kind, name)
  if (version !== '' && version !== resourceVersion) throw changedMeanwhile(kind, name)
}

/** An update may say which object it means. Faults: Conflict. */
export function checkUid(kind: Kind, current: Resource, next: Described): void {
  const { name, uid } = current.metadata
  const said = next.metadata.uid
  if (said === '' || said === uid) return
  throw conflict(kind, name, `Precondition failed: UID in precondition: ${said}, UID in object meta: ${uid}`)
}

/** What a DELETE says about the object it means. Faults: Conflict. */
export function checkPreconditions(kind: Kind, object: Resource, wanted: Preconditions | undefined): void {
  const { name, uid, resourceVersion } = object.metadata
  const wrong = (what: string, said: string, is: string, perhaps: string): Fault =>
    new Fault(
      'Conflict',
      `Operation cannot be fulfilled on ${groupResource({ ...kind, plural: kind.kind })} "${name}": the ${what} in the precondition (${said}) does not match the ${what} in record (${is}). The object might have been ${perhaps}`,
      { about: { group: kind.group, resource: kind.kind, kind: kind.kind, name } },
    )
  if (wanted?.uid !== undefined && wanted.uid !== uid) throw wrong('UID', wanted.uid, uid, 'deleted and then recreated')
  if (wanted?.resourceVersion !== undefined && wanted.resourceVersion !== resourceVersion) {
    throw wrong('ResourceVersion', wanted.resourceVersion, resourceVersion, 'modified')
  }
}
