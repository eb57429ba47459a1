/** What CreateService takes, in ECS's words (ecs-core 2.4, 5.1). */
import { z } from 'zod'
import { DeploymentConfiguration } from './deployment-configuration.ts'
import { propagateTags, ServiceVolumeConfiguration } from './ebs-volumes.ts'
import { limits } from './limits.ts'
import { EcsName, Tags } from './names.ts'
import {
  CapacityProviderStrategy,
  LoadBalancer,
  MonitoringConfiguration,
  NetworkConfiguration,
  ServiceConnectConfiguration,
  ServiceRegistry,
  VpcLatticeConfiguration,
} from './networking.ts'
import { PlacementConstraint, PlacementStrategy } from './placement.ts'
import { Retention } from './retention.ts'
import { serviceCel } from './service-cel.ts'
import { launchTypes } from './task-definition-spec.ts'

export const ServiceSpec = z
  .strictObject({
    serviceName: EcsName.optional().describe('As in CreateService; the name of the service is metadata.name.'),
    cluster: z.string().min(1).optional().describe('As in CreateService; the cluster is metadata.namespace.'),
    taskDefinition: z
      .string()
      .max(limits.reference)
      .min(1, { error: 'must name a task definition: `web` follows the newest revision, `web:3` pins one' })
      .describe('`web` follows the newest revision of the family, `web:3` pins one.'),
    desiredCount: z
      .int()
      .min(0)
      .max(limits.tasksOfService)
      .optional()
      .describe('How many tasks to keep running (REPLICA), up to 5000.'),
    schedulingStrategy: z
      .enum(['REPLICA', 'DAEMON'])
      .default('REPLICA')
      .describe('A number of tasks, or one on each instance.'),
    deploymentConfiguration: DeploymentConfiguration.optional().describe('How a new revision replaces the old.'),
    paused: z
      .boolean()
      .optional()
      .describe(
        'Not of ECS: a rollout stays where it is and no new one begins; scaling and replacing dead tasks go on.',
      ),
    deploymentController: z
      .strictObject({ type: z.enum(['ECS', 'CODE_DEPLOY', 'EXTERNAL']).describe('Who rolls changes through.') })
      .optional()
      .describe('Who rolls changes through; default ECS.'),
    placementConstraints: z
      .array(PlacementConstraint)
      .max(10)
      .optional()
      .describe('Where tasks may run.')
      .meta({ listType: 'map', listMapKeys: ['type', 'expression'], duplicates: 'kept' }),
    placementStrategy: z.array(PlacementStrategy).max(5).optional().describe('Where tasks should run.'),
    healthCheckGracePeriodSeconds: z
      .int()
      .min(0)
      .max(2147483647)
      .optional()
      .describe('Seconds after start in which failed health checks are ignored.'),
    launchType: z.enum(launchTypes).optional().describe('Where tasks run; not with capacityProviderStrategy.'),
    capacityProviderStrategy: CapacityProviderStrategy.optional().describe('Which capacity providers tasks go to.'),
    platformVersion: z.string().optional().describe('Fargate platform version.'),
    networkConfiguration: NetworkConfiguration.optional().describe('For networkMode awsvpc.'),
    loadBalancers: z
      .array(LoadBalancer)
      .max(limits.loadBalancers)
      .optional()
      .describe('Load balancers that send traffic to the tasks.'),
    serviceRegistries: z.array(ServiceRegistry).max(1).optional().describe('Where the tasks are registered by name.'),
    serviceConnectConfiguration: ServiceConnectConfiguration.optional().describe('Names and proxies between services.'),
    vpcLatticeConfigurations: z.array(VpcLatticeConfiguration).optional().describe('VPC Lattice target groups.'),
    volumeConfigurations: z
      .array(ServiceVolumeConfiguration)
      .max(1)
      .optional()
      .describe('The volume that is configuredAtLaunch.'),
    availabilityZoneRebalancing: z
      .enum(['ENABLED', 'DISABLED'])
      .optional()
      .describe(
        'Whether running tasks are replaced in other availability zones to even them out; default ENABLED where ECS takes that.',
      ),
    retention: Retention.optional().describe(
      "Not of ECS: for how long, and how many, stopped tasks and finished deployments are kept; default: as the controllers' flags say.",
    ),
    monitoring: MonitoringConfiguration.optional().describe('Metrics of the service.'),
    tags: Tags.optional().describe('Tags of the service.'),
    propagateTags: z.enum(propagateTags).optional().describe('Where tags of its tasks come from; default NONE.'),
    enableECSManagedTags: z.boolean().optional().describe('Whether tasks get the tags aws:ecs:*.'),
    enableExecuteCommand: z.boolean().optional().describe('Whether commands can be run in its containers.'),
    role: z.string().min(1).optional().describe('Role for load balancers.'),
    clientToken: z.string().max(36).optional().describe('Makes CreateService idempotent; here the name does.'),
  })
  .describe('Desired state of the service.')
  .meta({ validations: serviceCel })
export type ServiceSpec = z.output<typeof ServiceSpec>

/** Members that DescribeServices adds; clients strip them before they create (ecs-core B.1). */
export const describeOnlyMembers = [
  'serviceArn',
  'clusterArn',
  'status',
  'runningCount',
  'pendingCount',
  'platformFamily',
  'taskSets',
  'deployments',
  'roleArn',
  'events',
  'createdAt',
  'createdBy',
  'currentServiceDeployment',
  'currentServiceRevisions',
  'resourceManagementType',
] as const
