/**
 * Lifecycle hooks of a stage (ecs-core 5.15): PAUSE waits for a person, TASK for a task that runs once. What became of each is in
 * the deployment's status before anything is done about it.
 */
import type { HookedStage } from '../../../api/v1/deployment-configuration.ts'
import { type LifecycleHook, taskHookOf } from '../../../api/v1/hook-rules.ts'
import type { HookDetail, ServiceDeployment } from '../../../api/v1/service-deployment.ts'
import { taskName } from '../../../api/v1/service-names.ts'
import { isStopped, isStopping, type Task } from '../../../api/v1/task.ts'
import { earliest, type Instant, milliTimestamp, minutes, parseTimestamp, plus } from '../../../lib/time.ts'
import type { RolloutState } from '../state.ts'

/** ECS's default of a pause, and its bound of a stage. */
const longest = minutes(1440)

/** A task to make, once its name is in the status. */
export interface HookTask {
  readonly name: string
  readonly hookId: string
  readonly taskDefinition: string
  readonly overrides: Task['spec']['overrides']
}

/** A task that is to be stopped, because its hook has no more time. */
export interface LateTask {
  readonly task: Task
  readonly hookId: string
}

export interface HooksOutcome {
  /** Of all stages so far. */
  readonly details: readonly HookDetail[]
  readonly is: 'passed' | 'waiting' | 'failed'
  /** Of those that failed, the first. */
  readonly failure: HookDetail | undefined
  readonly run: readonly HookTask[]
  readonly wakeAt: Instant | undefined
}

interface Hook {
  readonly id: string
  readonly hook: LifecycleHook
  readonly stage: HookedStage
}

/** The hooks of `stage` that Gantry has: by place among all, so that they keep their ids when others come after them. */
export function hooksAt({ service }: RolloutState, stage: HookedStage): readonly Hook[] {
  return (service.spec.deploymentConfiguration?.lifecycleHooks ?? []).flatMap((hook, i) => {
    const has = hook.lifecycleStages?.includes(stage) === true
    const isOurs = hook.targetType === 'PAUSE' || hook.targetType === 'TASK'
    return has && isOurs ? [{ id: `${stage.toLowerCase().replaceAll('_', '-')}-${i}`, hook, stage }] : []
  })
}

/** A hook that begins now, and how long it may take. */
function beginning({ id, hook, stage }: Hook, now: Instant) {
  const { timeoutInMinutes, action = 'ROLLBACK' } = hook.timeoutConfiguration ?? {}
  return {
    hookId: id,
    lifecycleStage: stage,
    startedAt: milliTimestamp(now),
    expiresAt: milliTimestamp(plus(now, timeoutInMinutes === undefined ? longest : minutes(timeoutInMinutes))),
    timeoutAction: action,
  }
}

const isLate = ({ expiresAt }: HookDetail, now: Instant): boolean => {
  const end = parseTimestamp(expiresAt)
  return end !== undefined && end <= now
}

function pause(hook: Hook, { spec }: ServiceDeployment, old: HookDetail | undefined, now: Instant): HookDetail {
  const begun: HookDetail = old ?? { ...beginning(hook, now), targetType: 'PAUSE', status: 'AWAITING_ACTION' }
  if (begun.status !== 'AWAITING_ACTION') return begun
  const answer = spec.hookAnswers?.find(({ hookId }) => hookId === hook.id)
  if (answer?.action === 'CONTINUE') return { ...begun, status: 'SUCCEEDED' }
  if (answer?.action === 'ROLLBACK') return { ...begun, status: 'FAILED', reason: 'a person said ROLLBACK' }
  return isLate(begun, now) ? { ...begun, status: 'TIMED_OUT', reason: 'nobody said anything in time' } : begun
}

/** Why a task that has stopped did not do its work; undefined: it did. */
function failureOf(task: Task): string | undefined {
  const { stopCode, stoppedReason, containers = [] } = task.status ?? {}
  const failed = containers.find(({ exitCode }) => exitCode !== undefined && exitCode !== 0)
  const said = stoppedReason ?? stopCode ?? 'it was stopped'
  if (stopCode === 'EssentialContainerExited' && failed === undefined) return undefined
  return failed === undefined ? said : `${said} (${failed.name} with exit code ${failed.exitCode})`
}

/** The next try, or the end of it. */
function again(detail: HookDetail, reason: string, deployment: string, retries: number): HookDetail {
  const { attempt = 1 } = detail
  if (attempt > retries) return { ...detail, status: 'FAILED', reason: reason.slice(0, 1024) }
  const next = taskName(deployment, detail.hookId, attempt + 1)
  return { ...detail, attempt: attempt + 1, task: next, taskUid: undefined, reason: reason.slice(0, 1024) }
}

interface TaskStep {
  readonly detail: HookDetail
  readonly run: readonly HookTask[]
}

