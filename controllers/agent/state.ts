/** What the plan for one task needs to know, folded from its resource, its definition, the engine and work under way. */
import type { ContainerDefinition } from '../../api/v1/container-definition.ts'
import type { Task, TaskContainer, TaskStopCode } from '../../api/v1/task.ts'
import type { TaskDefinitionSpec } from '../../api/v1/task-definition-spec.ts'
import type { Instant } from '../../lib/time.ts'
import { isToRestart } from './strategies/restart-policy.ts'

/** A container as the engine last showed it. */
export interface Observed {
  readonly id: string
  /** Of the image that it was made of. */
  readonly imageDigest?: string | undefined
  readonly status: 'created' | 'running' | 'exited'
  readonly startedAt: Instant | undefined
  readonly finishedAt: Instant | undefined
  readonly exitCode: number | undefined
  readonly outOfMemory: boolean
  readonly health: 'none' | 'starting' | 'healthy' | 'unhealthy'
  readonly ports: readonly {
    readonly containerPort: number
    readonly hostPort: number
    readonly protocol: 'tcp' | 'udp'
  }[]
}

/** What the agent is doing with a container right now. */
export type Work = 'launching' | 'stopping' | 'removing'

/** What the agent remembers of a task besides its resource; losing it costs only time. */
export interface Remembered {
  readonly firstSeen: Instant
  readonly stoppingSince?: Instant
  readonly pullStartedAt?: Instant
  readonly pullStoppedAt?: Instant
  /** Pulls under way. */
  readonly pulling?: number
  /** Why containers could not be launched, by name. */
  readonly failures: Readonly<Record<string, string>>
}

/** Whether the host has room: undefined when the task has it or needs none yet. */
export interface Shortage {
  /** Worth waiting for, or larger than the whole host. */
  readonly kind: 'wait' | 'never'
  readonly lack: string
}

/** Where a container stands. */
export type Phase =
  /** Not there yet, or created and not started. */
  | { readonly phase: 'waiting' }
  | { readonly phase: 'launching' }
  /** It ended, and is to be started again as it is. */
  | { readonly phase: 'restarting'; readonly id: string }
  /** `unwanted`: it was reported as stopped, yet runs again. */
  | { readonly phase: 'running'; readonly observed: Observed; readonly unwanted: boolean }
  /** `ran`: its process started at some time. */
  | { readonly phase: 'stopped'; readonly ran: boolean; readonly reason: string | undefined }

export interface Slot {
  readonly name: string
  /** Undefined when the task definition is not known. */
  readonly definition: ContainerDefinition | undefined
  readonly essential: boolean
  readonly observed: Observed | undefined
  readonly work: Work | undefined
  /** As last written to the task. */
  readonly reported: TaskContainer | undefined
  readonly phase: Phase
}

export interface TaskState {
  readonly task: Task
  /** `missing`: the task definition revision does not exist. */
  readonly definition: TaskDefinitionSpec | 'missing'
  readonly slots: readonly Slot[]
  readonly remembered: Remembered
  readonly shortage: Shortage | undefined
  /** Why its overrides cannot be. */
  readonly refused: string | undefined
}

export interface Sources {
  readonly task: Task
  readonly definition: TaskDefinitionSpec | 'missing'
  /** By container name. */
  readonly observed: ReadonlyMap<string, Observed>
  readonly work: ReadonlyMap<string, Work>
  readonly remembered: Remembered
  readonly shortage: Shortage | undefined
  readonly refused?: string | undefined
}

const oomReason = 'OutOfMemoryError: Container killed due to memory usage'
const vanishedReason = 'ContainerVanishedError: The container is gone from the engine'

function phaseOf(
  task: Task,
  definition: ContainerDefinition | undefined,
  observed: Observed | undefined,
  work: Work | undefined,
  failure: string | undefined,
  reported: TaskContainer | undefined,
): Phase {
  const saidStopped = reported?.lastStatus === 'STOPPED'
  if (work === 'launching') return { phase: 'launching' }
  if (observed?.status === 'running')
    return { phase: 'running', observed, unwanted: saidStopped || failure !== undefined }
  const ran = observed?.startedAt !== undefined || reported?.startedAt !== undefined
  if (observed?.status === 'exited') {
    if (!saidStopped && failure === undefined && isToRestart(definition, observed))
      return { phase: 'restarting', id: observed.id }
    return { phase: 'stopped', ran, reason: failure ?? (observed.outOfMemory ? oomReason : reported?.reason) }
  }
  if (failure !== undefined) return { phase: 'stopped', ran, reason: failure }
  if (saidStopped) return { phase: 'stopped', ran, reason: reported.reason }
  // A container that was seen to run and is gone from the engine does not come back: its task has to end.
  const wasRunning = reported?.lastStatus === 'RUNNING' || task.status?.startedAt !== undefined
  if (observed === undefined && wasRunning) return { phase: 'stopped', ran, reason: vanishedReason }
  return { phase: 'waiting' }
}

/** Containers in the order of the definition; without one, those that are known from the engine and the status. */
export function stateOf({ task, definition, observed, work, remembered, shortage, refused }: Sources): TaskState {
  const reported = new Map((task.status?.containers ?? []).map((container) => [container.name, container]))
  const definitions: readonly (ContainerDefinition | { readonly name: string })[] =
    definition === 'missing'
      ? [...new Set([...reported.keys(), ...observed.keys()])].sort().map((name) => ({ name }))
      : definition.containerDefinitions
  const slots = definitions.map((container): Slot => {
    const { name } = container
    const known = 'image' in container ? container : undefined
    return {
      name,
      definition: known,
      essential: known?.essential ?? true,
      observed: observed.get(name),
      work: work.get(name),
      reported: reported.get(name),
      phase: phaseOf(task, known, observed.get(name), work.get(name), remembered.failures[name], reported.get(name)),
    }
  })
  return { task, definition, slots, remembered, shortage, refused }
}

/** Why the task stops, or stopped. */
export interface StopCause {
  readonly code: TaskStopCode
  readonly reason: string
}
