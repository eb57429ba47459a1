/** Decides what a cluster's status should say. */
import { isDeleting } from '../../api/meta/object.ts'
import type { Cluster } from '../../api/v1/cluster.ts'
import { canonicalJson } from '../../lib/canonical.ts'
import type { Counts } from './state.ts'

type ClusterStatus = NonNullable<Cluster['status']>

/** The status to write; undefined when it is there already. */
export function plan(cluster: Cluster, counts: Counts): ClusterStatus | undefined {
  const next: ClusterStatus = {
    ...cluster.status,
    observedGeneration: cluster.metadata.generation,
    status: isDeleting(cluster) ? 'DEPROVISIONING' : 'ACTIVE',
    ...counts,
  }
  return canonicalJson(next) === canonicalJson(cluster.status) ? undefined : next
}
