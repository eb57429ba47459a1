/** Objects live in a namespace that exists and is not on its way out; a namespace goes when its content is gone. */
import { Fault } from '../../../lib/errors.ts'
import { groupResource } from '../../meta/kind.ts'
import { Namespace, namespaceNameLabel } from '../../v1/core.ts'
import { systemNamespace } from '../../v1/well-known.ts'
import { type Admission, about } from '../admission.ts'
import { forbidden, notFound } from '../faults.ts'

/** In Namespace.spec.finalizers until its content is gone, as in Kubernetes. */
const contentFinalizer = 'kubernetes'
/** Never deleted; those of Kubernetes not even where they do not exist. */
const immortal: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public', systemNamespace])

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
      const { group, plural: resource } = kind
      const said = object.metadata.name
      const message = `namespace ${name} is being terminated`
      throw new Fault(
        'Forbidden',
        `${groupResource(kind)} ${JSON.stringify(said)} is forbidden: unable to create new content in namespace ${name} because it is being terminated`,
        {
          about: { group, resource, kind: kind.kind, name: said },
          problems: [{ reason: 'NamespaceTerminating', message, path: 'metadata.namespace' }],
        },
      )
    }
    return { unchanged: [{ kind: Namespace, object: namespace }] }
  },
}

/** Fills what a Namespace has in Kubernetes, and keeps it until whoever cleans up empties spec.finalizers. */
export const namespaceLifecycle: Admission = about(Namespace, {
  name: 'NamespaceLifecycle',
  async mutate({ operation, object, old }) {
    const { metadata, spec } = object
    if (operation === 'delete') {
      const { deletionGracePeriodSeconds: _seconds, ...kept } = metadata
      return { ...object, metadata: kept, status: { ...object.status, phase: 'Terminating' as const } }
    }
    const named = {
      ...object,
      metadata: { ...metadata, labels: { ...metadata.labels, [namespaceNameLabel]: metadata.name } },
    }
    if (old !== undefined) return { ...named, spec: old.spec } // changed through /finalize alone
    const given = spec.finalizers ?? []
    const finalizers = given.includes(contentFinalizer) ? given : [...given, contentFinalizer]
    return { ...named, spec: { ...spec, finalizers }, status: { phase: 'Active' as const } }
  },
  mayDelete(name) {
    if (immortal.has(name)) throw forbidden(Namespace, name, 'this namespace may not be deleted')
  },
  holds: (namespace) => (namespace.spec.finalizers ?? []).length > 0,
})
