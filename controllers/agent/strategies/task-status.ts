/** What the agent says of a task and its containers, and when each thing happened (reference 4.1, 4.2). */
import type { ContainerDefinition } from '../../../api/v1/container-definition.ts'
import type { HealthStatus, NetworkBinding, Task, TaskContainer, TaskStatusName } from '../../../api/v1/task.ts'
import { networkModeOf, type TaskDefinitionSpec } from '../../../api/v1/task-definition-spec.ts'
import { aggregateHealth } from '../../../api/v1/task-health.ts'
import { earliest, type Instant, instant, milliTimestamp, parseTimestamp } from '../../../lib/time.ts'
import type { Observed, Remembered, Slot, StopCause, TaskState } from '../state.ts'
import { restartsOf } from './restart-policy.ts'

/** ECS cuts reasons here. */
const reasonLength = 1024
const cut = (reason: string | undefined): string | undefined => reason?.slice(0, reasonLength)
const time = (at: Instant | undefined): string | undefined => (at === undefined ? undefined : milliTimestamp(at))

/** The status that says `lastStatus` of the task and what is known of its containers; what was said before stays. */
export function statusOf(
  state: TaskState,
  slots: readonly Slot[],
  lastStatus: TaskStatusName,
  cause: StopCause | undefined,
  now: Instant,
): NonNullable<Task['status']> {
  const { task, definition, remembered } = state
  const before = task.status ?? {}
  const containers = slots.map((slot) => containerStatus(state, slot, lastStatus, now))
  const stopping = cause !== undefined
  const known = definition === 'missing' ? before.healthStatus : aggregateHealth(definition, containers)
  const health = lastStatus === 'PENDING' ? 'UNKNOWN' : known
  const isFirst = before.containers === undefined
  const startedAt = before.startedAt ?? startedAtOf(containers, lastStatus)
  // not one that was to stop before all of it had started
  const gotWell = startedAt !== undefined && health === 'HEALTHY' && before.healthStatus !== 'HEALTHY'
  return {
    ...before,
    observedGeneration: task.metadata.generation,
    lastStatus,
    connectivity: 'CONNECTED',
    connectivityAt: before.connectivityAt ?? (isFirst ? time(seenAt(state)) : undefined),
    containers,
    healthStatus: health,
    healthyAt: before.healthyAt ?? (gotWell ? milliTimestamp(now) : undefined),
    pullStartedAt: before.pullStartedAt ?? time(remembered.pullStartedAt),
    pullStoppedAt: pullStoppedAtOf(before.pullStoppedAt, remembered),
    startedAt,
    stoppingAt: before.stoppingAt ?? (stopping ? time(remembered.stoppingSince ?? now) : undefined),
    executionStoppedAt: before.executionStoppedAt ?? executionStoppedAtOf(slots, containers),
    stoppedAt: before.stoppedAt ?? (lastStatus === 'STOPPED' ? milliTimestamp(now) : undefined),
    stopCode: before.stopCode ?? cause?.code,
    stoppedReason: before.stoppedReason ?? cut(cause?.reason),
  }
}

/** When the last pull ended: one that began after others had ended counts, too. */
function pullStoppedAtOf(before: string | undefined, { pulling = 0, pullStoppedAt }: Remembered): string | undefined {
  if (pulling > 0) return undefined
  return pullStoppedAt === undefined || (before !== undefined && parseTimestamp(before) > pullStoppedAt)
    ? before
    : time(pullStoppedAt)
}

/** When the agent had the task: what it began before it was restarted was seen by then. */
const seenAt = ({ slots, remembered }: TaskState): Instant | undefined =>
  earliest(remembered.firstSeen, ...slots.map(({ observed }) => observed?.startedAt))

/** When the last container started, once all have: also of a task that ended before anybody looked. */
function startedAtOf(containers: readonly TaskContainer[], lastStatus: TaskStatusName): string | undefined {
  const started = containers.flatMap(({ startedAt }) => (startedAt === undefined ? [] : [parseTimestamp(startedAt)]))
  const all = started.length === containers.length || lastStatus === 'RUNNING'
  return all && started.length > 0 ? milliTimestamp(instant(Math.max(...started))) : undefined
}

/** When the first essential container stopped. */
function executionStoppedAtOf(slots: readonly Slot[], containers: readonly TaskContainer[]): string | undefined {
  const stopped = containers.flatMap(({ name, stoppedAt, lastStatus }) =>
    lastStatus === 'STOPPED' && stoppedAt !== undefined && slots.find((slot) => slot.name === name)?.essential === true
      ? [parseTimestamp(stoppedAt)]
      : [],
  )
  return stopped.length === 0 ? undefined : milliTimestamp(instant(Math.min(...stopped)))
}

function containerStatus(
  { definition }: TaskState,
  { name, definition: container, observed, reported, phase }: Slot,
  taskStatus: TaskStatusName,
  now: Instant,
): TaskContainer {
  const stopped = phase.phase === 'stopped' || taskStatus === 'STOPPED' || reported?.lastStatus === 'STOPPED'
  // what a start that is under way brings, its ports above all, is known when it is through
  const started = phase.phase === 'launching' ? undefined : observed
  const lastStatus = stopped ? 'STOPPED' : phase.phase === 'running' ? 'RUNNING' : (reported?.lastStatus ?? 'PENDING')
  return withoutAbsent({
    name,
    image: container?.image ?? reported?.image,
    imageDigest: observed?.imageDigest ?? reported?.imageDigest,
    runtimeId: observed?.id ?? reported?.runtimeId,
    lastStatus,
    // one that is restarted ended, too
    exitCode: reported?.exitCode ?? (stopped ? observed?.exitCode : undefined),
    reason: reported?.reason ?? (phase.phase === 'stopped' ? cut(phase.reason) : undefined),
    healthStatus: healthOf(container?.healthCheck !== undefined, observed, reported),
    networkBindings: bindingsOf(definition, container, started) ?? reported?.networkBindings,
    startedAt: reported?.startedAt ?? time(observed?.startedAt),
    ...restartsOf(container, started, reported),
    stoppedAt: stopped ? (reported?.stoppedAt ?? time(observed?.finishedAt ?? now)) : undefined,
  })
}

/** UNKNOWN without a health check in the definition, whatever the image has; the last value stays when it stopped. */
function healthOf(checked: boolean, observed: Observed | undefined, reported: TaskContainer | undefined): HealthStatus {
  if (!checked) return 'UNKNOWN'
  if (observed?.status !== 'running') return reported?.healthStatus ?? 'UNKNOWN'
  if (observed.health === 'healthy') return 'HEALTHY'
  return observed.health === 'unhealthy' ? 'UNHEALTHY' : 'UNKNOWN'
}

function bindingsOf(
  definition: TaskDefinitionSpec | 'missing',
  container: ContainerDefinition | undefined,
  observed: Observed | undefined,
): NetworkBinding[] | undefined {
  if (definition === 'missing' || observed?.status !== 'running') return undefined
  const bindIP = '0.0.0.0'
  if (networkModeOf(definition) !== 'host') return observed.ports.map((port) => ({ bindIP, ...port }))
  return (container?.portMappings ?? []).flatMap(({ containerPort, protocol }) =>
    containerPort === undefined ? [] : [{ bindIP, containerPort, hostPort: containerPort, protocol }],
  )
}

/** Without undefined members, as it comes back from the server. */
const withoutAbsent = <T extends object>(object: T): T =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T
