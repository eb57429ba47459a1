/** Writes into aggregated ClusterRoles the rules that they gather, for people to read: what counts is gathered anew anyway. */
import { type Clock, sleep } from '../../lib/clock.ts'
import { isEqual } from '../../lib/equal.ts'
import { isFault } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import type { Registry } from '../registry/registry.ts'
import { until } from '../registry/until.ts'
import { ClusterRole } from '../v1/rbac.ts'
import { aggregatedRules } from './aggregation.ts'
import { limits } from './limits.ts'
import type { PolicyCache } from './policy-cache.ts'

export interface AggregationParts {
  readonly registry: Pick<Registry, 'update'>
  readonly cache: Pick<PolicyCache, 'clusterRoles' | 'changed'>
  readonly clock: Clock
  readonly log: Logger
}

/** Until the signal. Any number of servers may do it at once: they write the same. */
export async function keepAggregated(
  { registry, cache, clock, log }: AggregationParts,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const changed = cache.changed()
    const roles = cache.clusterRoles()
    const wanted = aggregatedRules(roles)
    try {
      for (const role of roles) {
        const rules = wanted.get(role.metadata.name) ?? []
        if (role.aggregationRule !== undefined && !isEqual(rules, role.rules))
          await write(registry, { ...role, rules: [...rules] }, signal)
      }
      await until(changed, signal)
    } catch (error) {
      if (signal.aborted) return
      log.warn({ err: error }, 'aggregated roles are not written')
      await sleep(clock, limits.followRetry, signal).catch(() => undefined)
    }
  }
}

/** A role that changed or went meanwhile is left: the news of it is on its way. */
async function write(registry: Pick<Registry, 'update'>, role: ClusterRole, signal: AbortSignal): Promise<void> {
  try {
    await registry.update(ClusterRole, { namespace: '', name: role.metadata.name }, role, {}, signal)
  } catch (error) {
    if (!isFault(error, 'Conflict', 'NotFound')) throw error
  }
}
