/** The deployment controller: rolls a service's tasks from revision to revision by setting each revision's desired count. */
import { controllerOf, keyOf, keyText, parseKey, type Resource } from '../../api/meta/object.ts'
import { ContainerInstance } from '../../api/v1/container-instance.ts'
import { Service } from '../../api/v1/service.ts'
import { ServiceDeployment } from '../../api/v1/service-deployment.ts'
import { serviceOfDeployment, serviceOfRevision } from '../../api/v1/service-names.ts'
import { ServiceRevision } from '../../api/v1/service-revision.ts'
import { Task } from '../../api/v1/task.ts'
import { TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import { hookLabel } from '../../api/v1/well-known.ts'
import { earliest, type Instant } from '../../lib/time.ts'
import {
  again,
  type Cache,
  type Controller,
  type Deps,
  done,
  index,
  mapped,
  own,
  ownedBy,
  settling,
} from '../runtime/controller.ts'
import { apply } from './apply.ts'
import { limits } from './limits.ts'
import { plan } from './plan.ts'
import { releaseHook } from './run-hook.ts'
import { type Inputs, stateOf } from './state.ts'
import { releases } from './strategies/release.ts'

const daemons = 'deployment/daemons'
const byHooks = 'deployment/hooks'

const keys = (objects: readonly Resource[]): readonly string[] => objects.map((object) => keyText(keyOf(object)))

const serviceOf = (task: Task): readonly string[] => {
  const owner = controllerOf(task)
  if (owner?.kind === ServiceDeployment.kind)
    return [keyText({ namespace: task.metadata.namespace ?? '', name: serviceOfDeployment(owner.name) })]
  if (owner?.kind !== ServiceRevision.kind) return []
  return [keyText({ namespace: task.metadata.namespace ?? '', name: serviceOfRevision(owner.name) })]
}

const inputsOf = (service: Service, cache: Cache, now: Instant): Inputs => ({
  now,
  service,
  revisions: cache.owned(ServiceRevision, service),
  deployments: cache.owned(ServiceDeployment, service),
  tasksOf: (revision) => cache.owned(Task, revision),
  hookTasksOf: (deployment) => cache.owned(Task, deployment),
  definition: (name) => cache.get(TaskDefinitionRevision, { namespace: '', name }),
  instances: () => cache.list(ContainerInstance, service.metadata.namespace),
})

/** Owns ServiceRevision.spec.desiredCount and ServiceDeployment.status. Its keys are services. */
export const deploymentController = (d: Deps): Controller => ({
  name: 'deployment',
  concurrency: limits.concurrency,
  watches: [
    own(Service),
    ownedBy(ServiceRevision, Service),
    ownedBy(ServiceDeployment, Service),
    settling(mapped(Task, serviceOf)),
    mapped(TaskDefinitionRevision, () => []),
    mapped(ContainerInstance, ({ metadata }, cache) => keys(cache.indexed(Service, daemons, metadata.namespace ?? ''))),
  ],
  indexes: [
    index(Service, daemons, ({ metadata, spec }) =>
      spec.schedulingStrategy === 'DAEMON' ? [metadata.namespace ?? ''] : [],
    ),
    index(Task, byHooks, (task) => (task.metadata.labels?.[hookLabel] === undefined ? [] : serviceOf(task))),
  ],
  async reconcile(key, signal) {
    const service = d.cache.get(Service, parseKey(key))
    const now = d.clock.now()
    const deployments = service === undefined ? [] : d.cache.owned(ServiceDeployment, service)
    const { tasks, wakeAt } = releases(d.cache.indexed(Task, byHooks, key), deployments, now)
    for (const task of tasks) await releaseHook(d.client, task, now, signal)
    if (service === undefined) return done // owner references clean up
    const decided = plan(stateOf(inputsOf(service, d.cache, now)), now)
    await apply(d.client, d.events, service, decided, signal)
    return again(earliest(decided.wakeAt, wakeAt))
  },
})
