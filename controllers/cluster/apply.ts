/** Writes a cluster's status. */
import { Cluster } from '../../api/v1/cluster.ts'
import type { Deps } from '../runtime/controller.ts'

export async function apply(d: Deps, cluster: Cluster, status: Cluster['status'], signal: AbortSignal): Promise<void> {
  if (status !== undefined) await d.client.updateStatus(Cluster, { ...cluster, status }, signal)
}
