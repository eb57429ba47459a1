/**
 * What the agent of a container instance may touch: its own instance, heartbeat, certificate requests and tasks, what those
 * tasks refer to, and events about all of these. Nothing else, whatever roles exist: like Kubernetes' node authorizer.
 */

import { isEqual } from '../../lib/equal.ts'
import { Fault, unlessGone } from '../../lib/errors.ts'
import { apiVersionOf, type Kind } from '../meta/kind.ts'
import type { ObjectKey, Resource } from '../meta/object.ts'
import type { Registry } from '../registry/registry.ts'
import { CertificateSigningRequest } from '../v1/certificate-signing-request.ts'
import { ContainerInstance, leaseNameOf } from '../v1/container-instance.ts'
import { Event, Lease, Secret } from '../v1/core.ts'
import { revisionNameOf, Task } from '../v1/task.ts'
import { TaskDefinitionRevision } from '../v1/task-definition.ts'
import { referencesOf } from '../v1/task-references.ts'
import { instanceUserName } from '../v1/user-names.ts'
import { containersFinalizer } from '../v1/well-known.ts'
import type { Attributes, Decision } from './attributes.ts'

type Reads = Pick<Registry, 'cached' | 'get' | 'list'>

const yes: Decision = { allowed: true, reason: 'container instance: its own' }
const no = (why: string): Decision => ({ allowed: false, reason: `container instance: ${why}` })
const only = (allowed: boolean, why: string): Decision => (allowed ? yes : no(why))

const change = ['get', 'update', 'patch']

/** Whether a selector asks for one value of a field, whatever else it asks. */
function selectsOnly(selector: string | undefined, term: string): boolean {
  // An escaped comma could hide the end of another term.
  if (selector === undefined || selector.includes('\\')) return false
  return selector.split(',').some((one) => one.trim().replace('==', '=') === term)
}

/** The object as this process knows it; from the store when it knows none for which `good` holds. */
async function found<T extends Resource>(
  reads: Reads,
  kind: Kind<T>,
  key: ObjectKey,
  good: (object: T) => boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const known = reads.cached(kind, key)
  if (known !== undefined && good(known)) return true
  const stored = await unlessGone(reads.get(kind, key, signal))
  return stored !== undefined && good(stored)
}

const boundTo =
  (instance: ObjectKey) =>
  (task: Task): boolean =>
    task.metadata.namespace === instance.namespace && task.spec.containerInstance === instance.name

/** Whether a task of the instance satisfies `good`: in memory, or if not there, in the store. */
async function someTask(
  reads: Reads,
  instance: ObjectKey,
  good: (task: Task) => Promise<boolean> | boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const selection = { namespace: instance.namespace, fieldSelector: `spec.containerInstance=${instance.name}` }
  for (const options of [{ ...selection, resourceVersion: '0' }, selection]) {
    for (const task of (await reads.list(Task, options, signal)).items) if (await good(task)) return true
  }
  return false
}

async function refersTo(reads: Reads, task: Task, name: string, signal: AbortSignal): Promise<boolean> {
  const key = { namespace: '', name: revisionNameOf(task) ?? '' }
  const revision =
    reads.cached(TaskDefinitionRevision, key) ?? (await unlessGone(reads.get(TaskDefinitionRevision, key, signal)))
  return revision !== undefined && referencesOf(revision).has(name)
}