/** How far its task is, whatever the time. */
function taskNow(hook: Hook, state: RolloutState, { metadata }: ServiceDeployment, begun: HookDetail): TaskStep {
  const details = taskHookOf(hook.hook)
  const { name } = metadata
  if (details === undefined)
    return { detail: { ...begun, status: 'FAILED', reason: 'its hookDetails cannot be read' }, run: [] }
  const { retries, taskDefinition, overrides } = details
  // those of an earlier deployment may still work on the same things
  const waits = state.hookTasks.some((one) => !isStopped(one) && !one.metadata.name.startsWith(`${name}-`))
  if (begun.task === undefined)
    return { detail: waits ? begun : { ...begun, attempt: 1, task: taskName(name, hook.id, 1) }, run: [] }
  const found = state.hookTasks.find(({ metadata }) => metadata.name === begun.task)
  if (found === undefined && begun.taskUid === undefined) {
    const made = { name: begun.task, hookId: hook.id, taskDefinition, overrides }
    return { detail: begun, run: waits ? [] : [made] }
  }
  if (found === undefined) return { detail: again(begun, 'it was deleted', name, retries), run: [] }
  const seen = { ...begun, taskUid: found.metadata.uid }
  if (!isStopped(found)) return { detail: seen, run: [] }
  const failure = failureOf(found)
  const detail: HookDetail =
    failure === undefined ? { ...seen, status: 'SUCCEEDED' } : again(seen, failure, name, retries)
  return { detail, run: [] }
}

function task(
  hook: Hook,
  state: RolloutState,
  deployment: ServiceDeployment,
  old: HookDetail | undefined,
  now: Instant,
): TaskStep {
  const begun: HookDetail = old ?? { ...beginning(hook, now), targetType: 'TASK', status: 'IN_PROGRESS' }
  if (begun.status !== 'IN_PROGRESS') return { detail: begun, run: [] }
  const step = taskNow(hook, state, deployment, begun)
  if (step.detail.status !== 'IN_PROGRESS' || !isLate(begun, now)) return step
  return { detail: { ...step.detail, status: 'TIMED_OUT', reason: 'it did not end in time' }, run: [] }
}

/**
 * Tasks whose hook has no more time: nothing else would end them, for their deployment may be over and the hook taken away.
 * `nextAt`: when the next one's is over.
 */
export function lateHookTasks({ deployments, hookTasks }: RolloutState, now: Instant) {
  const details = deployments.flatMap(({ status }) => status?.lifecycleHookDetails ?? [])
  const live = hookTasks
    .filter((one) => !isStopped(one) && !isStopping(one))
    .flatMap((one) => details.filter(({ task: name }) => name === one.metadata.name).map((of) => ({ task: one, of })))
  return {
    late: live
      .filter(({ of }) => isLate(of, now))
      .map(({ task: one, of }): LateTask => ({ task: one, hookId: of.hookId })),
    nextAt: earliest(...live.filter(({ of }) => !isLate(of, now)).map(({ of }) => parseTimestamp(of.expiresAt))),
  }
}

const hasFailed = ({ status, timeoutAction }: HookDetail): boolean =>
  status === 'FAILED' || (status === 'TIMED_OUT' && timeoutAction === 'ROLLBACK')
const isOpen = ({ status }: HookDetail): boolean => status === 'AWAITING_ACTION' || status === 'IN_PROGRESS'

/** One that was given another type while it went on is another hook; what it began as is like one that was taken away. */
export const isSameHook = (a: HookDetail, b: Pick<HookDetail, 'hookId' | 'targetType'>): boolean =>
  a.hookId === b.hookId && a.targetType === b.targetType

/** How far the hooks of `stage` are: all run at once, and all must pass. */
export function hooksNow(
  state: RolloutState,
  deployment: ServiceDeployment,
  stage: HookedStage,
  now: Instant,
): HooksOutcome {
  const before = deployment.status?.lifecycleHookDetails ?? []
  const decided = hooksAt(state, stage).map((hook) => {
    const targetType = hook.hook.targetType === 'TASK' ? 'TASK' : 'PAUSE'
    const old = before.find((one) => isSameHook(one, { hookId: hook.id, targetType }))
    return targetType === 'TASK'
      ? task(hook, state, deployment, old, now)
      : { detail: pause(hook, deployment, old, now), run: [] }
  })
  const own = decided.map(({ detail }) => detail)
  const failure = own.find(hasFailed)
  const expiries = own.filter(isOpen).map(({ expiresAt }) => parseTimestamp(expiresAt))
  return {
    details: [...before.filter((old) => !own.some((one) => isSameHook(old, one))), ...own],
    is: failure === undefined ? (own.some(isOpen) ? 'waiting' : 'passed') : 'failed',
    failure,
    run: decided.flatMap(({ run }) => run),
    wakeAt: earliest(...expiries),
  }
}
