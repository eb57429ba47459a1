/** Writes desired counts and deployment statuses, each against the version that was decided on; makes and stops tasks of lifecycle hooks. */
import type { ResourceClient } from '../../api/client/client.ts'
import { keyOf } from '../../api/meta/object.ts'
import type { Service } from '../../api/v1/service.ts'
import { ServiceDeployment } from '../../api/v1/service-deployment.ts'
import { ServiceRevision } from '../../api/v1/service-revision.ts'
import { stopReasons } from '../../api/v1/stop-reasons.ts'
import { Task } from '../../api/v1/task.ts'
import { unlessGone, unreachable } from '../../lib/errors.ts'
import type { EventRecorder } from '../runtime/controller.ts'
import type { Plan } from './plan.ts'
import { runHook } from './run-hook.ts'

export async function apply(
  client: ResourceClient,
  events: EventRecorder,
  service: Service,
  { actions, run, late }: Pick<Plan, 'actions' | 'run' | 'late'>,
  signal: AbortSignal,
): Promise<void> {
  for (const action of actions) {
    switch (action.do) {
      case 'scale': {
        const { revision, desiredCount } = action
        await client.update(ServiceRevision, { ...revision, spec: { ...revision.spec, desiredCount } }, signal)
        break
      }
      case 'setStatus': {
        const { deployment, status, tell } = action
        await client.updateStatus(ServiceDeployment, { ...deployment, status }, signal)
        for (const { type, reason, message } of tell) events.event(service, type, reason, message)
        break
      }
      default:
        unreachable(action)
    }
  }
  for (const { task, hookId } of late) {
    const spec = {
      desiredStatus: 'STOPPED',
      stopCode: 'ServiceSchedulerInitiated',
      stoppedReason: stopReasons.hookTimedOut(hookId),
    }
    const body = { metadata: { uid: task.metadata.uid }, spec }
    await unlessGone(client.patch(Task, keyOf(task), { type: 'merge', body }, signal))
  }
  if (run !== undefined) for (const task of run.tasks) await runHook(client, run.deployment, task, signal)
}
