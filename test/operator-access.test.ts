/** What the operator may do is what its controllers do: with these rules alone it works, and nothing else is granted. */
import { readFileSync } from 'node:fs'
import { expect, it, onTestFinished } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { authenticated, type User } from '../api/access/user.ts'
import type { ResourceClient } from '../api/client/client.ts'
import { directClient } from '../api/client/direct.ts'
import { isTrue } from '../api/meta/conditions.ts'
import type { Kind } from '../api/meta/kind.ts'
import type { Resource } from '../api/meta/object.ts'
import { openRegistry } from '../api/registry/registry.ts'
import { Cluster } from '../api/v1/cluster.ts'
import { ConfigMap } from '../api/v1/config-map.ts'
import { ContainerInstance } from '../api/v1/container-instance.ts'
import { Event, Namespace, Secret } from '../api/v1/core.ts'
import { allKinds } from '../api/v1/kinds.ts'
import { ClusterRole, ClusterRoleBinding } from '../api/v1/rbac.ts'
import { ScheduledTask } from '../api/v1/scheduled-task.ts'
import { Service } from '../api/v1/service.ts'
import { isStopped, Task } from '../api/v1/task.ts'
import { TaskDefinition, TaskDefinitionRevision } from '../api/v1/task-definition.ts'
import { kubernetesControllers, operatorControllers } from '../cmd/control-plane.ts'
import { runAgent } from '../controllers/agent/agent.ts'
import { fakeEngine } from '../controllers/agent/engine/fake.ts'
import { runControllers } from '../controllers/runtime/run.ts'
import { isFault, messageOf } from '../lib/errors.ts'
import { type Logger, silentLogger } from '../lib/log.ts'
import { seededRandom } from '../lib/random.ts'
import { Scope } from '../lib/scope.ts'
import { minutes, seconds } from '../lib/time.ts'
import { VirtualClock } from '../lib/virtual-clock.ts'
import { openMemoryStore } from '../store/memory/memory-store.ts'
import { guardedServer, inProcessClient } from './builders/in-process-server.ts'
import { usedBy } from './builders/used-right.ts'

const operator: User = authenticated({ name: 'system:serviceaccount:gantry-system:gantry-operator', groups: [] })
/** As it is deployed: the role and its binding. */
const [role, binding] = parseAllDocuments(
  readFileSync(new URL('../deploy/kubernetes/cluster-role.yaml', import.meta.url), 'utf8'),
).map((document) => document.toJS() as unknown) as [ClusterRole, ClusterRoleBinding]
const bookstore = { namespace: 'prod', name: 'bookstore' }

const example = (path: string): Resource =>
  parse(readFileSync(new URL(`../deploy/examples/bookstore/${path}`, import.meta.url), 'utf8')) as Resource

/** Our API server with RBAC as a kube-apiserver, what Kubernetes does by itself, an agent, and the operator as its user. */
async function aCluster() {
  const scope = new Scope(new AbortController().signal)
  const { signal } = scope
  const clock = new VirtualClock()
  const parts = { clock, random: seededRandom(1), log: silentLogger }
  const store = await openMemoryStore({ clock })
  const registry = await openRegistry({ ...parts, store, kinds: allKinds }, signal)
  const admin: ResourceClient = directClient(registry)
  await admin.create(ClusterRole, role, signal)
  await admin.create(ClusterRoleBinding, binding, signal)
  const app = await guardedServer({ ...parts, registry, authenticate: async () => operator }, signal)
  const used = new Set<string>()
  const refused: string[] = []
  const client = inProcessClient(app, {
    ...parts,
    onAnswer(call, status) {
      if (status === 403) refused.push(`${call.method} ${call.path}`)
      used.add(usedBy(call))
    },
  })
  const complaints: string[] = []
  const log: Logger = {
    ...silentLogger,
    error: (fields, sentence) =>
      complaints.push(`${sentence} ${JSON.stringify(fields, (_, v) => (v instanceof Error ? messageOf(v) : v))}`),
    child: () => log,
  }
  const run = (name: string, as: ResourceClient, make: Parameters<typeof runControllers>[0]['make']): void =>
    scope.go(name, (s) => {
      const election = { leaderElection: { namespace: 'gantry-system', name } }
      return runControllers({ ...parts, log, client: as, identity: name, component: name, make, ...election }, s)
    })
  run('kube-controller-manager', admin, kubernetesControllers)
  run('gantry-operator', client, operatorControllers)
  const engine = fakeEngine({ clock, pullTakes: seconds(1) })
  const options = { cluster: 'prod', name: 'one', cpu: 2048, memory: 2048 }
  scope.go('agent', (s) => runAgent({ ...parts, client: admin, engine, options }, s))
  onTestFinished(async () => {
    const end = scope[Symbol.asyncDispose]()
    await clock.advance(seconds(30))
    await end
    await registry.close()
    await store.close()
  })
  return { admin, client, clock, complaints, refused, used, signal, registry }
}

