/** The controllers of a control plane, joined: what `up` and `server` run, and the simulation too. */
import { certificateController } from '../controllers/certificate/controller.ts'
import { clusterController } from '../controllers/cluster/controller.ts'
import { deploymentController } from '../controllers/deployment/controller.ts'
import { garbageController } from '../controllers/garbage/controller.ts'
import { instanceController } from '../controllers/instance/controller.ts'
import { namespaceController } from '../controllers/namespace/controller.ts'
import type { Controller, Deps } from '../controllers/runtime/controller.ts'
import { schedulerController } from '../controllers/scheduler/controller.ts'
import { serviceController } from '../controllers/service/controller.ts'
import { taskDefinitionController } from '../controllers/taskdefinition/controller.ts'

/** What can be set about controllers; absent means their own default. */
export interface ControllerOptions {
  readonly instance?: Parameters<typeof instanceController>[1]
  readonly garbage?: Parameters<typeof garbageController>[1]
}

/** Every controller but the agent's. */
export const allControllers = (d: Deps, options: ControllerOptions = {}): readonly Controller[] => [
  taskDefinitionController(d),
  serviceController(d),
  deploymentController(d),
  schedulerController(d),
  instanceController(d, options.instance),
  clusterController(d),
  certificateController(d),
  namespaceController(d),
  garbageController(d, options.garbage),
]
