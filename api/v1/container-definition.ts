/** One container of a task definition, in ECS's words (ecs-core 3.2 to 3.4). */
import { z } from 'zod'
import { type Millis, seconds } from '../../lib/time.ts'
import { portMappingCel } from './container-cel.ts'
import { limits } from './limits.ts'
import { LinuxParameters, SystemControl, Ulimit, ulimitNames } from './linux-parameters.ts'
import { FirelensConfiguration, LogConfiguration, Secrets } from './logging.ts'
import { EcsName, KeyValuePair, saying, texts } from './names.ts'
import { MountPoint, VolumeFrom } from './volumes.ts'

/** `repository[:tag]`, or `repository@sha256:` and 64 hex digits (ecs-core 3.2). */
const imagePattern = /^(?:[A-Za-z0-9_:./#-]{1,255}(?:@sha256:[A-Fa-f0-9]{64})?)?$/

export const Image = z
  .string()
  .min(1, { error: 'Container.image should not be null or empty.' })
  .regex(
    imagePattern,
    saying('must be repository:tag of up to 255 letters, digits and - _ : . / #, or repository@sha256:<64 hex digits>'),
  )

export const PortMapping = z.strictObject({
  containerPort: z.int().min(1).max(65535).optional().describe('Port inside the container.'),
  hostPort: z
    .int()
    .min(0)
    .max(65535)
    .optional()
    .describe('Port of the instance; 0 or absent: chosen by the agent (bridge).'),
  protocol: z.enum(['tcp', 'udp']).default('tcp').describe('Transport protocol.'),
  name: z
    .string()
    .regex(
      /^[a-z0-9_][a-z0-9_-]{0,63}$/,
      saying('must be up to 64 lower-case letters, digits, _ and -, not starting with -'),
    )
    .optional()
    .describe('Name that Service Connect refers to.'),
  appProtocol: z.enum(['http', 'http2', 'grpc']).optional().describe('Application protocol, for Service Connect.'),
  containerPortRange: z
    .string()
    .regex(/^\d{1,5}-\d{1,5}$/, saying('must be `first-last`, as `8000-8010`'))
    .optional()
    .describe('A range of ports, `first-last`, in place of containerPort.')
    .meta({ maxLength: 11 }),
})
export type PortMapping = z.output<typeof PortMapping>

export const HealthCheck = z.strictObject({
  command: z.array(z.string()).min(1).describe('CMD or CMD-SHELL and what to run; exit code 0 is healthy.'),
  interval: z.int().min(5).max(300).default(30).describe('Seconds between checks.'),
  timeout: z.int().min(2).max(60).default(5).describe('Seconds until a check has failed.'),
  retries: z.int().min(1).max(10).default(3).describe('Failures in a row until the container is unhealthy.'),
  startPeriod: z.int().min(0).max(300).optional().describe('Seconds in which failures do not count.'),
})
export type HealthCheck = z.output<typeof HealthCheck>

export const EnvironmentFile = z.strictObject({
  value: z.string().min(1).describe('ARN of an S3 object whose name ends in .env.'),
  type: z.enum(['s3']).describe('s3.'),
})

const ContainerDependency = z.strictObject({
  containerName: z.string().min(1).describe('Another container of the task.'),
  condition: z
    .enum(['START', 'COMPLETE', 'SUCCESS', 'HEALTHY'])
    .describe('What must be true of it before this container starts.'),
})

const RestartPolicy = z.strictObject({
  enabled: z.boolean().describe('Whether the container is restarted in place.'),
  ignoredExitCodes: z.array(z.int()).max(50).optional().describe('Exit codes that are left alone.'),
  restartAttemptPeriod: z
    .int()
    .min(60)
    .max(1800)
    .optional()
    .describe('Seconds it must have run before a restart; default 300.'),
})

export const ResourceRequirement = z.strictObject({
  type: z.enum(['GPU', 'InferenceAccelerator', 'NeuronDevice']).describe('Kind of resource.'),
  value: z.string().min(1).describe('How many, or ALL; for an accelerator its device name.'),
})

const HostEntry = z.strictObject({
  hostname: z.string().min(1).describe('Name.'),
  ipAddress: z.string().min(1).describe('Address.'),
})

export const ContainerDefinition = z.strictObject({
  name: EcsName.describe('Unique within the task definition.'),
  image: Image.describe('Image to run: repository:tag or repository@digest.'),
  repositoryCredentials: z
    .strictObject({ credentialsParameter: z.string().min(1).describe('ARN or name of the secret.') })
    .optional()
    .describe('Credentials for a private registry.'),
  cpu: z.int().min(0).default(0).describe('CPU units (1024 = one vCPU), as a share.'),
  memory: z.int().min(0).optional().describe('Hard memory limit in MiB.'),
  memoryReservation: z.int().min(0).optional().describe('Soft memory limit in MiB.'),
  essential: z.boolean().default(true).describe('Whether the task stops when this container does.'),
  portMappings: z
    .array(PortMapping.meta({ validations: portMappingCel }))
    .max(limits.portMappings)
    .optional()
    .describe('Ports to publish.')
    // which may not be said twice is a rule of its own
    .meta({ listType: 'map', listMapKeys: ['containerPort', 'containerPortRange', 'protocol'], duplicates: 'kept' }),
  links: texts('Other containers to reach by name: `name[:alias]`; networkMode bridge only.').optional(),
  entryPoint: texts("Replaces the image's entry point.").optional(),
  command: texts("Replaces the image's command.").optional(),
  workingDirectory: z.string().optional().describe('Directory to run in.'),
  user: z.string().optional().describe('User to run as: user, uid, user:group and so on.'),
  environment: z
    .array(KeyValuePair)
    .optional()
    .describe('Environment variables; the last of a name wins.')
    .meta({ listType: 'map', listMapKeys: ['name'], duplicates: 'lastWins' }),
  environmentFiles: z.array(EnvironmentFile).max(10).optional().describe('Files of environment variables.'),
  secrets: Secrets.optional().describe('Environment variables whose values are secrets.'),
  mountPoints: z
    .array(MountPoint)
    .max(limits.mountPoints)
    .optional()
    .describe('Volumes of the task to mount.')
    .meta({ listType: 'map', listMapKeys: ['containerPath'] }),
  volumesFrom: z
    .array(VolumeFrom)
    .max(limits.dependencies)
    .optional()
    .describe('Containers whose volumes to mount.')
    .meta({ listType: 'map', listMapKeys: ['sourceContainer'] }),
  logConfiguration: LogConfiguration.optional().describe("Where the container's output goes."),
  firelensConfiguration: FirelensConfiguration.optional().describe("Makes this container the task's log router."),
  healthCheck: HealthCheck.optional().describe('How the agent knows that the container is healthy.'),
  dependsOn: z
    .array(ContainerDependency)
    .max(limits.dependencies)
    .optional()
    .describe('Containers that must have come so far before this one starts.'),
  startTimeout: z.int().optional().describe('Seconds after which those that wait for this container give up.'),
  stopTimeout: z.int().optional().describe('Seconds between SIGTERM and SIGKILL; default 30.'),
  restartPolicy: RestartPolicy.optional().describe('Restarts in place.'),
  ulimits: z
    .array(Ulimit)
    .max(ulimitNames.length)
    .optional()
    .describe('Resource limits of the process.')
    .meta({ listType: 'map', listMapKeys: ['name'] }),
  linuxParameters: LinuxParameters.optional().describe('Options of Linux.'),
  systemControls: z.array(SystemControl).optional().describe('Kernel parameters.'),
  resourceRequirements: z.array(ResourceRequirement).optional().describe('GPUs and accelerators.'),
  dockerLabels: z.record(z.string(), z.string()).optional().describe('Labels added to the container.'),
  dockerSecurityOptions: texts('no-new-privileges, apparmor:PROFILE, label:VALUE, credentialspec:SPEC.').optional(),
  credentialSpecs: z.array(z.string()).max(1).optional().describe('ARN of a gMSA credential spec.'),
  hostname: z.string().optional().describe('Host name of the container.'),
  dnsServers: texts('DNS servers.').optional(),
  dnsSearchDomains: z
    .array(z.string().regex(/^[a-zA-Z0-9-.]{0,253}[a-zA-Z0-9]$/, saying('must be a domain name')))
    .optional()
    .describe('DNS search domains.'),
  extraHosts: z.array(HostEntry).optional().describe('Entries of /etc/hosts.'),
  disableNetworking: z.boolean().optional().describe('Gives the container no network.'),
  privileged: z.boolean().optional().describe('Gives the container elevated privileges.'),
  readonlyRootFilesystem: z.boolean().optional().describe('Makes the root file system read-only.'),
  interactive: z.boolean().optional().describe('Keeps standard input open.'),
  pseudoTerminal: z.boolean().optional().describe('Allocates a terminal.'),
  versionConsistency: z
    .enum(['enabled', 'disabled'])
    .optional()
    .describe('Whether a deployment pins the tag to a digest; default enabled.'),
})
export type ContainerDefinition = z.output<typeof ContainerDefinition>

/** ECS's default of restartAttemptPeriod. */
const usualRestartPeriod = 300

/** So long a container must have run to be started again by its restartPolicy (ecs-core 4.5). */
export const restartPeriodOf = ({ restartPolicy }: ContainerDefinition): Millis =>
  seconds(restartPolicy?.restartAttemptPeriod ?? usualRestartPeriod)
