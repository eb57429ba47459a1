/** Decides what a cluster's status should say, and how a cluster that is deleted goes. */
import { type Condition, withCondition, withoutCondition } from '../../api/meta/conditions.ts'
import { isDeleting } from '../../api/meta/object.ts'
import type { Cluster } from '../../api/v1/cluster.ts'
import { isNamespaceOf } from '../../api/v1/cluster-namespace.ts'
import type { Namespace } from '../../api/v1/core.ts'
import { contentFinalizer } from '../../api/v1/well-known.ts'
import { isEqual } from '../../lib/equal.ts'
import type { FieldProblem } from '../../lib/errors.ts'
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

/** A cluster without its namespace says why, in the words in which it would have been refused at the door. */
const stalled = (
  before: readonly Condition[] | undefined,
  problem: FieldProblem | undefined,
  now: Instant,
): readonly Condition[] =>
  problem === undefined
    ? withoutCondition(before, 'Stalled')
    : withCondition(
        before,
        {
          type: 'Stalled',
          status: 'True',
          reason: 'NamespaceNotAvailable',
          message: `${problem.path}: ${problem.message}`,
        },
        now,
      )

/** The status to write; undefined when it is there already. */
export function plan(
  cluster: Cluster,
  counts: Counts,
  content: Content,
  problem: FieldProblem | undefined,
  now: Instant,
): ClusterStatus | undefined {
  const going = isDeleting(cluster)
  const before = cluster.status?.conditions
  const told = going ? withCondition(before, progress(content), now) : stalled(before, problem, now)
  const { conditions: _, ...rest } = cluster.status ?? {}
  const next: ClusterStatus = {
    ...rest,
    observedGeneration: cluster.metadata.generation,
    status: going ? 'DEPROVISIONING' : problem === undefined ? 'ACTIVE' : 'FAILED',
    ...counts,
    ...(told.length === 0 ? {} : { conditions: [...told] }),
  }
  return isEqual(next, cluster.status) ? undefined : next
}

/** A cluster that is deleted takes its namespace along, and waits until that is gone; one that was there before it stays. */
export function planEnd(cluster: Cluster, namespace: Namespace | undefined): 'nothing' | 'delete namespace' | 'let go' {
  if (!isDeleting(cluster) || cluster.metadata.finalizers?.includes(contentFinalizer) !== true) return 'nothing'
  if (namespace === undefined || !isNamespaceOf(cluster, namespace)) return 'let go'
  return isDeleting(namespace) ? 'nothing' : 'delete namespace'
}

/**
 * How a cluster comes to its namespace where nobody made it together with the cluster: first the hold that lets the cluster go
 * last, then the namespace. Whoever dies in between leaves what the next one goes on from.
 */
export function planBegin(
  cluster: Cluster,
  namespace: Namespace | undefined,
  problem: FieldProblem | undefined,
): 'nothing' | 'hold' | 'create namespace' {
  if (isDeleting(cluster) || problem !== undefined) return 'nothing'
  if (cluster.metadata.finalizers?.includes(contentFinalizer) !== true) return 'hold'
  return namespace === undefined ? 'create namespace' : 'nothing'
}
