/** Service events that more than one controller tells, in ECS's words (ecs-core 5.8). */

/** Minimum and maximum percent leave a deployment no step (ecs-core 5.5); after the name of the service. */
export const blockedByPercent =
  'was unable to stop or start tasks during a deployment because of the service deployment configuration. ' +
  'Update the minimumHealthyPercent or maximumPercent value and try again.'