/** Granted and not used when all goes well, each for its reason; reads of one object are left out, for they follow a refused write. */
const unused: readonly string[] = [
  'create namespaces', // our API server makes a cluster's namespace itself
  'delete servicedeployments', // history beyond what is kept
  'delete servicerevisions',
  'update clusters/finalizers', // not asked for by our API server
  'update scheduledtasks/finalizers',
  'update servicedeployments/finalizers',
  'update servicerevisions/finalizers',
  'update services/finalizers',
  'update taskdefinitions/finalizers',
  'update tasks/status', // tasks of lost instances, and those without a place
]

it('with its rules alone the operator makes a cluster, rolls the bookstore out and over, runs a task at its time, and cleans up', {
  timeout: 240_000,
}, async () => {
  const { admin, clock, complaints, refused, used, signal } = await aCluster()
  const ready = async (count: number, revision: string): Promise<void> => {
    const { status, metadata } = await admin.get(Service, bookstore, signal)
    expect(status).toMatchObject({ runningCount: count, taskDefinition: revision, rolloutState: 'COMPLETED' })
    expect(isTrue(status?.conditions, 'Ready') && status?.observedGeneration === metadata.generation).toBe(true)
  }
  await admin.create(Cluster, { metadata: { name: 'prod' }, spec: {} }, signal)
  await clock.advance(seconds(10))
  await admin.create(TaskDefinition, example('task-definition.yaml') as TaskDefinition, signal)
  const service = example('service.yaml') as Service
  await admin.create(Service, { ...service, metadata: bookstore }, signal)
  await clock.advance(seconds(60))
  await ready(3, 'bookstore:1')

  const stocktaking = { namespace: 'prod', name: 'stocktaking' }
  const night = example('../scheduled-task.yaml') as ScheduledTask
  const spec = { ...night.spec, schedule: 'rate(1 day)', activeDeadlineSeconds: 20 }
  await admin.create(ScheduledTask, { metadata: stocktaking, spec }, signal)
  await clock.advance(seconds(60))
  const { status } = await admin.get(ScheduledTask, stocktaking, signal)
  expect(status?.runs).toMatchObject([{ status: 'FAILED', reason: expect.stringContaining('DeadlineExceeded') }])

  const next = example('v2/task-definition.yaml') as TaskDefinition
  const body = { spec: next.spec }
  await admin.patch(TaskDefinition, { namespace: '', name: 'bookstore' }, { type: 'merge', body }, signal)
  await clock.advance(seconds(120))
  await ready(3, 'bookstore:2')
  const fewer = { desiredCount: 1, retention: { stoppedTasks: { ttlSeconds: 60 } } }
  await admin.patch(Service, bookstore, { type: 'merge', body: { spec: fewer } }, signal)
  await clock.advance(seconds(60))
  await ready(1, 'bookstore:2')
  expect((await admin.list(Event, { namespace: 'prod' }, signal)).items).not.toEqual([])
  await clock.advance(minutes(65))
  const { items } = await admin.list(Task, { namespace: 'prod' }, signal)
  expect(items.filter((task) => isStopped(task)).length).toBeLessThan(3)
  expect(refused).toEqual([])

  await admin.delete(Cluster, { namespace: '', name: 'prod' }, {}, signal)
  await clock.advance(seconds(120))
  for (const kind of [Service, ScheduledTask, Task, ContainerInstance] as unknown as readonly Kind[])
    expect((await admin.list(kind, { namespace: 'prod' }, signal)).items).toEqual([])
  await expect(admin.get(Cluster, { namespace: '', name: 'prod' }, signal)).rejects.toMatchObject({ code: 'NotFound' })
  await expect(admin.get(Namespace, { namespace: '', name: 'prod' }, signal)).rejects.toMatchObject({
    code: 'NotFound',
  })
  const limit = { spec: { revisionHistoryLimit: 0 } }
  await admin.patch(TaskDefinition, { namespace: '', name: 'bookstore' }, { type: 'merge', body: limit }, signal)
  await clock.advance(minutes(12))
  const revisions = (await admin.list(TaskDefinitionRevision, {}, signal)).items
  expect(revisions.map(({ metadata }) => metadata.name)).toEqual(['bookstore.2'])
  // In a namespace that goes, nothing can be told any more.
  expect(refused.filter((one) => one !== 'POST /api/v1/namespaces/prod/events')).toEqual([])
  expect(complaints).toEqual([])
  const granted = role.rules.flatMap(({ verbs: may, resources = [] }) =>
    resources.flatMap((resource) => may.map((verb) => `${verb} ${resource}`)),
  )
  expect(granted.filter((one) => !used.has(one) && !one.startsWith('get ')).sort()).toEqual(unused)
})

