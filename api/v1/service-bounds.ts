/** How few and how many tasks a service may have while it changes, and whose those are that nobody claims. */
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

/**
 * What each revision keeps of `total` tasks that nobody claims, when it could keep `most` of them: the newest, which is the last,
 * comes first.
 */
export function shareOut(total: number, most: readonly number[]): readonly number[] {
  const could = most.map((one) => Math.max(0, one))
  return could.map((one, i) => {
    const taken = could.slice(i + 1).reduce((sum, newer) => sum + newer, 0)
    return Math.max(0, Math.min(one, total - taken))
  })
}
