/** Why a service is not what it should be: its conditions, its newest deployment, and what became of its tasks. */
import { conditionOf, isTrue } from '../../api/meta/conditions.ts'
import { type ContainerInstance, lostSince } from '../../api/v1/container-instance.ts'
import { cannotPullAhead, type Service } from '../../api/v1/service.ts'
import { revisionInForce, type ServiceDeployment } from '../../api/v1/service-deployment.ts'
import { labelValue } from '../../api/v1/service-names.ts'
import { isStopped, revisionNameOf, type Task } from '../../api/v1/task.ts'
import type { TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import { protectedUntil } from '../../api/v1/task-protection.ts'
import { serviceRevisionLabel } from '../../api/v1/well-known.ts'
import type { Instant } from '../../lib/time.ts'
import { blockedAdvice, missingAdvice, protectedAdvice, resumeAdvice, unpullableAdvice } from './advice.ts'
import { type Cause, type Explanation, rootOf } from './explanation.ts'
import { failureCauses, hookAdvice, tryAgain } from './failed-deployment.ts'
import { replacedLately } from './replaced.ts'
import { containerRestarted } from './restarts.ts'
import { explainTask } from './task.ts'

export interface ServiceFacts {
  readonly service: Service
  /** By number; the newest last. */
  readonly deployments: readonly ServiceDeployment[]
  readonly tasks: readonly Task[]
  readonly now: Instant
  instance(name: string): ContainerInstance | undefined
  definition(name: string): TaskDefinitionRevision | undefined
  /** All of the cluster, when a task waits for a place. */
  readonly instances: readonly ContainerInstance[]
}

/** What is known of what tasks run on and of. */
export type Around = Pick<ServiceFacts, 'instance' | 'definition' | 'instances'>

export function explainService(facts: ServiceFacts): Explanation {
  const { service, deployments } = facts
  const { name } = service.metadata
  const ready = conditionOf(service.status?.conditions, 'Ready')
  const object = `service/${name}`
  if (ready === undefined || service.status?.observedGeneration !== service.metadata.generation) {
    const message = 'no controller has looked at this version of it; is a control plane or an operator running?'
    const causes = [{ of: object, reason: 'NotObserved', message }]
    return { object, state: 'NotObserved', summary: `Service ${name} waits for its controller.`, causes, advice: [] }
  }
  const state = stateOf(service)
  const summary = `Service ${name} ${badEnds[ready.reason] ?? says[state]}: ${counts(service)}.`
  if (state === 'Ready') return { object, state, summary, ...hiddenTroubles(facts) }
  const newest = deployments.at(-1)
  const isTold = belongsTo(newest)
  const { causes, advice } = troublesOf(
    facts,
    facts.tasks.filter((task) => isTold(task) || isOnLost(facts, task)),
  )
  const failed = newest === undefined ? [] : failureCauses(newest, causes)
  const now =
    newest === undefined ? { causes: [], advice: [] } : troublesOf(facts, facts.tasks.filter(sinceRollback(newest)))
  const own = { of: object, reason: ready.reason, message: ready.message, at: ready.lastTransitionTime }
  const because = failed.length > 0 ? [...now.causes, ...failed] : causes
  const first = state === 'Paused' ? [resumeAdvice(name)] : adviceOf(facts, ready.reason, now.advice)
  const logs = newest === undefined || failed.length === 0 ? [] : hookAdvice(newest)
  const last = newest === undefined || failed.length === 0 ? [] : [...logs, tryAgain(newest, deployments)]
  return { object, state, summary, causes: [{ ...own, because }], advice: [...new Set([...first, ...advice, ...last])] }
}

/** By the reason of its condition Ready. */
const adviceByReason: Readonly<Record<string, readonly string[]>> = {
  DeploymentBlocked: [blockedAdvice],
  [cannotPullAhead]: [unpullableAdvice],
}

/** First of all; `otherwise`: when its condition does not say what to do. */
function adviceOf(facts: ServiceFacts, reason: string, otherwise: readonly string[]): readonly string[] {
  if (reason === 'TasksProtected') return [protectedAdvice(protectedOf(facts.tasks, facts.now))]
  return adviceByReason[reason] ?? [...missingAdvice(facts.service.spec.taskDefinition, reason), ...otherwise]
}

/** Names of those of `tasks` that nothing stops now (ecs-core 4.9); a few. */
export const protectedOf = (tasks: readonly Task[], now: Instant): readonly string[] =>
  tasks
    .filter((task) => !isStopped(task) && protectedUntil(task, now) !== undefined)
    .map(({ metadata }) => metadata.name)
    .slice(0, mostNamed)
const mostNamed = 5

type State = 'Ready' | 'Paused' | 'Stalled' | 'Draining' | 'Reconciling'

function stateOf({ metadata, status }: Service): State {
  if (metadata.deletionTimestamp !== undefined) return 'Draining'
  if (isTrue(status?.conditions, 'Ready')) return 'Ready'
  if (conditionOf(status?.conditions, 'Ready')?.reason === 'DeploymentPaused') return 'Paused'
  return isTrue(status?.conditions, 'Stalled') ? 'Stalled' : 'Reconciling'
}

const says: Record<State, string> = {
  Ready: 'is in a steady state',
  Paused: 'is paused',
  Stalled: 'makes no progress',
  Draining: 'is going',
  Reconciling: 'is on its way',
}

/** By the reason of its condition Ready. */
const badEnds: Readonly<Record<string, string>> = {
  DeploymentAborted: 'has a deployment that was aborted',
  DeploymentFailed: 'has a deployment that failed',
  DeploymentRolledBack: 'was rolled back',
  RollbackFailed: 'could not be rolled back',
  TasksMayStillRun: 'waits for an instance that is not heard',
}

function counts({ status }: Service): string {
  const { desiredCount = 0, runningCount = 0, pendingCount = 0 } = status ?? {}
  return `${runningCount} of ${desiredCount} tasks run${pendingCount > 0 ? `, ${pendingCount} pending` : ''}`
}

/** What a steady state hides: tasks that came to an end and were replaced, and what the next change will cost. */
function hiddenTroubles(facts: ServiceFacts): Pick<Explanation, 'causes' | 'advice'> {
  const { currentServiceRevision: current = '' } = facts.service.status ?? {}
  const own = facts.tasks.filter(({ metadata }) => metadata.labels?.[serviceRevisionLabel] === labelValue(current))
  const ended = replacedLately(own, facts.now)
  const { causes: because, advice } = troublesOf(facts, ended)
  const { name } = facts.service.metadata
  const message = `${ended.length === 1 ? 'a task' : `${ended.length} tasks`} failed in the last 10 minutes and had to be replaced`
  const causes = ended.length === 0 ? [] : [{ of: `service/${name}`, reason: 'TasksReplaced', message, because }]
  return { causes, advice: [...advice, ...zoneAdvice(facts.service), ...downtimeAdvice(facts.service)] }
}

/** What its settings cost with the next change. */
function downtimeAdvice({ status }: Service): readonly string[] {
  const said = conditionOf(status?.conditions, 'ZeroDowntime')
  return said?.status === 'False' ? [said.message] : []
}

/** How it is spread over availability zones, while that is not even. */
function zoneAdvice({ status }: Service): readonly string[] {
  const { state = 'BALANCED', zones = [], reason } = status?.availabilityZoneRebalancing ?? {}
  if (state === 'BALANCED') return []
  const where = zones.map(({ zone, tasks }) => `${tasks} tasks in ${zone}`).join(', ')
  const what = state === 'IN_PROGRESS' ? 'is being evened out, start first' : `stays so for now: ${reason}`
  return [`It is not balanced across availability zones (${where}); that ${what}.`]
}

/** Of whatever revision: it counts until it is known to have ended. */
const isOnLost = ({ instance }: ServiceFacts, task: Task): boolean =>
  !isStopped(task) && lostSince(instance(task.spec.containerInstance ?? '')) !== undefined

const belongsTo =
  (deployment: ServiceDeployment | undefined) =>
  ({ metadata }: Task): boolean =>
    deployment === undefined ||
    metadata.labels?.[serviceRevisionLabel] === labelValue(deployment.spec.targetServiceRevision)

/** Tasks of the revision that the deployment goes back to that are there now, or were made for it. */
const sinceRollback =
  (deployment: ServiceDeployment) =>
  (task: Task): boolean => {
    const { rollback } = deployment.status ?? {}
    if (rollback === undefined) return false
    const { labels, creationTimestamp } = task.metadata
    const isOfIt = labels?.[serviceRevisionLabel] === labelValue(revisionInForce(deployment))
    return isOfIt && (!isStopped(task) || (creationTimestamp ?? '') >= rollback.startedAt)
  }

/** What the tasks that are not as they should be have in common: for each root cause one link, the most frequent first. */
export function troublesOf(
  facts: Around,
  tasks: readonly Task[],
): { readonly causes: readonly Cause[]; readonly advice: readonly string[] } {
  const groups = new Map<string, { cause: Cause; count: number; advice: readonly string[]; urgent: boolean }>()
  for (const task of tasks) {
    const explained = explainTask({
      task,
      instance: facts.instance(task.spec.containerInstance ?? ''),
      definition: facts.definition(revisionNameOf(task) ?? ''),
      instances: facts.instances,
    })
    const root = rootOf(explained.causes)
    if (root === undefined || quiet.has(root.reason)) continue
    const key = `${root.reason} ${root.message}`
    const known = groups.get(key)
    const newer = known === undefined || (root.at ?? '') > (known.cause.at ?? '')
    groups.set(key, {
      cause: newer ? { ...root, of: of(explained.object, root.of) } : known.cause,
      count: (known?.count ?? 0) + 1,
      advice: newer ? explained.advice : known.advice,
      urgent: (known?.urgent ?? false) || !isStopped(task),
    })
  }
  const sorted = [...groups.values()].toSorted(
    (a, b) => Number(b.urgent) - Number(a.urgent) || b.count - a.count || (a.cause.of < b.cause.of ? -1 : 1),
  )
  return {
    causes: sorted.slice(0, most).map(({ cause, count }) => ({ ...cause, ...(count === 1 ? {} : { count }) })),
    advice: [...new Set(sorted.slice(0, most).flatMap(({ advice }) => advice))],
  }
}

/** Root causes that are told; the rest is noise by then. */
const most = 3
/** What every task goes through, or was told to. */
const quiet = new Set([
  'ContainersStarting',
  'NotLookedAt',
  'UserInitiated',
  'ServiceSchedulerInitiated',
  'Deleted',
  containerRestarted,
])

const of = (task: string, part: string): string => (part === task ? task : `${task}, ${part}`)
