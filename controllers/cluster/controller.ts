/**
 * Keeps the counts in a Cluster's status. Its namespace is made by the registry and emptied by the garbage controller. One
 * key per cluster: its name.
 */
import type { Resource } from '../../api/meta/object.ts'
import { Cluster } from '../../api/v1/cluster.ts'
import { ContainerInstance } from '../../api/v1/container-instance.ts'
import { Service } from '../../api/v1/service.ts'
import { Task } from '../../api/v1/task.ts'
import { type Instant, plus } from '../../lib/time.ts'
import { again, type Controller, type Deps, done, mapped, own } from '../runtime/controller.ts'
import { apply } from './apply.ts'
import { clusterLimits } from './limits.ts'
import { plan } from './plan.ts'
import { countsOf } from './state.ts'

const clusterOf = (object: Resource): readonly string[] => [object.metadata.namespace ?? '']

/** Watches Cluster, ContainerInstance, Service and Task; writes Cluster.status. */
export function clusterController(d: Deps): Controller {
  /** When each cluster was last counted by this process. */
  const countedAt = new Map<string, Instant>()
  return {
    name: 'cluster',
    watches: [own(Cluster), mapped(ContainerInstance, clusterOf), mapped(Service, clusterOf), mapped(Task, clusterOf)],
    async reconcile(name, signal) {
      const cluster = d.cache.get(Cluster, { namespace: '', name })
      if (cluster === undefined) {
        countedAt.delete(name)
        return done
      }
      const now = d.clock.now()
      const last = countedAt.get(name)
      if (last !== undefined && now < plus(last, clusterLimits.countEvery))
        return again(plus(last, clusterLimits.countEvery))
      countedAt.set(name, now)
      const counts = countsOf(
        d.cache.list(ContainerInstance, name),
        d.cache.list(Service, name),
        d.cache.list(Task, name),
      )
      await apply(d, cluster, plan(cluster, counts), signal)
      return done
    },
  }
}
