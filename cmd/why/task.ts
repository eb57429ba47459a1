/** Why a task is pending, unhealthy, stopping or stopped. */
import { conditionOf } from '../../api/meta/conditions.ts'
import { type ContainerInstance, lostSince } from '../../api/v1/container-instance.ts'
import { effectiveDefinition } from '../../api/v1/effective-definition.ts'
import { stopReasons } from '../../api/v1/stop-reasons.ts'
import { lastStatusOf, revisionNameOf, type Task, type TaskContainer } from '../../api/v1/task.ts'
import type { TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import { scheduledCondition } from '../../api/v1/well-known.ts'
import { adviceFor } from './advice.ts'
import { type Cause, chain, type Explanation, rootOf } from './explanation.ts'
import { placementDetail } from './placement-detail.ts'
import { restartsOf, whyNotRestarted } from './restarts.ts'

export interface TaskFacts {
  readonly task: Task
  /** The instance it is bound to, if it is still there. */
  readonly instance: ContainerInstance | undefined
  readonly definition: TaskDefinitionRevision | undefined
  /** All of the cluster, when it waits for a place. */
  readonly instances: readonly ContainerInstance[]
}

export function explainTask(facts: TaskFacts): Explanation {
  const { task } = facts
  const { name } = task.metadata
  const { state, says, causes } = verdict(facts)
  const names = {
    task: name,
    taskDefinition: revisionNameOf(task) ?? task.spec.taskDefinition,
    container: containerOf(causes),
    instance: task.spec.containerInstance,
  }
  const reasons = reasonsOf(causes)
  return { object: `task/${name}`, state, summary: `Task ${name} ${says}.`, causes, advice: adviceFor(reasons, names) }
}

/** Of the causes and their causes, from the top. */
const reasonsOf = (causes: readonly Cause[]): readonly string[] =>
  causes.flatMap(({ reason, because = [] }) => [reason, ...reasonsOf(because)])

interface Verdict {
  readonly state: string
  readonly says: string
  readonly causes: readonly Cause[]
}

function verdict({ task, instance, definition, instances }: TaskFacts): Verdict {
  const state = lastStatusOf(task)
  if (state === 'STOPPED') return { state, says: 'has stopped', causes: stopCauses(task, definition) }
  if (task.spec.desiredStatus === 'STOPPED' || state === 'DEACTIVATING' || state === 'STOPPING')
    return mayStillRun(task, instance) ?? { state, says: 'is stopping', causes: stopCauses(task, definition) }
  if (task.metadata.deletionTimestamp !== undefined) {
    const message = 'it was deleted, and its containers are being removed'
    return { state, says: 'is going', causes: [{ of: `task/${task.metadata.name}`, reason: 'Deleted', message }] }
  }
  const away = disconnected(task, instance)
  if (task.spec.containerInstance === undefined)
    return { state, says: 'waits for a place', causes: placementCauses(task, definition, instances) }
  if (state !== 'RUNNING') return { state, says: 'is starting', causes: [...away, ...startCauses(task, definition)] }
  const sick = containers(task).filter(({ healthStatus }) => healthStatus === 'UNHEALTHY')
  if (sick.length > 0) return { state, says: 'runs but is not healthy', causes: [...away, ...sick.map(unhealthy)] }
  const waiting = containers(task).filter(
    ({ name, healthStatus }) => healthStatus === 'UNKNOWN' && isChecked(definition, name),
  )
  if (task.status?.healthStatus === 'UNKNOWN' && waiting.length > 0) {
    const message = 'its health check has not passed yet'
    const causes = waiting.map(({ name }) => ({ of: `container/${name}`, reason: 'HealthUnknown', message }))
    return { state, says: 'runs, and nobody knows yet whether it is healthy', causes: [...away, ...causes] }
  }
  if (away.length > 0) return { state, says: 'ran when it was last heard of', causes: away }
  return { state, says: 'runs as it should', causes: restartsOf(containers(task)) }
}

const isChecked = (definition: TaskDefinitionRevision | undefined, container: string): boolean =>
  definition?.spec.taskDefinition.containerDefinitions.some(
    ({ name, healthCheck }) => name === container && healthCheck !== undefined,
  ) ?? true

const containers = (task: Task): readonly TaskContainer[] => task.status?.containers ?? []

/** A task that is to stop, where nobody is heard who could stop it. */
function mayStillRun(task: Task, instance: ContainerInstance | undefined): Verdict | undefined {
  const since = lostSince(instance)
  if (since === undefined) return undefined
  const message =
    'the instance has not been heard since then; the task may still run there, and counts until that is known'
  const of = `containerinstance/${task.spec.containerInstance}`
  const [told] = stopCauses(task, undefined)
  return {
    state: lastStatusOf(task),
    says: 'is to stop, and may still run',
    causes: chain(...(told === undefined ? [] : [told]), { of, reason: 'TasksMayStillRun', message, at: since }),
  }
}

function disconnected(task: Task, instance: ContainerInstance | undefined): readonly Cause[] {
  const name = task.spec.containerInstance
  if (name === undefined || instance?.status?.agentConnected === true) return []
  const message = instance === undefined ? 'the instance is not registered (any more)' : 'its agent is not heard of'
  return [{ of: `containerinstance/${name}`, reason: 'AgentDisconnected', message }]
}

function placementCauses(
  task: Task,
  definition: TaskDefinitionRevision | undefined,
  instances: readonly ContainerInstance[],
): readonly Cause[] {
  const of = `task/${task.metadata.name}`
  const scheduled = conditionOf(task.status?.conditions, scheduledCondition)
  if (scheduled === undefined)
    return [{ of, reason: 'NotLookedAt', message: 'the placement scheduler has not looked at it yet' }]
  const { reason, lastTransitionTime: at } = scheduled
  const detail = placementDetail(reason, task, definition, instances)
  return [{ of, reason, message: scheduled.message + (detail === undefined ? '' : `; ${detail}`), at }]
}

/** A task on its way: what its containers wait for. */
function startCauses(task: Task, definition: TaskDefinitionRevision | undefined): readonly Cause[] {
  const { pullStartedAt, pullStoppedAt } = task.status ?? {}
  if (pullStartedAt !== undefined && pullStoppedAt === undefined) {
    const message = `its images are being pulled: ${images(task, definition)}`
    return [{ of: `task/${task.metadata.name}`, reason: 'Pulling', message, at: pullStartedAt }]
  }
  const pending = containers(task).filter(({ lastStatus }) => lastStatus === 'PENDING')
  const waiting = pending.flatMap(({ name }): readonly Cause[] => {
    const asked = definition?.spec.taskDefinition.containerDefinitions.find((one) => one.name === name)?.dependsOn ?? []
    if (asked.length === 0) return []
    const what = asked.map(({ containerName, condition }) => `${containerName} to be ${condition}`).join(' and ')
    return [{ of: `container/${name}`, reason: 'WaitsForDependency', message: `it waits for ${what}` }]
  })
  if (waiting.length > 0) return waiting
  const message = 'its containers are being created and started'
  return [{ of: `task/${task.metadata.name}`, reason: 'ContainersStarting', message }]
}

const images = ({ spec }: Task, definition: TaskDefinitionRevision | undefined): string =>
  definition === undefined
    ? 'not known'
    : effectiveDefinition(definition.spec.taskDefinition, spec.overrides)
        .containerDefinitions.map(({ image }) => image)
        .join(', ')

const unhealthy = ({ name }: TaskContainer): Cause => ({
  of: `container/${name}`,
  reason: 'ContainerUnhealthy',
  message: 'its health check fails',
})

/** Why it stopped or stops: the code, and what the containers add to it. */
export function stopCauses(task: Task, definition: TaskDefinitionRevision | undefined): readonly Cause[] {
  const { status, spec } = task
  const reason = status?.stopCode ?? spec.stopCode ?? 'UserInitiated'
  const message = status?.stoppedReason ?? spec.stoppedReason ?? 'Task stopped by user'
  const at = status?.stoppedAt ?? status?.stoppingAt
  const root = { of: `task/${task.metadata.name}`, reason, message, at }
  if (reason === 'TaskFailedToStart') return chain(root, ...failedStarts(task, message))
  if (reason === 'EssentialContainerExited') return chain(root, ...exits(task, definition))
  if (message !== stopReasons.failedHealthChecks) return [root]
  const sick = containers(task).find(({ healthStatus }) => healthStatus === 'UNHEALTHY')
  const unnamed = { of: root.of, reason: 'ContainerUnhealthy', message: 'a health check of its containers failed' }
  return chain(root, sick === undefined ? unnamed : unhealthy(sick))
}

/** `CannotPullContainerError: pull access denied` in its two parts. */
function named(text: string): { readonly name: string; readonly detail: string } | undefined {
  const [, name, detail] = /^([A-Z][A-Za-z]+): (.*)$/s.exec(text) ?? []
  return name === undefined || detail === undefined ? undefined : { name, detail }
}

function failedStarts(task: Task, said: string): readonly Cause[] {
  const failed = containers(task).flatMap(({ name, reason }): readonly Cause[] => {
    const error = named(reason ?? '')
    return error === undefined ? [] : [{ of: `container/${name}`, reason: error.name, message: error.detail }]
  })
  if (failed.length > 0) return failed
  const error = named(said)
  return error === undefined ? [] : [{ of: `task/${task.metadata.name}`, reason: error.name, message: error.detail }]
}

/** The essential containers that ended, the first to end first. */
function exits(task: Task, definition: TaskDefinitionRevision | undefined): readonly Cause[] {
  const essential = new Set(
    definition?.spec.taskDefinition.containerDefinitions
      .filter((one) => one.essential !== false)
      .map(({ name }) => name),
  )
  const ended = containers(task).filter(
    ({ name, lastStatus, exitCode, reason }) =>
      lastStatus === 'STOPPED' &&
      (exitCode !== undefined || reason !== undefined) &&
      (essential.size === 0 || essential.has(name)),
  )
  const [first] = ended.toSorted((a, b) => (a.stoppedAt ?? '').localeCompare(b.stoppedAt ?? ''))
  return first === undefined ? [] : [exitOf(first, definition)]
}

function exitOf(container: TaskContainer, definition: TaskDefinitionRevision | undefined): Cause {
  const { name, exitCode, reason, stoppedAt } = container
  const of = `container/${name}`
  const error = named(reason ?? '')
  if (error !== undefined) return { of, reason: error.name, message: error.detail, at: stoppedAt }
  const [code, meaning] = exitMeaning(exitCode)
  const notAgain = whyNotRestarted(container, definition)
  return { of, reason: code, message: notAgain === undefined ? meaning : `${meaning}; ${notAgain}`, at: stoppedAt }
}

/** What an exit code means by the shell's convention: 126 and 127 for a program that cannot run, 128 + n for signal n. */
function exitMeaning(exitCode: number | undefined): readonly [string, string] {
  if (exitCode === undefined) return ['Ended', 'it ended']
  if (exitCode === 0) return ['ExitedWithSuccess', 'its process ended by itself (exit code 0)']
  if (exitCode === 126 || exitCode === 127)
    return ['CommandNotFound', `its command could not be run (exit code ${exitCode})`]
  const signal = signals[exitCode - 128]
  if (signal !== undefined) return ['KilledBySignal', `its process was ended by ${signal} (exit code ${exitCode})`]
  return ['ExitedWithFailure', `its process ended with exit code ${exitCode}`]
}

const signals: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  13: 'SIGPIPE',
  15: 'SIGTERM',
}

function containerOf(causes: readonly Cause[]): string | undefined {
  const root = rootOf(causes)?.of
  return root?.startsWith('container/') ? root.slice('container/'.length) : undefined
}
