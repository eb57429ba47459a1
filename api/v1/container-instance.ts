/** ContainerInstance: a machine (or a share of one) with a Docker engine and an agent. */
import { z } from 'zod'
import { isEqual } from '../../lib/equal.ts'
import { Conditions, conditionOf, unseen } from '../meta/conditions.ts'
import { defineKind, type ObjectOfKind } from '../meta/kind.ts'
import { attributeProblems, CustomAttributes } from './custom-attributes.ts'
import { limits } from './limits.ts'

export const Attribute = z.strictObject({
  name: z.string().describe('Attribute name.'),
  value: z.string().optional().describe('Value; absent for a presence attribute.'),
})

const ContainerInstanceSpec = z
  .strictObject({
    status: z
      .enum(['ACTIVE', 'DRAINING'])
      .default('ACTIVE')
      .describe('DRAINING: no new tasks, and service tasks move away.'),
    attributes: CustomAttributes.optional().describe('Custom attributes set by users, up to 10.'),
  })
  .describe('Desired state of the instance.')

/** Amounts of an instance's resources. */
export const InstanceResources = z.strictObject({
  cpu: z.int().describe('CPU units; 1024 = one vCPU.'),
  memory: z.int().describe('MiB.'),
  ports: z.array(z.int()).default([]).describe('TCP host ports reserved or in use.'),
  portsUdp: z.array(z.int()).default([]).describe('UDP host ports reserved or in use.'),
})
export type InstanceResources = z.output<typeof InstanceResources>

const ContainerInstanceStatus = z
  .strictObject({
    observedGeneration: z.int().optional().describe('The generation this status was made for.'),
    status: z
      .enum(['REGISTERING', 'ACTIVE', 'DRAINING', 'DEREGISTERING', 'INACTIVE'])
      .optional()
      .describe("ECS's status."),
    agentConnected: z.boolean().optional().describe('Whether the heartbeat is fresh.'),
    registeredResources: InstanceResources.optional().describe('What it has; ports: those reserved for the system.'),
    remainingResources: InstanceResources.optional().describe(
      'What is not reserved by tasks; ports: those in use (as ECS has it).',
    ),
    runningTasksCount: z.int().optional().describe('Tasks with desiredStatus RUNNING.'),
    pendingTasksCount: z.int().optional().describe('Tasks in PENDING.'),
    replicaTasksCount: z
      .int()
      .optional()
      .describe('While it drains: tasks of REPLICA services that have not stopped. Daemons stay until there are none.'),
    attributes: z
      .array(Attribute)
      .optional()
      .describe('All attributes, custom ones too.')
      .meta({ listType: 'map', listMapKeys: ['name'] }),
    versionInfo: z
      .strictObject({
        agentVersion: z.string().optional().describe('Version of the agent.'),
        dockerVersion: z.string().optional().describe('Version of the engine.'),
      })
      .optional()
      .describe('Versions of agent and engine.'),
    registeredAt: z.iso.datetime({ offset: true }).optional().describe('When it first registered.'),
    agentEndpoint: z
      .strictObject({
        url: z.string().describe('https://host:port of the agent.'),
        certificate: z.string().describe('PEM certificate the agent shows there.'),
      })
      .optional()
      .describe('Where the API server asks the agent for logs.'),
    prefetch: z
      .array(
        z.strictObject({
          service: z.string().describe('Name of the Service.'),
          revisionUid: z
            .string()
            .optional()
            .describe('uid of its ServiceRevision, whose tasks all run what its tags stand for when they are pulled.'),
          images: z.array(z.string()).max(limits.prefetchedImages).describe('Images of its next tasks.'),
        }),
      )
      .optional()
      .describe('Images that services will want here before they stop what runs.')
      .meta({ listType: 'map', listMapKeys: ['service'] }),
    images: z
      .array(
        z.strictObject({
          image: z.string().describe('The image.'),
          pulledAt: z.iso.datetime({ offset: true }).optional().describe('When it was there.'),
          reason: z.string().max(1024).optional().describe('Why it could not be pulled; it is tried again.'),
        }),
      )
      .optional()
      .describe(
        'What became of the images of `prefetch`; those still being pulled are not in it. Absent: the agent pulls none ahead.',
      )
      .meta({ listType: 'map', listMapKeys: ['image'] }),
    conditions: Conditions.optional(),
  })
  .describe('Observed state of the instance.')

