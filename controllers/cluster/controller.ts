/**
 * Keeps the counts in a Cluster's status. Its namespace is made by our registry together with it, or by us; a cluster that is
 * deleted has it deleted, which empties it, and goes last. One key per cluster: its name.
 */
import type { Resource } from '../../api/meta/object.ts'
import { Cluster } from '../../api/v1/cluster.ts'
import { nameProblem, namespaceProblem } from '../../api/v1/cluster-namespace.ts'
import { ContainerInstance } from '../../api/v1/container-instance.ts'
import { Namespace } from '../../api/v1/core.ts'
import { Service } from '../../api/v1/service.ts'
import { Task } from '../../api/v1/task.ts'
import { type Instant, plus } from '../../lib/time.ts'
import { again, type Controller, type Deps, done, mapped, own } from '../runtime/controller.ts'
import { apply, applyBegin, applyEnd } from './apply.ts'
import { clusterLimits } from './limits.ts'
import { plan, planBegin, planEnd } from './plan.ts'
import { countsOf } from './state.ts'

const clusterOf = (object: Resource): readonly string[] => [object.metadata.namespace ?? '']

/** Watches Cluster, ContainerInstance, Service and Task; writes Cluster.status, makes and deletes the namespace. */
export function clusterController(d: Deps): Controller {
  /** When each cluster was last counted by this process. */
  const countedAt = new Map<string, Instant>()
  return {
    name: 'cluster',
    watches: [
      own(Cluster),
      own(Namespace),
      mapped(ContainerInstance, clusterOf),
      mapped(Service, clusterOf),
      mapped(Task, clusterOf),
    ],
    async reconcile(name, signal) {
      const cluster = d.cache.get(Cluster, { namespace: '', name })
      if (cluster === undefined) {
        countedAt.delete(name)
        return done
      }
      const namespace = d.cache.get(Namespace, { namespace: '', name })
      const end = planEnd(cluster, namespace)
      await applyEnd(d, cluster, end, signal)
      if (end === 'let go') return done
      const problem = nameProblem(cluster) ?? namespaceProblem(cluster, namespace)
      const begin = planBegin(cluster, namespace, problem)
      await applyBegin(d, cluster, begin, signal)
      if (begin === 'hold') return done // what was just written wakes us again
      const now = d.clock.now()
      const last = countedAt.get(name)
      if (last !== undefined && now < plus(last, clusterLimits.countEvery))
        return again(plus(last, clusterLimits.countEvery))
      countedAt.set(name, now)
      const [instances, services, tasks] = [
        d.cache.list(ContainerInstance, name),
        d.cache.list(Service, name),
        d.cache.list(Task, name),
      ]
      const content = { services: services.length, tasks: tasks.length, instances: instances.length }
      await apply(d, cluster, plan(cluster, countsOf(instances, services, tasks), content, problem, now), signal)
      return done
    },
  }
}
