/** What ECS's DeleteService and DeregisterContainerInstance refuse without force. */
import type { Kind } from '../api/meta/kind.ts'
import type { Resource } from '../api/meta/object.ts'
import { ContainerInstance } from '../api/v1/container-instance.ts'
import { Service } from '../api/v1/service.ts'

/** Why `object` is not to be deleted without force, in ECS's words (ecs-core 1.2); undefined: nothing speaks against it. */
export function refusalWithoutForce(kind: Kind, object: Resource): string | undefined {
  if (kind.kind === Service.kind) {
    const { spec } = object as Service
    const isScaled = spec.schedulingStrategy !== 'DAEMON' && (spec.desiredCount ?? 0) > 0
    return isScaled ? 'The service cannot be stopped while it is scaled above 0.' : undefined
  }
  if (kind.kind === ContainerInstance.kind) {
    const { runningTasksCount = 0, pendingTasksCount = 0 } = (object as ContainerInstance).status ?? {}
    return runningTasksCount + pendingTasksCount > 0 ? 'Found running tasks on the instance.' : undefined
  }
  return undefined
}
