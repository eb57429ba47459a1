/** Objects live in a namespace that exists and is not on its way out; a namespace goes when its content is gone. */
import { Namespace } from '../../v1/core.ts'
import { systemNamespace } from '../../v1/well-known.ts'
import { type Admission, about } from '../admission.ts'
import { forbidden, notFound } from '../faults.ts'

/** In Namespace.spec.finalizers until its content is gone, as in Kubernetes. */
export const contentFinalizer = 'kubernetes'

/** Refuses to create in a namespace that is missing or terminating, guarded by the same transaction. */
export const namespaceExists: Admission = {
  name: 'NamespaceExists',
  concerns: (kind) => kind.scope === 'Namespaced',
  async accompany({ kind, operation, object, read }, signal) {
    if (operation !== 'create') return {}
    const name = object.metadata.namespace ?? ''
    const namespace = await read(Namespace, { namespace: '', name }, signal)
    if (namespace === undefined) throw notFound(Namespace, name)
    if (namespace.metadata.deletionTimestamp !== undefined) {
      throw forbidden(
        kind,
        object.metadata.name,
        `unable to create new content in namespace ${name} because it is being terminated`,
      )
    }
    return { unchanged: [{ kind: Namespace, object: namespace }] }
  },
}

/** Fills what a Namespace has in Kubernetes, and keeps it until whoever cleans up empties spec.finalizers. */
export const namespaceLifecycle: Admission = about(Namespace, {
  name: 'NamespaceLifecycle',
  async mutate({ operation, object, old }) {
    if (operation === 'create') {
      const labels = { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name }
      return {
        ...object,
        metadata: { ...object.metadata, labels },
        spec: { ...object.spec, finalizers: [contentFinalizer] },
        status: { phase: 'Active' as const },
      }
    }
    if (operation === 'delete') return { ...object, status: { ...object.status, phase: 'Terminating' as const } }
    // Only a namespace that is being deleted can lose its hold on its content.
    return old === undefined || old.metadata.deletionTimestamp !== undefined ? object : { ...object, spec: old.spec }
  },
  async review({ operation, object }) {
    const { name } = object.metadata
    if (operation === 'delete' && (name === 'default' || name === systemNamespace)) {
      throw forbidden(Namespace, name, 'this namespace may not be deleted')
    }
    return []
  },
  holds: (namespace) => (namespace.spec.finalizers ?? []).length > 0,
})
