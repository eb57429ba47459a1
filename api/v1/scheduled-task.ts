/** ScheduledTask: tasks that are run at times, in the words of EventBridge Scheduler and of Kubernetes' CronJob. */
import { z } from 'zod'
import { isEqual } from '../../lib/equal.ts'
import { Conditions, unseen } from '../meta/conditions.ts'
import { defineKind, type ObjectOfKind } from '../meta/kind.ts'
import { propagateTags } from './ebs-volumes.ts'
import { limits } from './limits.ts'
import { StartedBy, Tags } from './names.ts'
import { CapacityProviderStrategy, NetworkConfiguration } from './networking.ts'
import { notYetWarnings, taskTemplateNotYet } from './not-yet.ts'
import { PlacementConstraint, PlacementStrategy } from './placement.ts'
import { scheduledTaskCel } from './scheduled-task-cel.ts'
import { scheduledTaskProblems } from './scheduled-task-rules.ts'
import { taskTemplateCel } from './task-cel.ts'
import { launchTypes } from './task-definition-spec.ts'
import { TaskOverride } from './task-overrides.ts'

const time = z.iso.datetime({ offset: true })

/** What RunTask takes (ecs-core 2.3), as EventBridge hands it on. */
const TaskTemplate = z
  .strictObject({
    taskDefinition: z
      .string()
      .max(limits.reference)
      .describe('`web` (the newest revision at the time of the run), `web:3`, or a TaskDefinitionRevision.'),
    count: z.int().min(1).max(10).default(1).describe('Tasks of each run.'),
    overrides: TaskOverride.optional().describe('What differs from the task definition.'),
    group: z.string().max(255).optional().describe('Group of the tasks; default `family:NAME`.'),
    startedBy: StartedBy.optional().describe('Who started them; default `events-rule/NAME`.'),
    placementConstraints: z.array(PlacementConstraint).max(10).optional().describe('Where they may run.'),
    placementStrategy: z.array(PlacementStrategy).max(5).optional().describe('Where they should run.'),
    launchType: z.enum(launchTypes).optional().describe('Where they run; not with capacityProviderStrategy.'),
    capacityProviderStrategy: CapacityProviderStrategy.optional().describe('Which capacity providers they may go to.'),
    platformVersion: z.string().optional().describe('Fargate platform version.'),
    networkConfiguration: NetworkConfiguration.optional().describe('For networkMode awsvpc.'),
    tags: Tags.optional().describe('Tags of the tasks.'),
    propagateTags: z.enum(propagateTags).optional().describe('Where further tags come from; default NONE.'),
    enableECSManagedTags: z.boolean().optional().describe('Whether they get the tags aws:ecs:*.'),
    enableExecuteCommand: z.boolean().optional().describe('Whether commands can be run in their containers.'),
  })
  .describe('The tasks of a run.')
  .meta({ validations: taskTemplateCel })
export type TaskTemplate = z.output<typeof TaskTemplate>

const ScheduledTaskSpec = z
  .strictObject({
    schedule: z
      .string()
      .max(limits.schedule)
      .describe(
        'When: `cron(0 3 * * ? *)` (minutes hours day-of-month month day-of-week year), `rate(5 minutes)`, `at(2027-01-31T03:00:00)`, or a crontab line, `0 3 * * *`.',
      ),
    timeZone: z
      .string()
      .max(limits.timeZone)
      .default('UTC')
      .describe(
        'IANA time zone of cron and at. A named hour that the clocks skip is not due, one that they show twice is due once; `* hours` goes by time that passes.',
      ),
    startDate: time.optional().describe('Not due before; a rate counts from here, else from the creation.'),
    endDate: time.optional().describe('Not due after.'),
    suspend: z
      .boolean()
      .default(false)
      .describe('Nothing is due while this is true; what was not due is not made up for.'),
    concurrencyPolicy: z
      .enum(['Allow', 'Forbid', 'Replace'])
      .default('Allow')
      .describe('While a run is under way: start the next beside it, after it, or in its place.'),
    startingDeadlineSeconds: z
      .int()
      .min(0)
      .optional()
      .describe(
        'How late a run may start; later it is missed. Of several times that passed only the newest is made up for.',
      ),
    activeDeadlineSeconds: z
      .int()
      .min(1)
      .optional()
      .describe('How long a run may take with all its attempts; then its tasks are stopped.'),
    retryPolicy: z
      .strictObject({
        maximumRetryAttempts: z.int().min(0).max(185).default(0).describe('More attempts after one that failed.'),
        maximumEventAgeInSeconds: z
          .int()
          .min(60)
          .max(86_400)
          .default(86_400)
          .describe('No attempt begins later after the time of the run.'),
      })
      .optional()
      .describe('What becomes of a run that failed; the pauses grow from 10 s to 10 min.'),
    successfulRunsHistoryLimit: z.int().min(0).max(50).default(3).describe('Successful runs kept in the status.'),
    failedRunsHistoryLimit: z.int().min(0).max(50).default(1).describe('Failed runs kept in the status.'),
    taskTemplate: TaskTemplate,
  })
  .describe('What is run, and when.')
  .meta({ validations: scheduledTaskCel })

