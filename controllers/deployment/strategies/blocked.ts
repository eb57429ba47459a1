/** The condition of a deployment that minimum and maximum leave no step (ecs-core 5.5). */
import { type Condition, withCondition } from '../../../api/meta/conditions.ts'
import type { ServiceDeployment } from '../../../api/v1/service-deployment.ts'
import type { Instant } from '../../../lib/time.ts'

/** The conditions of `deployment` as that holds now. */
export function blocked(deployment: ServiceDeployment, holds: boolean, now: Instant): readonly Condition[] {
  const all = deployment.status?.conditions ?? []
  if (!holds && all.every(({ type }) => type !== 'Blocked')) return all
  return withCondition(
    all,
    {
      type: 'Blocked',
      status: holds ? 'True' : 'False',
      reason: holds ? 'PercentagesBlock' : 'Unblocked',
      message: holds
        ? 'minimumHealthyPercent allows no stop and maximumPercent no start; change one of them.'
        : 'The deployment can go on.',
      observedGeneration: deployment.metadata.generation,
    },
    now,
  )
}
