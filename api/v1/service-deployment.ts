/** ServiceDeployment: one rollout of a service from its revisions to a target revision. */
import { z } from 'zod'
import { celImmutable } from '../meta/cel.ts'
import { Conditions } from '../meta/conditions.ts'
import { immutable } from '../meta/immutable.ts'
import { defineKind, type ObjectOfKind } from '../meta/kind.ts'

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

const specShape = {
  service: z.string().describe('Name of the Service.'),
  deployment: z.int().min(1).describe('Counts up within the service.'),
  targetServiceRevision: z.string().describe('Name of the ServiceRevision to roll out.'),
  sourceServiceRevisions: z.array(z.string()).describe('Names of the ServiceRevisions that had tasks when it began.'),
}
const ServiceDeploymentSpec = z
  .strictObject(specShape)
  .describe('What is rolled out. Immutable.')
  .meta({ validations: celImmutable(specShape) })

const ServiceDeploymentStatusShape = z
  .strictObject({
    observedGeneration: z.int().optional().describe('The generation this status was made for.'),
    status: z.enum(serviceDeploymentStatuses).optional().describe("ECS's status; absent means PENDING."),
    statusReason: z.string().optional().describe('Why.'),
    startedAt: z.iso.datetime({ offset: true }).optional().describe('When it began to act.'),
    finishedAt: z.iso.datetime({ offset: true }).optional().describe('When it ended.'),
    conditions: Conditions.optional(),
  })
  .describe('Observed state of the rollout.')

export const ServiceDeployment = defineKind(
  {
    kind: 'ServiceDeployment',
    plural: 'servicedeployments',
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
  { validate: ({ spec }, old) => (old === undefined ? [] : immutable(old.spec, spec, 'spec')) },
)
export type ServiceDeployment = ObjectOfKind<typeof ServiceDeployment>
