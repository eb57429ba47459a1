/** What a deployment waits for, besides its tasks: for a person, for a time, or for a task that runs before or after it. */
import { type HookDetail, isFinished, type ServiceDeployment } from './service-deployment.ts'

/** The hooks that are not over. */
export const openHooks = ({ status }: ServiceDeployment): readonly HookDetail[] =>
  (status?.lifecycleHookDetails ?? []).filter(({ status: is }) => is === 'AWAITING_ACTION' || is === 'IN_PROGRESS')

/** For people: where a deployment waits; undefined while it does not. */
export function waitText(deployment: ServiceDeployment): string | undefined {
  const { spec, status } = deployment
  const { lifecycleStage, shift, waitsUntil, rollback } = status ?? {}
  if (isFinished(deployment) || rollback !== undefined) return undefined
  const [hook] = openHooks(deployment)
  if (hook?.status === 'AWAITING_ACTION')
    return `It waits in ${hook.lifecycleStage} for a person until ${hook.expiresAt}; to go on: gantry rollout continue ${spec.service}`
  if (hook !== undefined)
    return `It waits in ${hook.lifecycleStage} for task ${hook.task ?? 'of an earlier deployment'}${hook.expiresAt === undefined ? '' : `, until ${hook.expiresAt} at most`}.`
  if (waitsUntil === undefined) return undefined
  const where = lifecycleStage === 'SCALE_UP' ? `at ${shift?.percent} % of the tasks` : `in ${lifecycleStage}`
  return `It waits ${where} until ${waitsUntil}; to go on now: gantry rollout promote ${spec.service}`
}
