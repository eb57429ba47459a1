/** ServiceDeployment: one rollout of a service from its revisions to a target revision. */
import { z } from 'zod'
import type { FieldProblem } from '../../lib/errors.ts'
import { celGrowing, celImmutable, celInvalid, celOnce } from '../meta/cel.ts'
import { Conditions, unseen } from '../meta/conditions.ts'
import { growing, immutable, setOnce } from '../meta/immutable.ts'
import { defineKind, type ObjectOfKind } from '../meta/kind.ts'
import { invalid } from '../meta/problems.ts'
import { PhaseTime, timelinePhases } from './deployment-timeline.ts'

/** ECS's ServiceDeploymentStatus. */
export const serviceDeploymentStatuses = [
  'PENDING',
  'IN_PROGRESS',
  'STOP_REQUESTED',
  'ROLLBACK_REQUESTED',
  'ROLLBACK_IN_PROGRESS',
  'SUCCESSFUL',
  'STOPPED',
  'ROLLBACK_SUCCESSFUL',
  'ROLLBACK_FAILED',
] as const

/** ECS's ServiceDeploymentLifecycleStage. */
const lifecycleStages = [
  'RECONCILE_SERVICE',
  'PRE_SCALE_UP',
  'SCALE_UP',
  'POST_SCALE_UP',
  'TEST_TRAFFIC_SHIFT',
  'POST_TEST_TRAFFIC_SHIFT',
  'PRODUCTION_TRAFFIC_SHIFT',
  'POST_PRODUCTION_TRAFFIC_SHIFT',
  'BAKE_TIME',
  'CLEAN_UP',
] as const

/** ECS's DeploymentLifecycleHookAction. */
const hookActions = ['CONTINUE', 'ROLLBACK'] as const
export type HookAction = (typeof hookActions)[number]

/** ECS's DeploymentLifecycleHookStatus. */
const hookStatuses = ['AWAITING_ACTION', 'IN_PROGRESS', 'SUCCEEDED', 'FAILED', 'TIMED_OUT'] as const

/** ECS's DeploymentLifecycleHookDetail, and what became of the task that Gantry's own hooks run. */
const HookDetail = z.strictObject({
  hookId: z.string().describe('Stage and place among the hooks.'),
  targetType: z.enum(['PAUSE', 'TASK']).describe('What decides.'),
  lifecycleStage: z.enum(lifecycleStages).describe('When.'),
  status: z.enum(hookStatuses).describe("ECS's status."),
  startedAt: z.iso.datetime({ offset: true }).describe('Since when.'),
  expiresAt: z.iso
    .datetime({ offset: true })
    .optional()
    .describe('When a person who says nothing, or a task that does not end, is waited for no longer.'),
  timeoutAction: z.enum(hookActions).optional().describe('What then.'),
  task: z.string().optional().describe('Name of the Task that runs, or ran last.'),
  taskUid: z.string().optional().describe('Its uid, once it was seen: then it is not made again.'),
  attempt: z.int().optional().describe('From 1.'),
  reason: z.string().optional().describe('Why it failed.'),
})
export type HookDetail = z.output<typeof HookDetail>

/** ECS's StopServiceDeploymentStopType. */
export const stopTypes = ['ABORT', 'ROLLBACK'] as const
export type StopType = (typeof stopTypes)[number]

/** ECS's ServiceDeploymentRollbackMonitorsStatus. */
const monitorStatuses = ['DISABLED', 'MONITORING', 'MONITORING_COMPLETE', 'TRIGGERED'] as const

const specShape = {
  service: z.string().describe('Name of the Service.'),
  deployment: z.int().min(1).describe('Counts up within the service.'),
  targetServiceRevision: z.string().describe('Name of the ServiceRevision to roll out.'),
  sourceServiceRevisions: z.array(z.string()).describe('Names of the ServiceRevisions that had tasks when it began.'),
  stop: z
    .strictObject({
      type: z.enum(stopTypes).describe('ABORT: stays where it is; ROLLBACK: back to the last completed deployment.'),
    })
    .optional()
    .describe("ECS's StopServiceDeployment: a person's request to end it; set once."),
  promotedThrough: z
    .int()
    .min(1)
    .optional()
    .describe('Not of ECS: steps up to this one wait no longer, because a person said so; may only grow.'),
  hookAnswers: z
    .array(
      z.strictObject({
        hookId: z.string().max(64).describe('As in status.lifecycleHookDetails.'),
        action: z.enum(hookActions).describe('CONTINUE: go on; ROLLBACK: it fails.'),
      }),
    )
    .max(40)
    .optional()
    .describe("ECS's ContinueServiceDeployment: a person's answers to PAUSE hooks; an answer stays as it was given."),
}
/** What a person asks of a deployment that is there. */
const requests = ['stop', 'promotedThrough', 'hookAnswers'] as const
const answersStay = celInvalid(
  '.hookAnswers',
  '!has(oldSelf.hookAnswers) || (has(self.hookAnswers) && oldSelf.hookAnswers.all(o, self.hookAnswers.exists(n, n.hookId == o.hookId && n.action == o.action)))',
  'an answer stays as it was given',
)
const onceOnly = ['stop'] as const
const counters = ['promotedThrough'] as const
const ServiceDeploymentSpec = z
  .strictObject(specShape)
  .describe('What is rolled out, and what a person asked of it since. Immutable but for that.')
  .meta({
    validations: [
      ...celImmutable(specShape, requests),
      ...onceOnly.map(celOnce),
      ...counters.map(celGrowing),
      answersStay,
    ],
  })

