/** A server of the golden kinds for a topic: a store, the registry, the API on a port, and the controllers that clean up. */
import { readFileSync } from 'node:fs'
import { parseAllDocuments } from 'yaml'
import type { Authenticator } from '../../api/access/authenticator.ts'
import { clusterAuthenticator } from '../../api/access/cluster-authenticator.ts'
import { issueAccountToken, tokenIssuer } from '../../api/access/service-account-token.ts'
import { administrator } from '../../api/access/user.ts'
import { directClient } from '../../api/client/direct.ts'
import type { Kind } from '../../api/meta/kind.ts'
import { groupResource } from '../../api/meta/kind.ts'
import type { ObjectKey, Resource } from '../../api/meta/object.ts'
import { openRegistry, type Registry } from '../../api/registry/registry.ts'
import { loadCredentials } from '../../api/server/access/credentials.ts'
import { startServer } from '../../api/server/server.ts'
import { allKinds } from '../../api/v1/kinds.ts'
import { ServiceAccount } from '../../api/v1/service-account.ts'
import { clusterController } from '../../controllers/cluster/controller.ts'
import { garbageController } from '../../controllers/garbage/controller.ts'
import { namespaceController } from '../../controllers/namespace/controller.ts'
import { runControllers } from '../../controllers/runtime/run.ts'
import { systemClock } from '../../lib/clock.ts'
import { isFault } from '../../lib/errors.ts'
import { silentLogger } from '../../lib/log.ts'
import { systemRandom } from '../../lib/random.ts'
import { Scope } from '../../lib/scope.ts'
import { hours, plus } from '../../lib/time.ts'
import { revision, type Store } from '../../store/store.ts'
import { until } from '../until.ts'
import { HeldClock } from './held-clock.ts'
import type { Upstream } from './kubectl/recorder.ts'
import type { OpenedStore } from './stores.ts'
import { ClusterWidget, Widget } from './widget.ts'
import { type Door, Wire } from './wire.ts'

const shared = { random: systemRandom, log: silentLogger }
const kinds = [...allKinds, Widget, ClusterWidget] as unknown as readonly Kind[]
export interface World {
  readonly wire: Wire
  /** The server's. */
  readonly clock: HeldClock
  /** PEM of the authority. */
  readonly authority: string
  readonly tokens: Door['tokens']
  /** For a proxy in front of the server. */
  readonly upstream: Upstream
  /** Removes what a case left: widgets, and the namespace it may have made. */
  clean(): Promise<void>
  close(): Promise<void>
}

/** Opens a world on an empty store, which is closed with it. */
export async function openWorld({ store, after }: OpenedStore): Promise<World> {
  const stop = new AbortController()
  const { signal } = stop
  const clock = new HeldClock()
  const parts = { ...shared, clock }
  await forget(store, signal)
  const registry = await openRegistry({ ...parts, store, kinds }, signal)
  const client = directClient(registry, { fieldManager: 'kube-controller-manager' })
  const credentials = await loadCredentials({ client, clock, hosts: [] }, signal)
  const authenticate = asRecorded(clusterAuthenticator({ registry, credentials, clock }))
  const server = await startServer(
    { ...parts, registry, credentials, listen: { host: '127.0.0.1', port: 0 }, authenticate },
    signal,
  )
  const scope = new Scope(signal)
  scope.go('controllers', (s) =>
    runControllers(
      {
        ...parts,
        client,
        identity: 'golden',
        component: 'golden-controllers',
        make: (d) => [clusterController(d), namespaceController(d, { kinds }), garbageController(d, { kinds })],
      },
      s,
    ),
  )
  await setUp(registry, signal)
  const limited = await tokenOf(registry, { namespace: 'golden-a', name: 'limited' }, credentials.tokenKey, signal)
  const { authority } = credentials
  const tokens = { admin: credentials.adminToken, limited }
  const wire = new Wire({ url: server.url, authority, tokens })
  return {
    wire,
    clock,
    authority,
    tokens,
    upstream: { url: server.url, authority, ...credentials.server },
    clean: () => clean(registry, signal),
    async close() {
      wire.close()
      stop.abort(new Error('the traces were replayed'))
      await server.closed
      await scope[Symbol.asyncDispose]().catch(() => undefined)
      await registry.close()
      await store.close()
      await after()
    },
  }
}

