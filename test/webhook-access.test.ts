/** What the webhook adds to the operator's rights is what it uses, of two objects. */
import { readFileSync } from 'node:fs'
import { expect, it, onTestFinished } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { authenticated, type User } from '../api/access/user.ts'
import type { ResourceClient } from '../api/client/client.ts'
import { directClient } from '../api/client/direct.ts'
import type { Kind } from '../api/meta/kind.ts'
import type { Draft, Resource } from '../api/meta/object.ts'
import { openRegistry } from '../api/registry/registry.ts'
import { Secret } from '../api/v1/core.ts'
import { allKinds } from '../api/v1/kinds.ts'
import { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from '../api/v1/rbac.ts'
import { ValidatingWebhookConfiguration } from '../api/v1/webhook-configuration.ts'
import { systemClock } from '../lib/clock.ts'
import { isFault } from '../lib/errors.ts'
import { silentLogger } from '../lib/log.ts'
import { seededRandom } from '../lib/random.ts'
import { VirtualClock } from '../lib/virtual-clock.ts'
import { openMemoryStore } from '../store/memory/memory-store.ts'
import { admissionReview } from './builders/admission-review.ts'
import { guardedServer, inProcessClient } from './builders/in-process-server.ts'
import { aCluster, aService, aTask } from './builders/kinds.ts'
import { callWebhook, startWebhook, webhookManifests } from './builders/running-webhook.ts'
import { usedBy } from './builders/used-right.ts'

const operator: User = authenticated({ name: 'system:serviceaccount:gantry-system:gantry-operator', groups: [] })
const deployed = (file: string): readonly Resource[] =>
  parseAllDocuments(readFileSync(new URL(`../deploy/kubernetes/${file}`, import.meta.url), 'utf8')).map(
    (document) => document.toJS() as Resource,
  )
const rights = deployed('webhook/role.yaml')
const kinds = [ClusterRole, ClusterRoleBinding, Role, RoleBinding, Secret, ValidatingWebhookConfiguration]

/** Our API server with RBAC as a kube-apiserver, and the operator as its user. */
async function aServer() {
  const clock = new VirtualClock(systemClock.now()) // TLS judges by the machine's
  const stop = new AbortController()
  const { signal } = stop
  const parts = { clock, random: seededRandom(1), log: silentLogger }
  const store = await openMemoryStore({ clock })
  const all = [...allKinds, ValidatingWebhookConfiguration as unknown as Kind]
  const registry = await openRegistry({ ...parts, store, kinds: all }, signal)
  onTestFinished(async () => {
    stop.abort()
    await registry.close()
    await store.close()
  })
  const admin = directClient(registry)
  for (const one of [...deployed('cluster-role.yaml'), ...rights, ...webhookManifests]) {
    const kind = kinds.find((known) => known.kind === one.kind) as unknown as Kind
    const { uid: _uid, resourceVersion: _version, ...metadata } = one.metadata
    await admin.create(kind, { ...one, metadata } as unknown as Draft<Resource>, signal)
  }
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
  return { admin, client, clock, used, refused, signal }
}

it('with its rules alone it gets its certificate and judges, and nothing else is granted', async () => {
  const { admin, client, clock, used, refused, signal } = await aServer()
  const url = await startWebhook({ client, clock })
  const { webhooks } = await admin.get(ValidatingWebhookConfiguration, { namespace: '', name: 'gantry' }, signal)
  const ca = Buffer.from(webhooks[0]?.clientConfig.caBundle ?? '', 'base64').toString()
  for (const object of [aCluster({ name: 'default' }), aService(), aTask({ spec: { taskDefinition: 'web:1' } })]) {
    const { body } = await callWebhook({ url, ca, body: admissionReview({ object }) })
    expect(body).toMatchObject({ response: { allowed: false } })
  }
  expect(refused).toEqual([])
  const granted = rights
    .flatMap((one) => ('rules' in one ? (one as Resource & Pick<Role, 'rules'>).rules : []))
    .flatMap(({ verbs, resources = [], resourceNames = [] }) =>
      resources.flatMap((resource) => verbs.map((verb) => [`${verb} ${resource}`, resourceNames.length] as const)),
    )
  expect(granted.filter(([right, names]) => !used.has(right) || names !== 1)).toEqual([])
  expect(granted).toHaveLength(4)
})

const never = new AbortController().signal
const other = { namespace: 'gantry-system', name: 'x' }
it.each<{ what: string; ask: (client: ResourceClient) => Promise<unknown> }>([
  { what: 'read other secrets', ask: (c) => c.get(Secret, other, never) },
  { what: 'list secrets', ask: (c) => c.list(Secret, { namespace: 'gantry-system' }, never) },
  { what: 'make secrets', ask: (c) => c.create(Secret, { metadata: other, type: 'Opaque' }, never) },
  {
    what: 'read a secret of that name elsewhere',
    ask: (c) => c.get(Secret, { namespace: 'default', name: 'gantry-webhook' }, never),
  },
  {
    what: 'change other configurations',
    ask: (c) =>
      c.patch(ValidatingWebhookConfiguration, { namespace: '', name: 'x' }, { type: 'merge', body: {} }, never),
  },
  {
    what: 'take the configuration away',
    ask: (c) => c.delete(ValidatingWebhookConfiguration, { namespace: '', name: 'gantry' }, {}, never),
  },
])('it may not $what', async ({ ask }) => {
  const { client } = await aServer()
  const fault = await ask(client).then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(isFault(fault) && fault.code).toBe('Forbidden')
})
