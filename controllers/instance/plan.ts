/** Decides what an instance's status should say, and which tasks end because their instance did or never was. */
import { withCondition } from '../../api/meta/conditions.ts'
import { agentCondition, type ContainerInstance, type InstanceResources } from '../../api/v1/container-instance.ts'
import { stopReasons } from '../../api/v1/stop-reasons.ts'
import { isStopped, isStopping, lastStatusOf, type Task, type TaskStopCode } from '../../api/v1/task.ts'
import { containersFinalizer } from '../../api/v1/well-known.ts'
import { isEqual } from '../../lib/equal.ts'
import { between, earliest, type Instant, plus } from '../../lib/time.ts'
import type { InstanceLimits } from './limits.ts'
import { type BoundTask, type InstanceState, type Liveliness, livelinessOf, type Pulse } from './state.ts'

type InstanceStatus = NonNullable<ContainerInstance['status']>

export interface Announcement {
  readonly type: 'Normal' | 'Warning'
  readonly reason: 'AgentConnected' | 'AgentDisconnected' | 'InstanceLost'
  readonly message: string
}

export type Action =
  /** Nobody else will end this task: it is STOPPED now. */
  | {
      readonly do: 'stop'
      readonly task: Task
      readonly stopCode: TaskStopCode
      readonly reason: string
      /** Nobody heard its agent. */
      readonly disconnected: boolean
    }
  /** It may still run, and counts until its agent says that it does not: it is told to stop. */
  | { readonly do: 'ask'; readonly task: Task; readonly stopCode: TaskStopCode; readonly reason: string }
  /** It was told, and its agent is not heard: its status says so. */
  | { readonly do: 'disconnect'; readonly task: Task }
  /** No agent will remove its containers: the object may go. */
  | { readonly do: 'release'; readonly task: Task }
  | {
      readonly do: 'report'
      readonly instance: ContainerInstance
      readonly status: InstanceStatus
      readonly announce: Announcement | undefined
    }

export interface Plan {
  readonly actions: readonly Action[]
  readonly wakeAt: Instant | undefined
}

/** What happened to the machine, as the stopCode and reason of its tasks (ecs-core 4.3). */
export interface End {
  readonly stopCode: TaskStopCode
  readonly reason: string
  readonly disconnected: boolean
}

export const lostEnd = (instance: string): End => ({
  stopCode: 'TerminationNotice',
  reason: stopReasons.hostGone(instance),
  disconnected: true,
})
/** Deleting a ContainerInstance is ECS's forced deregistration. */
export const deregisteredEnd: End = { stopCode: 'UserInitiated', reason: stopReasons.deregistered, disconnected: false }
const neverPlacedEnd: End = { stopCode: 'UserInitiated', reason: stopReasons.byUser, disconnected: false }

/** Ends a task that no agent looks after. What it was told to stop for goes before `end`. */
function endOf(task: Task, end: End): readonly Action[] {
  const deleting = task.metadata.deletionTimestamp !== undefined
  const held = deleting && (task.metadata.finalizers ?? []).includes(containersFinalizer)
  const goesAtOnce = held && task.metadata.finalizers?.length === 1
  const told = task.spec.desiredStatus === 'STOPPED'
  const stopCode = (told ? task.spec.stopCode : undefined) ?? end.stopCode
  const reason = (told ? task.spec.stoppedReason : undefined) ?? end.reason
  if (!isStopped(task) && !goesAtOnce) return [{ do: 'stop', task, stopCode, reason, disconnected: end.disconnected }]
  return held ? [{ do: 'release', task }] : []
}

/** Tasks of an instance that is lost or gone: they end, and those being deleted go; of `strict` ones (names) the end is asked for. */
export const planEnd = (tasks: readonly Task[], end: End, strict: ReadonlySet<string> = new Set()): readonly Action[] =>
  tasks.flatMap((task) => (strict.has(task.metadata.name) ? askedOf(task, end) : endOf(task, end)))

function askedOf(task: Task, end: End): readonly Action[] {
  if (isStopped(task)) return endOf(task, end)
  const told = task.spec.desiredStatus === 'STOPPED' || task.metadata.deletionTimestamp !== undefined
  if (!told) return [{ do: 'ask', task, stopCode: end.stopCode, reason: end.reason }]
  return end.disconnected && task.status?.connectivity === 'CONNECTED' ? [{ do: 'disconnect', task }] : []
}

/**
 * Tasks of an instance that somebody deleted. That says that the machine is gone; but if its agent was heard a moment ago, it
 * registers again, and then says itself what becomes of those that may not run twice.
 */
export function planGone(tasks: readonly Task[], strict: ReadonlySet<string>, pulse: Pulse, now: Instant): Plan {
  const silentAt = plus(pulse.seenAt, pulse.holds)
  const waits = now < silentAt && tasks.some((task) => strict.has(task.metadata.name) && !isStopped(task))
  return { actions: planEnd(tasks, deregisteredEnd, waits ? strict : undefined), wakeAt: waits ? silentAt : undefined }
}

/**
 * A task without an instance that is to stop: "A task whose desiredStatus becomes STOPPED before being sent to an agent
 * goes directly to STOPPED" (ecs-core 4.1).
 */
export function planUnbound(task: Task): readonly Action[] {
  const over = isStopped(task) || isStopping(task)
  return task.spec.containerInstance === undefined && over ? endOf(task, neverPlacedEnd) : []
}

