/**
 * Looks after container instances: heartbeats, counts, what remains of their resources, and the end of tasks that no agent
 * looks after. One key per instance (`cluster/name`), and one per task that never got an instance (`task:cluster/name`).
 */
import { keyOf, keyText, type ObjectKey, parseKey } from '../../api/meta/object.ts'
import { ContainerInstance, leaseNameOf, lostSince } from '../../api/v1/container-instance.ts'
import { Lease } from '../../api/v1/core.ts'
import { Service } from '../../api/v1/service.ts'
import { serviceGroup } from '../../api/v1/service-names.ts'
import { isStopped, isStopping, revisionNameOf, Task } from '../../api/v1/task.ts'
import { TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import { isFault } from '../../lib/errors.ts'
import type { Instant, Millis } from '../../lib/time.ts'
import {
  again,
  type Cache,
  type Controller,
  type Deps,
  done,
  index,
  mapped,
  type Outcome,
  own,
  settling,
} from '../runtime/controller.ts'
import { apply } from './apply.ts'
import { instanceLimits } from './limits.ts'
import { plan, planGone, planUnbound } from './plan.ts'
import { boundTask, livelinessOf, type Pulse, pulseOf } from './state.ts'
import { strictTasks } from './strict-tasks.ts'

export interface InstanceControllerOptions {
  /** Without a heartbeat for so long an instance counts as lost; default 30 s. */
  readonly lostAfter?: Millis
}

const boundIndex = 'instance/bound-to'
const taskPrefix = 'task:'
const leasePrefix = leaseNameOf('')

/** Where a bound task is. */
const placeOf = (task: Task): string | undefined =>
  task.spec.containerInstance === undefined
    ? undefined
    : keyText({ namespace: task.metadata.namespace ?? '', name: task.spec.containerInstance })

/** Whom a change of a task concerns: its instance, or itself when it is to stop without one. */
function keysOfTask(task: Task): readonly string[] {
  const place = placeOf(task)
  if (place !== undefined) return [place]
  return isStopped(task) || isStopping(task) ? [`${taskPrefix}${keyText(keyOf(task))}`] : []
}

function keysOfLease(lease: Lease): readonly string[] {
  const { namespace, name } = keyOf(lease)
  return name.startsWith(leasePrefix) ? [keyText({ namespace, name: name.slice(leasePrefix.length) })] : []
}

/** Whether a service's tasks may run twice decides what becomes of them where the instance is lost. */
const lostInstancesOf = ({ metadata }: Service, cache: Cache): readonly string[] =>
  cache
    .list(ContainerInstance, metadata.namespace)
    .filter((instance) => lostSince(instance) !== undefined)
    .map((instance) => keyText(keyOf(instance)))

/**
 * Watches ContainerInstance, Lease, Service and Task; writes ContainerInstance.status (but not what the agent registers), and
 * Task.status and the containers finalizer of tasks whose instance is lost, gone, or never was.
 */
export function instanceController(d: Deps, options: InstanceControllerOptions = {}): Controller {
  const limits = { ...instanceLimits, ...options }
  /** A cache of this process: a new leader begins to look anew. */
  const pulses = new Map<string, Pulse>()
  const reportedAt = new Map<string, Instant>()

  const lookAt = (key: ObjectKey): Pulse => {
    const lease = d.cache.get(Lease, { namespace: key.namespace, name: leaseNameOf(key.name) })
    const pulse = pulseOf(pulses.get(keyText(key)), lease, d.clock.now(), limits)
    pulses.set(keyText(key), pulse)
    return pulse
  }

  const definitionOf = (task: Task): TaskDefinitionRevision | undefined =>
    d.cache.get(TaskDefinitionRevision, { namespace: '', name: revisionNameOf(task) ?? '' })

  const serviceOf = ({ metadata: { namespace = '' }, spec: { group = '' } }: Task): Service | undefined =>
    group.startsWith(serviceGroup)
      ? d.cache.get(Service, { namespace, name: group.slice(serviceGroup.length) })
      : undefined

  async function reconcileInstance(instance: ContainerInstance, signal: AbortSignal): Promise<Outcome> {
    const key = keyText(keyOf(instance))
    const pulse = lookAt(keyOf(instance))
    const all = d.cache.indexed(Task, boundIndex, key)
    const tasks = all.map((task) => boundTask(task, definitionOf(task), serviceOf(task)))
    const now = d.clock.now()
    const isLost = livelinessOf(instance, pulse, now, limits) === 'HeartbeatLost'
    const strict = isLost ? await strictTasks(d, all, signal) : new Set<string>()
    const state = { instance, pulse, tasks, strict, reportedAt: reportedAt.get(key) }
    const { actions, wakeAt } = plan(state, now, limits)
    await apply(d, actions, signal)
    if (actions.some((action) => action.do === 'report')) reportedAt.set(key, now)
    return again(wakeAt)
  }

  /** Tasks bound to an instance that is not there end; but a cache that is behind must not end anything. */
  async function reconcileMissing(key: ObjectKey, signal: AbortSignal): Promise<Outcome> {
    reportedAt.delete(keyText(key))
    const tasks = d.cache.indexed(Task, boundIndex, keyText(key))
    const pulse = lookAt(key)
    const { actions, wakeAt } = planGone(tasks, await strictTasks(d, tasks, signal), pulse, d.clock.now())
    if (wakeAt === undefined) pulses.delete(keyText(key))
    if (actions.length > 0 && (await isGone(key, signal))) await apply(d, actions, signal)
    return again(wakeAt)
  }

  async function isGone(key: ObjectKey, signal: AbortSignal): Promise<boolean> {
    try {
      await d.client.get(ContainerInstance, key, signal)
      return false
    } catch (error) {
      if (isFault(error, 'NotFound')) return true
      throw error
    }
  }

  return {
    name: 'instance',
    watches: [
      own(ContainerInstance),
      mapped(Lease, keysOfLease),
      settling(mapped(Task, keysOfTask)),
      mapped(TaskDefinitionRevision, () => []),
      mapped(Service, lostInstancesOf),
    ],
    indexes: [index(Task, boundIndex, (task) => [placeOf(task)].filter((place) => place !== undefined))],
    concurrency: limits.keysAtOnce,
    async reconcile(key, signal) {
      if (key.startsWith(taskPrefix)) {
        const task = d.cache.get(Task, parseKey(key.slice(taskPrefix.length)))
        if (task !== undefined) await apply(d, planUnbound(task), signal)
        return done
      }
      const instance = d.cache.get(ContainerInstance, parseKey(key))
      return instance === undefined ? reconcileMissing(parseKey(key), signal) : reconcileInstance(instance, signal)
    },
  }
}
