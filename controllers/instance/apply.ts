/** Writes statuses of instances, and ends tasks that no agent will end. */
import { keyOf } from '../../api/meta/object.ts'
import { ContainerInstance } from '../../api/v1/container-instance.ts'
import { Task } from '../../api/v1/task.ts'
import { containersFinalizer } from '../../api/v1/well-known.ts'
import { eachBounded } from '../../lib/each-bounded.ts'
import { unlessGone, unreachable } from '../../lib/errors.ts'
import { milliTimestamp } from '../../lib/time.ts'
import type { Deps } from '../runtime/controller.ts'
import { instanceLimits } from './limits.ts'
import type { Action } from './plan.ts'

type Stop = Action & { readonly do: 'stop' }
type Ask = Action & { readonly do: 'ask' }

/** Carries out all actions, several at once, then throws the first failure. An object that went meanwhile is none. */
export async function apply(d: Deps, actions: readonly Action[], signal: AbortSignal): Promise<void> {
  const one = (action: Action, s: AbortSignal) => unlessGone(act(d, action, s))
  await eachBounded(actions, instanceLimits.writesInFlight, one, signal)
}

async function act(d: Deps, action: Action, signal: AbortSignal): Promise<void> {
  switch (action.do) {
    case 'stop':
      return stop(d, action, signal)
    case 'ask':
      return ask(d, action, signal)
    case 'disconnect': {
      const status = { ...action.task.status, connectivity: 'DISCONNECTED' as const }
      await d.client.updateStatus(Task, { ...action.task, status }, signal)
      return
    }
    case 'release':
      return release(d, action.task, signal)
    case 'report':
      return report(d, action, signal)
    default:
      return unreachable(action)
  }
}

async function stop(d: Deps, { task, stopCode, reason, disconnected }: Stop, signal: AbortSignal): Promise<void> {
  const now = milliTimestamp(d.clock.now())
  const before = task.status
  const status: Task['status'] = {
    ...before,
    observedGeneration: task.metadata.generation,
    lastStatus: 'STOPPED',
    ...(disconnected ? { connectivity: 'DISCONNECTED' as const } : {}),
    stoppingAt: before?.stoppingAt ?? now,
    stoppedAt: now,
    stopCode,
    stoppedReason: reason,
    ...(before?.containers === undefined
      ? {}
      : {
          containers: before.containers.map((container) =>
            container.lastStatus === 'STOPPED' ? container : { ...container, lastStatus: 'STOPPED' as const, reason },
          ),
        }),
  }
  await d.client.updateStatus(Task, { ...task, status }, signal)
  d.log.info({ task: task.metadata.name, instance: task.spec.containerInstance, stopCode, reason }, 'task stopped')
}

async function ask(d: Deps, { task, stopCode, reason }: Ask, signal: AbortSignal): Promise<void> {
  const { name, uid, resourceVersion } = task.metadata
  const body = {
    metadata: { uid, resourceVersion },
    spec: { desiredStatus: 'STOPPED', stopCode, stoppedReason: reason },
  }
  await d.client.patch(Task, keyOf(task), { type: 'merge', body }, signal)
  const { containerInstance: instance } = task.spec
  d.log.warn({ task: name, instance, stopCode, reason }, 'task may still run, and is told to stop')
}

async function release(d: Deps, task: Task, signal: AbortSignal): Promise<void> {
  const finalizers = (task.metadata.finalizers ?? []).filter((name) => name !== containersFinalizer)
  await d.client.update(Task, { ...task, metadata: { ...task.metadata, finalizers } }, signal)
}

async function report(
  d: Deps,
  { instance, status, announce }: Action & { readonly do: 'report' },
  signal: AbortSignal,
): Promise<void> {
  await d.client.updateStatus(ContainerInstance, { ...instance, status }, signal)
  if (announce === undefined) return
  d.events.event(instance, announce.type, announce.reason, announce.message)
  const fields = { instance: instance.metadata.name, why: announce.message }
  if (announce.type === 'Warning') d.log.warn(fields, 'instance is not heard')
  else d.log.info(fields, 'instance is heard')
}
