/** A deployment completes when as many tasks as are wanted run what it rolled out, healthy: what is gone back to had worked. */
import type { Service } from '../../../api/v1/service.ts'
import type { ServiceDeployment } from '../../../api/v1/service-deployment.ts'
import type { Task } from '../../../api/v1/task.ts'
import { between, type Instant } from '../../../lib/time.ts'
import type { Model } from '../history.ts'
import type { Checker, Staleness } from './checker.ts'
import { RecentValues } from './recent.ts'
import { isHealthyTask, serviceOf } from './service-bounds.ts'

const revisionOf = ({ metadata }: Task): string => metadata.labels?.['gantry.dev/service-revision'] ?? ''

/** What was wanted, and what was healthy, within `staleness` may be what its controller saw. */
export function completedIsWell(staleness: Staleness): Checker {
  const wanted = new RecentValues<number>()
  /** By task: its revision, and when it ceased to be healthy. */
  const unwell = new Map<string, { readonly revision: string; readonly at: Instant }>()

  function healthyOf(revision: string, at: Instant, model: Model): number {
    const now = [...model.all<Task>('Task')].filter(
      (task) => revisionOf(task) === revision && isHealthyTask(task, model),
    )
    const window = staleness()
    const before = [...unwell.values()].filter((one) => one.revision === revision && between(one.at, at) <= window)
    return now.length + before.length
  }

  return {
    name: 'a deployment completes when what it rolled out is healthy, in full',
    check({ kind, key, at, before, after }, model) {
      if (kind === 'Service' && after !== undefined) {
        const { spec } = after as Service
        wanted.record(key, at, spec.schedulingStrategy === 'DAEMON' ? 0 : (spec.desiredCount ?? 0))
      }
      if (kind === 'Task' && before !== undefined && serviceOf(before) !== undefined) {
        const isWell = after !== undefined && isHealthyTask(after as Task, model)
        if (isHealthyTask(before as Task, model) && !isWell)
          unwell.set(key, { revision: revisionOf(before as Task), at })
      }
      if (kind !== 'ServiceDeployment' || after === undefined) return undefined
      const [old, now] = [before as ServiceDeployment | undefined, after as ServiceDeployment]
      const ended = ['SUCCESSFUL', 'ROLLBACK_SUCCESSFUL'].includes(now.status?.status ?? '')
      if (!ended || old?.status?.status === now.status?.status) return undefined
      const revision = now.status?.rollback?.serviceRevision ?? now.spec.targetServiceRevision
      const service = `${now.metadata.namespace}/${now.spec.service}`
      const least = Math.min(...wanted.within(service, staleness(), at))
      const healthy = healthyOf(revision, at, model)
      return healthy >= least ? undefined : `${key} is ${now.status?.status} with ${healthy} of ${least} healthy`
    },
  }
}
