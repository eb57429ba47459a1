/** Decides the next steps for one task on this host, and what to say about it (reference 4.1, 4.5). */
import { isDeleting } from '../../api/meta/object.ts'
import { stopReasons } from '../../api/v1/stop-reasons.ts'
import { isAfter, lastStatusOf, type Task, type TaskStatusName } from '../../api/v1/task.ts'
import { containersFinalizer } from '../../api/v1/well-known.ts'
import { isEqual } from '../../lib/equal.ts'
import { earliest, type Instant, type Millis, parseTimestamp, plus } from '../../lib/time.ts'
import type { Observed, Slot, StopCause, TaskState } from './state.ts'
import { dependenciesOf, needs, startDeadline, withDependencyFailures } from './strategies/dependencies.ts'
import { statusOf } from './strategies/task-status.ts'

export type Action =
  | { readonly do: 'launch'; readonly container: string }
  | { readonly do: 'restart'; readonly container: string; readonly id: string }
  | { readonly do: 'cancel'; readonly container: string }
  | { readonly do: 'stop'; readonly container: string; readonly id: string }
  | { readonly do: 'remove'; readonly container: string; readonly id: string }
  /** The containers are gone: the task's object may go. */
  | { readonly do: 'release' }

export interface Plan {
  readonly actions: readonly Action[]
  /** The status to write; undefined when there is nothing new worth a write. */
  readonly status: NonNullable<Task['status']> | undefined
  /** Whether the task is on its way out. */
  readonly stopping: boolean
  readonly wakeAt: Instant | undefined
}

interface Waits {
  /** PENDING and STOPPING are written only when they last longer. */
  readonly quiet: Millis
  /** The containers of a stopped task stay for so long. */
  readonly cleanup: Millis
}

/** What to do now, what to say, and when to look again. */
export function plan(state: TaskState, now: Instant, { quiet, cleanup }: Waits): Plan {
  if (lastStatusOf(state.task) === 'STOPPED') return afterStop(state, now, cleanup)
  const slots = withDependencyFailures(state.slots, now)
  const cause = stopCause(state, slots)
  return cause === undefined
    ? towardsRunning(state, slots, now, quiet)
    : towardsStopped(state, slots, cause, now, quiet)
}

/** STOPPED is final: what runs nevertheless is stopped; containers stay for their logs for a while (ecs-core 7.6). */
function afterStop({ task, slots }: TaskState, now: Instant, cleanup: Millis): Plan {
  const deleting = isDeleting(task)
  const cleanupAt = plus(parseTimestamp(task.status?.stoppedAt) ?? now, cleanup)
  const isOver = deleting || cleanupAt <= now
  const actions = slots.flatMap((slot): Action[] => {
    if (slot.work === 'launching') return [{ do: 'cancel', container: slot.name }]
    if (slot.work !== undefined || slot.observed === undefined) return []
    if (slot.observed.status === 'running') return [{ do: 'stop', container: slot.name, id: slot.observed.id }]
    return isOver ? [{ do: 'remove', container: slot.name, id: slot.observed.id }] : []
  })
  const gone = slots.every(({ observed, work }) => observed === undefined && work === undefined)
  const held = (task.metadata.finalizers ?? []).includes(containersFinalizer)
  const release: Action[] = deleting && gone && held ? [{ do: 'release' }] : []
  const wakeAt = isOver || gone ? undefined : cleanupAt
  return { actions: [...actions, ...release], status: undefined, stopping: true, wakeAt }
}

function towardsRunning(state: TaskState, slots: readonly Slot[], now: Instant, quiet: Millis): Plan {
  const actions = slots.flatMap((slot): Action[] => {
    if (slot.phase.phase === 'running' && slot.phase.unwanted && slot.work === undefined)
      return [{ do: 'stop', container: slot.name, id: slot.phase.observed.id }]
    if (slot.phase.phase === 'restarting' && slot.work === undefined)
      return [{ do: 'restart', container: slot.name, id: slot.phase.id }]
    if (slot.phase.phase !== 'waiting' || slot.work !== undefined || state.shortage !== undefined) return []
    return dependenciesOf(slot, slots, now).every(({ met }) => met === 'yes')
      ? [{ do: 'launch', container: slot.name }]
      : []
  })
  const steady = slots.every(isSteady)
  const quietUntil = plus(state.remembered.firstSeen, quiet)
  const worthSaying = state.shortage !== undefined || state.remembered.pullStartedAt !== undefined || now >= quietUntil
  const before = lastStatusOf(state.task)
  const next: TaskStatusName = steady ? 'RUNNING' : worthSaying ? 'PENDING' : before
  const said = statusOf(state, slots, forward(before, next), undefined, now)
  const silent = !steady && (before === 'PENDING' ? !isNews(state.task, said) : !worthSaying)
  return {
    actions,
    status: silent ? undefined : changed(state.task, said),
    stopping: false,
    wakeAt: earliest(!steady && !worthSaying ? quietUntil : undefined, startDeadline(slots, now)),
  }
}

