/** Decides what a cluster's status should say. */
import { isDeleting } from '../../api/meta/object.ts'
import type { Cluster } from '../../api/v1/cluster.ts'
import { isEqual } from '../../lib/equal.ts'
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
  return isEqual(next, cluster.status) ? undefined : next
}
