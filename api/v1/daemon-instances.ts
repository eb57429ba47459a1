/** Which container instances a DAEMON service wants a task on. */
import type { ContainerInstance } from './container-instance.ts'

/** Whether the instance keeps the daemon task it has: ACTIVE, even while its agent is not heard (ecs-core 7.3). */
export const keepsDaemon = (instance: ContainerInstance): boolean =>
  instance.spec.status === 'ACTIVE' &&
  (instance.status?.status ?? 'ACTIVE') === 'ACTIVE' &&
  instance.metadata.deletionTimestamp === undefined

/** Whether the instance gets a daemon task: ACTIVE and connected (ecs-core 5.11). */
export const takesDaemon = (instance: ContainerInstance): boolean =>
  keepsDaemon(instance) && instance.status?.agentConnected === true

/**
 * Names of the instances that should have a daemon task, ordered: those that take one, and those that keep theirs.
 * `occupied` tells whether an instance has a task of the service which is not STOPPED.
 */
export const daemonInstances = (
  instances: readonly ContainerInstance[],
  occupied: (instance: string) => boolean,
): readonly string[] =>
  instances
    .filter((instance) => takesDaemon(instance) || (keepsDaemon(instance) && occupied(instance.metadata.name)))
    .map((instance) => instance.metadata.name)
    .sort()