/** The administrator as the recorded cluster knew him: by a client certificate. */
function asRecorded(authenticate: Authenticator): Authenticator {
  const extra = { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${'0'.repeat(64)}`] }
  return async (shown, signal) => {
    const user = await authenticate(shown, signal)
    return user === administrator ? { ...user, name: 'admin', extra } : user
  }
}

/** Versions from the store's beginning are too old, as on a server that has run for a while. */
async function forget(store: Store, signal: AbortSignal): Promise<void> {
  for (const value of [1, 2]) {
    await store.transact({ compare: [], puts: [{ key: '/before', value: Uint8Array.of(value) }] }, signal)
  }
  await store.compact(revision(2), signal)
}

/** Makes what data/setup.yaml says must be there. */
async function setUp(registry: Registry, signal: AbortSignal): Promise<void> {
  const documents = parseAllDocuments(readFileSync(new URL('data/setup.yaml', import.meta.url), 'utf8'))
  for (const document of documents) {
    const object = document.toJS() as Resource
    const kind = kinds.find((one) => one.kind === object.kind)
    if (kind === undefined) continue
    const { namespace = '', name } = object.metadata
    await registry.create(kind, namespace, object, {}, signal)
    // the recorder's were made by a client whose traces were cleared
    await registry.patch(
      kind,
      { namespace: kind.scope === 'Cluster' ? '' : namespace, name },
      { type: 'merge', body: { metadata: { managedFields: [{}] } } },
      {},
      signal,
    )
  }
}

/** What `kubectl create token` gives. */
async function tokenOf(registry: Registry, key: ObjectKey, signing: string, signal: AbortSignal): Promise<string> {
  const account = await registry.get(ServiceAccount, key, signal)
  const now = systemClock.now()
  const options = { audiences: [tokenIssuer], expires: plus(now, hours(12)) }
  return issueAccountToken(account, options, { key: signing, random: systemRandom, now })
}

async function clean(registry: Registry, signal: AbortSignal): Promise<void> {
  for (const kind of [Widget, ClusterWidget] as unknown as readonly Kind[]) {
    const left = async (): Promise<readonly Resource[]> => (await registry.list(kind, {}, signal)).items
    for (const object of await left()) await remove(registry, kind, object, signal)
    await until(`no ${groupResource(kind)} is left`, async () => (await left()).length === 0)
  }
  await cleanThird(registry, signal)
}

/** The namespace that cases may make, with what holds it: nobody here takes finalizers off. */
async function cleanThird(registry: Registry, signal: AbortSignal): Promise<void> {
  const namespaces = kinds.find((kind) => kind.kind === 'Namespace') as Kind
  const third = async (): Promise<Resource | undefined> =>
    (await registry.list(namespaces, { fieldSelector: 'metadata.name=golden-c' }, signal)).items[0]
  const found = await third()
  if (found === undefined) return
  await remove(registry, namespaces, found, signal)
  await until('golden-c is gone', async () => {
    const left = await third()
    if (left === undefined) return true
    for (const kind of kinds.filter(({ scope, viewOf }) => scope === 'Namespaced' && viewOf === undefined)) {
      const { items } = await registry.list(kind, { namespace: 'golden-c' }, signal)
      const held = items.filter(({ metadata }) => (metadata.finalizers ?? []).length > 0)
      for (const object of held) await remove(registry, kind, object, signal)
    }
    const own = (left.spec as { readonly finalizers?: readonly string[] } | undefined)?.finalizers ?? []
    const strange = own.some((finalizer) => finalizer !== 'kubernetes')
    if (strange) await finalized(registry, namespaces, left, signal)
    return false
  })
}

/** Leaves the namespace to the controller alone. */
async function finalized(registry: Registry, kind: Kind, namespace: Resource, signal: AbortSignal): Promise<void> {
  const { resourceVersion: _, ...metadata } = namespace.metadata
  const body = { ...namespace, metadata, spec: { finalizers: ['kubernetes'] } }
  await registry.finalize(kind, { namespace: '', name: namespace.metadata.name }, body, {}, signal)
}

async function remove(registry: Registry, kind: Kind, object: Resource, signal: AbortSignal): Promise<void> {
  const key = { namespace: object.metadata.namespace ?? '', name: object.metadata.name }
  try {
    if ((object.metadata.finalizers ?? []).length > 0) {
      await registry.patch(kind, key, { type: 'merge', body: { metadata: { finalizers: null } } }, {}, signal)
    }
    await registry.delete(kind, key, { propagationPolicy: 'Background' }, signal)
  } catch (error) {
    if (!isFault(error, 'NotFound')) throw error
  }
}
