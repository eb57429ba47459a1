/** @kubernetes/client-node, unmodified, as its users use it: what it expects of an API server is here. */
import {
  CoordinationV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  KubernetesObjectApi,
  makeInformer,
  PatchStrategy,
  VersionApi,
  Watch,
} from '@kubernetes/client-node'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { aRunningServer, type RunningServer } from '../builders/running-server.ts'
import { until } from '../until.ts'

const group = 'test.gantry.dev'
const apiVersion = `${group}/v1`
const plural = 'widgets'
const namespace = 'default'

interface Made {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly labels?: Record<string, string>
    readonly resourceVersion?: string
  }
  readonly spec: { readonly color: string; readonly size?: number }
  readonly status?: { readonly phase?: string }
}
const aWidget = (name: string, color = 'blue'): Made => ({
  apiVersion,
  kind: 'Widget',
  metadata: { name, namespace, labels: { app: 'a' } },
  spec: { color },
})

let server: RunningServer
let config: KubeConfig
beforeEach(async () => {
  server = await aRunningServer()
  config = new KubeConfig()
  config.loadFromOptions({
    clusters: [{ name: 'c', server: server.url, caData: Buffer.from(server.credentials.authority).toString('base64') }],
    users: [{ name: 'u', token: server.credentials.adminToken }],
    contexts: [{ name: 'x', cluster: 'c', user: 'u' }],
    currentContext: 'x',
  })
})

const codeOf = async (call: Promise<unknown>): Promise<number> =>
  call.then(
    () => 0,
    (error: { code?: number }) => error.code ?? -1,
  )

describe('KubernetesObjectApi', () => {
  test('creates, reads, lists, replaces, patches by every strategy, deletes', async () => {
    const api = KubernetesObjectApi.makeApiClient(config)
    const made = (await api.create(aWidget('w'))) as Made
    expect(made).toMatchObject({ spec: { color: 'blue', size: 1 } })
    expect(await codeOf(api.create(aWidget('w')))).toBe(409)
    expect(await api.read(aWidget('w'))).toMatchObject({ metadata: { name: 'w' } })
    const replaced = await api.replace({ ...made, spec: { color: 'green', size: 2 } } as Made)
    expect(replaced).toMatchObject({ spec: { color: 'green', size: 2 } })
    expect(await codeOf(api.replace(made))).toBe(409) // its version is old
    const merged = { ...aWidget('w'), spec: { size: 3 } } as unknown as Made
    expect(await api.patch(merged, undefined, undefined, undefined, undefined, PatchStrategy.MergePatch)).toMatchObject(
      { spec: { color: 'green', size: 3 } },
    )
    const applied = { ...aWidget('w', 'red'), spec: { color: 'red', size: 4 } }
    expect(await codeOf(api.patch(applied, undefined, undefined, 'other', false, PatchStrategy.ServerSideApply))).toBe(
      409,
    )
    expect(await api.patch(applied, undefined, undefined, 'other', true, PatchStrategy.ServerSideApply)).toMatchObject({
      spec: { color: 'red', size: 4 },
    })
    const { items } = await api.list(
      apiVersion,
      'Widget',
      namespace,
      undefined,
      undefined,
      undefined,
      undefined,
      'app=a',
    )
    expect(items.map(({ metadata }) => metadata?.name)).toEqual(['w'])
    await api.delete(aWidget('w'))
    expect(await codeOf(api.read(aWidget('w')))).toBe(404)
  })

  test('patches a built-in kind strategically, as it does by default', async () => {
    const api = KubernetesObjectApi.makeApiClient(config)
    await api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } })
    const labels = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n', labels: { team: 'blue' } } }
    expect(await api.patch(labels)).toMatchObject({ metadata: { labels: { team: 'blue' } } })
  })

  test('refuses what is not valid, with causes', async () => {
    const api = KubernetesObjectApi.makeApiClient(config)
    const refused = await api.create(aWidget('w', 'pink')).catch((error: { body: string }) => error)
    expect(JSON.parse((refused as { body: string }).body)).toMatchObject({
      code: 422,
      reason: 'Invalid',
      details: { causes: [{ field: 'spec.color', reason: 'FieldValueNotSupported' }] },
    })
  })
})

