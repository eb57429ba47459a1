/** How a service's new revision replaces the old, in ECS's words (ecs-core 5.5, 5.7, 5.15). */
import { z } from 'zod'
import { texts } from './names.ts'
import { leastPercent, percent } from './percent.ts'
import { hookCel, thresholdCel } from './service-cel.ts'
import { TaskOverride } from './task-overrides.ts'

/** ECS's DeploymentStrategy. */
export const deploymentStrategies = ['ROLLING', 'BLUE_GREEN', 'LINEAR', 'CANARY'] as const

/** ECS's DeploymentLifecycleHookStage. */
export const hookStages = [
  'RECONCILE_SERVICE',
  'PRE_SCALE_UP',
  'POST_SCALE_UP',
  'TEST_TRAFFIC_SHIFT',
  'POST_TEST_TRAFFIC_SHIFT',
  'PRE_PRODUCTION_TRAFFIC_SHIFT',
  'PRODUCTION_TRAFFIC_SHIFT',
  'POST_PRODUCTION_TRAFFIC_SHIFT',
] as const

/** Stages that exist without traffic. */
const hookedStages = ['PRE_SCALE_UP', 'POST_SCALE_UP'] as const
export type HookedStage = (typeof hookedStages)[number]
export const isHookedStage = (stage: string): stage is HookedStage => hookedStages.some((one) => one === stage)

const CircuitBreaker = z.strictObject({
  enable: z.boolean().describe('Whether failing tasks fail the deployment.'),
  rollback: z.boolean().describe('Whether a failed deployment goes back to the last completed one.'),
  resetOnHealthyTask: z.boolean().optional().describe('Whether a healthy task resets the count; default true.'),
  thresholdConfiguration: z
    .strictObject({
      type: z.enum(['COUNT', 'BOUNDED_PERCENT', 'UNBOUNDED_PERCENT']).describe('What value means.'),
      value: z.int().min(1).describe('Failures, or percent of desiredCount.'),
    })
    .meta({ validations: thresholdCel })
    .optional()
    .describe('After how many failures; default 50 percent, 3 to 200.'),
})

const Alarms = z.strictObject({
  alarmNames: texts('Alarms that fail the deployment.'),
  enable: z.boolean().describe('Whether they are watched.'),
  rollback: z.boolean().describe('Whether a failed deployment goes back.'),
})

/** Of Gantry's own TASK hooks. */
export const TaskHookDetails = z.strictObject({
  taskDefinition: z.string().min(1),
  overrides: TaskOverride.optional(),
  retries: z.int().min(0).max(10).default(0),
})

const LifecycleHook = z
  .strictObject({
    targetType: z
      .enum(['AWS_LAMBDA', 'PAUSE', 'TASK'])
      .optional()
      .describe('What decides: a function, a person, or (not of ECS) a task that runs once; default AWS_LAMBDA.'),
    hookTargetArn: z.string().optional().describe('The function to ask.'),
    roleArn: z.string().optional().describe('Role to ask it with.'),
    lifecycleStages: z.array(z.enum(hookStages)).max(hookStages.length).optional().describe('When to ask.'),
    hookDetails: z
      .unknown()
      .optional()
      .describe('Any JSON for the function; of TASK hooks: taskDefinition, overrides, retries (0 to 10, default 0).'),
    timeoutConfiguration: z
      .strictObject({
        timeoutInMinutes: z
          .int()
          .min(1)
          .max(20160)
          .optional()
          .describe('How long a pause, or a task with all its tries, may take; default 1440.'),
        action: z
          .enum(['ROLLBACK', 'CONTINUE'])
          .optional()
          .describe('What then; default ROLLBACK. A task that has not ended is stopped either way.'),
      })
      .optional()
      .describe('Of PAUSE and TASK hooks.'),
  })
  .meta({ validations: hookCel })

const bake = (what: string) => z.int().min(0).max(1440).optional().describe(what)

export const DeploymentConfiguration = z.strictObject({
  minimumHealthyPercent: z
    .int()
    .min(0)
    .max(100)
    .optional()
    .describe('Least healthy tasks in percent of desiredCount, rounded up; default 100 (DAEMON: 0).'),
  maximumPercent: z
    .int()
    .min(100)
    .optional()
    .describe('Most tasks in percent of desiredCount, rounded down; default 200 (DAEMON: 100).'),
  minReadySeconds: z
    .int()
    .min(0)
    .max(3600)
    .optional()
    .describe(
      "Not of ECS: a task counts as healthy after so long in RUNNING; default 0, with the circuit breaker and without a health check ECS's 40.",
    ),
  deploymentCircuitBreaker: CircuitBreaker.optional().describe('Fails a deployment whose tasks keep failing.'),
  alarms: Alarms.optional().describe('Alarms that fail a deployment.'),
  strategy: z.enum(deploymentStrategies).optional().describe('How tasks of the new revision come; default ROLLING.'),
  bakeTimeInMinutes: bake(
    'How long the new revision is watched once all tasks run it, before the deployment ends; default 0.',
  ),
  lifecycleHooks: z.array(LifecycleHook).max(20).optional().describe('Whom to ask at stages of the deployment.'),
  linearConfiguration: z
    .strictObject({
      stepPercent: percent(leastPercent.step).optional().describe('Tasks that come in each step; default 10.'),
      stepBakeTimeInMinutes: bake('Wait after each step but the last; default 6.'),
    })
    .optional()
    .describe('Of strategy LINEAR.'),
  canaryConfiguration: z
    .strictObject({
      canaryPercent: percent(leastPercent.canary)
        .optional()
        .describe('Tasks that come first, at least one; default 5.'),
      canaryBakeTimeInMinutes: bake('Wait before the rest; default 10.'),
    })
    .optional()
    .describe('Of strategy CANARY.'),
})
export type DeploymentConfiguration = z.output<typeof DeploymentConfiguration>