const ServiceDeploymentStatusShape = z
  .strictObject({
    observedGeneration: z.int().optional().describe('The generation this status was made for.'),
    status: z.enum(serviceDeploymentStatuses).optional().describe("ECS's status; absent means PENDING."),
    statusReason: z.string().optional().describe('Why.'),
    startedAt: z.iso.datetime({ offset: true }).optional().describe('When it began to act.'),
    finishedAt: z.iso.datetime({ offset: true }).optional().describe('When it ended.'),
    deploymentCircuitBreaker: z
      .strictObject({
        status: z.enum(monitorStatuses).describe('TRIGGERED when so many tasks failed.'),
        failureCount: z.int().describe('Failures in a row; stays as it was when it triggered.'),
        threshold: z.int().describe('How many are too many, by the desired count of the moment.'),
      })
      .optional()
      .describe('The circuit breaker.'),
    failedTasks: z.int().optional().describe('Failures in a row of the revision that is rolled out, or back to.'),
    countedTasks: z
      .array(z.string())
      .optional()
      .describe('The newest task of each slot whose failure was counted, so that none counts twice.'),
    healthyTaskCreatedAt: z.iso
      .datetime({ offset: true })
      .optional()
      .describe('When the newest task that got healthy was made: a newer one that does resets the count.'),
    lastFailure: z
      .strictObject({
        task: z.string().optional().describe('Name of the Task; absent: an image could not be pulled ahead of any.'),
        stopCode: z.string().optional().describe('How it ended; absent: it failed its health checks.'),
        reason: z.string().describe('Why, in ECS words.'),
      })
      .optional()
      .describe('The last failure that was counted.'),
    rollback: z
      .strictObject({
        reason: z.string().describe('Why it goes back.'),
        startedAt: z.iso.datetime({ offset: true }).describe('Since when.'),
        serviceRevision: z.string().describe('Name of the ServiceRevision that it goes back to.'),
        serviceDeployment: z.string().describe('Name of the ServiceDeployment that had completed with it.'),
      })
      .optional()
      .describe('Set once, when it begins to go back; then this revision is the one in force.'),
    lifecycleStage: z.enum(lifecycleStages).optional().describe("ECS's stage; the last one it came to."),
    lifecycleStageStartedAt: z.iso.datetime({ offset: true }).optional().describe('Since when it is in this stage.'),
    shift: z
      .strictObject({
        step: z.int().describe('From 1.'),
        percent: z.number().describe('Of the tasks, that run the new revision in this step.'),
        reachedAt: z.iso.datetime({ offset: true }).optional().describe('When they did, all healthy.'),
      })
      .optional()
      .describe('How much of the service is shifted (CANARY, LINEAR).'),
    lifecycleHookDetails: z.array(HookDetail).optional().describe("ECS's: its hooks so far."),
    waitsUntil: z.iso
      .datetime({ offset: true })
      .optional()
      .describe('While it waits with nothing else to do: when it goes on by itself.'),
    held: z
      .strictObject({
        surplus: z
          .int()
          .describe('Tasks beyond the desired count, or short of it when negative, that it was held with.'),
      })
      .optional()
      .describe('Present while it is held where it is: its service is paused, or it was aborted.'),
    timeline: z
      .array(PhaseTime)
      .max(timelinePhases.length)
      .optional()
      .describe('Not of ECS: where its time went, written when it ended; its tasks may go after that.'),
    conditions: Conditions.optional(),
  })
  .describe('Observed state of the rollout.')

