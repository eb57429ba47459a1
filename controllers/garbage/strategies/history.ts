/** What goes of a service's past: stopped tasks, finished deployments, and the revisions that only they spoke of. */
import { isDeleting } from '../../../api/meta/object.ts'
import { keepingOf } from '../../../api/v1/retention.ts'
import { isFinished, revisionInForce, ServiceDeployment } from '../../../api/v1/service-deployment.ts'
import { ServiceRevision } from '../../../api/v1/service-revision.ts'
import { earliest, type Instant, instant, parseTimestamp, plus } from '../../../lib/time.ts'
import type { GarbageLimits } from '../limits.ts'
import { deletion, type Plan } from '../plan.ts'
import type { ServiceHistory } from '../state.ts'
import { planServiceTasks } from './stopped-tasks.ts'

const endedAt = ({ metadata, status }: ServiceDeployment): Instant =>
  parseTimestamp(status?.finishedAt ?? metadata.creationTimestamp ?? undefined) ?? instant(0)

/** What goes now, and when to look again. */
export function planHistory(history: ServiceHistory, now: Instant, limits: GarbageLimits): Plan {
  const keep = keepingOf(history.service?.spec.retention, limits.keep)
  const tasks = planServiceTasks(history.revisions, now, keep.stoppedTasks, limits)
  const newestFirst = history.deployments.toSorted((a, b) => b.spec.deployment - a.spec.deployment)
  const fixed = new Set([...newestFirst.slice(0, 1), ...completed(newestFirst)])
  const due = newestFirst
    .filter(isFinished)
    .map((deployment, at) => ({
      deployment,
      at: at < keep.deployments.limit ? plus(endedAt(deployment), keep.deployments.ttl) : now,
    }))
    .filter(({ deployment }) => !fixed.has(deployment) && !isDeleting(deployment))
  const old = due.filter(({ at }) => at <= now)
  const needed = neededRevisions(history, newestFirst)
  const idle = history.revisions.filter(({ revision, tasks }) => {
    const isIdle = revision.spec.desiredCount === 0 && tasks.length === 0
    return isIdle && !needed.has(revision.metadata.name) && !isDeleting(revision)
  })
  return {
    actions: [
      ...tasks.actions,
      ...old.map(({ deployment }) => deletion(ServiceDeployment, deployment)),
      ...idle.map(({ revision }) => deletion(ServiceRevision, revision)),
    ],
    wakeAt: earliest(tasks.wakeAt, ...due.map(({ at }) => (at <= now ? undefined : at))),
  }
}

/** What a rollback may go back to: the last deployment that completed, and the last one of another revision. */
function completed(newestFirst: readonly ServiceDeployment[]): readonly ServiceDeployment[] {
  const successful = newestFirst.filter(({ status }) => status?.status === 'SUCCESSFUL')
  const [last] = successful
  const other = successful.find(({ spec }) => spec.targetServiceRevision !== last?.spec.targetServiceRevision)
  return [last, other].filter((one) => one !== undefined)
}

/**
 * Revisions that deployments speak of (those that go now come first, and alone), that the service converges to, and the newest: its
 * deployment may be yet to come.
 */
function neededRevisions(
  { service, revisions }: ServiceHistory,
  deployments: readonly ServiceDeployment[],
): ReadonlySet<string> {
  const newest = revisions.toSorted((a, b) => b.revision.spec.revision - a.revision.spec.revision)[0]
  return new Set(
    [
      newest?.revision.metadata.name,
      service?.status?.currentServiceRevision,
      ...deployments.flatMap((one) => [
        one.spec.targetServiceRevision,
        ...one.spec.sourceServiceRevisions,
        revisionInForce(one),
      ]),
    ].filter((name) => name !== undefined),
  )
}
