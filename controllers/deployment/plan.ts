/** Decides the desired count of each revision of a service, and how far its deployments are. */
import { type Condition, isTrue, withCondition } from '../../api/meta/conditions.ts'
import { isDeleting } from '../../api/meta/object.ts'
import type { ServiceDeployment } from '../../api/v1/service-deployment.ts'
import { deploymentId } from '../../api/v1/service-names.ts'
import type { ServiceRevision } from '../../api/v1/service-revision.ts'
import { isEqual } from '../../lib/equal.ts'
import { type Instant, milliTimestamp } from '../../lib/time.ts'
import type { RevisionProgress, RolloutState } from './state.ts'
import { type Counts, isBlocked, isComplete, rollingCounts } from './strategies/rolling.ts'

export type DeploymentStatus = NonNullable<ServiceDeployment['status']>

/** A service event in ECS's words (ecs-core 5.8), told when what it is about was written. */
export interface Told {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
}

export type Action =
  | { readonly do: 'scale'; readonly revision: ServiceRevision; readonly desiredCount: number }
  | {
      readonly do: 'setStatus'
      readonly deployment: ServiceDeployment
      readonly status: DeploymentStatus
      readonly tell: readonly Told[]
    }

export interface Plan {
  readonly actions: readonly Action[]
}

const countsOf = ({ revision, live, healthy, active }: RevisionProgress): Counts => ({
  desired: revision.spec.desiredCount,
  live,
  healthy,
  active,
})

const scale = ({ revision }: RevisionProgress, desiredCount: number): readonly Action[] =>
  revision.spec.desiredCount === desiredCount ? [] : [{ do: 'scale', revision, desiredCount }]

function setStatus(
  deployment: ServiceDeployment,
  status: DeploymentStatus,
  tell: readonly Told[] = [],
): readonly Action[] {
  const same = isEqual(status, deployment.status ?? {})
  return same ? [] : [{ do: 'setStatus', deployment, status, tell }]
}

const isOpen = ({ status }: ServiceDeployment): boolean =>
  status?.status === undefined || status.status === 'PENDING' || status.status === 'IN_PROGRESS'

/** An older deployment that had not ended: a newer one took its place (ecs-core 5.14). */
function superseded(deployment: ServiceDeployment, by: ServiceDeployment, now: Instant): readonly Action[] {
  if (!isOpen(deployment)) return []
  const statusReason = `Superseded by (deployment ${deploymentId(by.metadata.name)}).`
  return setStatus(deployment, {
    ...deployment.status,
    observedGeneration: deployment.metadata.generation,
    status: 'STOPPED',
    statusReason,
    finishedAt: milliTimestamp(now),
    conditions: [...blocked(deployment, false, now)],
  })
}

function blocked(deployment: ServiceDeployment, holds: boolean, now: Instant): readonly Condition[] {
  const all = deployment.status?.conditions ?? []
  if (!holds && all.every(({ type }) => type !== 'Blocked')) return all
  return withCondition(
    all,
    {
      type: 'Blocked',
      status: holds ? 'True' : 'False',
      reason: holds ? 'PercentagesBlock' : 'Unblocked',
      message: holds
        ? 'minimumHealthyPercent allows no stop and maximumPercent no start; change one of them.'
        : 'The deployment can go on.',
      observedGeneration: deployment.metadata.generation,
    },
    now,
  )
}

/** The newest deployment's next status. `settled`: no desired count is to change any more. */
function progress(
  state: RolloutState,
  deployment: ServiceDeployment,
  settled: boolean,
  now: Instant,
): readonly Action[] {
  const { service, target, others, desired, bounds } = state
  if (target === undefined || !isOpen(deployment)) return []
  const subject = `(service ${service.metadata.name})`
  const id = deploymentId(deployment.metadata.name)
  const old = deployment.status ?? {}
  const common = {
    ...old,
    observedGeneration: deployment.metadata.generation,
    startedAt: old.startedAt ?? milliTimestamp(now),
  }
  const rest = others.map(countsOf)
  if (settled && isComplete(countsOf(target), rest, desired)) {
    const message = `${subject} (deployment ${id}) deployment completed.`
    const statusReason = `ECS deployment ${id} completed.`
    const conditions = [...blocked(deployment, false, now)]
    return setStatus(
      deployment,
      { ...common, status: 'SUCCESSFUL', statusReason, finishedAt: milliTimestamp(now), conditions },
      [{ type: 'Normal', reason: 'DeploymentCompleted', message }],
    )
  }
  const isStuck = settled && isBlocked(countsOf(target), rest, desired, bounds)
  const message =
    `${subject} was unable to stop or start tasks during a deployment because of the service deployment configuration. ` +
    'Update the minimumHealthyPercent or maximumPercent value and try again.'
  const news = isStuck && !isTrue(old.conditions, 'Blocked')
  return setStatus(
    deployment,
    {
      ...common,
      status: 'IN_PROGRESS',
      statusReason: `ECS deployment ${id} in progress.`,
      conditions: [...blocked(deployment, isStuck, now)],
    },
    news ? [{ type: 'Warning', reason: 'DeploymentBlocked', message }] : [],
  )
}

export function plan(state: RolloutState, now: Instant): Plan {
  const { service, deployments, target, others, desired, bounds } = state
  const newest = deployments.at(-1)
  if (isDeleting(service) || newest === undefined || target === undefined) return { actions: [] }
  const counts = rollingCounts(countsOf(target), others.map(countsOf), desired, bounds)
  const scaling = [
    ...others.flatMap((other, i) => scale(other, counts.others[i] ?? 0)),
    ...scale(target, counts.target),
  ]
  return {
    actions: [
      ...deployments.slice(0, -1).flatMap((old) => superseded(old, newest, now)),
      ...scaling,
      ...progress(state, newest, scaling.length === 0, now),
    ],
  }
}
