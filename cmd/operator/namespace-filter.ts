/** What an operator watches: of the cluster's Leases those that can be heartbeats, and for some clusters only what is theirs. */
import type { Kind } from '../../api/meta/kind.ts'
import { Cluster } from '../../api/v1/cluster.ts'
import { Lease, Namespace } from '../../api/v1/core.ts'
import { systemNamespace } from '../../api/v1/well-known.ts'
import type { Watch } from '../../controllers/runtime/controller.ts'

type Selections = readonly NonNullable<Watch['only']>[] | undefined

/**
 * Where no Cluster can be there is no heartbeat, but there Kubernetes' components and each node renew Leases every few seconds. No label
 * is asked for: an agent of before would be lost.
 */
const beside = ['kube-node-lease', 'kube-system', 'kube-public', systemNamespace]
const heartbeats = [{ fieldSelector: beside.map((name) => `metadata.namespace!=${name}`).join(',') }]

/** Of all clusters; or of these: task definitions have no namespace, so every operator makes their revisions, and two of them make each once. */
export const selectionOf =
  (namespaces: readonly string[] | undefined) =>
  (kind: Kind): Selections => {
    if (namespaces === undefined) return kind.kind === Lease.kind ? heartbeats : undefined
    if (kind.scope === 'Namespaced') return namespaces.map((namespace) => ({ namespace }))
    const isNamedLikeThem = kind.kind === Cluster.kind || kind.kind === Namespace.kind
    return isNamedLikeThem ? namespaces.map((name) => ({ fieldSelector: `metadata.name=${name}` })) : undefined
  }
