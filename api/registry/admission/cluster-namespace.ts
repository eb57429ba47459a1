/** A cluster is a namespace: creating the Cluster creates the namespace of its name in the same transaction. */
import { controllerReference } from '../../meta/object.ts'
import { Cluster } from '../../v1/cluster.ts'
import { namespaceProblem } from '../../v1/cluster-namespace.ts'
import { Namespace } from '../../v1/core.ts'
import { contentFinalizer, defaultCluster } from '../../v1/well-known.ts'
import { type Admission, about } from '../admission.ts'
import { forbidden as refused } from '../faults.ts'

/** An existing namespace is taken over only when nobody controls it and the cluster says so, and never silently. */
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
    const problem = namespaceProblem(object, await read(Namespace, { namespace: '', name }, signal))
    return problem === undefined ? [] : [problem]
  },
  async accompany({ operation, object, read, warn }, signal) {
    if (operation !== 'create') return {}
    const { name } = object.metadata
    const namespace = await read(Namespace, { namespace: '', name }, signal)
    if (namespace !== undefined) {
      warn(
        `namespace ${JSON.stringify(name)} existed before; it is used by this cluster and stays when the cluster goes`,
      )
      return { unchanged: [{ kind: Namespace, object: namespace }] }
    }
    return {
      creates: [{ kind: Namespace, object: { metadata: { name, ownerReferences: [controllerReference(object)] } } }],
    }
  },
})
