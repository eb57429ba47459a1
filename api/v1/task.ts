/** Task: one running (or stopped) copy of a task definition revision. */
import { z } from 'zod'
import type { FieldProblem } from '../../lib/errors.ts'
import { celImmutable, celInvalid, celOnward } from '../meta/cel.ts'
import { Conditions, unseen } from '../meta/conditions.ts'
import { defineKind, type ObjectOfKind } from '../meta/kind.ts'
import { invalid } from '../meta/problems.ts'
import { ContainerImages } from './container-images.ts'
import { propagateTags, TaskVolumeConfiguration } from './ebs-volumes.ts'
import { limits } from './limits.ts'
import { StartedBy, saying, TaskTags } from './names.ts'
import { CapacityProviderStrategy, NetworkConfiguration } from './networking.ts'
import { notYetWarnings, taskNotYet } from './not-yet.ts'
import { PlacementConstraint, PlacementStrategy } from './placement.ts'
import { taskCel } from './task-cel.ts'
import { launchTypes } from './task-definition-spec.ts'
import { TaskOverride } from './task-overrides.ts'
import { TaskProtection } from './task-protection.ts'
import { changingTaskMembers, newTaskProblems, taskChangeProblems } from './task-rules.ts'

/** ECS's task life, in order: lastStatus only moves forward. */
export const taskStatuses = [
  'PROVISIONING',
  'PENDING',
  'ACTIVATING',
  'RUNNING',
  'DEACTIVATING',
  'STOPPING',
  'DEPROVISIONING',
  'STOPPED',
] as const
export type TaskStatusName = (typeof taskStatuses)[number]

/** Whether `a` comes after `b` in a task's life. */
export const isAfter = (a: TaskStatusName, b: TaskStatusName): boolean =>
  taskStatuses.indexOf(a) > taskStatuses.indexOf(b)

/** ECS's TaskStopCode. */
export const taskStopCodes = [
  'TaskFailedToStart',
  'EssentialContainerExited',
  'UserInitiated',
  'ServiceSchedulerInitiated',
  'SpotInterruption',
  'TerminationNotice',
  'InfrastructureHealth',
] as const
export type TaskStopCode = (typeof taskStopCodes)[number]

export const healthStatuses = ['HEALTHY', 'UNHEALTHY', 'UNKNOWN'] as const
export type HealthStatus = (typeof healthStatuses)[number]

const at = (what: string) => z.iso.datetime({ offset: true }).optional().describe(what)

const TaskSpecShape = {
  taskDefinition: z
    .string()
    .max(limits.reference)
    .describe(
      '`web.3` names a TaskDefinitionRevision; `web:3` and `web` (the newest) are resolved once, see the status.',
    ),
  desiredStatus: z
    .enum(['RUNNING', 'STOPPED'])
    .default('RUNNING')
    .describe('STOPPED stops the task; there is no way back.'),
  stopCode: z.enum(taskStopCodes).optional().describe('Why it is to stop, set together with desiredStatus STOPPED.'),
  stoppedReason: z.string().max(1024).optional().describe('Why it is to stop, for people.'),
  containerInstance: z
    .string()
    .optional()
    .describe('The ContainerInstance it is bound to; set once, by the scheduler.'),
  group: z.string().max(255).optional().describe('`service:NAME` or `family:NAME`; spread and affinity count by it.'),
  startedBy: StartedBy.optional().describe('Who started it.'),
  placementConstraints: z
    .array(PlacementConstraint)
    .max(11)
    .optional()
    .describe('Where it may run: up to 10, and for the task of a daemon its instance.'),
  placementStrategy: z.array(PlacementStrategy).max(5).optional().describe('Where it should run.'),
  protection: TaskProtection.optional().describe(
    'Keeps a service from stopping it to scale in, roll out or empty an instance; not from replacing it when it is unhealthy.',
  ),
  overrides: TaskOverride.optional().describe('What differs from the task definition.'),
  launchType: z.enum(launchTypes).optional().describe('Where it runs; not with capacityProviderStrategy.'),
  capacityProviderStrategy: CapacityProviderStrategy.optional().describe('Which capacity providers it may go to.'),
  platformVersion: z.string().optional().describe('Fargate platform version.'),
  networkConfiguration: NetworkConfiguration.optional().describe('For networkMode awsvpc.'),
  volumeConfigurations: z
    .array(TaskVolumeConfiguration)
    .max(1)
    .optional()
    .describe('The volume that is configuredAtLaunch.'),
  containerImages: ContainerImages.optional().describe('Digests to run for the tags, set by its service.'),
  tags: TaskTags.optional().describe('Its tags: up to 50, and those that ECS gives it.'),
  propagateTags: z.enum(propagateTags).optional().describe('Where further tags come from; default NONE.'),
  enableECSManagedTags: z.boolean().optional().describe('Whether it gets the tags aws:ecs:*.'),
  enableExecuteCommand: z.boolean().optional().describe('Whether commands can be run in its containers.'),
  clientToken: z
    .string()
    .max(64)
    .regex(/^[!-~]+$/, saying('must be 1 to 64 visible ASCII characters'))
    .optional()
    .describe('Token of the request that ran it: the same token and parameters mean the same tasks.'),
  referenceId: z.string().optional().describe('For the tool that started it.'),
}
const TaskSpec = z
  .strictObject(TaskSpecShape)
  .describe('Desired state of the task.')
  .meta({ validations: [...taskCel, ...celImmutable(TaskSpecShape, changingTaskMembers)] })

