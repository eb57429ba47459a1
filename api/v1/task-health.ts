/** Health of a task: what its containers' health checks say together, and whether it counts as healthy. */
import { type Instant, type Millis, millis, parseTimestamp, plus, seconds } from '../../lib/time.ts'
import type { ContainerDefinition } from './container-definition.ts'
import type { DeploymentConfiguration } from './deployment-configuration.ts'
import { type HealthStatus, isStopping, lastStatusOf, type Task, type TaskContainer } from './task.ts'

/** The part of a task definition that health depends on. */
export interface HealthDefinition {
  readonly containerDefinitions: readonly Pick<ContainerDefinition, 'name' | 'essential' | 'healthCheck'>[]
}

const healthOf = (containers: readonly Pick<TaskContainer, 'name' | 'healthStatus'>[] | undefined, name: string) =>
  containers?.find((container) => container.name === name)?.healthStatus

/**
 * The task's healthStatus as the agent reports it (ecs-core 4.5): over the essential containers, UNHEALTHY if any is, else
 * UNKNOWN if any is or has no health check, else HEALTHY.
 */
export function aggregateHealth(
  definition: HealthDefinition,
  containers: readonly Pick<TaskContainer, 'name' | 'healthStatus'>[] | undefined,
): HealthStatus {
  const each = definition.containerDefinitions
    .filter((container) => container.essential)
    .map(({ name, healthCheck }) => (healthCheck === undefined ? 'UNKNOWN' : (healthOf(containers, name) ?? 'UNKNOWN')))
  if (each.includes('UNHEALTHY')) return 'UNHEALTHY'
  return each.length === 0 || each.includes('UNKNOWN') ? 'UNKNOWN' : 'HEALTHY'
}

/**
 * Whether the task counts towards minimumHealthyPercent (ecs-core 5.6): RUNNING, not told to stop, and every essential
 * container that has a health check is HEALTHY. (Such a container beside an unchecked one makes the task's own healthStatus
 * UNKNOWN for ever; going by that would never let a service with a sidecar get healthy.) Without its definition, a task is
 * taken as healthy unless it reports UNHEALTHY.
 */
export function isHealthy(task: Task, definition: HealthDefinition | undefined): boolean {
  if (lastStatusOf(task) !== 'RUNNING' || isStopping(task)) return false
  const health = task.status?.healthStatus
  if (health === 'UNHEALTHY') return false
  return (definition?.containerDefinitions ?? [])
    .filter((container) => container.essential && container.healthCheck !== undefined)
    .every(({ name }) => (healthOf(task.status?.containers, name) ?? health) === 'HEALTHY')
}

const isChecked = (definition: HealthDefinition | undefined): boolean =>
  definition?.containerDefinitions.some((one) => one.essential && one.healthCheck !== undefined) ?? false

/** So long in RUNNING proves a task without a health check to be healthy (ecs-core 5.6). */
const provenAfter = seconds(40)

/** How long a task of `definition` must be RUNNING before it counts as healthy. */
function readyAfter(
  definition: HealthDefinition | undefined,
  configuration: DeploymentConfiguration | undefined,
): Millis {
  if (configuration?.minReadySeconds !== undefined) return seconds(configuration.minReadySeconds)
  // the circuit breaker must see a task that runs for a moment before anything is stopped for it
  const waits = configuration?.deploymentCircuitBreaker?.enable === true && !isChecked(definition)
  return waits ? provenAfter : millis(0)
}

/** Whether a task counts as healthy the moment it is RUNNING: nobody and nothing says how it is. */
export const countsAtOnce = (
  definition: HealthDefinition,
  configuration: DeploymentConfiguration | undefined,
): boolean => !isChecked(definition) && readyAfter(definition, configuration) === 0

/** From when on a task that is RUNNING and well counts as healthy; undefined while it does not run. */
export function readyAt(
  task: Task,
  definition: HealthDefinition | undefined,
  configuration: DeploymentConfiguration | undefined,
): Instant | undefined {
  const startedAt = parseTimestamp(task.status?.startedAt)
  return startedAt === undefined ? undefined : plus(startedAt, readyAfter(definition, configuration))
}

/** From when on a healthy task has proved that its revision works: with a health check at once. */
export function provenAt(task: Task, definition: HealthDefinition | undefined): Instant | undefined {
  const startedAt = parseTimestamp(task.status?.startedAt)
  return startedAt === undefined ? undefined : plus(startedAt, isChecked(definition) ? millis(0) : provenAfter)
}

/** Whether the task runs and reports UNHEALTHY: a service replaces it after its grace period. */
export const isUnhealthy = (task: Task): boolean =>
  lastStatusOf(task) === 'RUNNING' && !isStopping(task) && task.status?.healthStatus === 'UNHEALTHY'
