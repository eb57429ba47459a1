/**
 * Garbage collection: dependents go with their owners; stopped tasks, finished deployments and their revisions after their time,
 * or when there are many. Works for every kind it is given.
 */
import { groupResource, type Kind } from '../../api/meta/kind.ts'
import { controllerOf, isDeleting, keyText, parseKey, type Resource } from '../../api/meta/object.ts'
import { allKinds } from '../../api/v1/kinds.ts'
import { Service } from '../../api/v1/service.ts'
import { ServiceDeployment } from '../../api/v1/service-deployment.ts'
import { ServiceRevision } from '../../api/v1/service-revision.ts'
import { isStopped, Task } from '../../api/v1/task.ts'
import { again, type Controller, type Deps, done, index, mapped, type Outcome } from '../runtime/controller.ts'
import { apply } from './apply.ts'
import { OwnerGraph, ownerIndexes, thingText } from './graph.ts'
import { type GarbageLimits, garbageLimits } from './limits.ts'
import { type Action, planDependent, planLeaving, planOrphaning } from './plan.ts'
import { isLeaving, isOrphaning, ownersOf, type Thing } from './state.ts'
import { planHistory } from './strategies/history.ts'
import { planLoneTasks } from './strategies/stopped-tasks.ts'

export interface GarbageControllerOptions extends Partial<GarbageLimits> {
  /** Kinds whose objects are looked after; default: all of Gantry's but Event, which expires by itself. */
  readonly kinds?: readonly Kind[]
  /** Whether dependents go with their owners; false where somebody else sees to it, as in Kubernetes. Default true. */
  readonly owners?: boolean
  /** Whether stopped tasks and what services leave behind go after their time. Default true. */
  readonly history?: boolean
}

/** What the retention of Gantry's own objects looks at. */
const historicKinds = [Service, ServiceRevision, ServiceDeployment, Task] as unknown as readonly Kind[]

const ofServiceIndex = 'garbage/of-service'
const isOf = (kind: Kind, other: Pick<Kind, 'group' | 'plural'>): boolean =>
  groupResource(kind) === groupResource(other)

const loneIndex = 'garbage/lone'
/** What a key of the queue is about: `object tasks.gantry.dev default/a`, `owner UID`, `history default/web`, `lone default/GROUP`. */
const keyFor = {
  object: (thing: Thing): string => `object ${thingText(thing)}`,
  owner: (uid: string): string => `owner ${uid}`,
  history: (namespace: string, service: string): string => `history ${keyText({ namespace, name: service })}`,
  lone: (task: Task): string => `lone ${groupOf(task)}`,
}

/** Where a task that no service made counts: tasks of one group are kept together. */
const groupOf = ({ metadata, spec }: Task): string =>
  keyText({ namespace: metadata.namespace ?? '', name: spec.group ?? spec.taskDefinition })

const isLone = (task: Task): boolean => isStopped(task) && controllerOf(task)?.kind !== ServiceRevision.kind

/**
 * Deletes only what it decided on (uid and resourceVersion are preconditions), and only after the API itself confirmed
 * that an owner is gone.
 */