test('CustomObjectsApi works by group, version and plural, subresources too', async () => {
  const api = config.makeApiClient(CustomObjectsApi)
  const at = { group, version: 'v1', namespace, plural }
  await api.createNamespacedCustomObject({ ...at, body: aWidget('w') })
  const body = { ...((await api.getNamespacedCustomObject({ ...at, name: 'w' })) as Made), status: { phase: 'Done' } }
  const status = (await api.replaceNamespacedCustomObjectStatus({ ...at, name: 'w', body })) as Made
  expect(status.status).toEqual({ phase: 'Done' })
  const list = (await api.listNamespacedCustomObject({ ...at, fieldSelector: 'status.phase=Done' })) as {
    items: Made[]
  }
  expect(list.items.map(({ metadata }) => metadata.name)).toEqual(['w'])
  const all = (await api.listCustomObjectForAllNamespaces({ group, version: 'v1', resourcePlural: plural })) as {
    items: Made[]
  }
  expect(all.items).toHaveLength(1)
  await api.deleteCollectionNamespacedCustomObject({ ...at, labelSelector: 'app=a' })
  expect(await codeOf(api.getNamespacedCustomObject({ ...at, name: 'w' }))).toBe(404)
})

test('typed calls: namespaces, secrets, config maps, events, leases, version', async () => {
  const core = config.makeApiClient(CoreV1Api)
  const body = { metadata: { name: 's' }, stringData: { a: 'b' } }
  expect((await core.createNamespacedSecret({ namespace, body })).data).toEqual({ a: 'Yg==' })
  const map = { metadata: { name: 'm' }, data: { a: 'b' } }
  expect((await core.createNamespacedConfigMap({ namespace, body: map })).data).toEqual({ a: 'b' })
  expect((await core.listNamespace()).items.map(({ metadata }) => metadata?.name)).toContain('default')
  const event = {
    metadata: { name: 'e' },
    involvedObject: { apiVersion: 'v1', kind: 'Secret', name: 's', namespace },
    reason: 'Made',
    message: 'made it',
    type: 'Normal',
  }
  await core.createNamespacedEvent({ namespace, body: event })
  expect((await core.listNamespacedEvent({ namespace })).items).toHaveLength(1)
  const leases = config.makeApiClient(CoordinationV1Api)
  const lease = { metadata: { name: 'l' }, spec: { holderIdentity: 'me', leaseDurationSeconds: 15 } }
  const made = await leases.createNamespacedLease({ namespace, body: lease })
  expect(made.spec?.holderIdentity).toBe('me')
  expect((await config.makeApiClient(VersionApi).getCode()).major).toBe('1')
})

test('Watch brings changes and bookmarks, and ends when it is aborted', async () => {
  const api = KubernetesObjectApi.makeApiClient(config)
  const seen: string[] = []
  let ended: unknown = 'not yet'
  const path = `/apis/${group}/v1/namespaces/${namespace}/${plural}`
  const query = { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan', allowWatchBookmarks: true }
  const watch = await new Watch(config).watch(
    path,
    query,
    (type, object: Made) => void seen.push(`${type} ${object.metadata.name ?? ''}`.trim()),
    (error: unknown) => {
      ended = error
    },
  )
  await until('the initial events ended', () => seen.includes('BOOKMARK'))
  await api.create(aWidget('w'))
  await api.delete(aWidget('w'))
  await until('both changes came', () => seen.length === 3)
  expect(seen).toEqual(['BOOKMARK', 'ADDED w', 'DELETED w'])
  watch.abort()
  await until('it ended', () => ended !== 'not yet')
})

test('its informer follows', async () => {
  const api = KubernetesObjectApi.makeApiClient(config)
  await api.create(aWidget('before'))
  const custom = config.makeApiClient(CustomObjectsApi)
  const list = () =>
    custom.listNamespacedCustomObject({ group, version: 'v1', namespace, plural }) as Promise<{ items: Made[] }>
  const informer = makeInformer<Made>(config, `/apis/${group}/v1/namespaces/${namespace}/${plural}`, list as never)
  onTestFinished(() => informer.stop())
  const names = (): string[] => informer.list().map(({ metadata }) => metadata.name)
  await informer.start()
  expect(names()).toEqual(['before'])
  await api.create(aWidget('after'))
  await until('the informer has it', () => names().includes('after'))
  await api.delete(aWidget('before'))
  await until('the informer dropped it', () => !names().includes('before'))
})
