/** Cluster: an ECS cluster. A cluster is a namespace: its services, tasks and instances live in the namespace of its name. */
import { z } from 'zod'
import { Conditions, unseen } from '../meta/conditions.ts'
import { defineKind, type ObjectOfKind } from '../meta/kind.ts'
import { EcsName, Tags } from './names.ts'
import { CapacityProviderStrategy } from './networking.ts'
import { clusterNotYet, notYetWarnings } from './not-yet.ts'

const ExecuteCommandLogs = z.strictObject({
  cloudWatchLogGroupName: z.string().optional().describe('Log group.'),
  cloudWatchEncryptionEnabled: z.boolean().optional().describe('Whether the log group is encrypted.'),
  s3BucketName: z.string().optional().describe('Bucket.'),
  s3EncryptionEnabled: z.boolean().optional().describe('Whether the bucket is encrypted.'),
  s3KeyPrefix: z.string().optional().describe('Prefix in the bucket.'),
})

const ClusterConfiguration = z.strictObject({
  executeCommandConfiguration: z
    .strictObject({
      kmsKeyId: z.string().optional().describe('Key of the session.'),
      logging: z.enum(['NONE', 'DEFAULT', 'OVERRIDE']).optional().describe('Whether sessions are logged.'),
      logConfiguration: ExecuteCommandLogs.optional().describe('Where sessions are logged.'),
    })
    .optional()
    .describe('Commands run in containers.'),
  managedStorageConfiguration: z
    .strictObject({
      kmsKeyId: z.string().optional().describe('Key of managed volumes.'),
      fargateEphemeralStorageKmsKeyId: z.string().optional().describe('Key of Fargate storage.'),
    })
    .optional()
    .describe('Storage that ECS manages.'),
})

/** What CreateCluster takes (ecs-core 2.1). */
const ClusterSpec = z
  .strictObject({
    settings: z
      .array(
        z.strictObject({
          name: z.enum(['containerInsights']).describe('Setting.'),
          value: z.enum(['enhanced', 'enabled', 'disabled']).describe('Value.'),
        }),
      )
      .optional()
      .describe('Settings.')
      .meta({ listType: 'map', listMapKeys: ['name'] }),
    configuration: ClusterConfiguration.optional().describe('Commands and storage.'),
    capacityProviders: z
      .array(EcsName)
      .max(20)
      .optional()
      .describe('Capacity providers that its services may use.')
      .meta({ listType: 'set' }),
    defaultCapacityProviderStrategy: CapacityProviderStrategy.optional().describe('For services that name none.'),
    serviceConnectDefaults: z
      .strictObject({ namespace: z.string().describe('Namespace.') })
      .optional()
      .describe('Where Service Connect names go.'),
    tags: Tags.optional().describe('Tags of the cluster.'),
  })
  .describe('Desired state of the cluster.')

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

export const Cluster = defineKind(
  {
    kind: 'Cluster',
    plural: 'clusters',
    firstStatus: unseen,
    scope: 'Cluster',
    nameRule: 'label',
    description: 'A logical grouping of services, tasks and container instances; its namespace has the same name.',
    shape: { spec: ClusterSpec.prefault({}), status: ClusterStatus.optional() },
    columns: [
      { name: 'Status', type: 'string', jsonPath: '.status.status', description: "ECS's status." },
      { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since creation.' },
    ],
  },
  { warnings: ({ spec }) => notYetWarnings(spec, clusterNotYet) },
)
export type Cluster = ObjectOfKind<typeof Cluster>
