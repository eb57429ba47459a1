/** What is worth telling of a service as a whole, in ECS's words: what is new, and every six hours what still holds (ecs-core 5.8). */
import { conditionOf } from '../../../api/meta/conditions.ts'
import { blockedByPercent } from '../../../api/v1/service-event-texts.ts'
import { deploymentId } from '../../../api/v1/service-names.ts'
import { type Instant, instant, parseTimestamp } from '../../../lib/time.ts'
import { repeatEvery } from '../limits.ts'
import type { ServiceState } from '../state.ts'
import type { Held } from './converge.ts'
import { notPlaced, protectedCount, tasksNotPlaced, tasksProtected, type Verdict } from './status.ts'
import { tasksMayStillRun } from './unheard.ts'

/** A service event in ECS's words. */
export interface ServiceEvent {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
}

export interface News {
  /** To be told once the status is written. */
  readonly events: readonly ServiceEvent[]
  /** To be told again, though nothing changed. */
  readonly repeated: readonly ServiceEvent[]
  /** When what holds now is told again. */
  readonly repeatAt: Instant | undefined
}

/** What the deployment controller tells when it begins; how a deployment ended is not told again. */
const toldElsewhere: ReadonlySet<string> = new Set([
  'DeploymentAborted',
  'DeploymentBlocked',
  'DeploymentFailed',
  'DeploymentRolledBack',
  'RollbackFailed',
])

/** The words for what holds now; undefined when nobody needs to hear of it. */
function words(state: ServiceState, { is, reason, message }: Verdict, held: readonly Held[]): string | undefined {
  switch (reason) {
    case tasksProtected: {
      const set = `(taskSet ${deploymentId(state.deployment?.metadata.name ?? '')})`
      return `was unable to reach steady state because ${set} was unable to scale in due to (reason ${protectedCount(held)})`
    }
    case tasksNotPlaced:
      return `was unable to place a task because no container instance met all of its requirements. Reason: ${notPlaced(state)?.message}`
    case tasksMayStillRun:
      return `waits. ${message}`
    case 'TasksFailToStart':
      return 'is unable to consistently start tasks successfully.'
    case 'DeploymentBlocked':
      return blockedByPercent
    default:
      if (is === 'steady') return 'has reached a steady state.'
      return is === 'stalled' && !toldElsewhere.has(reason)
        ? `was unable to start a deployment. Reason: ${message}`
        : undefined
  }
}

/** How often what holds since then has been due to be told again. */
const repeats = (since: Instant, at: Instant): number => Math.max(0, Math.floor((at - since) / repeatEvery))

/** `before`: when this process looked at the service last; undefined: never, and then what was due meanwhile is let go. */
export function newsOf(
  state: ServiceState,
  verdict: Verdict,
  held: readonly Held[],
  now: Instant,
  before: Instant | undefined,
): News {
  const { metadata, status } = state.service
  const text = words(state, verdict, held)
  if (text === undefined) return { events: [], repeated: [], repeatAt: undefined }
  const event: ServiceEvent = {
    type: verdict.is === 'steady' ? 'Normal' : 'Warning',
    reason: verdict.reason,
    message: `(service ${metadata.name}) ${text}`,
  }
  const was = conditionOf(status?.conditions, 'Ready')
  if (was?.reason !== verdict.reason)
    return { events: toldElsewhere.has(verdict.reason) ? [] : [event], repeated: [], repeatAt: undefined }
  const since = parseTimestamp(status?.reasonSince ?? was.lastTransitionTime) ?? now
  const isDue = before !== undefined && repeats(since, now) > repeats(since, before)
  const repeatAt = instant(since + (repeats(since, now) + 1) * repeatEvery)
  return { events: [], repeated: isDue ? [event] : [], repeatAt }
}
