/** Writes the status, then makes the tasks that it names, stops those that are to stop and lets go of those that ended. */
import { controllerOf, controllerReference, keyOf } from '../../api/meta/object.ts'
import { ScheduledTask, type ScheduledTaskStatus } from '../../api/v1/scheduled-task.ts'
import { labelValue, shortened } from '../../api/v1/service-names.ts'
import { Task } from '../../api/v1/task.ts'
import { TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import { tagsOfTask } from '../../api/v1/task-tags.ts'
import {
  containersFinalizer,
  runFinalizer,
  scheduledTaskLabel,
  scheduledTimeAnnotation,
} from '../../api/v1/well-known.ts'
import { eachBounded } from '../../lib/each-bounded.ts'
import { Fault, isFault, unlessGone, unreachable } from '../../lib/errors.ts'
import type { Deps } from '../runtime/controller.ts'
import { limits } from './limits.ts'
import type { Action, Plan } from './plan.ts'
import { refused } from './strategies/runs.ts'

type Start = Action & { readonly do: 'start' }

function draftOf({ cache }: Deps, scheduled: ScheduledTask, { name, run }: Start, family: string) {
  const { count: _, propagateTags, enableECSManagedTags, ...template } = scheduled.spec.taskTemplate
  const taskDefinition = run.taskDefinition ?? template.taskDefinition
  const ofDefinition = cache.get(TaskDefinitionRevision, { namespace: '', name: taskDefinition })?.spec.taskDefinition
    .tags
  const wishes = { tags: template.tags, propagateTags, enableECSManagedTags }
  const tags = tagsOfTask(wishes, { cluster: scheduled.metadata.namespace ?? '', ofDefinition })
  return {
    metadata: {
      name,
      namespace: scheduled.metadata.namespace,
      labels: { [scheduledTaskLabel]: labelValue(scheduled.metadata.name) },
      annotations: { [scheduledTimeAnnotation]: run.scheduledTime },
      finalizers: [containersFinalizer, runFinalizer],
      ownerReferences: [controllerReference(scheduled)],
    },
    spec: {
      ...template,
      ...(tags.length === 0 ? {} : { tags: [...tags] }),
      taskDefinition,
      desiredStatus: 'RUNNING' as const,
      group: template.group ?? `family:${family}`, // ecs-core 4.7
      startedBy: template.startedBy ?? shortened(`events-rule/${scheduled.metadata.name}`, 128),
    },
  }
}

/** Makes the task; why it cannot be made, if no other try of the same would help. */
async function start(
  d: Deps,
  scheduled: ScheduledTask,
  step: Start,
  family: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const draft = draftOf(d, scheduled, step, family)
  try {
    await d.client.create(Task, draft, signal)
    return undefined
  } catch (error) {
    if (isFault(error, 'Invalid', 'Forbidden', 'BadRequest', 'TooLarge')) return `${step.name}: ${error.message}`
    if (!isFault(error, 'AlreadyExists')) throw error
    const key = { namespace: scheduled.metadata.namespace ?? '', name: step.name }
    const found = await d.client.get(Task, key, signal)
    const isOurs = controllerOf(found)?.uid === scheduled.metadata.uid // an earlier try got through
    return isOurs ? undefined : `${step.name}: there is another task of that name`
  }
}

async function stop({ client }: Deps, task: Task, reason: string, signal: AbortSignal): Promise<void> {
  const spec = { desiredStatus: 'STOPPED', stopCode: 'UserInitiated', stoppedReason: reason.slice(0, 1024) }
  const body = { metadata: { uid: task.metadata.uid }, spec }
  await unlessGone(client.patch(Task, keyOf(task), { type: 'merge', body }, signal))
}

async function release({ client }: Deps, task: Task, signal: AbortSignal): Promise<void> {
  const finalizers = (task.metadata.finalizers ?? []).filter((name) => name !== runFinalizer)
  await unlessGone(client.update(Task, { ...task, metadata: { ...task.metadata, finalizers } }, signal))
}

/** Lets go of tasks whose scheduled task is gone. */
export const applyRelease = async (d: Deps, actions: readonly Action[], signal: AbortSignal): Promise<void> => {
  for (const action of actions) if (action.do === 'release') await release(d, action.task, signal)
}

/** The scheduled task with its new status; what was planned on an old state faults with Conflict. */
async function written(d: Deps, scheduled: ScheduledTask, plan: Plan, signal: AbortSignal): Promise<ScheduledTask> {
  if (plan.changed) return d.client.updateStatus(ScheduledTask, { ...scheduled, status: plan.status }, signal)
  if (!plan.actions.some((action) => action.do === 'start')) return scheduled
  // Who claimed the run made its tasks at once, or died. Before they are made again: it must still be unfinished.
  const current = await d.client.get(ScheduledTask, keyOf(scheduled), signal)
  if (current.metadata.resourceVersion !== scheduled.metadata.resourceVersion)
    throw new Fault('Conflict', `${scheduled.metadata.name} has changed`)
  return current
}

/** `familyOf`: the family of a TaskDefinitionRevision. */
export async function apply(
  d: Deps,
  scheduled: ScheduledTask,
  plan: Plan,
  familyOf: (revision: string) => string,
  signal: AbortSignal,
): Promise<void> {
  const current = await written(d, scheduled, plan, signal)
  for (const { type, reason, message } of plan.events) d.events.event(scheduled, type, reason, message)
  const whys = new Map<string, string>()
  const act = async (action: Action): Promise<void> => {
    switch (action.do) {
      case 'start': {
        const why = await start(d, scheduled, action, familyOf(action.run.taskDefinition ?? ''), signal)
        if (why !== undefined) whys.set(action.name, why)
        return
      }
      case 'stop':
        return stop(d, action.task, action.reason, signal)
      case 'release':
        return release(d, action.task, signal)
      default:
        return unreachable(action)
    }
  }
  await eachBounded(plan.actions, limits.writesInFlight, act, signal)
  if (whys.size === 0) return
  const status: ScheduledTaskStatus = { ...current.status, runs: refused(current.status?.runs ?? [], whys) }
  await d.client.updateStatus(ScheduledTask, { ...current, status }, signal)
}
