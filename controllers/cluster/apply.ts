/** Writes a cluster's status, and takes the steps of its end. */
import { controllerReference } from '../../api/meta/object.ts'
import { Cluster } from '../../api/v1/cluster.ts'
import { Namespace } from '../../api/v1/core.ts'
import { contentFinalizer } from '../../api/v1/well-known.ts'
import { isFault, unlessGone, unreachable } from '../../lib/errors.ts'
import type { Deps } from '../runtime/controller.ts'
import type { planBegin, planEnd } from './plan.ts'

export async function apply(d: Deps, cluster: Cluster, status: Cluster['status'], signal: AbortSignal): Promise<void> {
  if (status !== undefined) await d.client.updateStatus(Cluster, { ...cluster, status }, signal)
}

/** One step of the end of a cluster. */
export async function applyEnd(
  d: Deps,
  cluster: Cluster,
  end: ReturnType<typeof planEnd>,
  signal: AbortSignal,
): Promise<void> {
  const { metadata } = cluster
  switch (end) {
    case 'nothing':
      return
    case 'delete namespace':
      await unlessGone(d.client.delete(Namespace, { namespace: '', name: metadata.name }, {}, signal))
      return d.log.info({ cluster: metadata.name }, 'cluster is deleted: its namespace goes first')
    case 'let go': {
      const finalizers = (metadata.finalizers ?? []).filter((name) => name !== contentFinalizer)
      await unlessGone(d.client.update(Cluster, { ...cluster, metadata: { ...metadata, finalizers } }, signal))
      return
    }
    default:
      return unreachable(end)
  }
}

/** One step of its beginning. */
export async function applyBegin(
  d: Deps,
  cluster: Cluster,
  begin: ReturnType<typeof planBegin>,
  signal: AbortSignal,
): Promise<void> {
  const { metadata } = cluster
  switch (begin) {
    case 'nothing':
      return
    case 'hold': {
      const finalizers = [...(metadata.finalizers ?? []), contentFinalizer]
      await d.client.update(Cluster, { ...cluster, metadata: { ...metadata, finalizers } }, signal)
      return
    }
    case 'create namespace': {
      const ownerReferences = [controllerReference(cluster)]
      const made = { metadata: { name: metadata.name, ownerReferences }, spec: {} }
      await d.client.create(Namespace, made, signal).catch((error: unknown) => {
        // Somebody's own, or ours behind an old cache: the next pass sees which.
        if (!isFault(error, 'AlreadyExists')) throw error
      })
      return
    }
    default:
      return unreachable(begin)
  }
}
