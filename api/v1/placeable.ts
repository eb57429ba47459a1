/** Whether an instance takes new tasks, and if not, why (ecs-core 6.1 step 0, 7.2). */
import type { ContainerInstance } from './container-instance.ts'

/** Why an instance takes no new tasks, in the words that reach the user. */
export type NotPlaceable = 'DRAINING' | 'deregistering' | 'not registered' | 'agent not connected'

/** Why no new task may be placed there; undefined when it may. The spec counts at once, before any status follows. */
export function notPlaceable(instance: ContainerInstance): NotPlaceable | undefined {
  const { spec, status, metadata } = instance
  if (metadata.deletionTimestamp !== undefined) return 'deregistering'
  if (status?.status === 'DEREGISTERING' || status?.status === 'INACTIVE') return 'deregistering'
  if (spec.status === 'DRAINING') return 'DRAINING'
  if (status?.registeredResources === undefined || status.status === 'REGISTERING') return 'not registered'
  return status.agentConnected === true ? undefined : 'agent not connected'
}