const never = new AbortController().signal
const inProd = { namespace: 'prod', name: 'x' }
const alone = { namespace: '', name: 'x' }
it.each<{ what: string; ask: (client: ResourceClient) => Promise<unknown> }>([
  { what: 'read secrets', ask: (c) => c.list(Secret, {}, never) },
  {
    what: 'read a secret of its own namespace',
    ask: (c) => c.get(Secret, { namespace: 'gantry-system', name: 'x' }, never),
  },
  { what: 'read config maps', ask: (c) => c.list(ConfigMap, {}, never) },
  { what: 'list events', ask: (c) => c.list(Event, {}, never) },
  { what: 'delete events', ask: (c) => c.delete(Event, inProd, {}, never) },
  {
    what: 'make services',
    ask: (c) =>
      c.create(Service, { metadata: inProd, spec: { taskDefinition: 'x', schedulingStrategy: 'REPLICA' } }, never),
  },
  { what: 'delete services', ask: (c) => c.delete(Service, inProd, {}, never) },
  { what: 'delete scheduled tasks', ask: (c) => c.delete(ScheduledTask, inProd, {}, never) },
  { what: 'delete clusters', ask: (c) => c.delete(Cluster, alone, {}, never) },
  { what: 'change task definitions', ask: (c) => c.patch(TaskDefinition, alone, { type: 'merge', body: {} }, never) },
  { what: 'delete task definitions', ask: (c) => c.delete(TaskDefinition, alone, {}, never) },
  {
    what: 'make or drain instances',
    ask: (c) => c.patch(ContainerInstance, inProd, { type: 'merge', body: {} }, never),
  },
  {
    what: 'patch statuses',
    ask: (c) => c.patch(Task, inProd, { type: 'merge', body: {}, subresource: 'status' }, never),
  },
  { what: 'change namespaces', ask: (c) => c.patch(Namespace, alone, { type: 'merge', body: {} }, never) },
  {
    what: 'empty namespaces',
    ask: (c) =>
      c.finalize(
        Namespace,
        {
          apiVersion: 'v1',
          kind: 'Namespace',
          metadata: { ...alone, uid: 'u', resourceVersion: '1' },
          spec: {},
        } as unknown as Namespace,
        never,
      ),
  },
  { what: 'give itself rights', ask: (c) => c.create(ClusterRole, { metadata: { name: 'x' }, rules: [] }, never) },
  { what: 'read rights', ask: (c) => c.list(ClusterRole, {}, never) },
])('it may not $what', async ({ ask }) => {
  const { client } = await aCluster()
  const fault = await ask(client).then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(isFault(fault) && fault.code).toBe('Forbidden')
})
