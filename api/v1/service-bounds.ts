/** How few and how many tasks a service may have while it changes. */
import type { ServiceSpec } from './service-spec.ts'

export interface TaskBounds {
  /** No planned stop takes the healthy tasks below this. */
  readonly lower: number
  /** No task is started while this many, of any revision and stopping ones too, are not STOPPED. */
  readonly upper: number
}

/**
 * ecs-core 5.5: minimum rounds up, maximum rounds down, both of `desired`. Defaults: REPLICA 100 and 200 percent, DAEMON 0
 * and 100.
 */
export function taskBounds(
  spec: Pick<ServiceSpec, 'schedulingStrategy' | 'deploymentConfiguration'>,
  desired: number,
): TaskBounds {
  const daemon = spec.schedulingStrategy === 'DAEMON'
  const { minimumHealthyPercent = daemon ? 0 : 100, maximumPercent = daemon ? 100 : 200 } =
    spec.deploymentConfiguration ?? {}
  return {
    lower: Math.ceil((desired * minimumHealthyPercent) / 100),
    upper: Math.floor((desired * maximumPercent) / 100),
  }
}

/**
 * Whether its tasks count until their containers are known to be gone, even when their instance is lost: the maximum says that
 * there are never more than are wanted. Not DAEMON: its tasks belong to their instance.
 */
export const isStrict = ({
  schedulingStrategy,
  deploymentConfiguration,
}: Pick<ServiceSpec, 'schedulingStrategy' | 'deploymentConfiguration'>): boolean =>
  schedulingStrategy !== 'DAEMON' && (deploymentConfiguration?.maximumPercent ?? 200) <= 100
