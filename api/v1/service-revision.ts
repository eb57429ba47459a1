/** ServiceRevision: an immutable snapshot of what a Service would run, with a desired count of its own. */
import { z } from 'zod'
import { celImmutable } from '../meta/cel.ts'
import { Conditions, unseen } from '../meta/conditions.ts'
import { immutable } from '../meta/immutable.ts'
import { defineKind, type ObjectOfKind } from '../meta/kind.ts'
import { ContainerImages } from './container-images.ts'

const specShape = {
  service: z.string().describe('Name of the Service.'),
  revision: z.int().min(1).describe('Counts up within the service.'),
  taskDefinition: z.string().describe('Name of the TaskDefinitionRevision: `web.3`.'),
  templateHash: z
    .string()
    .describe('Digest of what makes a deployment: two revisions with one hash would run the same.'),
  desiredCount: z.int().min(0).describe('Tasks of this revision wanted now; the one member that changes.'),
}
const ServiceRevisionSpec = z
  .strictObject(specShape)
  .describe('What would run. Immutable but for desiredCount.')
  .meta({ validations: celImmutable(specShape, ['desiredCount']) })

const ServiceRevisionStatus = z
  .strictObject({
    observedGeneration: z.int().optional().describe('The generation this status was made for.'),
    runningCount: z.int().optional().describe('Tasks in RUNNING.'),
    pendingCount: z.int().optional().describe('Tasks on their way to RUNNING.'),
    healthyCount: z.int().optional().describe('Tasks in RUNNING that count as healthy.'),
    failedTasks: z
      .int()
      .optional()
      .describe('Tasks in a row that stopped before they ran or failed their health check.'),
    lastFailureAt: z.iso.datetime({ offset: true }).optional().describe('When the last of them stopped.'),
    attempts: z
      .record(z.string(), z.int().min(1))
      .optional()
      .describe(
        'By slot: the last attempt that is over. The next task there gets a higher number, whatever is deleted.',
      ),
    containerImages: ContainerImages.optional().describe(
      'What the tags of its images stand for: the first task finds out, all later ones run just that.',
    ),
    conditions: Conditions.optional(),
  })
  .describe('Observed state of the revision.')

export const ServiceRevision = defineKind(
  {
    kind: 'ServiceRevision',
    plural: 'servicerevisions',
    firstStatus: unseen,
    shortNames: ['srev'],
    description: 'An immutable snapshot of what a service runs; to a Service what a ReplicaSet is to a Deployment.',
    shape: { spec: ServiceRevisionSpec, status: ServiceRevisionStatus.optional() },
    selectableFields: ['spec.service', 'spec.taskDefinition'],
    columns: [
      { name: 'Service', type: 'string', jsonPath: '.spec.service', description: 'The service.' },
      {
        name: 'Task-Definition',
        type: 'string',
        jsonPath: '.spec.taskDefinition',
        description: 'The task definition revision.',
      },
      { name: 'Desired', type: 'integer', jsonPath: '.spec.desiredCount', description: 'Tasks wanted.' },
      { name: 'Running', type: 'integer', jsonPath: '.status.runningCount', description: 'Tasks in RUNNING.' },
      { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since creation.' },
      {
        name: 'Pending',
        type: 'integer',
        jsonPath: '.status.pendingCount',
        description: 'Tasks on their way to RUNNING.',
        priority: 1,
      },
      {
        name: 'Healthy',
        type: 'integer',
        jsonPath: '.status.healthyCount',
        description: 'Tasks in RUNNING that count as healthy.',
        priority: 1,
      },
      {
        name: 'Failed',
        type: 'integer',
        jsonPath: '.status.failedTasks',
        description: 'Tasks in a row that failed.',
        priority: 1,
      },
    ],
  },
  { validate: ({ spec }, old) => (old === undefined ? [] : immutable(old.spec, spec, 'spec', ['desiredCount'])) },
)
export type ServiceRevision = ObjectOfKind<typeof ServiceRevision>
