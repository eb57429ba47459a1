/** What RegisterTaskDefinition takes, in ECS's words (ecs-core 3.1). */
import { z } from 'zod'
import { containerCel } from './container-cel.ts'
import { ContainerDefinition } from './container-definition.ts'
import { limits } from './limits.ts'
import { EcsName, KeyValuePair, Role, Tags } from './names.ts'
import { constraintCel } from './placement-cel.ts'
import { taskDefinitionCel } from './task-definition-cel.ts'
import { Volumes } from './volumes.ts'

/** ECS's Compatibility and LaunchType. */
export const launchTypes = ['EC2', 'FARGATE', 'EXTERNAL', 'MANAGED_INSTANCES'] as const
export type LaunchType = (typeof launchTypes)[number]

/** ECS's OSFamily. */
export const osFamilies = [
  'LINUX',
  'WINDOWS_SERVER_2019_FULL',
  'WINDOWS_SERVER_2019_CORE',
  'WINDOWS_SERVER_2016_FULL',
  'WINDOWS_SERVER_2004_CORE',
  'WINDOWS_SERVER_2022_CORE',
  'WINDOWS_SERVER_2022_FULL',
  'WINDOWS_SERVER_2025_CORE',
  'WINDOWS_SERVER_2025_FULL',
  'WINDOWS_SERVER_20H2_CORE',
] as const

const TaskPlacementConstraint = z
  .strictObject({
    type: z.enum(['memberOf']).describe('memberOf.'),
    expression: z.string().max(2000).optional().describe('A cluster query language expression.'),
  })
  .meta({ validations: constraintCel })

const ProxyConfiguration = z.strictObject({
  type: z.enum(['APPMESH']).default('APPMESH').describe('APPMESH.'),
  containerName: z.string().min(1).describe('The container that is the proxy.'),
  properties: z
    .array(KeyValuePair)
    .optional()
    .describe(
      'IgnoredUID or IgnoredGID, AppPorts, ProxyIngressPort, ProxyEgressPort, EgressIgnoredPorts, EgressIgnoredIPs.',
    ),
})

export const EphemeralStorage = z.strictObject({
  sizeInGiB: z.int().min(21).max(200).describe('GiB, 21 to 200.'),
})

const RuntimePlatform = z.strictObject({
  cpuArchitecture: z.enum(['X86_64', 'ARM64']).optional().describe('Default X86_64.'),
  operatingSystemFamily: z.enum(osFamilies).optional().describe('Default LINUX.'),
})

export const InferenceAccelerator = z.strictObject({
  deviceName: z.string().min(1).describe('Name that resourceRequirements refer to.'),
  deviceType: z.string().min(1).describe('Type of the accelerator.'),
})

export const TaskDefinitionSpec = z
  .strictObject({
    family: EcsName.optional().describe('Name of the family; default: metadata.name.'),
    containerDefinitions: z
      .array(ContainerDefinition.meta({ validations: containerCel }))
      .min(1, { error: 'Container list cannot be empty.' })
      .max(10)
      .describe('The containers of the task.')
      .meta({ listType: 'map', listMapKeys: ['name'] }),
    networkMode: z
      .enum(['bridge', 'host', 'awsvpc', 'none'])
      .optional()
      .describe('Docker networking mode; default bridge.'),
    cpu: z
      .string()
      .max(limits.amount)
      .optional()
      .describe('CPU of the whole task, as text: units (`"1024"`) or `"1 vCPU"`.'),
    memory: z
      .string()
      .max(limits.amount)
      .optional()
      .describe('Memory of the whole task, as text: MiB (`"512"`) or `"0.5 GB"`.'),
    taskRoleArn: Role.optional().describe("Role of the task's own calls."),
    executionRoleArn: Role.optional().describe('Role to pull images, read secrets and write logs with.'),
    requiresCompatibilities: z
      .array(z.enum(launchTypes))
      .max(limits.compatibilities)
      .optional()
      .describe('Launch types that the definition must be fit for.'),
    volumes: Volumes.optional().describe('Volumes that containers can mount.'),
    placementConstraints: z
      .array(TaskPlacementConstraint)
      .max(10)
      .optional()
      .describe('Where its tasks may run.')
      .meta({ listType: 'map', listMapKeys: ['type', 'expression'], duplicates: 'kept' }),
    pidMode: z.enum(['host', 'task']).optional().describe('Process namespace; default: one for each container.'),
    ipcMode: z.enum(['host', 'task', 'none']).optional().describe("IPC namespace; default: the engine's."),
    proxyConfiguration: ProxyConfiguration.optional().describe('An App Mesh proxy.'),
    ephemeralStorage: EphemeralStorage.optional().describe('Scratch space of a Fargate task.'),
    runtimePlatform: RuntimePlatform.optional().describe('What the images are built for.'),
    enableFaultInjection: z.boolean().optional().describe('Lets the task ask for faults.'),
    inferenceAccelerators: z.array(InferenceAccelerator).optional().describe('Deprecated by ECS.'),
    tags: Tags.optional().describe('Tags of the revision.'),
  })
  .describe('Desired state: a task definition as ECS takes it.')
  .meta({ validations: taskDefinitionCel })
export type TaskDefinitionSpec = z.output<typeof TaskDefinitionSpec>

/** Members that DescribeTaskDefinition adds; clients strip them before they register (ecs-core 3.1). */
export const describeOnlyMembers = [
  'taskDefinitionArn',
  'revision',
  'status',
  'requiresAttributes',
  'compatibilities',
  'registeredAt',
  'registeredBy',
  'deregisteredAt',
  'deleteRequestedAt',
] as const

export const isFargate = (spec: TaskDefinitionSpec): boolean =>
  spec.requiresCompatibilities?.includes('FARGATE') ?? false
/** The effective network mode: bridge when none is named. */
export const networkModeOf = (spec: TaskDefinitionSpec): NonNullable<TaskDefinitionSpec['networkMode']> =>
  spec.networkMode ?? 'bridge'
export const isWindows = (spec: TaskDefinitionSpec): boolean =>
  spec.runtimePlatform?.operatingSystemFamily?.startsWith('WINDOWS') ?? false
