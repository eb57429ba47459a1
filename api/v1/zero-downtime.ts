/** Settings with which a change can leave a service without a task that works: said aloud, for they are allowed. */
import { taskBounds } from './service-bounds.ts'
import type { ServiceSpec } from './service-spec.ts'
import { countsAtOnce, type HealthDefinition } from './task-health.ts'

export interface DowntimeRisk {
  readonly reason: 'AllTasksMayStop' | 'NoHealthCheck'
  readonly message: string
}

/** Every task of the service may stop before another runs (ecs-core 5.5). Not of a DAEMON, whose tasks make room for the next. */
function allMayStop({ desiredCount = 0, ...spec }: ServiceSpec): DowntimeRisk | undefined {
  const { lower, upper } = taskBounds(spec, desiredCount)
  if (spec.schedulingStrategy === 'DAEMON' || desiredCount === 0 || lower > 0) return undefined
  const raise = upper > desiredCount ? 'raise it' : 'raise both'
  const gap =
    upper > desiredCount ? '' : `, and maximumPercent ${spec.deploymentConfiguration?.maximumPercent} none start before`
  const message = `minimumHealthyPercent 0 lets all tasks stop at once${gap}: changes leave a gap. For zero downtime ${raise}.`
  return { reason: 'AllTasksMayStop', message }
}

function noHealthCheck({ desiredCount, ...spec }: ServiceSpec, definition: HealthDefinition): DowntimeRisk | undefined {
  if (desiredCount === 0 || !countsAtOnce(definition, spec.deploymentConfiguration)) return undefined
  const message =
    'No essential container has a health check: a task counts as healthy, and old ones stop, as soon as it runs, whether it works or not. ' +
    'For zero downtime give one a healthCheck, or say with minReadySeconds how long it takes.'
  return { reason: 'NoHealthCheck', message }
}

/** What is in the way of zero downtime; of the health check only where the task definition is known. */
export const downtimeRisks = (spec: ServiceSpec, definition?: HealthDefinition): readonly DowntimeRisk[] =>
  [allMayStop(spec), definition === undefined ? undefined : noHealthCheck(spec, definition)].filter(
    (risk) => risk !== undefined,
  )

/** For whoever applies it. */
export const downtimeWarnings = (spec: ServiceSpec): string[] =>
  downtimeRisks(spec).map(({ message }) => `spec.deploymentConfiguration: ${message}`)
