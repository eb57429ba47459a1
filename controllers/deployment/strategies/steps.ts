/** CANARY and LINEAR by number of tasks (ecs-core 5.15): which part of a service each step shifts, and how long it is watched. */
import type { DeploymentConfiguration } from '../../../api/v1/deployment-configuration.ts'
import { type Millis, minutes } from '../../../lib/time.ts'

/** ECS's defaults. */
const canary = { percent: 5, bakeMinutes: 10 } as const
const linear = { percent: 10, bakeMinutes: 6 } as const

const tenthsOf = (percent: number): number => Math.round(percent * 10)

/** Percent of the tasks that run the new revision after step `step`, which counts from 1. */
export function percentOf(configuration: DeploymentConfiguration | undefined, step: number): number {
  const { strategy, canaryConfiguration, linearConfiguration } = configuration ?? {}
  if (strategy === 'CANARY') return step > 1 ? 100 : (canaryConfiguration?.canaryPercent ?? canary.percent)
  if (strategy !== 'LINEAR') return 100
  return Math.min(100, (step * tenthsOf(linearConfiguration?.stepPercent ?? linear.percent)) / 10)
}

/** How long a step that is not the last is watched. */
export function stepBake(configuration: DeploymentConfiguration | undefined): Millis {
  const { strategy, canaryConfiguration, linearConfiguration } = configuration ?? {}
  return minutes(
    strategy === 'CANARY'
      ? (canaryConfiguration?.canaryBakeTimeInMinutes ?? canary.bakeMinutes)
      : (linearConfiguration?.stepBakeTimeInMinutes ?? linear.bakeMinutes),
  )
}

/** So many of `desired` tasks: rounded up, at least one. */
export const tasksOf = (percent: number, desired: number): number =>
  Math.min(desired, Math.max(1, Math.ceil((tenthsOf(percent) * desired) / 1000)))