/** The next steps for a registered instance. */
export function plan(state: InstanceState, now: Instant, limits: InstanceLimits): Plan {
  const { instance, pulse, tasks, strict } = state
  const liveliness = livelinessOf(instance, pulse, now, limits)
  const isLost = liveliness === 'HeartbeatLost'
  const all = tasks.map(({ task }) => task)
  const ends = isLost ? planEnd(all, lostEnd(instance.metadata.name), strict) : []
  const next = statusOf(instance, liveliness, isLost ? [] : tasks, now)
  const changed = changeOf(instance.status, next)
  const due = changed === 'counts' && state.reportedAt !== undefined ? plus(state.reportedAt, limits.reportEvery) : now
  const announce = announcementOf(instance, next, liveliness)
  const report: Action[] =
    changed !== 'nothing' && due <= now ? [{ do: 'report', instance, status: next, announce }] : []
  return {
    actions: [...ends, ...report],
    wakeAt: earliest(changed !== 'nothing' && due > now ? due : undefined, nextLook(pulse, now, limits)),
  }
}

/** When age alone changes what the heartbeat means. */
function nextLook(pulse: Pulse, now: Instant, limits: InstanceLimits): Instant | undefined {
  const looks = [plus(pulse.seenAt, pulse.holds), plus(pulse.seenAt, limits.lostAfter)]
  return between(pulse.seenAt, now) < limits.lostAfter ? earliest(...looks.filter((at) => at > now)) : undefined
}

/** Whether a task's reservation counts: until it begins to stop (ecs-core 6.2). */
const counts = ({ task }: BoundTask): boolean => !isStopped(task) && !isStopping(task)

const isPending = ({ task }: BoundTask): boolean =>
  lastStatusOf(task) === 'PENDING' || lastStatusOf(task) === 'PROVISIONING'

function statusOf(
  instance: ContainerInstance,
  liveliness: Liveliness,
  tasks: readonly BoundTask[],
  now: Instant,
): InstanceStatus {
  const live = tasks.filter(counts)
  const { replicaTasksCount: _, ...before } = instance.status ?? {}
  const registered = before.registeredResources
  const status = stateOf(instance)
  const replicas = tasks.filter(({ task, isReplica }) => isReplica && !isStopped(task))
  return {
    ...before,
    observedGeneration: instance.metadata.generation,
    status,
    ...(status === 'DRAINING' ? { replicaTasksCount: replicas.length } : {}),
    agentConnected: liveliness === 'HeartbeatFresh',
    ...(registered === undefined ? {} : { remainingResources: remainingOf(registered, live) }),
    runningTasksCount: live.length,
    pendingTasksCount: live.filter(isPending).length,
    conditions: [...withCondition(instance.status?.conditions, conditionFor(liveliness), now)],
  }
}

function stateOf(instance: ContainerInstance): NonNullable<InstanceStatus['status']> {
  if (instance.metadata.deletionTimestamp !== undefined) return 'DEREGISTERING'
  return instance.status?.registeredResources === undefined ? 'REGISTERING' : instance.spec.status
}

/** CPU and memory shrink as tasks arrive, the port sets grow (ecs-core 7.1). */
function remainingOf(registered: InstanceResources, live: readonly BoundTask[]): InstanceResources {
  const sum = (amount: (task: BoundTask) => number): number => live.reduce((total, task) => total + amount(task), 0)
  const inUse = (own: readonly number[], portsOf: (task: BoundTask) => readonly number[]): number[] =>
    [...new Set([...own, ...live.flatMap(portsOf)])].sort((a, b) => a - b)
  return {
    cpu: registered.cpu - sum(({ demand }) => demand.cpu),
    memory: registered.memory - sum(({ demand }) => demand.memory),
    ports: inUse(registered.ports, ({ demand }) => demand.ports),
    portsUdp: inUse(registered.portsUdp, ({ demand }) => demand.portsUdp),
  }
}

const conditionTexts: Readonly<Record<Liveliness, { status: 'True' | 'False'; message: string }>> = {
  HeartbeatFresh: { status: 'True', message: 'The agent renews its lease.' },
  HeartbeatLate: { status: 'False', message: 'The agent does not renew its lease; no new tasks are placed here.' },
  HeartbeatLost: {
    status: 'False',
    message: 'The agent was not heard for too long; its tasks count as stopped, but for those that may not run twice.',
  },
}

const conditionFor = (liveliness: Liveliness) => ({
  type: agentCondition,
  reason: liveliness,
  ...conditionTexts[liveliness],
})

type Change = 'nothing' | 'counts' | 'state'

/** What differs: counts can wait, the rest cannot. */
function changeOf(old: InstanceStatus | undefined, next: InstanceStatus): Change {
  const urgent = ({ observedGeneration, status, agentConnected, conditions }: InstanceStatus): unknown => ({
    observedGeneration,
    status,
    agentConnected,
    conditions,
  })
  if (old === undefined || !isEqual(urgent(old), urgent(next))) return 'state'
  return isEqual(old, next) ? 'nothing' : 'counts'
}

const announcements: Readonly<Record<Liveliness, Omit<Announcement, 'message'>>> = {
  HeartbeatFresh: { type: 'Normal', reason: 'AgentConnected' },
  HeartbeatLate: { type: 'Warning', reason: 'AgentDisconnected' },
  HeartbeatLost: { type: 'Warning', reason: 'InstanceLost' },
}

/** Said when the heartbeat's meaning changes. */
function announcementOf(
  instance: ContainerInstance,
  next: InstanceStatus,
  liveliness: Liveliness,
): Announcement | undefined {
  const reasonOf = (status: InstanceStatus | undefined): string | undefined =>
    status?.conditions?.find(({ type }) => type === agentCondition)?.reason
  if (reasonOf(instance.status) === reasonOf(next)) return undefined
  return { ...announcements[liveliness], message: conditionTexts[liveliness].message }
}