/** PENDING: its tasks are being made. STOPPING: they were told to stop. RETRYING: the next attempt waits. */
export const runStatuses = ['PENDING', 'RUNNING', 'STOPPING', 'RETRYING', 'SUCCEEDED', 'FAILED'] as const

export const ScheduledRun = z.strictObject({
  name: z.string().describe('Name of the run; its tasks are called `NAME-ATTEMPT-N`.'),
  scheduledTime: time.describe('When it was due; of a manual run, when it was asked for.'),
  trigger: z.enum(['Schedule', 'Manual']).describe('Whether its time came, or somebody asked for it.'),
  status: z.enum(runStatuses).describe('How it stands.'),
  attempt: z.int().describe('Number of the newest attempt, from 1.'),
  taskDefinition: z.string().optional().describe('The revision that it runs.'),
  tasks: z.array(z.string()).max(10).describe('Tasks of the newest attempt.').meta({ listType: 'atomic' }),
  startedAt: time.optional().describe('When it began.'),
  endedAt: time.optional().describe('When it ended.'),
  nextAttemptAt: time.optional().describe('When the next attempt begins.'),
  exitCode: z.int().optional().describe('Of the newest attempt: 0, or the first that is not.'),
  reason: z.string().max(1024).optional().describe('Why it failed, is stopped, or waits.'),
})
export type ScheduledRun = z.output<typeof ScheduledRun>

const ScheduledTaskStatus = z
  .strictObject({
    observedGeneration: z.int().optional().describe('The generation this status was made for.'),
    active: z.int().optional().describe('Runs under way.'),
    lastScheduleTime: time.optional().describe('The newest time that a run was started for.'),
    lastSuccessfulTime: time.optional().describe('When a run last succeeded.'),
    lastMissedTime: time.optional().describe('The newest time that no run was started for, being too late.'),
    nextScheduleTime: time.optional().describe('When it is due next.'),
    lastRunRequest: z
      .string()
      .optional()
      .describe('The newest request (annotation gantry.dev/run-now) that a run was started for.'),
    lastRequestTime: time.optional().describe('When that run was started.'),
    observedSchedule: z.string().optional().describe('The schedule that times were counted by.'),
    countsFrom: time.optional().describe('Only times after this count: since then the schedule is as it is.'),
    runs: z
      .array(ScheduledRun)
      .optional()
      .describe('Runs under way, and the newest of those that ended.')
      .meta({ listType: 'map', listMapKeys: ['name'] }),
    conditions: Conditions.optional(),
  })
  .describe('What has become of it.')
export type ScheduledTaskStatus = z.output<typeof ScheduledTaskStatus>

export const ScheduledTask = defineKind(
  {
    kind: 'ScheduledTask',
    plural: 'scheduledtasks',
    firstStatus: unseen,
    shortNames: ['sched'],
    description: 'Runs tasks at times: by a cron expression, at a rate, or once.',
    shape: { spec: ScheduledTaskSpec, status: ScheduledTaskStatus.optional() },
    columns: [
      { name: 'Schedule', type: 'string', jsonPath: '.spec.schedule', description: 'When it is due.' },
      { name: 'Suspend', type: 'boolean', jsonPath: '.spec.suspend', description: 'Whether nothing is due.' },
      { name: 'Active', type: 'integer', jsonPath: '.status.active', description: 'Runs under way.' },
      { name: 'Last', type: 'date', jsonPath: '.status.lastScheduleTime', description: 'Time since it was last due.' },
      { name: 'Next', type: 'string', jsonPath: '.status.nextScheduleTime', description: 'When it is due next.' },
      { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since creation.' },
      { name: 'Time-Zone', type: 'string', jsonPath: '.spec.timeZone', description: 'Time zone.', priority: 1 },
      {
        name: 'Task-Definition',
        type: 'string',
        jsonPath: '.spec.taskTemplate.taskDefinition',
        description: 'What it runs.',
        priority: 1,
      },
      {
        name: 'Last-Success',
        type: 'date',
        jsonPath: '.status.lastSuccessfulTime',
        description: 'Time since a run succeeded.',
        priority: 1,
      },
    ],
  },
  {
    // What was accepted once is not judged again while only the status changes.
    validate: ({ spec }, old) => (old !== undefined && isEqual(old.spec, spec) ? [] : scheduledTaskProblems(spec)),
    warnings: ({ spec }) => notYetWarnings(spec.taskTemplate, taskTemplateNotYet, 'spec.taskTemplate'),
  },
)
export type ScheduledTask = ObjectOfKind<typeof ScheduledTask>

/** Whether a run is under way. */
export const isActiveRun = ({ status }: Pick<ScheduledRun, 'status'>): boolean =>
  status !== 'SUCCEEDED' && status !== 'FAILED'
