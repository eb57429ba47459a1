/** Cluster: an ECS cluster. A cluster is a namespace: its services, tasks and instances live in the namespace of its name. */
import { z } from 'zod'
import { Conditions } from '../meta/conditions.ts'
import { defineKind, type ObjectOfKind } from '../meta/kind.ts'

const ClusterSpec = z.strictObject({}).describe('Desired state of the cluster.')

const ClusterStatus = z
  .strictObject({
    observedGeneration: z.int().optional().describe('The generation this status was made for.'),
    status: z
      .enum(['ACTIVE', 'PROVISIONING', 'DEPROVISIONING', 'FAILED', 'INACTIVE'])
      .optional()
      .describe("ECS's status."),
    registeredContainerInstancesCount: z.int().optional().describe('Registered container instances.'),
    runningTasksCount: z.int().optional().describe('Tasks in RUNNING.'),
    pendingTasksCount: z.int().optional().describe('Tasks in PENDING.'),
    activeServicesCount: z.int().optional().describe('Services in ACTIVE.'),
    conditions: Conditions.optional(),
  })
  .describe('Observed state of the cluster.')

export const Cluster = defineKind({
  kind: 'Cluster',
  plural: 'clusters',
  scope: 'Cluster',
  nameRule: 'label',
  description: 'A logical grouping of services, tasks and container instances; its namespace has the same name.',
  shape: { spec: ClusterSpec.prefault({}), status: ClusterStatus.optional() },
  columns: [
    { name: 'Status', type: 'string', jsonPath: '.status.status', description: "ECS's status." },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since creation.' },
  ],
})
export type Cluster = ObjectOfKind<typeof Cluster>
