/** Which container instances a DAEMON service wants a task on. */
import { fulfils, queriedInstance } from './cluster-query.ts'
import { parseClusterQuery } from './cluster-query-syntax.ts'
import type { ContainerInstance } from './container-instance.ts'

/** A placement constraint of a service or of a task definition. */
export interface DaemonConstraint {
  readonly type: string
  readonly expression?: string | undefined
}

/** Whether the instance takes a daemon task, and its zone a task of those that are evened out: ACTIVE, in its status as well, and connected. */
export const takesDaemon = ({ spec, status }: ContainerInstance): boolean =>
  spec.status === 'ACTIVE' && (status?.status ?? 'ACTIVE') === 'ACTIVE' && status?.agentConnected === true

/**
 * Whether the instance keeps the daemon task it has: also while its agent is not heard (ecs-core 7.3), and while it drains as long as
 * tasks of other services are there, or nobody has looked yet (7.2).
 */
function keepsDaemon({ spec, status }: ContainerInstance): boolean {
  const now = status?.status ?? 'ACTIVE'
  if (spec.status === 'ACTIVE') return now === 'ACTIVE' || now === 'DRAINING'
  return now === 'ACTIVE' || (now === 'DRAINING' && (status?.replicaTasksCount ?? 0) > 0)
}

/**
 * Names of the instances that should have a daemon task (ecs-core 5.11), ordered: fulfilling every memberOf constraint, and
 * taking one, or keeping that which they have. `occupied` tells whether an instance has a task of the service which is not
 * STOPPED. A daemon does not follow the groups of other tasks. An expression that cannot be read excludes no instance: it was
 * refused at the door.
 */
export function daemonInstances(
  instances: readonly ContainerInstance[],
  occupied: (instance: string) => boolean,
  constraints: readonly DaemonConstraint[],
): readonly string[] {
  const queries = constraints
    .map(({ expression }) => parseClusterQuery(expression ?? ''))
    .flatMap((parsed) => (parsed.ok ? [parsed.query] : []))
  return instances
    .filter(
      (instance) =>
        instance.metadata.deletionTimestamp === undefined &&
        (takesDaemon(instance) || (keepsDaemon(instance) && occupied(instance.metadata.name))) &&
        queries.every((query) => fulfils(query, queriedInstance(instance))),
    )
    .map((instance) => instance.metadata.name)
    .sort()
}
