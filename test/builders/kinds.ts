/** One builder per kind: `aTask({ status: { lastStatus: 'RUNNING' } })`. */
import { Cluster } from '../../api/v1/cluster.ts'
import type { ContainerDefinition } from '../../api/v1/container-definition.ts'
import { ContainerInstance, type InstanceResources, leaseNameOf } from '../../api/v1/container-instance.ts'
import { Event, Lease, Namespace } from '../../api/v1/core.ts'
import { ScheduledTask } from '../../api/v1/scheduled-task.ts'
import { Service } from '../../api/v1/service.ts'
import { ServiceDeployment } from '../../api/v1/service-deployment.ts'
import { ServiceRevision } from '../../api/v1/service-revision.ts'
import { Task } from '../../api/v1/task.ts'
import { revisionName, TaskDefinition, TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import { build, builtAt, type Overrides } from './object.ts'

/** A container called `app` of the image `app:1` with 64 MiB. */
export const aContainer = (over: Partial<ContainerDefinition> = {}): ContainerDefinition => ({
  name: 'app',
  image: 'app:1',
  cpu: 0,
  memory: 64,
  essential: true,
  ...over,
})

export const aNamespace = (over: Overrides<Namespace> = {}): Namespace => build(Namespace, { name: 'default' }, over)
export const aCluster = (over: Overrides<Cluster> = {}): Cluster => build(Cluster, { name: 'default' }, over)

/** Family `web`, one container. */
export const aTaskDefinition = (over: Overrides<TaskDefinition> = {}): TaskDefinition =>
  build(TaskDefinition, { name: 'web', spec: { containerDefinitions: [aContainer()] } }, over)

/** `web.1`; `spec.revision` and `spec.family` also name it. */
export function aTaskDefinitionRevision(over: Overrides<TaskDefinitionRevision> = {}): TaskDefinitionRevision {
  const { family = 'web', revision = 1 } = over.spec ?? {}
  const taskDefinition = { containerDefinitions: [aContainer()] }
  return build(
    TaskDefinitionRevision,
    { name: revisionName(family, revision), spec: { family, revision, taskDefinition } },
    over,
  )
}

/** `web`: three tasks of family `web`. */
export const aService = (over: Overrides<Service> = {}): Service =>
  build(Service, { name: 'web', spec: { taskDefinition: 'web', desiredCount: 3 } }, over)

/** `nightly`: a task of family `web` at three every night. */
export const aScheduledTask = (over: Overrides<ScheduledTask> = {}): ScheduledTask =>
  build(
    ScheduledTask,
    { name: 'nightly', spec: { schedule: 'cron(0 3 * * ? *)', taskTemplate: { taskDefinition: 'web' } } },
    over,
  )

/** `web-1`: revision 1 of service `web`, running `web.1`. */
export function aServiceRevision(over: Overrides<ServiceRevision> = {}): ServiceRevision {
  const { service = 'web', revision = 1 } = over.spec ?? {}
  const spec = { service, revision, taskDefinition: 'web.1', templateHash: `hash-${revision}`, desiredCount: 3 }
  return build(ServiceRevision, { name: `${service}-${revision}`, spec }, over)
}

/** `web-d1`: the deployment of `web-1` from nothing. */
export function aServiceDeployment(over: Overrides<ServiceDeployment> = {}): ServiceDeployment {
  const { service = 'web', deployment = 1 } = over.spec ?? {}
  const spec = {
    service,
    deployment,
    targetServiceRevision: `${service}-${deployment}`,
    sourceServiceRevisions: [],
  }
  return build(ServiceDeployment, { name: `${service}-d${deployment}`, spec }, over)
}

/** `web-1-0-1`, running `web.1`, not bound. */
export const aTask = (over: Overrides<Task> = {}): Task =>
  build(Task, { name: 'web-1-0-1', spec: { taskDefinition: 'web.1' } }, over)

/** Status of a task that runs since the start. */
export const running = { lastStatus: 'RUNNING', startedAt: builtAt } as const
/** Status of a task that ran and stopped. */
export const stopped = { lastStatus: 'STOPPED', startedAt: builtAt, stoppedAt: builtAt } as const

/** 2 vCPU, 2 GiB, the ports ECS reserves. */
export const twoCores: InstanceResources = {
  cpu: 2048,
  memory: 2048,
  ports: [22, 2375, 2376, 51678, 51679],
  portsUdp: [],
}

/** `one`: ACTIVE, connected, empty. */
export const aContainerInstance = (over: Overrides<ContainerInstance> = {}): ContainerInstance =>
  build(
    ContainerInstance,
    { name: 'one' },
    {
      ...over,
      status: {
        status: 'ACTIVE',
        agentConnected: true,
        registeredResources: twoCores,
        remainingResources: twoCores,
        registeredAt: builtAt,
        ...over.status,
      },
    },
  )

/** The heartbeat of instance `one`, renewed at the start. */
export const aLease = (over: Overrides<Lease> = {}): Lease =>
  build(
    Lease,
    {
      name: leaseNameOf('one'),
      spec: { holderIdentity: 'one', leaseDurationSeconds: 15, renewTime: '2026-01-01T00:00:00.000000Z' },
    },
    over,
  )

/** A Normal event about service `web`. */
export const anEvent = (over: Overrides<Event> & { readonly rest?: object } = {}): Event =>
  build(
    Event,
    {
      name: 'web.1',
      rest: {
        involvedObject: { kind: 'Service', namespace: 'default', name: 'web' },
        type: 'Normal',
        reason: 'SteadyState',
        message: 'service web has reached a steady state.',
        ...over.rest,
      },
    },
    over,
  )
