/** What the outcomes of a deployment have in common: its next status, and events about it in ECS's words (ecs-core 5.8). */
import type { ServiceDeployment, ServiceDeploymentStatus } from '../../../api/v1/service-deployment.ts'
import { deploymentId } from '../../../api/v1/service-names.ts'
import type { RolloutState } from '../state.ts'

/** A service event in ECS's words (ecs-core 5.8), told when what it is about was written. */
export interface Told {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
}

/** The next status of a deployment. */
export interface Outcome {
  readonly status: ServiceDeploymentStatus
  readonly tell: readonly Told[]
}

export const idOf = (deployment: ServiceDeployment): string => deploymentId(deployment.metadata.name)
export const subject = ({ service }: RolloutState): string => `(service ${service.metadata.name})`
