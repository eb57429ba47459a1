/** Makes the task of a lifecycle hook, once, and lets it go. */
import type { ResourceClient } from '../../api/client/client.ts'
import { controllerOf, controllerReference, keyOf } from '../../api/meta/object.ts'
import { ServiceDeployment } from '../../api/v1/service-deployment.ts'
import { deploymentId, labelValue, serviceOfDeployment } from '../../api/v1/service-names.ts'
import { isStopped, Task } from '../../api/v1/task.ts'
import { containersFinalizer, hookFinalizer, hookLabel } from '../../api/v1/well-known.ts'
import { Fault, isFault, unlessGone } from '../../lib/errors.ts'
import type { Instant } from '../../lib/time.ts'
import type { HookTask } from './strategies/hooks.ts'
import { releases } from './strategies/release.ts'

/**
 * What was decided on an old state faults with Conflict: by then the deployment may have ended, or the task have come and gone; so does a task that an earlier deployment's hook still runs. A
 * refusal that no other try would change is written down, and ends the hook.
 */
export async function runHook(
  client: ResourceClient,
  deployment: ServiceDeployment,
  task: HookTask,
  signal: AbortSignal,
): Promise<void> {
  const { name, namespace, resourceVersion } = deployment.metadata
  const current = await client.get(ServiceDeployment, keyOf(deployment), signal)
  if (current.metadata.resourceVersion !== resourceVersion) throw new Fault('Conflict', `${name} has changed`)
  const beside = await otherHookTask(client, current, signal)
  if (beside !== undefined) throw new Fault('Conflict', `${beside} of an earlier deployment has not stopped`)
  const metadata = {
    name: task.name,
    namespace,
    labels: { [hookLabel]: labelValue(task.hookId) },
    finalizers: [containersFinalizer, hookFinalizer],
    ownerReferences: [controllerReference(deployment)],
  }
  const spec = {
    taskDefinition: task.taskDefinition,
    desiredStatus: 'RUNNING' as const,
    startedBy: deploymentId(name),
    ...(task.overrides === undefined ? {} : { overrides: task.overrides }),
  }
  try {
    await client.create(Task, { metadata, spec }, signal)
  } catch (error) {
    const refusal = await refusalOf(client, deployment, task.name, error, signal)
    if (refusal === undefined) return
    const details = (current.status?.lifecycleHookDetails ?? []).map((one) =>
      one.hookId === task.hookId && one.targetType === 'TASK'
        ? { ...one, status: 'FAILED' as const, reason: refusal.slice(0, 1024) }
        : one,
    )
    const status = { ...current.status, lifecycleHookDetails: details }
    await client.updateStatus(ServiceDeployment, { ...current, status }, signal)
  }
}

/** Lets a task of a hook go, by what its deployment says now. */
export async function releaseHook(
  client: ResourceClient,
  task: Task,
  now: Instant,
  signal: AbortSignal,
): Promise<void> {
  const { namespace = '', finalizers = [] } = task.metadata
  const name = controllerOf(task)?.name
  const owner =
    name === undefined ? undefined : await unlessGone(client.get(ServiceDeployment, { namespace, name }, signal))
  const { tasks } = releases([task], owner === undefined ? [] : [owner], now)
  if (tasks.length === 0) throw new Fault('Conflict', `${task.metadata.name} is not to go yet`)
  const metadata = { ...task.metadata, finalizers: finalizers.filter((one) => one !== hookFinalizer) }
  await unlessGone(client.update(Task, { ...task, metadata }, signal))
}

/** Name of a task that a hook of another deployment of the service runs, as of now: a cache may not have it yet. */
async function otherHookTask(
  client: ResourceClient,
  { metadata, spec }: ServiceDeployment,
  signal: AbortSignal,
): Promise<string | undefined> {
  const scope = { namespace: metadata.namespace ?? '', labelSelector: hookLabel }
  const { items } = await client.list(Task, scope, signal)
  return items.find((task) => {
    const owner = controllerOf(task)
    const isOurs = owner !== undefined && serviceOfDeployment(owner.name) === spec.service
    return isOurs && owner.uid !== metadata.uid && !isStopped(task)
  })?.metadata.name
}

/** Why it cannot be made; undefined when it is there. Throws what may be otherwise later. */
async function refusalOf(
  client: ResourceClient,
  deployment: ServiceDeployment,
  name: string,
  error: unknown,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (isFault(error, 'Invalid', 'Forbidden', 'BadRequest', 'TooLarge')) return error.message
  if (!isFault(error, 'AlreadyExists')) throw error
  const found = await client.get(Task, { namespace: deployment.metadata.namespace ?? '', name }, signal)
  const isOurs = controllerOf(found)?.uid === deployment.metadata.uid // an earlier try got through
  return isOurs ? undefined : 'there is another task of that name'
}
