/** Decides the desired count of each revision of a service, and how far its deployments are. */
import { isDeleting } from '../../api/meta/object.ts'
import {
  hasFailed,
  isFinished,
  type ServiceDeployment,
  type ServiceDeploymentStatus,
} from '../../api/v1/service-deployment.ts'
import type { ServiceRevision } from '../../api/v1/service-revision.ts'
import { isEqual } from '../../lib/equal.ts'
import type { Instant } from '../../lib/time.ts'
import type { RevisionProgress, RolloutState } from './state.ts'
import { completed, goingOn, type Outcome, superseded, type Told, triggered, watched } from './strategies/outcome.ts'
import { type Counts, heldCounts, isBlocked, isComplete, rollingCounts } from './strategies/rolling.ts'

export type Action =
  | { readonly do: 'scale'; readonly revision: ServiceRevision; readonly desiredCount: number }
  | {
      readonly do: 'setStatus'
      readonly deployment: ServiceDeployment
      readonly status: ServiceDeploymentStatus
      readonly tell: readonly Told[]
    }

export interface Plan {
  readonly actions: readonly Action[]
  /** When there may be something to do though nothing changed. */
  readonly wakeAt: Instant | undefined
}

const countsOf = ({ revision, live, healthy, active }: RevisionProgress): Counts => ({
  desired: revision.spec.desiredCount,
  live,
  healthy,
  active,
})

const scale = ({ revision }: RevisionProgress, desiredCount: number): readonly Action[] =>
  revision.spec.desiredCount === desiredCount ? [] : [{ do: 'scale', revision, desiredCount }]

const setStatus = (deployment: ServiceDeployment, { status, tell }: Outcome): readonly Action[] =>
  isEqual(status, deployment.status ?? {}) ? [] : [{ do: 'setStatus', deployment, status, tell }]

export function plan(state: RolloutState, now: Instant): Plan {
  const { service, deployments, target, others, desired, bounds, wakeAt } = state
  const newest = deployments.at(-1)
  if (isDeleting(service) || newest === undefined || target === undefined) return { actions: [], wakeAt: undefined }
  const [goal, rest] = [countsOf(target), others.map(countsOf)]
  const counts = hasFailed(newest) ? heldCounts(goal, rest, desired) : rollingCounts(goal, rest, desired, bounds)
  const scaling = [
    ...others.flatMap((other, i) => scale(other, counts.others[i] ?? 0)),
    ...scale(target, counts.target),
  ]
  // first of all, so that never two are in progress
  const older = deployments
    .slice(0, -1)
    .filter((old) => !isFinished(old))
    .flatMap((old) => setStatus(old, superseded(old, newest, now)))
  if (isFinished(newest)) return { actions: [...older, ...scaling], wakeAt }

  const settled = scaling.length === 0
  const { status, triggers } = watched(state, newest, now)
  const begun = (newest.status?.status ?? 'PENDING') !== 'PENDING'
  if (begun && settled && isComplete(goal, rest, desired))
    return { actions: [...older, ...setStatus(newest, completed(state, newest, status, now))], wakeAt }
  // what is scaled from then on depends on it
  if (begun && triggers)
    return { actions: [...older, ...setStatus(newest, triggered(state, newest, status, now))], wakeAt }
  const isStuck = settled && isBlocked(goal, rest, desired, bounds)
  return { actions: [...older, ...scaling, ...setStatus(newest, goingOn(state, newest, status, isStuck, now))], wakeAt }
}
