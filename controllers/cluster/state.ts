/** What a cluster has, in numbers. */
import { isDeleting } from '../../api/meta/object.ts'
import type { ContainerInstance } from '../../api/v1/container-instance.ts'
import type { Service } from '../../api/v1/service.ts'
import { isAfter, lastStatusOf, type Task } from '../../api/v1/task.ts'

export interface Counts {
  readonly registeredContainerInstancesCount: number
  readonly runningTasksCount: number
  readonly pendingTasksCount: number
  readonly activeServicesCount: number
}

/** Counts as DescribeClusters gives them: pending is everything before RUNNING, active is a service that is not going. */
export function countsOf(
  instances: readonly ContainerInstance[],
  services: readonly Service[],
  tasks: readonly Task[],
): Counts {
  let running = 0
  let pending = 0
  for (const task of tasks) {
    const status = lastStatusOf(task)
    if (status === 'RUNNING') running += 1
    else if (isAfter('RUNNING', status)) pending += 1
  }
  return {
    registeredContainerInstancesCount: instances.filter(({ status }) => status?.status !== 'INACTIVE').length,
    runningTasksCount: running,
    pendingTasksCount: pending,
    activeServicesCount: services.filter((service) => !isDeleting(service)).length,
  }
}

/** What a cluster that goes waits for. */
export interface Content {
  readonly services: number
  readonly tasks: number
  readonly instances: number
}
