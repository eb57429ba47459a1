/** The closed list of kinds that Gantry serves. Everything else takes kinds as values. */
import type { Kind } from '../meta/kind.ts'
import { CertificateSigningRequest } from './certificate-signing-request.ts'
import { Cluster } from './cluster.ts'
import { ConfigMap } from './config-map.ts'
import { ContainerInstance } from './container-instance.ts'
import { Event, Lease, Namespace, Secret } from './core.ts'
import { NewEvent } from './new-event.ts'
import { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from './rbac.ts'
import { ScheduledTask } from './scheduled-task.ts'
import { Service } from './service.ts'
import { ServiceAccount } from './service-account.ts'
import { ServiceDeployment } from './service-deployment.ts'
import { ServiceRevision } from './service-revision.ts'
import { Task } from './task.ts'
import { TaskDefinition, TaskDefinitionRevision } from './task-definition.ts'

/** Gantry's own kinds, in the order in which a human reads them. */
export const gantryKinds = [
  Cluster,
  TaskDefinition,
  TaskDefinitionRevision,
  Service,
  ServiceRevision,
  ServiceDeployment,
  Task,
  ScheduledTask,
  ContainerInstance,
] as unknown as readonly Kind[]

/** Who may do what. */
export const rbacKinds = [Role, ClusterRole, RoleBinding, ClusterRoleBinding] as unknown as readonly Kind[]

/** Kubernetes' kinds that Gantry serves itself when no kube-apiserver does. */
export const kubernetesKinds = [
  Namespace,
  Secret,
  ConfigMap,
  ServiceAccount,
  Event,
  Lease,
  ...rbacKinds,
  CertificateSigningRequest,
  NewEvent,
] as unknown as readonly Kind[]

export const allKinds: readonly Kind[] = [...gantryKinds, ...kubernetesKinds]
