/** What is known of an instance: its heartbeat as this process saw it, and the tasks that are bound to it. */
import { conditionOf } from '../../api/meta/conditions.ts'
import { agentCondition, type ContainerInstance, heartbeatLost } from '../../api/v1/container-instance.ts'
import type { Lease } from '../../api/v1/core.ts'
import { type Demand, demandOf, noDemand } from '../../api/v1/demand.ts'
import { effectiveDefinition } from '../../api/v1/effective-definition.ts'
import type { Service } from '../../api/v1/service.ts'
import { serviceGroup } from '../../api/v1/service-names.ts'
import { isStopped, type Task } from '../../api/v1/task.ts'
import type { TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import { between, type Instant, type Millis, seconds } from '../../lib/time.ts'
import type { InstanceLimits } from './limits.ts'

/** How fresh a heartbeat is: the reasons of the condition. */
export const livelinesses = ['HeartbeatFresh', 'HeartbeatLate', heartbeatLost] as const
export type Liveliness = (typeof livelinesses)[number]

/**
 * A heartbeat as seen by this process: clocks of two machines are never compared, only whether renewTime changed, and when
 * that was seen here.
 */
export interface Pulse {
  readonly renewTime: string | undefined
  /** When this process saw that renewTime, first. */
  readonly seenAt: Instant
  /** Whether this process saw it change, so that it knows the agent to be alive then. */
  readonly beat: boolean
  /** How long a beat holds. */
  readonly holds: Millis
}

/** The pulse after a look at the Lease; a Lease that is gone keeps the last beat, which grows old. */
export function pulseOf(
  before: Pulse | undefined,
  lease: Lease | undefined,
  now: Instant,
  limits: InstanceLimits,
): Pulse {
  const renewTime = lease?.spec.renewTime ?? undefined
  const duration = lease?.spec.leaseDurationSeconds
  const holds = duration === undefined ? limits.connectedFor : seconds(duration)
  if (before === undefined) return { renewTime, seenAt: now, beat: false, holds }
  if (renewTime === undefined) return before
  return renewTime === before.renewTime ? before : { renewTime, seenAt: now, beat: true, holds }
}

/**
 * How fresh the heartbeat is. A process that just began to look cannot know, so it goes on from what the instance's
 * condition says, until a beat or the time from now on tells.
 */
export function livelinessOf(
  instance: ContainerInstance,
  pulse: Pulse,
  now: Instant,
  limits: InstanceLimits,
): Liveliness {
  const age = between(pulse.seenAt, now)
  if (age >= limits.lostAfter) return 'HeartbeatLost'
  const byAge = age < pulse.holds ? 'HeartbeatFresh' : 'HeartbeatLate'
  if (pulse.beat) return byAge
  const said = conditionOf(instance.status?.conditions, agentCondition)?.reason
  const before = livelinesses.find((known) => known === said)
  if (before === 'HeartbeatLate' || before === 'HeartbeatLost') return before
  return pulse.renewTime === undefined ? 'HeartbeatLate' : byAge
}

/** A bound task and what it reserves. */
export interface BoundTask {
  readonly task: Task
  readonly demand: Demand
  /** Of a service that is no daemon. */
  readonly isReplica: boolean
}

export interface InstanceState {
  readonly instance: ContainerInstance
  readonly pulse: Pulse
  /** All tasks bound to it that still exist. */
  readonly tasks: readonly BoundTask[]
  /** Names of those that count until their containers are known to be gone. */
  readonly strict: ReadonlySet<string>
  /** When this process last wrote its status. */
  readonly reportedAt: Instant | undefined
}

/** A bound task with its demand; a definition that is not there counts nothing. */
export const boundTask = (
  task: Task,
  definition: TaskDefinitionRevision | undefined,
  service: Service | undefined,
): BoundTask => ({
  task,
  isReplica: task.spec.group?.startsWith(serviceGroup) === true && service?.spec.schedulingStrategy !== 'DAEMON',
  demand:
    definition === undefined || isStopped(task)
      ? noDemand
      : demandOf(effectiveDefinition(definition.spec.taskDefinition, task.spec.overrides)),
})
