/** What a task takes of a container instance (ecs-core 6.2). */
import type { TaskDefinitionSpec } from './task-definition-spec.ts'
import { cpuUnitsOf, mebibytesOf } from './task-size.ts'

/** Amounts that are reserved for a task from its placement until it begins to stop. */
export interface Demand {
  /** CPU units; 1024 = one vCPU. */
  readonly cpu: number
  /** MiB. */
  readonly memory: number
  /** TCP host ports, ascending; dynamic ones are not reserved. */
  readonly ports: readonly number[]
  readonly portsUdp: readonly number[]
}

export const noDemand: Demand = { cpu: 0, memory: 0, ports: [], portsUdp: [] }

/** The part of a task definition that a demand depends on. */
export type DemandDefinition = Pick<TaskDefinitionSpec, 'networkMode' | 'cpu' | 'memory'> & {
  readonly containerDefinitions: readonly Pick<
    TaskDefinitionSpec['containerDefinitions'][number],
    'name' | 'cpu' | 'memory' | 'memoryReservation' | 'portMappings'
  >[]
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0)

function hostPorts(definition: DemandDefinition, protocol: 'tcp' | 'udp'): readonly number[] {
  const mode = definition.networkMode ?? 'bridge'
  if (mode === 'none' || mode === 'awsvpc') return []
  const ports = definition.containerDefinitions
    .flatMap((container) => container.portMappings ?? [])
    .filter((mapping) => mapping.protocol === protocol)
    .map((mapping) => (mode === 'host' ? mapping.containerPort : mapping.hostPort) ?? 0)
  return [...new Set(ports.filter((port) => port !== 0))].sort((a, b) => a - b)
}

const demands = new WeakMap<DemandDefinition, Demand>()

/**
 * CPU and memory are the task's own when it has them, else the sums over its containers (memoryReservation before memory).
 * Ports: in bridge mode the fixed host ports, in host mode every container port, else none. Definitions do not change: of
 * one object it is reckoned once, since each change of a task asks for the demands of all on its instance.
 */
export function demandOf(definition: DemandDefinition): Demand {
  const demand = demands.get(definition) ?? reckon(definition)
  demands.set(definition, demand)
  return demand
}

function reckon(definition: DemandDefinition): Demand {
  const containers = definition.containerDefinitions
  return {
    cpu: cpuUnitsOf(definition.cpu ?? '') ?? sum(containers.map(({ cpu }) => cpu)),
    memory:
      mebibytesOf(definition.memory ?? '') ??
      sum(containers.map(({ memory, memoryReservation }) => memoryReservation ?? memory ?? 0)),
    ports: hostPorts(definition, 'tcp'),
    portsUdp: hostPorts(definition, 'udp'),
  }
}
