/** Where a container's output goes: log drivers and FireLens, in ECS's words (ecs-core 3.2). */
import { z } from 'zod'

/** ECS's LogDriver. */
export const logDrivers = [
  'json-file',
  'syslog',
  'journald',
  'gelf',
  'fluentd',
  'awslogs',
  'splunk',
  'awsfirelens',
] as const

export const Secret = z.strictObject({
  name: z.string().min(1).describe('Name of the environment variable or log option.'),
  valueFrom: z
    .string()
    .min(1)
    .describe('Where the value is: SSM parameter name or ARN, or Secrets Manager ARN `[:json-key:stage:id]`.'),
})
export type Secret = z.output<typeof Secret>

/** Secrets by name. */
export const Secrets = z.array(Secret).meta({ listType: 'map', listMapKeys: ['name'] })

export const LogConfiguration = z.strictObject({
  logDriver: z.enum(logDrivers).describe('Log driver.'),
  options: z.record(z.string(), z.string()).optional().describe('Options of the driver.'),
  secretOptions: Secrets.optional().describe('Options whose values are secrets.'),
})
export type LogConfiguration = z.output<typeof LogConfiguration>

export const FirelensConfiguration = z.strictObject({
  type: z.enum(['fluentd', 'fluentbit']).describe('The log router.'),
  options: z
    .record(z.string(), z.string())
    .optional()
    .describe('enable-ecs-log-metadata, config-file-type (s3 or file), config-file-value.'),
})