/** Decides about one request of an agent. Faults: those of the store. */
export async function instanceMay(
  reads: Reads,
  instance: ObjectKey,
  wanted: Attributes,
  signal: AbortSignal,
): Promise<Decision> {
  if (!wanted.isResourceRequest) return no('no such path')
  const { group, resource, subresource, verb, name, namespace } = wanted
  const here = namespace === instance.namespace
  const of = (kind: Pick<Kind, 'group' | 'plural'>): boolean => group === kind.group && resource === kind.plural
  const listing = verb === 'list' || verb === 'watch'

  if (of(TaskDefinitionRevision) && subresource === '' && verb === 'get') {
    const used = await someTask(reads, instance, (task) => revisionNameOf(task) === name, signal)
    return only(used, 'no task of it runs this revision')
  }
  if (of(CertificateSigningRequest) && subresource === '') {
    if (verb === 'create') return yes
    const own = ({ spec }: CertificateSigningRequest): boolean => spec.username === instanceUserName(instance)
    const asked =
      verb === 'get' && (await found(reads, CertificateSigningRequest, { namespace: '', name }, own, signal))
    return only(asked, 'only its own certificate requests')
  }
  if (!here) return no('only in its own namespace')
  if (of(ContainerInstance) && (subresource === '' || subresource === 'status')) {
    if (listing) return only(selectsOnly(wanted.fieldSelector, `metadata.name=${instance.name}`), 'only itself')
    // The name of what is created is in the body: see `instanceMayStore`.
    if (verb === 'create' && subresource === '') return yes
    return only(change.includes(verb) && name === instance.name, 'only itself')
  }
  if (of(Lease) && subresource === '') {
    if (verb === 'create') return yes
    return only(change.includes(verb) && name === leaseNameOf(instance.name), 'only its own lease')
  }
  if (of(Task) && (subresource === '' || subresource === 'status')) {
    if (listing) {
      return only(
        subresource === '' && selectsOnly(wanted.fieldSelector, `spec.containerInstance=${instance.name}`),
        'only tasks that are bound to it',
      )
    }
    const bound = change.includes(verb) && (await found(reads, Task, { namespace, name }, boundTo(instance), signal))
    return only(bound, 'only tasks that are bound to it')
  }
  if (of(Event) && subresource === '') {
    if (verb === 'create') return yes
    const own = async (event: Event): Promise<boolean> => mayTell(reads, instance, event, signal)
    const event = change.includes(verb) ? await unlessGone(reads.get(Event, { namespace, name }, signal)) : undefined
    return only(event !== undefined && (await own(event)), 'only events about what is its own')
  }
  if ((of(Secret) || (group === '' && resource === 'configmaps')) && subresource === '' && verb === 'get') {
    const used = await someTask(reads, instance, (task) => refersTo(reads, task, name, signal), signal)
    return only(used, 'no task of it refers to this')
  }
  return no('only its own')
}

/** Whether an event is about the instance or a task of it. */
async function mayTell(reads: Reads, instance: ObjectKey, event: Event, signal: AbortSignal): Promise<boolean> {
  const { apiVersion, kind, namespace = '', name = '' } = event.involvedObject
  if (apiVersion !== apiVersionOf(Task) || namespace !== instance.namespace) return false
  if (kind === ContainerInstance.kind) return name === instance.name
  return kind === Task.kind && (await found(reads, Task, { namespace, name }, boundTo(instance), signal))
}

const refuse = (why: string): Fault => new Fault('Forbidden', `container instance: ${why}`)

/** What only the body of a write tells. Faults: Forbidden. */
export async function instanceMayStore(
  reads: Reads,
  instance: ObjectKey,
  { kind, object, old }: { readonly kind: Kind; readonly object: Resource; readonly old: Resource | undefined },
  signal: AbortSignal,
): Promise<void> {
  const of = (one: Pick<Kind, 'group' | 'plural'>): boolean => kind.group === one.group && kind.plural === one.plural
  const { name } = object.metadata
  if (of(ContainerInstance) && name !== instance.name) throw refuse('only itself')
  if (
    of(ContainerInstance) &&
    old !== undefined &&
    !isEqual((object as ContainerInstance).spec, (old as ContainerInstance).spec)
  )
    throw refuse('its spec is for users to change')
  if (of(Lease) && name !== leaseNameOf(instance.name)) throw refuse('only its own lease')
  if (of(Event) && !(await mayTell(reads, instance, object as Event, signal)))
    throw refuse('only events about what is its own')
  if (of(Event) && old !== undefined && !isEqual((object as Event).involvedObject, (old as Event).involvedObject))
    throw refuse('only events about what is its own')
  if (of(Task)) {
    if (old === undefined || !boundTo(instance)(old as Task)) throw refuse('only tasks that are bound to it')
    // All it changes of the object itself is its own finalizer: what a task is, others say.
    if (!isEqual(withoutOwn(object), withoutOwn(old))) throw refuse('of a task only its own finalizer and the status')
  }
}

/** A task without what its agent may change, and without what follows from a change. */
function withoutOwn({ status: _status, ...object }: Resource): unknown {
  const { managedFields: _fields, resourceVersion: _version, generation: _generation, ...metadata } = object.metadata
  const finalizers = (metadata.finalizers ?? []).filter((name) => name !== containersFinalizer)
  return { ...object, metadata: { ...metadata, finalizers } }
}
