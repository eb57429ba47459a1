import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLogger } from '../../lib/log.ts'
import { seededRandom } from '../../lib/random.ts'
import { VirtualClock } from '../../lib/virtual-clock.ts'
import { openMemoryStore } from '../../store/memory/memory-store.ts'
import { aContainer, aContainerInstance, aLease, aTask, aTaskDefinitionRevision } from '../../test/builders/kinds.ts'
import type { Kind } from '../meta/kind.ts'
import { keyOf, type Resource } from '../meta/object.ts'
import { openRegistry, type Registry } from '../registry/registry.ts'
import { Cluster } from '../v1/cluster.ts'
import { ContainerInstance, leaseNameOf } from '../v1/container-instance.ts'
import { Event, Lease } from '../v1/core.ts'
import { allKinds } from '../v1/kinds.ts'
import { Task } from '../v1/task.ts'
import { TaskDefinitionRevision } from '../v1/task-definition.ts'
import { type Access, openAccess } from './access.ts'
import { type Attributes, resourceAttributes } from './attributes.ts'
import { containerInstanceUser } from './user.ts'

const agent = containerInstanceUser('prod', 'one')
const stop = new AbortController()
const { signal } = stop
let registry: Registry
let access: Access

const revision = (name: string, secret?: string): TaskDefinitionRevision => {
  const secrets = secret === undefined ? {} : { secrets: [{ name: 'PASSWORD', valueFrom: `${secret}:password::` }] }
  const executionRoleArn = 'arn:aws:iam::1:role/x'
  const taskDefinition = { executionRoleArn, containerDefinitions: [{ ...aContainer(), ...secrets }] }
  return aTaskDefinitionRevision({ name, spec: { family: name.split('.')[0] ?? '', revision: 1, taskDefinition } })
}
const task = (name: string, namespace: string, definition: string, containerInstance?: string): Task =>
  aTask({
    name,
    namespace,
    spec: { taskDefinition: definition, ...(containerInstance === undefined ? {} : { containerInstance }) },
  })
const event = (name: string, kind: string, about: string): Event =>
  Event.schema.parse({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { namespace: 'prod', name },
    involvedObject: { apiVersion: 'gantry.dev/v1', kind, namespace: 'prod', name: about },
  })

/** As a client sends it. */
const sent = ({ metadata, ...object }: Resource): object => {
  const { name, namespace } = metadata
  return { ...object, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } }
}

beforeAll(async () => {
  const clock = new VirtualClock()
  const parts = { clock, random: seededRandom(1), log: silentLogger }
  const store = await openMemoryStore({ clock })
  registry = await openRegistry({ ...parts, store, kinds: allKinds }, signal)
  access = await openAccess({ ...parts, registry }, signal)
  const create = <T extends Resource>(kind: Kind<T>, object: T): Promise<T> =>
    registry.create(kind, object.metadata.namespace ?? '', sent(object), {}, signal)
  for (const name of ['prod', 'other']) {
    await registry.create(Cluster, '', { apiVersion: 'gantry.dev/v1', kind: 'Cluster', metadata: { name } }, {}, signal)
  }
  await create(TaskDefinitionRevision, revision('web.1', 'db'))
  await create(TaskDefinitionRevision, revision('api.1', 'payments'))
  for (const name of ['one', 'two']) {
    await create(ContainerInstance, aContainerInstance({ name, namespace: 'prod' }))
    await create(Lease, aLease({ name: leaseNameOf(name), namespace: 'prod' }))
  }
  await create(Task, task('mine', 'prod', 'web.1', 'one'))
  await create(Task, task('theirs', 'prod', 'api.1', 'two'))
  await create(Task, task('nobodys', 'prod', 'api.1'))
  await create(Task, task('elsewhere', 'other', 'api.1', 'one'))
  await create(Event, event('of-mine', 'Task', 'mine'))
  await create(Event, event('of-theirs', 'Task', 'theirs'))
})
afterAll(async () => {
  stop.abort(new Error('the tests are over'))
  await access.close()
  await registry.close()
})

const groups: Readonly<Record<string, string>> = {
  secrets: '',
  configmaps: '',
  events: '',
  namespaces: '',
  leases: 'coordination.k8s.io',
  roles: 'rbac.authorization.k8s.io',
  clusterrolebindings: 'rbac.authorization.k8s.io',
}
/** `get tasks/status mine`, `list tasks ?spec.containerInstance=one`, `get tasks elsewhere in other`. */
function asked(text: string): Attributes {
  const [request = '', namespace = 'prod'] = text.split(' in ')
  const [verb = '', what = '', object = ''] = request.split(' ')
  const [resource = '', subresource = ''] = what.split('/')
  const cluster = /^(clusters|taskdefinition|clusterrole|namespaces)/.test(resource)
  return resourceAttributes(agent, {
    verb,
    group: groups[resource] ?? 'gantry.dev',
    version: 'v1',
    resource,
    subresource,
    namespace: cluster ? '' : namespace === 'all' ? '' : namespace,
    ...(object.startsWith('?') ? { fieldSelector: object.slice(1) } : { name: object }),
  })
}

