/** What a request must have right before anything is decided: places, names, versions, preconditions. */
import { Fault } from '../../lib/errors.ts'
import type { Kind } from '../meta/kind.ts'
import type { ObjectKey, Resource } from '../meta/object.ts'
import { invalidObject } from '../meta/parse.ts'
import { invalid } from '../meta/problems.ts'
import { conflict } from './faults.ts'

interface Preconditions {
  readonly uid?: string
  readonly resourceVersion?: string
}

export function checkNamespace(kind: Kind, namespace: string, given: Resource): void {
  const said = given.metadata.namespace ?? ''
  if (kind.scope === 'Cluster' ? said !== '' : said !== '' && said !== namespace) {
    throw new Fault(
      'BadRequest',
      kind.scope === 'Cluster'
        ? 'namespace is not allowed on this type: it is cluster-scoped'
        : 'the namespace of the provided object does not match the namespace sent on the request',
    )
  }
  if (kind.scope === 'Namespaced' && namespace === '') {
    throw new Fault('BadRequest', 'an empty namespace may not be set during creation')
  }
}

export function checkIdentity(kind: Kind, key: ObjectKey, next: Resource): void {
  if (next.metadata.name !== key.name) {
    throw new Fault(
      'BadRequest',
      `the name of the object (${next.metadata.name === '' ? 'none' : next.metadata.name}) does not match the name on the URL (${key.name})`,
    )
  }
  checkNamespace(kind, key.namespace, next)
}

export const unversioned = (kind: Kind, name: string): Fault =>
  invalidObject(kind, name, [invalid('metadata.resourceVersion', 0, 'must be specified for an update')])

export function checkPreconditions(kind: Kind, object: Resource, wanted: Preconditions | undefined): void {
  const { name, uid, resourceVersion } = object.metadata
  if (wanted?.uid !== undefined && wanted.uid !== uid) {
    throw conflict(kind, name, `Precondition failed: UID in precondition: ${wanted.uid}, UID in object meta: ${uid}`)
  }
  if (wanted?.resourceVersion !== undefined && wanted.resourceVersion !== resourceVersion) {
    throw conflict(
      kind,
      name,
      `Precondition failed: ResourceVersion in precondition: ${wanted.resourceVersion}, ResourceVersion in object meta: ${resourceVersion}`,
    )
  }
}
