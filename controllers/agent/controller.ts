/** The agent's controller: desired = the tasks bound to its instance, actual = what the container engine runs. */
import { keyText, parseKey } from '../../api/meta/object.ts'
import { type Demand, demandOf, noDemand } from '../../api/v1/demand.ts'
import { effectiveDefinition, overrideProblems } from '../../api/v1/effective-definition.ts'
import { isStopped, isStopping, revisionNameOf, Task } from '../../api/v1/task.ts'
import type { TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import type { Millis } from '../../lib/time.ts'
import { again, type Controller, type Deps, done, type Outcome, own } from '../runtime/controller.ts'
import { orAbort } from '../runtime/race.ts'
import { apply } from './apply.ts'
import type { ContainerState } from './engine/engine.ts'
import { imageDigestOf } from './labels.ts'
import { agentLimits } from './limits.ts'
import type { Memory } from './memory.ts'
import type { Operations } from './operations.ts'
import { plan } from './plan.ts'
import type { Revisions } from './revisions.ts'
import type { Room } from './room.ts'
import { type Observed, type Shortage, stateOf, type TaskState } from './state.ts'
import type { EngineView, Known } from './view.ts'

/** The agent's own parts; they outlive a run of the controllers, as containers and the work on them do. */
export interface AgentParts {
  readonly namespace: string
  /** Name of the container instance. */
  readonly instance: string
  /** How long the containers of a stopped task are kept. */
  readonly cleanupWait: Millis
  readonly view: EngineView
  readonly operations: Operations
  readonly memory: Memory
  readonly room: Room
  readonly revisions: Revisions
  /** The uids of tasks that were seen under each task key and may still occupy the host. */
  readonly seen: Map<string, Set<string>>
  /** Resolves once the engine was listed and what it runs is in the host's account. */
  readonly ready: Promise<void>
  wake(taskKey: string): void
  /** Directs wakes to this run of the controllers; returns the undo. */
  listen(wake: (taskKey: string) => void): () => void
}

/** Key = task. A pass starts work on containers and writes what is known; it never waits for the engine. */
export function agentController(deps: Deps, parts: AgentParts): Controller {
  const { namespace, instance, view } = parts
  return {
    name: 'agent',
    watches: [own(Task, { namespace, fieldSelector: `spec.containerInstance=${instance}` })],
    concurrency: agentLimits.passes,

    async reconcile(key, signal) {
      await orAbort(parts.ready, signal)
      const task = deps.cache.get(Task, parseKey(key))
      const known = view.ofTask(key)
      clearStrangers(parts, key, known, task?.metadata.uid)
      return task === undefined ? done : pursue(deps, parts, task, known, signal)
    },

    /** Wakes tasks whose containers changed; at first those of all containers, so that strangers are found. */
    async follow(wake, signal) {
      const stop = parts.listen(wake)
      try {
        await orAbort(parts.ready, signal)
        for (const { owner } of view.all()) wake(keyText({ namespace: owner.namespace, name: owner.task }))
        await orAbort(new Promise<never>(() => undefined), signal)
      } finally {
        stop()
      }
    },
  }
}

/** The revision as the task's overrides change it. */
const overridden = (revision: TaskDefinitionRevision, { spec: { overrides } }: Task): TaskDefinitionRevision =>
  overrides === undefined
    ? revision
    : {
        ...revision,
        spec: { ...revision.spec, taskDefinition: effectiveDefinition(revision.spec.taskDefinition, overrides) },
      }

const observedOf = (state: ContainerState): Observed => ({ ...state, imageDigest: imageDigestOf(state.labels) })

/** One pass over a task of ours. */
async function pursue(
  deps: Deps,
  parts: AgentParts,
  task: Task,
  known: readonly Known[],
  signal: AbortSignal,
): Promise<Outcome> {
  const { operations, memory, room } = parts
  const now = deps.clock.now()
  const { uid } = task.metadata
  const name = revisionNameOf(task)
  if (name === undefined && !isStopped(task) && !isStopping(task)) return done // the scheduler says first what it is
  const named = name === undefined ? 'missing' : await parts.revisions.get(name, signal)
  const revision = named === 'missing' ? named : overridden(named, task)
  const refused = named === 'missing' ? undefined : overrideProblems(named.spec.taskDefinition, task.spec.overrides)[0]
  const definition = revision === 'missing' ? revision : revision.spec.taskDefinition
  const demand = definition === 'missing' ? noDemand : demandOf(definition)
  const mine = known.filter(({ owner }) => owner.taskUid === uid)
  const fold = (shortage: Shortage | undefined): TaskState =>
    stateOf({
      task,
      definition,
      observed: new Map(mine.map(({ owner, state }) => [owner.container, observedOf(state)])),
      work: operations.of(uid),
      remembered: memory.of(uid, now),
      shortage,
      refused: refused?.message,
    })

  const waits = { quiet: agentLimits.quiet, cleanup: parts.cleanupWait }
  const wanted = plan(fold(undefined), now, waits)
  const launches = wanted.actions.some((action) => action.do === 'launch')
  const wake = (): void => parts.wake(keyText({ namespace: task.metadata.namespace ?? '', name: task.metadata.name }))
  const shortage = launches ? room.ask(uid, demand, wake) : undefined
  const decided = shortage === undefined ? wanted : plan(fold(shortage), now, waits)
  if (decided.stopping) memory.note(uid, ({ stoppingSince = now }) => ({ stoppingSince }))
  try {
    await apply({ deps, operations, instance: parts.instance }, task, revision, decided, signal)
  } finally {
    if (shortage?.kind !== 'wait') account(parts, uid, demand, mine)
  }
  return again(decided.wakeAt)
}

/** Containers under this key that are not those of the task that has it now: nobody wants them any more. */
function clearStrangers(parts: AgentParts, key: string, known: readonly Known[], uid: string | undefined): void {
  const { operations, seen } = parts
  for (const { owner, state } of known) {
    if (owner.taskUid === uid || operations.of(owner.taskUid).has(owner.container)) continue
    if (state.status === 'running') operations.stop(owner, state.id, agentLimits.stopTimeout)
    else operations.remove(owner, state.id)
  }
  const uids = new Set([...(seen.get(key) ?? []), ...known.map(({ owner }) => owner.taskUid)])
  for (const stranger of uids) {
    if (stranger === uid) continue
    const theirs = known.filter(({ owner }) => owner.taskUid === stranger)
    if (!forget(parts, stranger, theirs)) uids.delete(stranger)
  }
  if (uid !== undefined) uids.add(uid)
  if (uids.size === 0) seen.delete(key)
  else seen.set(key, uids)
}

/**
 * A task that left: launches under way are called off; what they still create is found as a stranger's. Returns whether it
 * still occupies the host.
 */
function forget(parts: AgentParts, uid: string, containers: readonly Known[]): boolean {
  const { operations, memory } = parts
  for (const container of operations.of(uid).keys()) operations.cancel(uid, container)
  memory.forget(uid)
  return account(parts, uid, containers[0]?.owner.demand ?? noDemand, containers)
}

/** A task occupies the host as long as a container of it runs, is being started or is being stopped. */
function account({ operations, room }: AgentParts, uid: string, demand: Demand, containers: readonly Known[]): boolean {
  const busy = [...operations.of(uid).values()].some((work) => work !== 'removing')
  const live = busy || containers.some(({ state }) => state.status === 'running')
  if (!live) room.release(uid)
  else if (!room.holds(uid)) room.hold(uid, demand)
  return live
}