export const ContainerInstance = defineKind(
  {
    kind: 'ContainerInstance',
    plural: 'containerinstances',
    firstStatus: unseen,
    shortNames: ['ci'],
    description: 'A machine with a Docker engine and an agent, on which tasks run.',
    shape: { spec: ContainerInstanceSpec.prefault({}), status: ContainerInstanceStatus.optional() },
    columns: [
      { name: 'Status', type: 'string', jsonPath: '.status.status', description: "ECS's status." },
      {
        name: 'Connected',
        type: 'boolean',
        jsonPath: '.status.agentConnected',
        description: 'Whether the heartbeat is fresh.',
      },
      { name: 'Running', type: 'integer', jsonPath: '.status.runningTasksCount', description: 'Tasks meant to run.' },
      {
        name: 'CPU',
        type: 'integer',
        jsonPath: '.status.remainingResources.cpu',
        description: 'CPU units not reserved.',
      },
      {
        name: 'Memory',
        type: 'integer',
        jsonPath: '.status.remainingResources.memory',
        description: 'MiB not reserved.',
      },
      { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since creation.' },
      {
        name: 'Pending',
        type: 'integer',
        jsonPath: '.status.pendingTasksCount',
        description: 'Tasks in PENDING.',
        priority: 1,
      },
      {
        name: 'Registered-CPU',
        type: 'integer',
        jsonPath: '.status.registeredResources.cpu',
        description: 'CPU units it has.',
        priority: 1,
      },
      {
        name: 'Registered-Memory',
        type: 'integer',
        jsonPath: '.status.registeredResources.memory',
        description: 'MiB it has.',
        priority: 1,
      },
      {
        name: 'Agent',
        type: 'string',
        jsonPath: '.status.versionInfo.agentVersion',
        description: 'Version of the agent.',
        priority: 1,
      },
      {
        name: 'Engine',
        type: 'string',
        jsonPath: '.status.versionInfo.dockerVersion',
        description: 'Version of the engine.',
        priority: 1,
      },
    ],
  },
  {
    // what was accepted once is not judged again while only the status changes
    validate: ({ spec }, old) =>
      isEqual(old?.spec, spec) ? [] : attributeProblems(spec.attributes, 'spec.attributes'),
  },
)
export type ContainerInstance = ObjectOfKind<typeof ContainerInstance>

/** What became of an image that a service wanted here. */
export type PrefetchedImage = NonNullable<NonNullable<ContainerInstance['status']>['images']>[number]

/** The condition by which an instance says whether its agent is heard. */
export const agentCondition = 'AgentConnected'
/** The reason of that condition from when on the machine counts as lost. */
export const heartbeatLost = 'HeartbeatLost'
/** Since when (RFC 3339) a lost instance is not heard; undefined of one that is not lost. */
export function lostSince(instance: ContainerInstance | undefined): string | undefined {
  const said = conditionOf(instance?.status?.conditions, agentCondition)
  return said?.reason === heartbeatLost ? said.lastTransitionTime : undefined
}

/** The attribute that holds an instance's zone. */
export const zoneAttribute = 'ecs.availability-zone'
/** The zone that an instance names; undefined when it names none. */
export function zoneOfInstance({ spec, status }: ContainerInstance): string | undefined {
  const isZone = ({ name, value = '' }: { readonly name: string; readonly value?: string | undefined }): boolean =>
    name === zoneAttribute && value !== ''
  return (spec.attributes?.find(isZone) ?? status?.attributes?.find(isZone))?.value
}
/** Name of the Lease that carries an instance's heartbeat; it lives in the instance's namespace. */
export const leaseNameOf = (instanceName: string): string => `container-instance-${instanceName}`
