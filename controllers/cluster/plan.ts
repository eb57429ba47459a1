/** Decides what a cluster's status should say, and how a cluster that is deleted goes. */
import { type Condition, withCondition } from '../../api/meta/conditions.ts'
import { controllerOf, isDeleting } from '../../api/meta/object.ts'
import type { Cluster } from '../../api/v1/cluster.ts'
import type { Namespace } from '../../api/v1/core.ts'
import { contentFinalizer } from '../../api/v1/well-known.ts'
import { isEqual } from '../../lib/equal.ts'
import type { Instant } from '../../lib/time.ts'
import type { Content, Counts } from './state.ts'

type ClusterStatus = NonNullable<Cluster['status']>

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** Where the way of a cluster out has come to: services drain, tasks stop, instances deregister, then the rest goes. */
function progress({ services, tasks, instances }: Content): Omit<Condition, 'lastTransitionTime'> {
  const reason =
    services > 0
      ? 'DrainingServices'
      : tasks > 0
        ? 'StoppingTasks'
        : instances > 0
          ? 'DeregisteringInstances'
          : 'DeletingNamespace'
  const message = `${counted(services, 'service')}, ${counted(tasks, 'task')} and ${counted(instances, 'container instance')} are left`
  return { type: 'ContentRemoved', status: 'False', reason, message }
}

/** The status to write; undefined when it is there already. */
export function plan(cluster: Cluster, counts: Counts, content: Content, now: Instant): ClusterStatus | undefined {
  const going = isDeleting(cluster)
  const before = cluster.status?.conditions
  const conditions = going ? [...withCondition(before, progress(content), now)] : before
  const next: ClusterStatus = {
    ...cluster.status,
    observedGeneration: cluster.metadata.generation,
    status: going ? 'DEPROVISIONING' : 'ACTIVE',
    ...counts,
    ...(conditions === undefined ? {} : { conditions }),
  }
  return isEqual(next, cluster.status) ? undefined : next
}

/** A cluster that is deleted takes its namespace along, and waits until that is gone; one that was there before it stays. */
export function planEnd(cluster: Cluster, namespace: Namespace | undefined): 'nothing' | 'delete namespace' | 'let go' {
  if (!isDeleting(cluster) || cluster.metadata.finalizers?.includes(contentFinalizer) !== true) return 'nothing'
  if (namespace === undefined || controllerOf(namespace)?.uid !== cluster.metadata.uid) return 'let go'
  return isDeleting(namespace) ? 'nothing' : 'delete namespace'
}
