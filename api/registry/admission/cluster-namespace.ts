/** A cluster is a namespace: creating the Cluster creates the namespace of its name in the same transaction. */
import { controllerOf } from '../../meta/object.ts'
import { forbidden } from '../../meta/problems.ts'
import { Cluster } from '../../v1/cluster.ts'
import { Namespace } from '../../v1/core.ts'
import { contentFinalizer, defaultCluster, systemNamespace } from '../../v1/well-known.ts'
import { type Admission, about } from '../admission.ts'
import { forbidden as refused } from '../faults.ts'

const reserved = (name: string): boolean => name === systemNamespace || name.startsWith('kube-')

/** An existing namespace is taken over only when nobody controls it, and never silently. */
export const clusterNamespace: Admission = about(Cluster, {
  name: 'ClusterNamespace',
  async mutate({ operation, object }) {
    if (operation !== 'create') return object
    const finalizers = new Set([...(object.metadata.finalizers ?? []), contentFinalizer])
    return { ...object, metadata: { ...object.metadata, finalizers: [...finalizers] } }
  },
  async review({ operation, object, read }, signal) {
    const { name } = object.metadata
    // Its namespace may not be deleted either, in Kubernetes as here.
    if (operation === 'delete' && name === defaultCluster)
      throw refused(Cluster, name, 'the default cluster may not be deleted')
    if (operation !== 'create') return []
    if (reserved(name)) return [forbidden('metadata.name', `namespace ${JSON.stringify(name)} belongs to the system`)]
    const namespace = await read(Namespace, { namespace: '', name }, signal)
    if (namespace === undefined) return []
    if (namespace.metadata.deletionTimestamp !== undefined) {
      return [
        forbidden('metadata.name', `namespace ${JSON.stringify(name)} is being deleted; try again when it is gone`),
      ]
    }
    const owner = controllerOf(namespace)
    if (owner === undefined) return []
    return [forbidden('metadata.name', `namespace ${JSON.stringify(name)} belongs to ${owner.kind} ${owner.name}`)]
  },
  async accompany({ operation, object, read, warn }, signal) {
    if (operation !== 'create') return {}
    const { name, uid } = object.metadata
    const namespace = await read(Namespace, { namespace: '', name }, signal)
    if (namespace !== undefined) {
      warn(
        `namespace ${JSON.stringify(name)} existed before; it is used by this cluster and stays when the cluster goes`,
      )
      return { unchanged: [{ kind: Namespace, object: namespace }] }
    }
    const owner = {
      apiVersion: object.apiVersion,
      kind: object.kind,
      name,
      uid,
      controller: true,
      blockOwnerDeletion: true,
    }
    return { creates: [{ kind: Namespace, object: { metadata: { name, ownerReferences: [owner] } } }] }
  },
})