/** While PENDING, ids and times can wait for the next write: what a container does cannot, nor that another pull began. */
function isNews(task: Task, said: NonNullable<Task['status']>): boolean {
  const pullsAgain = task.status?.pullStoppedAt !== undefined && said.pullStoppedAt === undefined
  const gist = (status: Task['status']) => [
    status?.pullStartedAt,
    (status?.containers ?? []).map(({ name, lastStatus, reason }) => [name, lastStatus, reason]),
  ]
  return pullsAgain || !isEqual(gist(task.status), gist(said))
}

function towardsStopped(state: TaskState, slots: readonly Slot[], cause: StopCause, now: Instant, quiet: Millis): Plan {
  const actions = slots.flatMap((slot): Action[] => {
    if (slot.phase.phase === 'launching') return [{ do: 'cancel', container: slot.name }]
    if (slot.work !== undefined) return []
    if (isCreated(slot)) return [{ do: 'remove', container: slot.name, id: slot.observed.id }]
    if (slot.phase.phase !== 'running') return []
    const needed = slots.some((other) => isUp(other) && needs(other, slot))
    return needed ? [] : [{ do: 'stop', container: slot.name, id: slot.phase.observed.id }]
  })
  if (!slots.some((slot) => isUp(slot) || isCreated(slot)))
    return {
      actions,
      status: changed(state.task, statusOf(state, slots, 'STOPPED', cause, now)),
      stopping: true,
      wakeAt: undefined,
    }
  // Who told it to stop knows; that it stops by itself is news, but for the moment in which only remains are cleared.
  const quietUntil = plus(state.remembered.stoppingSince ?? now, quiet)
  const silent = (isToldToStop(state.task) || !slots.some(isUp)) && now < quietUntil
  const next = forward(lastStatusOf(state.task), 'STOPPING')
  return {
    actions,
    status: silent ? undefined : changed(state.task, statusOf(state, slots, next, cause, now)),
    stopping: true,
    wakeAt: silent ? quietUntil : undefined,
  }
}

/** A restart is no change of state. */
const isSteady = ({ phase, reported }: Slot): boolean =>
  phase.phase === 'launching' ? reported?.lastStatus === 'RUNNING' : phase.phase !== 'waiting'
const isUp = ({ phase }: Slot): boolean => phase.phase === 'running' || phase.phase === 'launching'
/** Not started, as far as is known; but a start may be under way that was asked for before the agent died, or gave up waiting. */
const isCreated = (slot: Slot): slot is Slot & { readonly observed: Observed } => slot.observed?.status === 'created'
const isToldToStop = (task: Task): boolean => task.spec.desiredStatus === 'STOPPED' || isDeleting(task)
const forward = (before: TaskStatusName, next: TaskStatusName): TaskStatusName =>
  isAfter(before, next) ? before : next

/** The first cause stays; an order to stop comes before what it brought about. */
function stopCause({ task, definition, shortage, refused }: TaskState, slots: readonly Slot[]): StopCause | undefined {
  const { status, spec } = task
  if (status?.stopCode !== undefined) return { code: status.stopCode, reason: status.stoppedReason ?? '' }
  if (spec.desiredStatus === 'STOPPED')
    return { code: spec.stopCode ?? 'UserInitiated', reason: spec.stoppedReason ?? stopReasons.byUser }
  if (isDeleting(task)) return { code: 'UserInitiated', reason: stopReasons.deleted }
  const ended = slots.filter(({ essential, phase }) => essential && phase.phase === 'stopped')
  const failed = ended.find(({ phase }) => phase.phase === 'stopped' && !phase.ran)
  if (failed?.phase.phase === 'stopped' && status?.startedAt === undefined)
    return { code: 'TaskFailedToStart', reason: failed.phase.reason ?? stopReasons.failedToStart }
  if (ended.length > 0) return { code: 'EssentialContainerExited', reason: stopReasons.essentialExited }
  if (definition === 'missing' && !slots.some(isUp))
    return {
      code: 'TaskFailedToStart',
      reason: `ResourceNotFoundException: task definition revision ${spec.taskDefinition} does not exist`,
    }
  if (refused !== undefined && !slots.some(isUp))
    return { code: 'TaskFailedToStart', reason: `InvalidParameterException: ${refused}` }
  if (shortage?.kind === 'never')
    return {
      code: 'TaskFailedToStart',
      reason: `ResourceInitializationError: the container instance has no room for ${shortage.lack}`,
    }
  return undefined
}

/** The status, if it says anything that the last one did not. */
function changed(task: Task, status: NonNullable<Task['status']>): Plan['status'] {
  const { observedGeneration: _, ...before } = task.status ?? {}
  const { observedGeneration: __, ...after } = status
  return isEqual(before, after) ? undefined : status
}
