/** From a container definition to what the engine is asked for (reference 3.2, 4.4). */
import type { ContainerDefinition } from '../../api/v1/container-definition.ts'
import { demandOf } from '../../api/v1/demand.ts'
import type { Task } from '../../api/v1/task.ts'
import type { TaskDefinitionRevision, TaskDefinitionSpec } from '../../api/v1/task-definition.ts'
import { cpuUnitsOf, mebibytesOf } from '../../api/v1/task-size.ts'
import { type Millis, millis, seconds } from '../../lib/time.ts'
import type { ContainerSpec, Mount, PublishedPort } from './engine/engine.ts'
import { containerName, labelsFor } from './labels.ts'
import { agentLimits } from './limits.ts'

type NetworkMode = NonNullable<TaskDefinitionSpec['networkMode']>

const mebibyte = 2 ** 20
/** Docker refuses less. */
const leastMemoryMiB = 6
/** The kernel's bounds of a CPU weight. */
const leastShares = 2
const mostShares = 262_144

/** The agent's default applies when the container says nothing; never under a second. */
export const stopTimeoutOf = (definition: ContainerDefinition | undefined): Millis =>
  definition?.stopTimeout === undefined
    ? agentLimits.stopTimeout
    : millis(Math.max(agentLimits.leastStopTimeout, definition.stopTimeout * 1000))

/** 0 and 1 are sent as 2, as ECS does. */
const sharesOf = (cpu: number): number => Math.min(mostShares, Math.max(leastShares, cpu))

const bytes = (mib: number): number => Math.max(leastMemoryMiB, mib) * mebibyte

/** `CMD` when the list does not say how it is to be run. */
const probeCommand = (command: readonly string[]): readonly string[] =>
  ['CMD', 'CMD-SHELL', 'NONE'].includes(command[0] ?? '') ? command : ['CMD', ...command]

/** In host mode there is nothing to publish, and in awsvpc (which runs as bridge here) no port of the host was reserved. */
function portsOf(definition: ContainerDefinition, mode: NetworkMode): readonly PublishedPort[] {
  if (mode === 'host' || mode === 'none') return []
  return (definition.portMappings ?? []).flatMap(({ containerPort, hostPort = 0, protocol }) =>
    containerPort === undefined ? [] : [{ containerPort, hostPort: mode === 'awsvpc' ? 0 : hostPort, protocol }],
  )
}

/** Volumes that are a path of the instance (ecs-core 3.5); those of other kinds are not mounted. */
const mountsOf = ({ mountPoints = [] }: ContainerDefinition, { volumes = [] }: TaskDefinitionSpec): readonly Mount[] =>
  mountPoints.flatMap(({ sourceVolume, containerPath, readOnly = false }) => {
    const source = volumes.find(({ name }) => name === sourceVolume)?.host?.sourcePath ?? ''
    return source === '' ? [] : [{ source, target: containerPath, readOnly }]
  })

/** The last of a name wins. */
const environmentOf = (definition: ContainerDefinition, task: Task): readonly string[] => {
  // Whom the container serves, for its own output; what the definition says of the same names wins.
  const own = { GANTRY_CLUSTER: task.metadata.namespace ?? '', GANTRY_TASK: task.metadata.name }
  const given = (definition.environment ?? []).map(({ name, value }) => [name, value] as const)
  return [...new Map([...Object.entries(own), ...given])].map(([name, value]) => `${name}=${value}`)
}

/**
 * The container to create. Task-level limits: until tasks get a control group of their own, each container is limited by
 * the task's memory (unless its own limit is lower) and may use at most the task's CPU.
 */
export function containerSpec(
  task: Task,
  revision: TaskDefinitionRevision,
  definition: ContainerDefinition,
  instance: string,
): ContainerSpec {
  const { taskDefinition } = revision.spec
  const mode = taskDefinition.networkMode ?? 'bridge'
  const memory = definition.memory ?? mebibytesOf(taskDefinition.memory ?? '')
  const taskCpu = cpuUnitsOf(taskDefinition.cpu ?? '')
  const { healthCheck } = definition
  return {
    name: containerName(revision, definition.name, task.metadata.uid),
    image: definition.image,
    labels: {
      ...definition.dockerLabels,
      ...labelsFor({ task, revision, container: definition.name, instance, demand: demandOf(taskDefinition) }),
    },
    environment: environmentOf(definition, task),
    entryPoint: definition.entryPoint,
    command: definition.command,
    workingDirectory: definition.workingDirectory,
    user: definition.user,
    hostname: definition.hostname,
    cpuShares: sharesOf(definition.cpu),
    cpuLimit: taskCpu === undefined ? undefined : taskCpu / 1024,
    memoryBytes: memory === undefined ? undefined : bytes(memory),
    memoryReservationBytes:
      definition.memoryReservation === undefined ? undefined : bytes(definition.memoryReservation),
    networkMode: mode === 'host' || mode === 'none' ? mode : 'bridge',
    ports: portsOf(definition, mode),
    mounts: mountsOf(definition, taskDefinition),
    privileged: definition.privileged,
    readonlyRootFilesystem: definition.readonlyRootFilesystem,
    interactive: definition.interactive,
    pseudoTerminal: definition.pseudoTerminal,
    healthCheck:
      healthCheck === undefined
        ? undefined
        : {
            command: probeCommand(healthCheck.command),
            interval: seconds(healthCheck.interval),
            timeout: seconds(healthCheck.timeout),
            retries: healthCheck.retries,
            startPeriod: seconds(healthCheck.startPeriod ?? 0),
          },
    stopTimeout: stopTimeoutOf(definition),
  }
}
