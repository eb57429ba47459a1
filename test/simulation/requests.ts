/** What a user asks of the rollout that a service is in. */
import type { Service } from '../../api/v1/service.ts'
import { ServiceDeployment } from '../../api/v1/service-deployment.ts'
import { newestDeployment } from './failed-deployments.ts'
import type { Step } from './step.ts'
import { cluster, type World } from './world.ts'

const signal = new AbortController().signal
const at = (name: string) => ({ namespace: cluster, name })

export async function stop({ user, model }: World, step: Extract<Step, { step: 'abort' | 'rollback' }>): Promise<void> {
  const service = model.get<Service>('Service', `${cluster}/${step.service}`)
  const newest = service === undefined ? undefined : newestDeployment(service, model)
  if (newest === undefined || newest.status?.finishedAt !== undefined) return
  const body = { spec: { stop: { type: step.step === 'abort' ? 'ABORT' : 'ROLLBACK' } } }
  await user.patch(ServiceDeployment, at(newest.metadata.name), { type: 'merge', body }, signal)
}

export async function promote({ user, model }: World, name: string): Promise<void> {
  const service = model.get<Service>('Service', `${cluster}/${name}`)
  const newest = service === undefined ? undefined : newestDeployment(service, model)
  const { shift, waitsUntil } = newest?.status ?? {}
  if (newest === undefined || waitsUntil === undefined) return
  const body = { spec: { promotedThrough: shift?.step ?? 1 } }
  await user.patch(ServiceDeployment, at(newest.metadata.name), { type: 'merge', body }, signal)
}

export async function answer({ user, model }: World, step: Extract<Step, { step: 'answer' }>): Promise<void> {
  const service = model.get<Service>('Service', `${cluster}/${step.service}`)
  const newest = service === undefined ? undefined : newestDeployment(service, model)
  const waiting = (newest?.status?.lifecycleHookDetails ?? []).filter(({ status }) => status === 'AWAITING_ACTION')
  if (newest === undefined || waiting.length === 0 || newest.spec.hookAnswers !== undefined) return
  const hookAnswers = waiting.map(({ hookId }) => ({ hookId, action: step.action }))
  const body = { spec: { hookAnswers } }
  await user.patch(ServiceDeployment, at(newest.metadata.name), { type: 'merge', body }, signal)
}
