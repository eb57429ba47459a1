/** One container of a task definition, in ECS's words. */
import { z } from 'zod'

export const KeyValuePair = z.strictObject({
  name: z.string().describe('Name.'),
  value: z.string().default('').describe('Value.'),
})

export const PortMapping = z.strictObject({
  containerPort: z.int().min(1).max(65535).optional().describe('Port inside the container.'),
  hostPort: z
    .int()
    .min(0)
    .max(65535)
    .optional()
    .describe('Port of the instance; 0 or absent: chosen by the agent (bridge).'),
  protocol: z.enum(['tcp', 'udp']).default('tcp').describe('Transport protocol.'),
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

export const ContainerDefinition = z.strictObject({
  name: z.string().describe('Unique within the task definition.'),
  image: z.string().describe('Image to run: repository:tag or repository@digest.'),
  cpu: z.int().min(0).default(0).describe('CPU units (1024 = one vCPU), as a share.'),
  memory: z.int().optional().describe('Hard memory limit in MiB.'),
  memoryReservation: z.int().optional().describe('Soft memory limit in MiB.'),
  essential: z.boolean().default(true).describe('Whether the task stops when this container does.'),
  portMappings: z
    .array(PortMapping)
    .optional()
    .describe('Ports to publish.')
    .meta({ listType: 'map', listMapKeys: ['containerPort', 'protocol'] }),
  entryPoint: z.array(z.string()).optional().describe("Replaces the image's entry point."),
  command: z.array(z.string()).optional().describe("Replaces the image's command."),
  workingDirectory: z.string().optional().describe('Directory to run in.'),
  user: z.string().optional().describe('User to run as.'),
  environment: z
    .array(KeyValuePair)
    .optional()
    .describe('Environment variables.')
    .meta({ listType: 'map', listMapKeys: ['name'] }),
  healthCheck: HealthCheck.optional().describe('How the agent knows that the container is healthy.'),
  startTimeout: z.int().optional().describe('Seconds to wait for a dependency.'),
  stopTimeout: z.int().optional().describe('Seconds between SIGTERM and SIGKILL.'),
  dockerLabels: z.record(z.string(), z.string()).optional().describe('Labels added to the container.'),
  hostname: z.string().optional().describe('Host name of the container.'),
  privileged: z.boolean().optional().describe('Gives the container elevated privileges.'),
  readonlyRootFilesystem: z.boolean().optional().describe('Makes the root file system read-only.'),
  interactive: z.boolean().optional().describe('Keeps standard input open.'),
  pseudoTerminal: z.boolean().optional().describe('Allocates a terminal.'),
})
export type ContainerDefinition = z.output<typeof ContainerDefinition>