describe('the agent of instance one in prod', () => {
  it.each([
    'get containerinstances one',
    'list containerinstances ?metadata.name=one',
    'watch containerinstances ?metadata.name=one',
    'create containerinstances',
    'patch containerinstances one',
    'update containerinstances/status one',
    'get leases container-instance-one',
    'create leases',
    'update leases container-instance-one',
    'list tasks ?spec.containerInstance=one',
    'watch tasks ?spec.containerInstance==one,metadata.name!=x',
    'get tasks mine',
    'update tasks mine',
    'update tasks/status mine',
    'patch tasks/status mine',
    'get taskdefinitionrevisions web.1',
    'get secrets db',
    'get configmaps db',
    'create events',
    'get events of-mine',
    'patch events of-mine',
  ])('may %s', async (text) => {
    expect(await access.authorize(asked(text), signal)).toMatchObject({ allowed: true })
  })

  it.each([
    'get containerinstances two',
    'patch containerinstances/status two',
    'delete containerinstances one',
    'list containerinstances',
    'list containerinstances ?metadata.name!=two',
    'create containerinstances in other',
    'get containerinstances one in other',
    'get leases container-instance-two',
    'get leases gantry-controllers in gantry-system',
    'update leases container-instance-two',
    'delete leases container-instance-one',
    'list leases',
    'list tasks',
    'list tasks in all',
    'list tasks ?spec.containerInstance=two',
    'list tasks ?spec.containerInstance!=one',
    'list tasks ?spec.containerInstance=one in all',
    'list tasks ?spec.containerInstance=one in other',
    'list tasks ?status.lastStatus!=x\\,spec.containerInstance=one',
    'list tasks/status ?spec.containerInstance=one',
    'get tasks theirs',
    'get tasks nobodys',
    'get tasks gone',
    'get tasks elsewhere in other',
    'update tasks/status theirs',
    'create tasks',
    'delete tasks mine',
    'deletecollection tasks',
    'get tasks/log mine',
    'get taskdefinitionrevisions api.1',
    'get taskdefinitionrevisions gone.1',
    'list taskdefinitionrevisions',
    'update taskdefinitionrevisions web.1',
    'get taskdefinitions web',
    'get scheduledtasks nightly',
    'list scheduledtasks',
    'update scheduledtasks nightly',
    'update scheduledtasks/status nightly',
    'get secrets payments',
    'get secrets db in other',
    'list secrets',
    'update secrets db',
    'get configmaps payments',
    'get events of-theirs',
    'patch events of-theirs',
    'list events',
    'delete events of-mine',
    'get services web',
    'list services',
    'get clusters prod',
    'list namespaces',
    'create roles',
    'create clusterrolebindings',
    'impersonate users admin',
  ])('may not %s', async (text) => {
    expect(await access.authorize(asked(text), signal)).toMatchObject({ allowed: false })
  })

  it('may not read metrics, but may ask what there is', async () => {
    const path = (of: string) => ({ ...asked('get x'), isResourceRequest: false, path: of, namespace: '' })
    expect(await access.authorize(path('/metrics'), signal)).toMatchObject({ allowed: false })
    expect(await access.authorize(path('/apis'), signal)).toMatchObject({ allowed: true })
  })
})

describe('what it stores', () => {
  /** Writes as the server does, with the review of what is about to be stored. */
  const create = <T extends Resource>(kind: Kind<T>, object: T): Promise<T> => {
    const request = asked(`create ${kind.plural}`)
    const review = (change: Parameters<Access['review']>[0], s: AbortSignal) => access.review(change, request, s)
    return registry.create(kind, 'prod', sent(object), { review }, signal)
  }
  const update = async <T extends Resource>(kind: Kind<T>, object: T, change: (object: T) => T): Promise<T> => {
    const request = asked(`update ${kind.plural} ${object.metadata.name}`)
    const review = (what: Parameters<Access['review']>[0], s: AbortSignal) => access.review(what, request, s)
    const old = await registry.get(kind, keyOf(object), signal)
    return registry.update(kind, keyOf(object), change(old), { review }, signal)
  }
  const mine = task('mine', 'prod', 'web.1')

  it.each<[string, () => Promise<unknown>]>([
    [
      'an instance of another name',
      () => create(ContainerInstance, aContainerInstance({ name: 'x', namespace: 'prod' })),
    ],
    ['a lease of another name', () => create(Lease, aLease({ name: 'x', namespace: 'prod' }))],
    ["an event about another's task", () => create(Event, event('lie', 'Task', 'theirs'))],
    ['an event about another instance', () => create(Event, event('lie', 'ContainerInstance', 'two'))],
    ['an event about a service', () => create(Event, event('lie', 'Service', 'web'))],
    [
      'a task that is stopped by it',
      () => update(Task, mine, (old) => ({ ...old, spec: { ...old.spec, desiredStatus: 'STOPPED' as const } })),
    ],
    [
      'a task with other labels',
      () => update(Task, mine, (old) => ({ ...old, metadata: { ...old.metadata, labels: { a: 'b' } } })),
    ],
    [
      'itself, no longer drained',
      () =>
        update(ContainerInstance, aContainerInstance({ name: 'one', namespace: 'prod' }), (old) => ({
          ...old,
          spec: { ...old.spec, status: 'DRAINING' as const },
        })),
    ],
  ])('is not %s', async (_, write) => {
    await expect(write()).rejects.toMatchObject({ code: 'Forbidden' })
  })

  it('is an event about its task, and its task without a finalizer', async () => {
    await create(Event, event('told', 'Task', 'mine'))
    await create(Event, event('told-too', 'ContainerInstance', 'one'))
    const left = await update(Task, mine, (old) => ({ ...old, metadata: { ...old.metadata, finalizers: [] } }))
    expect(left.metadata.finalizers ?? []).toEqual([])
  })
})
