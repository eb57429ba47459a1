/** The service controller: a Service -> its ServiceRevisions and ServiceDeployments; each revision's desired count -> Tasks. */
import { controllerOf, keyOf, keyText, parseKey, type Resource } from '../../api/meta/object.ts'
import { ContainerInstance, lostSince } from '../../api/v1/container-instance.ts'
import { Service } from '../../api/v1/service.ts'
import { ServiceDeployment } from '../../api/v1/service-deployment.ts'
import { serviceOfRevision } from '../../api/v1/service-names.ts'
import { ServiceRevision } from '../../api/v1/service-revision.ts'
import { Task } from '../../api/v1/task.ts'
import { TaskDefinition, TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import { parseTaskDefinitionReference } from '../../api/v1/task-definition-reference.ts'
import { familyNames } from '../../api/v1/task-definition-resolution.ts'
import { earliest, type Instant, plus } from '../../lib/time.ts'
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
import { apply, applyAsks, applyRevisionStatuses, applyStatus, nothingDone, release } from './apply.ts'
import { taskEvents } from './events.ts'
import { limits } from './limits.ts'
import { type Plan, plan } from './plan.ts'
import { type Inputs, stateOf } from './state.ts'
import { straysOf } from './strategies/leaving.ts'
import { ZoneOffers } from './zone-offers.ts'

const byDefinition = 'service/task-definition'
const byStrategy = 'service/strategy'
const byService = 'service/service'
const byRevision = 'service/revision'
const byFamily = 'service/family'
const byInstance = 'service/instance'
const byPrefetch = 'service/prefetch'

const inNamespace = (object: Resource, name: string): string =>
  keyText({ namespace: object.metadata.namespace ?? '', name })

const revisionOf = (task: Task): string | undefined => {
  const owner = controllerOf(task)
  return owner?.kind === ServiceRevision.kind ? owner.name : undefined
}

const keys = (objects: readonly Resource[]): readonly string[] => objects.map((object) => keyText(keyOf(object)))

const serviceOf = (task: Task): readonly string[] => {
  const revision = revisionOf(task)
  return revision === undefined ? [] : [inNamespace(task, serviceOfRevision(revision))]
}

/**
 * Whom a change of an instance concerns: daemons and those that it pulls images for always; while it drains, all services; when it
 * is lost, those it has tasks of.
 */
function servicesOn(instance: ContainerInstance, cache: Cache): readonly string[] {
  if (instance.spec.status === 'DRAINING') return keys(cache.list(Service, instance.metadata.namespace))
  const pulls = (instance.status?.prefetch ?? []).map(({ service }) => inNamespace(instance, service))
  const daemons = keys(cache.indexed(Service, byStrategy, inNamespace(instance, 'DAEMON')))
  if (lostSince(instance) === undefined) return [...daemons, ...pulls]
  return [...daemons, ...pulls, ...cache.indexed(Task, byInstance, keyText(keyOf(instance))).flatMap(serviceOf)]
}

function inputsOf(service: Service, cache: Cache, now: Instant): Inputs {
  const { namespace = '' } = service.metadata
  const key = keyText(keyOf(service))
  return {
    now,
    service,
    revisions: cache.indexed(ServiceRevision, byService, key),
    deployments: cache.indexed(ServiceDeployment, byService, key),
    tasksOf: (revision) => cache.indexed(Task, byRevision, keyText(keyOf(revision))),
    isTaken: (name) => cache.get(Task, { namespace, name }) !== undefined,
    revision: (name) => cache.get(TaskDefinitionRevision, { namespace: '', name }),
    family: (name) => cache.indexed(TaskDefinitionRevision, byFamily, name),
    head: (name) => cache.get(TaskDefinition, { namespace: '', name }),
    instance: (name) => cache.get(ContainerInstance, { namespace, name }),
    instances: () => cache.list(ContainerInstance, namespace),
    prefetching: () => cache.indexed(ContainerInstance, byPrefetch, key),
  }
}

/** Keeps every service's tasks as its revisions want them, inside minimum and maximum percent. */
export function serviceController(d: Deps): Controller {
  /** When each service's counts were last written; forgetting it only costs a write. */
  const countsWritten = new Map<string, Instant>()
  /** When each was looked at last; forgetting it only costs the repetition of an event. */
  const lookedAt = new Map<string, Instant>()
  const offers = new ZoneOffers()

  async function writeStatuses(
    key: string,
    service: Service,
    decided: Omit<Plan, 'structure' | 'starts' | 'stops' | 'asks'>,
    now: Instant,
    signal: AbortSignal,
  ) {
    const due = plus(countsWritten.get(key) ?? (0 as Instant), limits.countsEvery)
    const changed = decided.changed || decided.revisionStatuses.length > 0
    if (!changed) return undefined
    if (!decided.urgent && due > now) return due
    countsWritten.set(key, now)
    await applyRevisionStatuses(d.client, decided.revisionStatuses, signal)
    if (decided.changed) await applyStatus(d.client, service, decided.status, signal)
    for (const { type, reason, message } of decided.events) d.events.event(service, type, reason, message)
    return undefined
  }

  return {
    name: 'service',
    concurrency: limits.concurrency,
    watches: [
      own(Service),
      ownedBy(ServiceRevision, Service),
      ownedBy(ServiceDeployment, Service),
      settling(mapped(Task, serviceOf)),
      mapped(TaskDefinition, ({ metadata }, cache) => keys(cache.indexed(Service, byDefinition, metadata.name))),
      mapped(TaskDefinitionRevision, (revision, cache) =>
        familyNames(revision).flatMap((name) => keys(cache.indexed(Service, byDefinition, name))),
      ),
      mapped(ContainerInstance, servicesOn),
      mapped(ContainerInstance, (instance, cache) =>
        offers.hasChanged(instance) ? keys(cache.list(Service, instance.metadata.namespace)) : [],
      ),
    ],
    indexes: [
      index(Service, byDefinition, ({ spec }) => [parseTaskDefinitionReference(spec.taskDefinition).family]),
      index(Service, byStrategy, (service) => [inNamespace(service, service.spec.schedulingStrategy)]),
      index(ServiceRevision, byService, (revision) => [inNamespace(revision, revision.spec.service)]),
      index(ServiceDeployment, byService, (deployment) => [inNamespace(deployment, deployment.spec.service)]),
      index(Task, byRevision, (task) => {
        const revision = revisionOf(task)
        return revision === undefined ? [] : [inNamespace(task, revision)]
      }),
      index(Task, byInstance, (task) => {
        const { containerInstance } = task.spec
        return containerInstance === undefined ? [] : [inNamespace(task, containerInstance)]
      }),
      index(ContainerInstance, byPrefetch, (instance) =>
        (instance.status?.prefetch ?? []).map(({ service }) => inNamespace(instance, service)),
      ),
      index(TaskDefinitionRevision, byFamily, familyNames),
    ],
    async reconcile(key, signal) {
      const service = d.cache.get(Service, parseKey(key))
      for (const stray of straysOf(d.cache.indexed(ServiceRevision, byService, key), service))
        await release(d.client, stray, signal)
      if (service === undefined) {
        countsWritten.delete(key)
        lookedAt.delete(key)
        const asked = d.cache.indexed(ContainerInstance, byPrefetch, key)
        await applyAsks(
          d.client,
          parseKey(key).name,
          asked.map((instance) => ({ instance, wants: undefined })),
          signal,
        )
        return done // owner references clean up
      }
      const now = d.clock.now()
      const decided = plan(stateOf(inputsOf(service, d.cache, now)), now, lookedAt.get(key))
      const { true: first = [], false: later = [] } = Object.groupBy(
        decided.revisionStatuses,
        ({ isFirst }) => `${isFirst}`,
      )
      await applyRevisionStatuses(d.client, first, signal)
      const did = nothingDone()
      const statuses = { ...decided, revisionStatuses: later }
      if (decided.isStatusFirst) await writeStatuses(key, service, statuses, now, signal)
      try {
        await apply({ client: d.client, service, now }, decided, did, signal)
      } finally {
        for (const { type, reason, message } of taskEvents(service.metadata.name, did))
          d.events.event(service, type, reason, message)
      }
      await applyAsks(d.client, service.metadata.name, decided.asks, signal)
      const current = d.cache.get(Service, parseKey(key))
      if (current === undefined) return done // its last finalizer was ours
      const due = decided.isStatusFirst ? undefined : await writeStatuses(key, current, statuses, now, signal)
      for (const { type, reason, message } of decided.repeated) d.events.event(current, type, reason, message)
      lookedAt.set(key, now)
      return again(earliest(decided.wakeAt, due))
    },
  }
}