export const NetworkBinding = z.strictObject({
  bindIP: z.string().optional().describe('Address on the instance.'),
  containerPort: z.int().optional().describe('Port inside the container.'),
  hostPort: z.int().optional().describe('Port of the instance.'),
  protocol: z.enum(['tcp', 'udp']).optional().describe('Transport protocol.'),
})
export type NetworkBinding = z.output<typeof NetworkBinding>

export const TaskContainer = z.strictObject({
  name: z.string().describe('Name in the task definition.'),
  image: z.string().optional().describe('Image asked for.'),
  imageDigest: z.string().optional().describe('Digest of the image that runs.'),
  runtimeId: z.string().optional().describe("The engine's id."),
  lastStatus: z.enum(['PENDING', 'RUNNING', 'STOPPED']).describe('State of the container.'),
  exitCode: z.int().optional().describe('Exit code, when the process ran and ended.'),
  reason: z.string().max(1024).optional().describe('`ErrorName: detail`.'),
  healthStatus: z.enum(healthStatuses).optional().describe('Result of its health check.'),
  networkBindings: z.array(NetworkBinding).optional().describe('Published ports.'),
  startedAt: at('When its process first started.'),
  restartCount: z
    .int()
    .optional()
    .describe('How often its restartPolicy started it again; ECS says so in its metadata.'),
  restartedAt: at('When it was last started again.'),
  stoppedAt: at('When its process ended.'),
})
export type TaskContainer = z.output<typeof TaskContainer>

const TaskStatus = z
  .strictObject({
    observedGeneration: z.int().optional().describe('The generation this status was made for.'),
    taskDefinition: z
      .string()
      .max(limits.reference)
      .optional()
      .describe('Name of the TaskDefinitionRevision that it runs, when its spec says that in other words; set once.'),
    lastStatus: z.enum(taskStatuses).optional().describe("ECS's status; absent means PROVISIONING (not placed yet)."),
    healthStatus: z.enum(healthStatuses).optional().describe('Over the essential containers.'),
    connectivity: z
      .enum(['CONNECTED', 'DISCONNECTED'])
      .optional()
      .describe("DISCONNECTED: it ended, or was told to stop, because its instance's agent was not heard."),
    connectivityAt: at('When its agent first had it.'),
    containers: z
      .array(TaskContainer)
      .optional()
      .describe('Its containers.')
      .meta({ listType: 'map', listMapKeys: ['name'] }),
    pullStartedAt: at('When the first pull began.'),
    pullStoppedAt: at('When the last pull ended.'),
    startedAt: at('When it reached RUNNING; absent if it never ran.'),
    healthyAt: at('Not of ECS: when it was first HEALTHY; absent without a health check.'),
    stoppingAt: at('When it was first told to stop, or began to.'),
    executionStoppedAt: at('When the first essential container stopped.'),
    stoppedAt: at('When it reached STOPPED.'),
    stopCode: z.enum(taskStopCodes).optional().describe('Why it stopped.'),
    stoppedReason: z.string().max(1024).optional().describe('Why it stopped, in ECS words.'),
    conditions: Conditions.optional(),
  })
  .describe('Observed state of the task.')
  .meta({
    validations: [
      celOnward(
        'lastStatus',
        taskStatuses,
        'the task is …: lastStatus only moves forward',
        '"the task is " + oldSelf.lastStatus + ": lastStatus only moves forward"',
      ),
      celInvalid(
        '.taskDefinition',
        '!has(oldSelf.taskDefinition) || (has(self.taskDefinition) && self.taskDefinition == oldSelf.taskDefinition)',
        'field is immutable',
      ),
    ],
  })
