/** Service: the desired state of a long-running workload, in ECS's words. */
import { z } from 'zod'
import { isEqual } from '../../lib/equal.ts'
import type { FieldProblem } from '../../lib/errors.ts'
import { Conditions, unseen } from '../meta/conditions.ts'
import { defineKind, type ObjectOfKind } from '../meta/kind.ts'
import { invalid } from '../meta/problems.ts'
import { notYetWarnings, serviceNotYet } from './not-yet.ts'
import { misreadService, serviceAdvice, serviceProblems } from './service-rules.ts'
import { describeOnlyMembers, ServiceSpec } from './service-spec.ts'
import { downtimeWarnings } from './zero-downtime.ts'

export type { ServiceSpec } from './service-spec.ts'

const ZoneRebalancing = z.strictObject({
  state: z.enum(['BALANCED', 'IN_PROGRESS', 'STOPPED']).describe('STOPPED: not balanced, and nothing can be done now.'),
  zones: z
    .array(
      z.strictObject({
        zone: z.string().describe('The availability zone.'),
        tasks: z.int().describe('Tasks there, before those that are under way.'),
      }),
    )
    .describe('The zones that take tasks of the service.')
    .meta({ listType: 'map', listMapKeys: ['zone'] }),
  reason: z.string().optional().describe('Why it is STOPPED.'),
  attempts: z.int().optional().describe('How often tasks were started for zones that are still as they were then.'),
  attemptedAt: z.iso.datetime({ offset: true }).optional().describe('When the last time.'),
})

const ServiceStatus = z
  .strictObject({
    observedGeneration: z.int().optional().describe('The generation this status was made for.'),
    status: z.enum(['ACTIVE', 'DRAINING', 'INACTIVE']).optional().describe("ECS's status."),
    desiredCount: z.int().optional().describe('Tasks wanted.'),
    runningCount: z.int().optional().describe('Tasks in RUNNING.'),
    pendingCount: z.int().optional().describe('Tasks on their way to RUNNING.'),
    stoppingCount: z.int().optional().describe('Tasks told to stop that have not stopped.'),
    taskDefinition: z.string().optional().describe('Revision that the primary deployment runs: `web:3`.'),
    latestRevision: z.int().optional().describe('Number of the newest ServiceRevision.'),
    latestDeployment: z.int().optional().describe('Number of the newest ServiceDeployment.'),
    currentServiceDeployment: z.string().optional().describe('Name of the deployment in progress.'),
    currentServiceRevision: z.string().optional().describe('Name of the revision that the service converges to.'),
    rolloutState: z.enum(['IN_PROGRESS', 'COMPLETED', 'FAILED']).optional().describe('State of the newest deployment.'),
    rolloutStateReason: z.string().optional().describe('Why, in ECS words.'),
    startFailures: z
      .int()
      .optional()
      .describe('Tasks in a row that stopped before RUNNING; drives the start back-off.'),
    lastStartFailureAt: z.iso.datetime({ offset: true }).optional().describe('When the last of them stopped.'),
    reasonSince: z.iso
      .datetime({ offset: true })
      .optional()
      .describe('Since when Ready has its reason; what it says is told again every 6 hours from then on.'),
    availabilityZoneRebalancing: ZoneRebalancing.optional().describe(
      'How its tasks are spread over availability zones when it is steady; absent: it does not even them out, or there is one zone.',
    ),
    conditions: Conditions.optional(),
  })
  .describe('Observed state of the service.')
export type ServiceStatus = z.output<typeof ServiceStatus>
export type ZoneRebalancing = z.output<typeof ZoneRebalancing>

interface ServiceObject {
  readonly spec: ServiceSpec
}

/** What was accepted once is not judged again while only the status changes. */
function serviceChanges({ spec }: ServiceObject, old: ServiceObject | undefined): readonly FieldProblem[] {
  if (old === undefined) return serviceProblems(spec)
  if (isEqual(old.spec, spec)) return []
  // ecs-core 2.4: not updatable
  const changed = old.spec.schedulingStrategy !== spec.schedulingStrategy
  const fixed = changed ? [invalid('spec.schedulingStrategy', spec.schedulingStrategy, 'field is immutable')] : []
  return [...fixed, ...serviceProblems(spec)]
}

export const Service = defineKind(
  {
    kind: 'Service',
    plural: 'services',
    firstStatus: unseen,
    shortNames: ['ecssvc'],
    description: 'Keeps a number of tasks of a task definition running and rolls changes through.',
    shape: { spec: ServiceSpec, status: ServiceStatus.optional() },
    droppedFields: describeOnlyMembers.map((member) => `spec.${member}`),
    scale: { specPath: '.spec.desiredCount', statusPath: '.status.runningCount' },
    columns: [
      { name: 'Desired', type: 'integer', jsonPath: '.spec.desiredCount', description: 'Tasks wanted.' },
      { name: 'Running', type: 'integer', jsonPath: '.status.runningCount', description: 'Tasks in RUNNING.' },
      { name: 'Pending', type: 'integer', jsonPath: '.status.pendingCount', description: 'Tasks on their way.' },
      {
        name: 'Task-Definition',
        type: 'string',
        jsonPath: '.status.taskDefinition',
        description: 'Revision of the primary deployment.',
      },
      {
        name: 'Rollout',
        type: 'string',
        jsonPath: '.status.rolloutState',
        description: 'State of the newest deployment.',
      },
      { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since creation.' },
      { name: 'Status', type: 'string', jsonPath: '.status.status', description: "ECS's status.", priority: 1 },
      {
        name: 'Deployment',
        type: 'string',
        jsonPath: '.status.currentServiceDeployment',
        description: 'The deployment in progress.',
        priority: 1,
      },
      { name: 'Reason', type: 'string', jsonPath: '.status.rolloutStateReason', description: 'Why.', priority: 1 },
    ],
  },
  {
    misread: misreadService,
    validate: serviceChanges,
    warnings: (service) => [
      ...serviceAdvice(service),
      ...downtimeWarnings(service.spec),
      ...notYetWarnings(service.spec, serviceNotYet),
    ],
  },
)
export type Service = ObjectOfKind<typeof Service>

/** The reason of Stalled while an image cannot be pulled that is to be there before a task stops for it. */
export const cannotPullAhead = 'CannotPullContainerError'
