/** What RunTask may override of a task definition, in ECS's words (ecs-core 4.8). */
import { z } from 'zod'
import { EnvironmentFile, Image, ResourceRequirement } from './container-definition.ts'
import { KeyValuePair, Role, texts } from './names.ts'
import { EphemeralStorage } from './task-definition-spec.ts'

const ContainerOverride = z.strictObject({
  name: z.string().min(1).describe('Container of the task definition.'),
  image: Image.optional().describe("Replaces the image: Gantry's own, ECS has none."),
  command: texts('Replaces the command.').optional(),
  environment: z
    .array(KeyValuePair)
    .optional()
    .describe('Adds to the environment variables, or replaces those of the same name.')
    .meta({ listType: 'map', listMapKeys: ['name'], duplicates: 'lastWins' }),
  environmentFiles: z.array(EnvironmentFile).max(10).optional().describe('Replaces the environment files.'),
  cpu: z.int().min(0).optional().describe('CPU units.'),
  memory: z.int().min(0).optional().describe('Hard memory limit in MiB.'),
  memoryReservation: z.int().min(0).optional().describe('Soft memory limit in MiB.'),
  resourceRequirements: z.array(ResourceRequirement).optional().describe('GPUs and accelerators.'),
})

export const TaskOverride = z.strictObject({
  containerOverrides: z
    .array(ContainerOverride)
    .optional()
    .describe('By container.')
    .meta({ listType: 'map', listMapKeys: ['name'] }),
  cpu: z.string().optional().describe('CPU of the whole task.'),
  memory: z.string().optional().describe('Memory of the whole task.'),
  taskRoleArn: Role.optional().describe("Role of the task's own calls."),
  executionRoleArn: Role.optional().describe('Role to pull images, read secrets and write logs with.'),
  ephemeralStorage: EphemeralStorage.optional().describe('Scratch space of a Fargate task.'),
  inferenceAcceleratorOverrides: z
    .array(
      z.strictObject({
        deviceName: z.string().optional().describe('Name in the task definition.'),
        deviceType: z.string().optional().describe('Type.'),
      }),
    )
    .optional()
    .describe('Deprecated by ECS.'),
})
export type TaskOverride = z.output<typeof TaskOverride>
