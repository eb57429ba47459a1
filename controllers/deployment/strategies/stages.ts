/** The stages of a deployment (ecs-core 5.15) that exist without traffic, one after the other; each is left only when its goal is seen. */
import {
  type HookDetail,
  type ServiceDeployment,
  type ServiceDeploymentStatus,
  stepOf,
} from '../../../api/v1/service-deployment.ts'
import { type Instant, milliTimestamp, minutes, parseTimestamp, plus } from '../../../lib/time.ts'
import type { RevisionProgress, RolloutState } from '../state.ts'
import { type HookTask, hooksAt, hooksNow } from './hooks.ts'
import { percentOf, stepBake, tasksOf } from './steps.ts'

/** The members of the status that say how far it is. */
export type Position = Pick<
  ServiceDeploymentStatus,
  'lifecycleStage' | 'lifecycleStageStartedAt' | 'shift' | 'waitsUntil' | 'lifecycleHookDetails'
>

const positionOf = ({ lifecycleStage, lifecycleStageStartedAt, shift }: ServiceDeploymentStatus): Position => ({
  lifecycleStage,
  lifecycleStageStartedAt,
  shift,
})

/**
 * Where a deployment is now, or begins: without old tasks there is nothing to shift from, and what has tasks already is no
 * stranger (a change that is taken back in mid-rollout goes straight back).
 */
export function positionNow(state: RolloutState, { status = {} }: ServiceDeployment, now: Instant): Position {
  if (status.lifecycleStage !== undefined) return positionOf(status)
  const percent = percentOf(state.service.spec.deploymentConfiguration, 1)
  const hasTasks = ({ live, revision }: RevisionProgress): boolean => live > 0 || revision.spec.desiredCount > 0
  const isNew = state.target !== undefined && !hasTasks(state.target) && state.others.some(hasTasks)
  return {
    lifecycleStage: hooksAt(state, 'PRE_SCALE_UP').length > 0 ? 'PRE_SCALE_UP' : 'SCALE_UP',
    lifecycleStageStartedAt: milliTimestamp(now),
    shift: percent < 100 && isNew ? { step: 1, percent } : undefined,
  }
}

/** Tasks that the new revision may have there. */
export function shareAt({ lifecycleStage, shift }: Position, { service, desired, target }: RolloutState): number {
  // nothing of it begins, and nothing that is there already goes
  if (lifecycleStage === 'PRE_SCALE_UP') return Math.min(desired, target?.revision.spec.desiredCount ?? 0)
  if (shift === undefined) return desired
  return tasksOf(percentOf(service.spec.deploymentConfiguration, shift.step), desired)
}

/** What is seen of the present stage. */
export interface Seen {
  /** The new revision has its share, and nothing moves. */
  readonly hasShare: boolean
  /** It has everything, and nothing else is left. */
  readonly isComplete: boolean
}

export interface Progress {
  readonly position: Position
  /** No stage is left. */
  readonly isOver: boolean
  /** A hook that did not pass. */
  readonly failure?: HookDetail | undefined
  /** Tasks of hooks to be made. */
  readonly run?: readonly HookTask[]
  /** When time alone takes it further. */
  readonly wakeAt: Instant | undefined
}

/** Until `until`, unless a person promoted this step. */
function waited(deployment: ServiceDeployment, until: Instant, now: Instant): boolean {
  return (deployment.spec.promotedThrough ?? 0) >= stepOf(deployment) || until <= now
}

/** One step further, if the present one has come to its goal. */
export function advance(
  state: RolloutState,
  deployment: ServiceDeployment,
  position: Position,
  seen: Seen,
  now: Instant,
): Progress {
  const configuration = state.service.spec.deploymentConfiguration
  const { shift } = position
  const stays = (more: Position = {}, wakeAt?: Instant): Progress => ({
    position: {
      ...position,
      ...more,
      waitsUntil: wakeAt === undefined ? undefined : milliTimestamp(wakeAt),
    },
    isOver: false,
    wakeAt,
  })
  const enter = (lifecycleStage: Position['lifecycleStage'], more: Position = {}, wakeAt?: Instant): Progress =>
    stays({ ...more, lifecycleStage, lifecycleStageStartedAt: milliTimestamp(now) }, wakeAt)
  /** What comes after the hooks that come last. */
  const bake = (more: Position): Progress => {
    if (!seen.isComplete) return stays(more)
    if (bakeOf(state) === 0) return { ...stays(more), isOver: true }
    return enter('BAKE_TIME', more, plus(now, bakeOf(state)))
  }
  if (position.lifecycleStage === 'PRE_SCALE_UP' || position.lifecycleStage === 'POST_SCALE_UP') {
    const hooks = hooksNow(state, deployment, position.lifecycleStage, now)
    const lifecycleHookDetails = [...hooks.details]
    if (hooks.is === 'failed') return { ...stays({ lifecycleHookDetails }), failure: hooks.failure }
    if (hooks.is === 'waiting') return { ...stays({ lifecycleHookDetails }, hooks.wakeAt), run: hooks.run }
    const isFirst = position.lifecycleStage === 'PRE_SCALE_UP'
    return isFirst ? enter('SCALE_UP', { lifecycleHookDetails }) : bake({ lifecycleHookDetails })
  }
  if (position.lifecycleStage === 'BAKE_TIME') {
    const until = plus(parseTimestamp(position.lifecycleStageStartedAt) ?? now, bakeOf(state))
    if (!waited(deployment, until, now)) return stays({}, until)
    return { ...stays(), isOver: seen.isComplete }
  }
  if (shift !== undefined && state.desired > 0 && percentOf(configuration, shift.step) < 100) {
    const reachedAt = parseTimestamp(shift.reachedAt) ?? (seen.hasShare ? now : undefined)
    const reached = reachedAt === undefined ? shift : { ...shift, reachedAt: milliTimestamp(reachedAt) }
    const until = reachedAt === undefined ? undefined : plus(reachedAt, stepBake(configuration))
    const isPromoted = (deployment.spec.promotedThrough ?? 0) >= shift.step
    if (!isPromoted && (until === undefined || until > now)) return stays({ shift: reached }, until)
    // what got unhealthy meanwhile must come back first
    if (!isPromoted && !seen.hasShare) return stays({ shift: reached })
    const step = shift.step + 1
    return stays({ shift: { step, percent: percentOf(configuration, step) } })
  }
  return seen.isComplete && hooksAt(state, 'POST_SCALE_UP').length > 0 ? enter('POST_SCALE_UP') : bake({})
}

const bakeOf = ({ service }: RolloutState) => minutes(service.spec.deploymentConfiguration?.bakeTimeInMinutes ?? 0)