export type TaskStatus = z.output<typeof TaskStatus>

interface TaskObject {
  readonly spec: z.output<typeof TaskSpec>
  readonly status?: TaskStatus | undefined
}

/** An agent may read what its tasks run: it may not choose that by writing a status. */
function resolvedProblems(next: TaskObject, old: TaskObject): readonly FieldProblem[] {
  const [before, after] = [old.status?.taskDefinition, next.status?.taskDefinition]
  return before === undefined || after === before
    ? []
    : [invalid('status.taskDefinition', after ?? null, 'field is immutable')]
}

/** lastStatus moves forward only (ecs-core 4.1). */
function progressProblems(next: TaskObject, old: TaskObject): readonly FieldProblem[] {
  const before = old.status?.lastStatus
  const after = next.status?.lastStatus
  if (before === undefined || after === before || (after !== undefined && isAfter(after, before))) return []
  return [invalid('status.lastStatus', after ?? null, `the task is ${before}: lastStatus only moves forward`)]
}

const taskProblems = (next: TaskObject, old: TaskObject | undefined): readonly FieldProblem[] =>
  old === undefined
    ? newTaskProblems(next.spec)
    : [...taskChangeProblems(next.spec, old.spec), ...progressProblems(next, old), ...resolvedProblems(next, old)]

export const Task = defineKind(
  {
    kind: 'Task',
    plural: 'tasks',
    firstStatus: unseen,
    description: 'One copy of a task definition revision: its binding, its containers, how it ended.',
    shape: { spec: TaskSpec, status: TaskStatus.optional() },
    selectableFields: [
      'spec.containerInstance',
      'spec.desiredStatus',
      'spec.group',
      'spec.startedBy',
      'spec.taskDefinition',
      'status.lastStatus',
      'status.taskDefinition',
    ],
    columns: [
      { name: 'Task-Definition', type: 'string', jsonPath: '.spec.taskDefinition', description: 'What it runs.' },
      { name: 'Last-Status', type: 'string', jsonPath: '.status.lastStatus', description: "ECS's status." },
      { name: 'Health', type: 'string', jsonPath: '.status.healthStatus', description: 'Health.' },
      { name: 'Instance', type: 'string', jsonPath: '.spec.containerInstance', description: 'Where it runs.' },
      { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since creation.' },
      {
        name: 'Desired-Status',
        type: 'string',
        jsonPath: '.spec.desiredStatus',
        description: 'What it is meant to be.',
        priority: 1,
      },
      {
        name: 'Group',
        type: 'string',
        jsonPath: '.spec.group',
        description: 'The group it was started in.',
        priority: 1,
      },
      {
        name: 'Started',
        type: 'date',
        jsonPath: '.status.startedAt',
        description: 'Time since it reached RUNNING.',
        priority: 1,
      },
      {
        name: 'Protected-Until',
        type: 'string',
        jsonPath: '.spec.protection.expirationDate',
        description: 'Until when its service does not stop it.',
        priority: 1,
      },
      {
        name: 'Stop-Code',
        type: 'string',
        jsonPath: '.status.stopCode',
        description: 'Why it stopped, as a code.',
        priority: 1,
      },
      {
        name: 'Reason',
        type: 'string',
        jsonPath: '.status.stoppedReason',
        description: 'Why it stopped.',
        priority: 1,
      },
    ],
  },
  { validate: taskProblems, warnings: ({ spec }) => notYetWarnings(spec, taskNotYet) },
)
export type Task = ObjectOfKind<typeof Task>

/** Name of the TaskDefinitionRevision that it runs; undefined until it is known what its spec refers to. */
export const revisionNameOf = ({ spec, status }: Task): string | undefined =>
  /^[^:/]+\.\d+$/.test(spec.taskDefinition) ? spec.taskDefinition : status?.taskDefinition

/** The task's last status; PROVISIONING until anybody wrote one. */
export const lastStatusOf = (task: Task): TaskStatusName => task.status?.lastStatus ?? 'PROVISIONING'
export const isStopped = (task: Task): boolean => lastStatusOf(task) === 'STOPPED'
/** Whether it was told to stop, or is on its way out. */
export const isStopping = (task: Task): boolean =>
  !isStopped(task) &&
  (task.spec.desiredStatus === 'STOPPED' ||
    task.metadata.deletionTimestamp !== undefined ||
    isAfter(lastStatusOf(task), 'RUNNING'))
/** Whether it was RUNNING at any time. */
export const hasRun = (task: Task): boolean => task.status?.startedAt !== undefined