export function garbageController(d: Deps, options: GarbageControllerOptions = {}): Controller {
  const limits: GarbageLimits = { ...garbageLimits, ...options }
  const { owners = true, history = true } = options
  const everything = options.kinds ?? allKinds.filter((kind) => kind.kind !== 'Event')
  const kinds = owners ? everything : historicKinds
  const graph = new OwnerGraph(d, kinds, limits)
  const watched = (kind: Pick<Kind, 'group' | 'plural'>): boolean => kinds.some((known) => isOf(known, kind))

  /** What a change of an object may make garbage. In the steady state: nothing. */
  function* keysOf(thing: Thing): Iterable<string> {
    const { object } = thing
    if (owners) yield* ownerKeysOf(thing)
    if (history && isOf(thing.kind, Task) && isLone(object as Task)) yield keyFor.lone(object as Task)
    const service = history ? serviceOf(thing) : undefined
    if (service !== undefined) yield keyFor.history(object.metadata.namespace ?? '', service)
  }

  function* ownerKeysOf(thing: Thing): Iterable<string> {
    const { object } = thing
    const current = graph.current(thing)
    if (current === undefined) {
      if (graph.hasDependents(object.metadata.uid)) yield keyFor.owner(object.metadata.uid)
    } else if (isLeaving(current) || isOrphaning(current) || !graph.isOwned(current)) {
      yield keyFor.object(thing)
    }
    for (const owner of graph.leavingOwners(object)) yield keyFor.object(owner)
  }

  /** The service in whose history the object counts. */
  function serviceOf({ kind, object }: Thing): string | undefined {
    // its own change matters when it says itself what is kept
    if (isOf(kind, Service)) return (object as Service).spec.retention && object.metadata.name
    if (isOf(kind, ServiceRevision)) return (object as ServiceRevision).spec.service
    if (isOf(kind, ServiceDeployment)) return (object as ServiceDeployment).spec.service
    const owner = controllerOf(object)
    if (!isOf(kind, Task) || !isStopped(object as Task) || owner?.kind !== ServiceRevision.kind) return undefined
    const key = { namespace: object.metadata.namespace ?? '', name: owner.name }
    return watched(ServiceRevision) ? d.cache.get(ServiceRevision, key)?.spec.service : undefined
  }

  const dependentActions = async (thing: Thing, signal: AbortSignal): Promise<readonly Action[]> =>
    ownersOf(thing.object).length === 0 || isDeleting(thing.object)
      ? []
      : planDependent(thing, await graph.ownersOf(thing.object, signal), graph.hasDependents(thing.object.metadata.uid))

  async function applyToDependents(uid: string, signal: AbortSignal): Promise<readonly Thing[]> {
    const dependents = graph.dependentsOf(uid)
    const actions: Action[] = []
    for (const dependent of dependents) actions.push(...(await dependentActions(dependent, signal)))
    await apply(d, actions, signal)
    return dependents
  }

  async function reconcileObject(thing: Thing, signal: AbortSignal): Promise<Outcome> {
    const { object } = thing
    if (isOrphaning(object)) {
      const dependents = await graph.liveDependentsOf(thing, signal)
      await apply(d, planOrphaning(thing, dependents), signal)
      return again(dependents.length > 0 ? d.clock.now() : undefined) // until a look finds none
    }
    if (isLeaving(object)) {
      await applyToDependents(object.metadata.uid, signal)
      await apply(d, planLeaving(thing, graph.dependentsOf(object.metadata.uid)), signal)
      return done
    }
    await apply(d, await dependentActions(thing, signal), signal)
    return done
  }

  async function reconcileLone(group: string, signal: AbortSignal): Promise<Outcome> {
    const { actions, wakeAt } = planLoneTasks(d.cache.indexed(Task, loneIndex, group), d.clock.now(), limits)
    await apply(d, actions, signal)
    return again(wakeAt)
  }

  async function reconcileHistory(key: string, signal: AbortSignal): Promise<Outcome> {
    const revisions = d.cache.indexed(ServiceRevision, ofServiceIndex, key)
    const history = {
      service: d.cache.get(Service, parseKey(key)),
      revisions: revisions.map((revision) => ({ revision, tasks: d.cache.owned(Task, revision) })),
      deployments: d.cache.indexed(ServiceDeployment, ofServiceIndex, key),
    }
    const { actions, wakeAt } = planHistory(history, d.clock.now(), limits)
    await apply(d, actions, signal)
    return again(wakeAt)
  }

  /** Reads `tasks.gantry.dev default/a` back. */
  function thingOf(text: string): Thing | undefined {
    const [resource = '', key = ''] = text.split(' ')
    const kind = kinds.find((known) => groupResource(known) === resource)
    const object = kind && d.cache.get<Resource>(kind, parseKey(key))
    return kind === undefined || object === undefined ? undefined : { kind, object }
  }

  const isHistoric =
    history && watched(Service) && watched(ServiceRevision) && watched(ServiceDeployment) && watched(Task)
  return {
    name: 'garbage',
    watches: kinds.map((kind) => mapped(kind, (object) => keysOf({ kind, object }))),
    indexes: [
      ...ownerIndexes(kinds),
      ...(history && watched(Task) ? [index(Task, loneIndex, (task) => (isLone(task) ? [groupOf(task)] : []))] : []),
      ...(isHistoric
        ? [
            index(ServiceRevision, ofServiceIndex, (revision) => [
              keyText({ namespace: revision.metadata.namespace ?? '', name: revision.spec.service }),
            ]),
            index(ServiceDeployment, ofServiceIndex, (deployment) => [
              keyText({ namespace: deployment.metadata.namespace ?? '', name: deployment.spec.service }),
            ]),
          ]
        : []),
    ],
    concurrency: limits.keysAtOnce,
    async reconcile(key, signal) {
      const space = key.indexOf(' ')
      const [about, rest] = [key.slice(0, space), key.slice(space + 1)]
      switch (about) {
        case 'object': {
          const thing = thingOf(rest)
          return thing === undefined ? done : reconcileObject(thing, signal)
        }
        case 'owner':
          await applyToDependents(rest, signal)
          return done
        case 'lone':
          return reconcileLone(rest, signal)
        default:
          return isHistoric ? reconcileHistory(rest, signal) : done
      }
    },
  }
}
