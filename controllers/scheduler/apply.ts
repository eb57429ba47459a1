/** Writes what the plan decided: bindings, and conditions of tasks. */
import { withCondition, withoutCondition } from '../../api/meta/conditions.ts'
import type { ObjectKey } from '../../api/meta/object.ts'
import { revisionNameOf, Task } from '../../api/v1/task.ts'
import { containersFinalizer, scheduledCondition } from '../../api/v1/well-known.ts'
import { eachBounded } from '../../lib/each-bounded.ts'
import { isEqual } from '../../lib/equal.ts'
import { unlessGone, unreachable } from '../../lib/errors.ts'
import type { Deps } from '../runtime/controller.ts'
import { schedulerLimits } from './limits.ts'
import type { Action } from './plan.ts'
import { type Refusal, stallingReasons } from './state.ts'

/**
 * Carries out all actions, several at once; one that fails keeps no other from being tried, then the first failure is
 * thrown. A task that went meanwhile is no failure.
 */
export async function apply(
  d: Deps,
  namespace: string,
  actions: readonly Action[],
  signal: AbortSignal,
): Promise<void> {
  const one = (action: Action, s: AbortSignal) => unlessGone(act(d, namespace, action, s))
  await eachBounded(actions, schedulerLimits.writesInFlight, one, signal)
}

async function act(d: Deps, namespace: string, action: Action, signal: AbortSignal): Promise<void> {
  const key = { namespace, name: action.task }
  switch (action.do) {
    case 'resolve':
      return resolve(d, key, action.revision, signal)
    case 'bind':
      return bind(d, key, action, signal)
    case 'explain':
      return explain(d, key, action.refusal, action.announce, signal)
    case 'confirm':
      return confirm(d, key, signal)
    default:
      return unreachable(action)
  }
}

/** The revision is written before the task is bound: whoever acts on it reads what it runs. */
async function resolve(d: Deps, key: ObjectKey, revision: string, signal: AbortSignal): Promise<void> {
  const task = d.cache.get(Task, key)
  if (task === undefined || revisionNameOf(task) !== undefined) return
  await d.client.updateStatus(Task, { ...task, status: { ...task.status, taskDefinition: revision } }, signal)
  d.log.info({ task: key.name, reference: task.spec.taskDefinition, revision }, 'task definition of a task found')
}

/** Binds on the very version that was decided on: whoever changed the task since then wins. */
async function bind(
  d: Deps,
  key: ObjectKey,
  { version, instance }: { readonly version: string; readonly instance: string },
  signal: AbortSignal,
): Promise<void> {
  const task = d.cache.get(Task, key)
  if (task?.metadata.resourceVersion !== version) return
  const finalizers = task.metadata.finalizers ?? []
  const metadata = finalizers.includes(containersFinalizer)
    ? task.metadata
    : { ...task.metadata, finalizers: [...finalizers, containersFinalizer] }
  await d.client.update(Task, { ...task, metadata, spec: { ...task.spec, containerInstance: instance } }, signal)
  d.log.info({ task: key.name, instance }, 'task bound')
}

async function explain(
  d: Deps,
  key: ObjectKey,
  refusal: Refusal,
  announce: boolean,
  signal: AbortSignal,
): Promise<void> {
  const written = await writeCondition(d, key, { status: 'False', ...refusal }, signal)
  if (written === undefined || !announce) return
  d.events.event(written, 'Warning', 'PlacementFailed', `${refusal.message} (${refusal.reason})`)
  d.log.info({ task: key.name, reason: refusal.reason, why: refusal.message }, 'task has no place')
}

async function confirm(d: Deps, key: ObjectKey, signal: AbortSignal): Promise<void> {
  const instance = d.cache.get(Task, key)?.spec.containerInstance ?? ''
  const condition = { status: 'True', reason: 'Placed', message: `Placed on container instance ${instance}.` } as const
  const written = await writeCondition(d, key, condition, signal)
  if (written !== undefined) d.events.event(written, 'Normal', condition.reason, condition.message)
}

/** Undefined when there was nothing to write. */
async function writeCondition(
  d: Deps,
  key: ObjectKey,
  condition: { readonly status: 'True' | 'False'; readonly reason: string; readonly message: string },
  signal: AbortSignal,
): Promise<Task | undefined> {
  const task = d.cache.get(Task, key)
  if (task === undefined) return undefined
  const old = task.status?.conditions
  const now = d.clock.now()
  const told = withCondition(old, { type: scheduledCondition, ...condition }, now)
  const [is, not] = stallingReasons.has(condition.reason) ? ['Stalled', 'Reconciling'] : ['Reconciling', 'Stalled']
  const conditions = withCondition(withoutCondition(told, not), { ...condition, type: is, status: 'True' }, now)
  if (isEqual(conditions, old)) return undefined
  const observedGeneration = task.metadata.generation
  const status = { ...task.status, observedGeneration, conditions: [...conditions] }
  return d.client.updateStatus(Task, { ...task, status }, signal)
}
