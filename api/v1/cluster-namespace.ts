/** Whether a cluster may have the namespace of its name: asked by who refuses it at the door, and by who says why it waits. */
import type { FieldProblem } from '../../lib/errors.ts'
import { nameFaults } from '../meta/name-rules.ts'
import { controllerOf, isDeleting } from '../meta/object.ts'
import { forbidden, invalid } from '../meta/problems.ts'
import type { Cluster } from './cluster.ts'
import type { Namespace } from './core.ts'
import { adoptNamespaceAnnotation, systemNamespace } from './well-known.ts'

const reserved = (name: string): boolean => name === systemNamespace || name.startsWith('kube-')

/** Whether the namespace was made for this very cluster, and goes with it. */
export const isNamespaceOf = (cluster: Pick<Cluster, 'metadata'>, namespace: Namespace): boolean =>
  controllerOf(namespace)?.uid === cluster.metadata.uid

/** A cluster has a name that its namespace can have: a kube-apiserver takes longer ones. */
export const nameProblem = ({ metadata: { name } }: Pick<Cluster, 'metadata'>): FieldProblem | undefined =>
  nameFaults('label', name).map((rule) => invalid('metadata.name', name, rule))[0]

/** Why the cluster may not have `namespace`, the one of its name, if there is one; undefined when it may. */
export function namespaceProblem(
  cluster: Pick<Cluster, 'metadata'>,
  namespace: Namespace | undefined,
): FieldProblem | undefined {
  const { name, annotations } = cluster.metadata
  const refused = (why: string): FieldProblem => forbidden('metadata.name', `namespace ${JSON.stringify(name)} ${why}`)
  if (reserved(name)) return refused('belongs to the system')
  if (namespace === undefined) return undefined
  if (isDeleting(namespace)) return refused('is being deleted; try again when it is gone')
  if (isNamespaceOf(cluster, namespace)) return undefined
  const owner = controllerOf(namespace)
  if (owner !== undefined) return refused(`belongs to ${owner.kind} ${owner.name}`)
  if (annotations?.[adoptNamespaceAnnotation] === 'true') return undefined
  return refused(`exists already; annotate the cluster with ${adoptNamespaceAnnotation}=true to use it as it is`)
}
