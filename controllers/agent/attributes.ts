/** What an instance says of itself (reference 6.3) and which features it has (3.7). */
import { type ContainerInstance, zoneAttribute } from '../../api/v1/container-instance.ts'
import type { EngineInfo } from './engine/engine.ts'

export type InstanceAttribute = NonNullable<NonNullable<ContainerInstance['status']>['attributes']>[number]

/** Features of task definitions that this agent implements, by the names that ECS places by. */
const capabilities = [
  'com.amazonaws.ecs.capability.docker-remote-api.1.18',
  'com.amazonaws.ecs.capability.docker-remote-api.1.19',
  'com.amazonaws.ecs.capability.docker-remote-api.1.21',
  'com.amazonaws.ecs.capability.privileged-container',
  'com.amazonaws.ecs.capability.logging-driver.json-file',
  'com.amazonaws.ecs.capability.logging-driver.none',
  'ecs.capability.container-health-check',
  'ecs.capability.container-ordering',
  'ecs.capability.task-cpu-mem-limit',
] as const

/** Built-in attributes, capabilities and the agent's own, in order of name; the agent's own win. */
export function attributesOf(
  engine: EngineInfo,
  zone: string | undefined,
  custom: Readonly<Record<string, string>>,
): InstanceAttribute[] {
  const all = new Map<string, string | undefined>([
    ...capabilities.map((name) => [name, undefined] as const),
    ['ecs.os-type', engine.osType],
    ['ecs.os-family', engine.osType.toUpperCase()],
    ['ecs.cpu-architecture', engine.architecture],
    ...(zone === undefined ? [] : [[zoneAttribute, zone] as const]),
    ...Object.entries(custom),
  ])
  return [...all]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => (value === undefined || value === '' ? { name } : { name, value }))
}
