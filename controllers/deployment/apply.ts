/** Writes desired counts and deployment statuses, each against the version that was decided on; makes tasks of lifecycle hooks. */
import type { ResourceClient } from '../../api/client/client.ts'
import type { Service } from '../../api/v1/service.ts'
import { ServiceDeployment } from '../../api/v1/service-deployment.ts'
import { ServiceRevision } from '../../api/v1/service-revision.ts'
import { unreachable } from '../../lib/errors.ts'
import type { EventRecorder } from '../runtime/controller.ts'
import type { Plan } from './plan.ts'
import { runHook } from './run-hook.ts'

export async function apply(
  client: ResourceClient,
  events: EventRecorder,
  service: Service,
  { actions, run }: Pick<Plan, 'actions' | 'run'>,
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
  if (run !== undefined) for (const task of run.tasks) await runHook(client, run.deployment, task, signal)
}
