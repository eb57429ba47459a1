/** The rules and first objects of a Gantry API server. */
import type { Kind } from '../../meta/kind.ts'
import type { Draft, Resource } from '../../meta/object.ts'
import { Cluster } from '../../v1/cluster.ts'
import { Namespace } from '../../v1/core.ts'
import { defaultCluster, systemNamespace } from '../../v1/well-known.ts'
import type { Admission } from '../admission.ts'
import { certificateRequest } from './certificate-request.ts'
import { clusterNamespace } from './cluster-namespace.ts'
import { leaseFields } from './lease-fields.ts'
import { namespaceExists, namespaceLifecycle } from './namespace-lifecycle.ts'
import { scheduledTaskDefinition, serviceTaskDefinition, taskDefinitionOfTask } from './task-definition-reference.ts'

/** Those about Gantry's own kinds; the others are what any Kubernetes API server does. */
export const gantryAdmission: readonly Admission[] = [
  clusterNamespace,
  serviceTaskDefinition,
  scheduledTaskDefinition,
  taskDefinitionOfTask,
]

export const standardAdmission: readonly Admission[] = [
  namespaceExists,
  namespaceLifecycle,
  certificateRequest,
  leaseFields,
  ...gantryAdmission,
]

/** What exists from the start; the cluster brings its namespace. */
export const standardObjects: readonly { readonly kind: Kind; readonly object: Draft<Resource> }[] = [
  { kind: Namespace as unknown as Kind, object: { metadata: { name: systemNamespace } } },
  { kind: Cluster as unknown as Kind, object: { metadata: { name: defaultCluster } } },
]
