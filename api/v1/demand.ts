/** What a task takes of an instance's resources (ecs-core 6.2). */
import { networkModeOf, type TaskDefinitionSpec } from './task-definition-spec.ts'
import { cpuUnitsOf, mebibytesOf } from './task-size.ts'

/** Amounts that are reserved for a task from its placement until it begins to stop. */
export interface Demand {
  /** CPU units; 1024 = one vCPU. */
  readonly cpu: number
  /** MiB. */
  readonly memory: number
  /** Fixed TCP ports of the instance; dynamic ones are not reserved. */
  readonly ports: readonly number[]
  /** Fixed UDP ports of the instance. */
  readonly portsUdp: readonly number[]
}

export const noDemand: Demand = { cpu: 0, memory: 0, ports: [], portsUdp: [] }

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)

/**
 * Task-level cpu and memory if set, else the sums over the containers, memoryReservation before memory. Ports: bridge has
 * its non-zero hostPorts, host every containerPort, the other modes none.
 */
export function demandOf(definition: TaskDefinitionSpec): Demand {
  const containers = definition.containerDefinitions
  return {
    cpu: cpuUnitsOf(definition.cpu ?? '') ?? sum(containers.map((container) => container.cpu)),
    memory:
      mebibytesOf(definition.memory ?? '') ??
      sum(containers.map((container) => container.memoryReservation ?? container.memory ?? 0)),
    ports: fixedPorts(definition, 'tcp'),
    portsUdp: fixedPorts(definition, 'udp'),
  }
}

function fixedPorts(definition: TaskDefinitionSpec, protocol: 'tcp' | 'udp'): readonly number[] {
  const mode = networkModeOf(definition)
  if (mode === 'awsvpc' || mode === 'none') return []
  const mappings = definition.containerDefinitions.flatMap((container) => container.portMappings ?? [])
  const ports = mappings
    .filter((mapping) => mapping.protocol === protocol)
    .map((mapping) => (mode === 'host' ? (mapping.containerPort ?? 0) : (mapping.hostPort ?? 0)))
  return [...new Set(ports)].filter((port) => port !== 0).sort((a, b) => a - b)
}
