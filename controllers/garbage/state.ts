/** What garbage collection knows: objects and their owners, and the history of a service. */
import { apiVersionOf, type Kind } from '../../api/meta/kind.ts'
import { isDeleting, type ObjectKey, type OwnerReference, type Resource } from '../../api/meta/object.ts'
import type { Service } from '../../api/v1/service.ts'
import type { ServiceDeployment } from '../../api/v1/service-deployment.ts'
import type { ServiceRevision } from '../../api/v1/service-revision.ts'
import type { Task } from '../../api/v1/task.ts'

/** Kubernetes: the dependents go first, then the owner. Set by a deletion with propagationPolicy Foreground. */
export const foregroundFinalizer = 'foregroundDeletion'
/** Kubernetes: the dependents stay without owner. Set by a deletion with propagationPolicy Orphan. */
export const orphanFinalizer = 'orphan'

/** How an owner stands: `leaving` waits, foreground, for its dependents to go. */
export type OwnerState = 'present' | 'leaving' | 'gone'

export interface Owner {
  readonly reference: OwnerReference
  readonly state: OwnerState
}

/** An object together with its kind. */
export interface Thing {
  readonly kind: Kind
  readonly object: Resource
}

export const hasFinalizer = (object: Resource, name: string): boolean =>
  object.metadata.finalizers?.includes(name) === true

/** Whether an object waits, foreground, for its dependents. */
export const isLeaving = (object: Resource): boolean => isDeleting(object) && hasFinalizer(object, foregroundFinalizer)
/** Whether an object waits for its dependents to be set free. */
export const isOrphaning = (object: Resource): boolean => isDeleting(object) && hasFinalizer(object, orphanFinalizer)

export const ownersOf = (object: Resource): readonly OwnerReference[] => object.metadata.ownerReferences ?? []

/** The kind of an owner, if it is one of `kinds`; others, and owners that an object cannot have, are left alone. */
export function kindOfOwner(kinds: readonly Kind[], reference: OwnerReference, dependent: Resource): Kind | undefined {
  const isOutside = (kind: Kind): boolean => kind.scope === 'Namespaced' && dependent.metadata.namespace === undefined
  return kinds.find(
    (kind) => kind.kind === reference.kind && apiVersionOf(kind) === reference.apiVersion && !isOutside(kind),
  )
}

/** Where the owner of an object would be: in the same namespace, or cluster-scoped. */
export const keyOfOwner = (kind: Kind, reference: OwnerReference, dependent: Resource): ObjectKey => ({
  namespace: kind.scope === 'Cluster' ? '' : (dependent.metadata.namespace ?? ''),
  name: reference.name,
})

/** All that a service left behind and still has. */
export interface ServiceHistory {
  /** Undefined when it is gone; owner references then take care of the rest. */
  readonly service: Service | undefined
  readonly revisions: readonly { readonly revision: ServiceRevision; readonly tasks: readonly Task[] }[]
  readonly deployments: readonly ServiceDeployment[]
}