type Answers = NonNullable<z.output<typeof ServiceDeploymentSpec>['hookAnswers']>

const changedAnswers = (old: Answers, next: Answers): readonly FieldProblem[] =>
  old.every((one) => next.some(({ hookId, action }) => hookId === one.hookId && action === one.action))
    ? []
    : [invalid('spec.hookAnswers', next, 'an answer stays as it was given')]

export const ServiceDeployment = defineKind(
  {
    kind: 'ServiceDeployment',
    plural: 'servicedeployments',
    firstStatus: unseen,
    shortNames: ['sdep'],
    description: 'One rollout of a service: strategy, progress and outcome.',
    shape: { spec: ServiceDeploymentSpec, status: ServiceDeploymentStatusShape.optional() },
    selectableFields: ['spec.service'],
    columns: [
      { name: 'Service', type: 'string', jsonPath: '.spec.service', description: 'The service.' },
      {
        name: 'Target',
        type: 'string',
        jsonPath: '.spec.targetServiceRevision',
        description: 'The revision rolled out.',
      },
      { name: 'Status', type: 'string', jsonPath: '.status.status', description: "ECS's status." },
      { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since creation.' },
      {
        name: 'Started',
        type: 'date',
        jsonPath: '.status.startedAt',
        description: 'Time since it began to act.',
        priority: 1,
      },
      {
        name: 'Finished',
        type: 'date',
        jsonPath: '.status.finishedAt',
        description: 'Time since it ended.',
        priority: 1,
      },
      { name: 'Reason', type: 'string', jsonPath: '.status.statusReason', description: 'Why.', priority: 1 },
    ],
  },
  {
    validate: ({ spec }, old) =>
      old === undefined
        ? []
        : [
            ...immutable(old.spec, spec, 'spec', requests),
            ...setOnce(old.spec, spec, 'spec', onceOnly),
            ...growing(old.spec, spec, 'spec', counters),
            ...changedAnswers(old.spec.hookAnswers ?? [], spec.hookAnswers ?? []),
          ],
  },
)
export type ServiceDeployment = ObjectOfKind<typeof ServiceDeployment>

export type ServiceDeploymentStatus = NonNullable<ServiceDeployment['status']>

const unfinished: ReadonlySet<string> = new Set([
  'PENDING',
  'IN_PROGRESS',
  'STOP_REQUESTED',
  'ROLLBACK_REQUESTED',
  'ROLLBACK_IN_PROGRESS',
])

/** Whether the deployment has ended (ecs-core 5.14): its status never changes again. */
export const isFinished = ({ status }: ServiceDeployment): boolean => !unfinished.has(status?.status ?? 'PENDING')

/** Whether its circuit breaker ended it where it was, without going back: its revision gets no more tasks (ecs-core 5.7). */
export const hasFailed = ({ status }: ServiceDeployment): boolean =>
  status?.status === 'STOPPED' && status.deploymentCircuitBreaker?.status === 'TRIGGERED'

/** Whether it was ended where it was, by a person or by a hook: nothing of it is started or stopped any more. */
export const wasLeft = ({ status }: ServiceDeployment): boolean =>
  status?.status === 'STOPPED' && status.held !== undefined

/** Whether a person ended it so. */
export const wasAborted = (deployment: ServiceDeployment): boolean =>
  wasLeft(deployment) && deployment.spec.stop !== undefined

/** Whether it goes, or went, back because a person asked for it, and not by itself. */
export const isBackByRequest = ({ status }: ServiceDeployment): boolean =>
  status?.rollback?.reason === rollbackRequested

/** `status.rollback.reason` after StopServiceDeployment. */
export const rollbackRequested = 'StopServiceDeployment: rollback requested.'

/**
 * The completed deployments of other revisions than the newest that are ready to be gone back to, the latest first (ecs-core 5.7).
 * `deployments` by number.
 */
export function completedBefore(deployments: readonly ServiceDeployment[]): readonly ServiceDeployment[] {
  const newest = deployments.at(-1)?.spec.targetServiceRevision
  return deployments
    .filter(({ spec, status }) => status?.status === 'SUCCESSFUL' && spec.targetServiceRevision !== newest)
    .toReversed()
}

/** Name of the ServiceRevision that the newest deployment of a service puts in force: its target, or what it goes back to. */
export const revisionInForce = ({ spec, status }: ServiceDeployment): string =>
  status?.rollback?.serviceRevision ?? spec.targetServiceRevision

/** Number of the step that it is in; 1 without steps. */
export const stepOf = ({ status }: ServiceDeployment): number => status?.shift?.step ?? 1
