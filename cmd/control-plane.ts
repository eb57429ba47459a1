/** The controllers of a control plane, joined: what `up`, `server` and `operator` run, and the simulation too. */
import type { Keeping } from '../api/v1/retention.ts'
import { certificateController } from '../controllers/certificate/controller.ts'
import { clusterController } from '../controllers/cluster/controller.ts'
import { deploymentController } from '../controllers/deployment/controller.ts'
import { garbageController } from '../controllers/garbage/controller.ts'
import { instanceController } from '../controllers/instance/controller.ts'
import { namespaceController } from '../controllers/namespace/controller.ts'
import type { Controller, Deps } from '../controllers/runtime/controller.ts'
import { scheduledTaskController } from '../controllers/scheduled-task/controller.ts'
import { schedulerController } from '../controllers/scheduler/controller.ts'
import { serviceController } from '../controllers/service/controller.ts'
import { taskDefinitionController } from '../controllers/taskdefinition/controller.ts'

/** What can be set about controllers; absent means their own default. */
export interface ControllerOptions {
  readonly instance?: Parameters<typeof instanceController>[1]
  readonly taskDefinition?: Parameters<typeof taskDefinitionController>[1]
  /** What is kept of services that do not say. */
  readonly keep?: Keeping
}

const ecsControllers = (d: Deps, { instance, taskDefinition }: ControllerOptions): readonly Controller[] => [
  taskDefinitionController(d, taskDefinition),
  serviceController(d),
  deploymentController(d),
  schedulerController(d),
  scheduledTaskController(d),
  instanceController(d, instance),
  clusterController(d),
]

const keeping = ({ keep }: ControllerOptions) => (keep === undefined ? {} : { keep })

/** Every controller but the agent's. */
export const allControllers = (d: Deps, options: ControllerOptions = {}): readonly Controller[] => [
  ...ecsControllers(d, options),
  certificateController(d),
  namespaceController(d),
  garbageController(d, keeping(options)),
]

/** Those that an operator runs: namespaces, certificates and owner references are the cluster's own business. */
export const operatorControllers = (d: Deps, options: ControllerOptions = {}): readonly Controller[] => [
  ...ecsControllers(d, options),
  garbageController(d, { owners: false, ...keeping(options) }),
]

/** What every Kubernetes cluster does by itself; with these alone, Gantry's API server stands in for one. */
export const kubernetesControllers = (d: Deps): readonly Controller[] => [
  certificateController(d),
  namespaceController(d),
  garbageController(d, { history: false }),
]
