import { Registry as MetricsRegistry } from 'prom-client'
import { describe, expect, it, onTestFinished } from 'vitest'
import { silentLogger } from '../../lib/log.ts'
import { seededRandom } from '../../lib/random.ts'
import { minutes, seconds } from '../../lib/time.ts'
import { settle, VirtualClock } from '../../lib/virtual-clock.ts'
import { openMemoryStore } from '../../store/memory/memory-store.ts'
import { revision } from '../../store/store.ts'
import { aWidget, Gadget, Widget } from '../../test/builders/widget.ts'
import { openAccess } from '../access/access.ts'
import { firstOf } from '../access/authenticator.ts'
import { staticTokens } from '../access/static-token.ts'
import { administrator } from '../access/user.ts'
import type { Kind } from '../meta/kind.ts'
import { openRegistry } from '../registry/registry.ts'
import { Cluster } from '../v1/cluster.ts'
import { Lease, Namespace } from '../v1/core.ts'
import { serverApp } from './app.ts'
import { limits } from './limits.ts'
import type { Subresource } from './resources/asked.ts'

const kinds = [Widget, Gadget, Namespace, Cluster, Lease] as unknown as readonly Kind[]
const group = '/apis/test.gantry.dev/v1'
const widgets = `${group}/namespaces/default/widgets`
const tableType = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json'

interface Ask {
  readonly method?: string
  readonly body?: unknown
  readonly type?: string
  readonly accept?: string
  readonly token?: string
  readonly signal?: AbortSignal
}

async function anApp(subresources: readonly Subresource[] = []) {
  const clock = new VirtualClock()
  const store = await openMemoryStore({ clock })
  const stop = new AbortController()
  // Version 1 is history before the registry opens.
  for (const value of [1, 2]) {
    await store.transact({ compare: [], puts: [{ key: '/before', value: Uint8Array.of(value) }] }, stop.signal)
  }
  await store.compact(revision(2), stop.signal)
  const parts = { clock, random: seededRandom(1), log: silentLogger }
  const registry = await openRegistry({ ...parts, store, kinds }, stop.signal)
  const authenticate = firstOf([staticTokens(new Map([['secret', administrator]]))])
  const metrics = new MetricsRegistry()
  const access = await openAccess({ ...parts, registry }, stop.signal)
  const app = serverApp({
    ...parts,
    registry,
    access,
    authenticate,
    version: '1.2.3',
    metrics,
    subresources,
    signal: stop.signal,
  })
  onTestFinished(async () => {
    stop.abort(new Error('the test is over'))
    await registry.close()
    await store.close()
  })
  const ask = async (path: string, { method = 'GET', body, type, accept, token = 'secret', signal }: Ask = {}) =>
    app.request(path, {
      method,
      headers: {
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
        ...(accept === undefined ? {} : { accept }),
        ...(body === undefined && type === undefined ? {} : { 'content-type': type ?? 'application/json' }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    })
  const json = async (path: string, how?: Ask) => {
    const response = await ask(path, how)
    return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) }
  }
  const put = (name: string, spec: object = {}) => json(widgets, { method: 'POST', body: raw(name, spec) })
  return { ask, json, put, clock, stop, store }
}

const raw = (name: string, spec: object = {}, more: object = {}) => ({
  apiVersion: 'test.gantry.dev/v1',
  kind: 'Widget',
  ...aWidget(name, spec),
  ...more,
})
const status = (reason: string, code: number, message: string, details?: object) => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message,
  reason,
  ...(details === undefined ? {} : { details }),
  code,
})
const about = { group: 'test.gantry.dev', kind: 'widgets' }

describe('who may ask', () => {
  it.each(['/livez', '/readyz', '/healthz', '/version', '/version/'])('anybody for %s', async (path) => {
    const { ask } = await anApp()
    expect((await ask(path, { token: '' })).status).toBe(200)
  })

  it.each(['/api', '/apis', '/metrics', '/nothing', '/livez/../api'])('nobody unknown for %s', async (path) => {
    const { json } = await anApp()
    const { pathname } = new URL(path, 'http://any')
    const message = `forbidden: User "system:anonymous" cannot get path "${pathname}"`
    expect(await json(path, { token: '' })).toMatchObject({ status: 403, body: status('Forbidden', 403, message, {}) })
  })

  it.each(['/livez', '/api', widgets, '/nothing'])('nobody with wrong credentials for %s', async (path) => {
    const { json } = await anApp()
    const body = status('Unauthorized', 401, 'Unauthorized')
    expect(await json(path, { token: 'wrong' })).toMatchObject({ status: 401, body })
  })
})

describe('failures are worded as Kubernetes words them', () => {
  const selfish = { method: 'POST', type: 'application/yaml', body: 'a: &a [*a, *a, *a]' }
  const stale = { metadata: { resourceVersion: '1' } }
  it.each<[string, string, Ask, number, object]>([
    [
      'a missing object',
      `${widgets}/x`,
      {},
      404,
      status('NotFound', 404, 'widgets.test.gantry.dev "x" not found', { name: 'x', ...about }),
    ],
    [
      'an existing one',
      widgets,
      { method: 'POST', body: raw('a') },
      409,
      status('AlreadyExists', 409, 'widgets.test.gantry.dev "a" already exists', { name: 'a', ...about }),
    ],
    [
      'a stale version',
      `${widgets}/a`,
      { method: 'PATCH', type: 'application/merge-patch+json', body: stale },
      409,
      status(
        'Conflict',
        409,
        'Operation cannot be fulfilled on widgets.test.gantry.dev "a": the object has been modified; please apply your changes to the latest version and try again',
        { name: 'a', ...about },
      ),
    ],
    [
      'a wrong value',
      widgets,
      { method: 'POST', body: raw('b', { color: 'pink' }) },
      422,
      {
        reason: 'Invalid',
        message:
          'Widget.test.gantry.dev "b" is invalid: spec.color: Unsupported value: "pink": supported values: "red", "green", "blue"',
        details: {
          name: 'b',
          group: 'test.gantry.dev',
          kind: 'Widget',
          causes: [
            {
              reason: 'FieldValueNotSupported',
              field: 'spec.color',
              message: 'Unsupported value: "pink": supported values: "red", "green", "blue"',
            },
          ],
        },
      },
    ],
    [
      'a missing namespace',
      `${group}/namespaces/no/widgets`,
      { method: 'POST', body: raw('b', {}, { metadata: { name: 'b' } }) },
      404,
      status('NotFound', 404, 'namespaces "no" not found', { name: 'no', kind: 'namespaces' }),
    ],
    [
      'another namespace in the body',
      widgets,
      { method: 'POST', body: raw('b', {}, { metadata: { name: 'b', namespace: 'other' } }) },
      400,
      status(
        'BadRequest',
        400,
        'the namespace of the provided object does not match the namespace sent on the request',
      ),
    ],
    [
      'another kind in the body',
      widgets,
      { method: 'POST', body: { ...raw('b'), kind: 'Gadget' } },
      422,
      { message: 'Gadget.test.gantry.dev "b" is invalid: kind: Invalid value: "Gadget": must be Widget' },
    ],
    [
      'another name in the body',
      `${widgets}/a`,
      { method: 'PUT', body: raw('b') },
      400,
      { reason: 'BadRequest', message: expect.stringContaining('does not match the name on the URL') },
    ],
    ['no JSON', widgets, { method: 'POST', body: '{"a":' }, 400, { reason: 'BadRequest' }],
    ['an empty body', widgets, { method: 'POST', body: '' }, 400, { reason: 'BadRequest' }],
    [
      'an unknown body type',
      widgets,
      { method: 'POST', type: 'text/plain', body: 'x' },
      415,
      status(
        'UnsupportedMediaType',
        415,
        'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
      ),
    ],
    [
      'an unknown patch type',
      `${widgets}/a`,
      { method: 'PATCH', type: 'application/strategic-merge-patch+json', body: {} },
      415,
      status(
        'UnsupportedMediaType',
        415,
        'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
      ),
    ],
    ['an answer nobody has', widgets, { accept: 'text/html' }, 406, { reason: 'NotAcceptable' }],
    [
      'a method that a part has not',
      `${widgets}/a/status`,
      { method: 'POST', body: raw('a') },
      405,
      status('MethodNotAllowed', 405, 'create is not supported on resources of kind "widgets.test.gantry.dev"', about),
    ],
    ['a name in the path of a creation', `${widgets}/b`, { method: 'POST', body: raw('a') }, 409, {}],
    ['YAML that refers to itself', widgets, selfish, 400, { message: 'the body has more than 200000 values' }],
    ['a body nested too deeply', widgets, { method: 'POST', body: '['.repeat(1000) + ']'.repeat(1000) }, 400, {}],
    [
      'no name to replace',
      widgets,
      { method: 'PUT', body: raw('a') },
      400,
      status('BadRequest', 400, 'name must be provided'),
    ],
    [
      'an unknown resource of the core',
      '/api/v1/namespaces/default/nopes',
      {},
      404,
      status('NotFound', 404, 'the server could not find the requested resource', {}),
    ],
    ['an unknown subresource', `${widgets}/a/nope`, {}, 404, { reason: 'NotFound' }],
    ['a status that is none', `${group}/gadgets/a/status`, {}, 404, { reason: 'NotFound' }],
    [
      'a selector that cannot be',
      `${widgets}?fieldSelector=spec.size%3D1`,
      {},
      400,
      status('BadRequest', 400, 'field label not supported: spec.size'),
    ],
    ['the same in a watch', `${widgets}?watch=1&fieldSelector=spec.size%3D1`, {}, 400, { reason: 'BadRequest' }],
    ['a bad limit', `${widgets}?limit=many`, {}, 400, { reason: 'BadRequest' }],
    ['an unknown policy', `${widgets}/a?propagationPolicy=Never`, { method: 'DELETE' }, 422, { reason: 'Invalid' }],
  ])('%s', async (_, path, how, code, body) => {
    const { json, put } = await anApp()
    await put('a')
    const answer = await json(path, how)
    expect(answer.status).toBe(code)
    expect(answer.body).toMatchObject({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, ...body })
  })

  it.each([
    ['an unknown resource', `${group}/namespaces/default/nopes`],
    ['an unknown group', '/apis/nope.dev/v1/widgets'],
    ['a path that is no text', `${widgets}/%E0%A4%A`],
    ['a namespaced path of a cluster-scoped kind', `${group}/namespaces/default/gadgets`],
    ['an object without its namespace', `${group}/widgets/a`],
    ['nothing at all', '/nothing'],
  ])('%s, in plain text', async (_, path) => {
    const { ask } = await anApp()
    const answer = await ask(path)
    expect([answer.status, await answer.text()]).toEqual([404, '404 page not found\n'])
  })

  it('a body over the limit, said or not', async () => {
    const { json } = await anApp()
    const body = ' '.repeat(limits.requestBytes + 1)
    expect(await json(widgets, { method: 'POST', body })).toMatchObject({
      status: 413,
      body: { reason: 'RequestEntityTooLarge' },
    })
  })

  it('an object too large for the store', async () => {
    const { put } = await anApp()
    expect(await put('big', { notes: { a: 'x'.repeat(1_500_000) } })).toMatchObject({ status: 413 })
  })

  it('a store that is away', async () => {
    const { json, store, ask } = await anApp()
    await store.close()
    expect(await json(`${widgets}/a`)).toMatchObject({ status: 503, body: { reason: 'ServiceUnavailable' } })
    expect((await ask('/readyz')).status).toBe(500)
    expect((await ask('/livez')).status).toBe(200)
  })
})

describe('writing', () => {
  it('creates, replaces, patches, deletes', async () => {
    const { json, put } = await anApp()
    const made = await put('a')
    expect(made).toMatchObject({ status: 201, body: { metadata: { name: 'a', generation: 1 }, spec: { size: 1 } } })
    const replaced = await json(`${widgets}/a`, {
      method: 'PUT',
      body: { ...made.body, spec: { color: 'green', size: 2 } },
    })
    expect(replaced).toMatchObject({ status: 200, body: { metadata: { generation: 2 }, spec: { color: 'green' } } })
    const patched = await json(`${widgets}/a/status`, {
      method: 'PATCH',
      type: 'application/merge-patch+json; charset=utf-8',
      body: { status: { phase: 'on' } },
    })
    expect(patched).toMatchObject({ status: 200, body: { status: { phase: 'on' } } })
    const { uid } = made.body.metadata
    expect(await json(`${widgets}/a`, { method: 'DELETE' })).toMatchObject({
      status: 200,
      body: { kind: 'Status', status: 'Success', details: { name: 'a', ...about, uid } },
    })
  })

  it('a delete that waits answers the object', async () => {
    const { json } = await anApp()
    await json(widgets, { method: 'POST', body: raw('a', {}, { metadata: { name: 'a', finalizers: ['a.b/c'] } }) })
    const body = { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Foreground' }
    expect(await json(`${widgets}/a`, { method: 'DELETE', body })).toMatchObject({
      status: 200,
      body: {
        kind: 'Widget',
        metadata: { finalizers: ['a.b/c', 'foregroundDeletion'], deletionGracePeriodSeconds: 0 },
      },
    })
  })

  it('deletes a collection, by selector', async () => {
    const { json, put } = await anApp()
    await put('a', { color: 'red' })
    await put('b', { color: 'green' })
    const deleted = await json(`${widgets}?fieldSelector=spec.color%3Dred`, { method: 'DELETE' })
    expect(deleted.body).toMatchObject({ kind: 'WidgetList', items: [{ metadata: { name: 'a' } }] })
    expect((await json(widgets)).body.items).toMatchObject([{ metadata: { name: 'b' } }])
  })

  it('takes YAML', async () => {
    const { json } = await anApp()
    const body = 'apiVersion: test.gantry.dev/v1\nkind: Widget\nmetadata: {name: a}\nspec:\n  color: red\n'
    expect(await json(widgets, { method: 'POST', type: 'application/yaml', body })).toMatchObject({ status: 201 })
  })

  it.each([
    ['', 201, 'unknown field \\"spec.colour\\": did you mean \\"color\\"?'],
    ['?fieldValidation=Warn', 201, 'unknown field'],
    ['?fieldValidation=Ignore', 201, undefined],
    ['?fieldValidation=Strict', 400, undefined],
    ['?fieldValidation=Maybe', 422, undefined],
  ])('unknown fields with %j: %i', async (query, code, warning) => {
    const { json } = await anApp()
    const answer = await json(`${widgets}${query}`, { method: 'POST', body: raw('a', { colour: 'red' }) })
    expect(answer.status).toBe(code)
    if (warning === undefined) expect(answer.headers.get('warning')).toBeNull()
    else expect(answer.headers.get('warning')).toContain(`299 - "${warning}`)
  })

  it('warnings are safe in a header', async () => {
    const { json } = await anApp()
    const answer = await json(widgets, { method: 'POST', body: raw('a', { 'é\r\nx: "y"': 1 }) })
    expect(answer.status).toBe(201)
    expect(answer.headers.get('warning')).toMatch(/^299 - "[\x20-\x7e]+"$/)
    expect(answer.headers.get('x')).toBeNull()
  })

  it('a dry run answers as if', async () => {
    const { json } = await anApp()
    expect(await json(`${widgets}?dryRun=All`, { method: 'POST', body: raw('a') })).toMatchObject({ status: 201 })
    expect(await json(`${widgets}/a`)).toMatchObject({ status: 404 })
  })
})

describe('reading', () => {
  it('lists pages, of one namespace and of all', async () => {
    const { json, put } = await anApp()
    for (const name of ['a', 'b', 'c']) await put(name)
    const first = (await json(`${widgets}?limit=2`)).body
    expect(first).toMatchObject({
      kind: 'WidgetList',
      apiVersion: 'test.gantry.dev/v1',
      metadata: { remainingItemCount: 1 },
      items: [{ metadata: { name: 'a' } }, { metadata: { name: 'b' } }],
    })
    const rest = (await json(`${widgets}?limit=2&continue=${first.metadata.continue}`)).body
    expect(rest.items).toMatchObject([{ metadata: { name: 'c' } }])
    expect(rest.metadata).toEqual({ continue: '', resourceVersion: first.metadata.resourceVersion })
    expect((await json(`${group}/widgets`)).body.items).toHaveLength(3)
    expect((await json(`${group}/namespaces/empty/widgets`)).body.items).toEqual([])
  })

  it('answers tables', async () => {
    const { json, put, clock } = await anApp()
    await put('a', { color: 'red', size: 3 })
    await clock.advance(minutes(5))
    const { body } = await json(widgets, { accept: tableType })
    expect(body).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' })
    expect(
      body.columnDefinitions.map((column: { name: string; priority: number }) => `${column.name}/${column.priority}`),
    ).toEqual(['Name/0', 'Color/0', 'Phase/0', 'Size/1', 'Age/0'])
    expect(body.rows).toMatchObject([
      { cells: ['a', 'red', null, 3, '5m'], object: { kind: 'PartialObjectMetadata', metadata: { name: 'a' } } },
    ])
    expect((await json(`${widgets}/a?includeObject=None`, { accept: tableType })).body.rows[0].object).toBeNull()
    expect((await json(`${widgets}/a?includeObject=Object`, { accept: tableType })).body.rows[0].object.kind).toBe(
      'Widget',
    )
  })

  it('answers metadata alone', async () => {
    const { json, put } = await anApp()
    await put('a')
    const accept = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io'
    const { body } = await json(widgets, { accept })
    expect(body).toMatchObject({ kind: 'PartialObjectMetadataList', items: [{ metadata: { name: 'a' } }] })
    expect(body.items[0].spec).toBeUndefined()
  })

  it('a part that the server answers itself', async () => {
    const log: Subresource = {
      kind: kinds[0] as Kind,
      name: 'log',
      verbs: ['get'],
      handle: async ({ namespace, name }, request) =>
        new Response(`${namespace}/${name} ${new URL(request.url).search}`),
    }
    const { ask, json } = await anApp([log])
    expect(await (await ask(`${widgets}/a/log?follow=true`)).text()).toBe('default/a ?follow=true')
    expect((await json(group)).body.resources.map((one: { name: string }) => one.name)).toContain('widgets/log')
  })
})

describe('discovery', () => {
  const kubernetesGroups = ['coordination', 'authorization', 'authentication', 'apiextensions']
  const otherGroups = ['gantry.dev', ...kubernetesGroups.map((name) => `${name}.k8s.io`)]

  it('says what there is, plainly', async () => {
    const { json } = await anApp()
    expect((await json('/api')).body).toMatchObject({ kind: 'APIVersions', versions: ['v1'] })
    const { groups } = (await json('/apis')).body
    expect(groups.map((one: { name: string }) => one.name)).toEqual(['test.gantry.dev', ...otherGroups])
    expect((await json('/apis/test.gantry.dev')).body).toEqual({
      kind: 'APIGroup',
      apiVersion: 'v1',
      name: 'test.gantry.dev',
      versions: [{ groupVersion: 'test.gantry.dev/v1', version: 'v1' }],
      preferredVersion: { groupVersion: 'test.gantry.dev/v1', version: 'v1' },
    })
    const { resources } = (await json(group)).body
    expect(resources).toMatchObject([
      { name: 'gadgets', namespaced: false },
      { name: 'widgets', singularName: 'widget', namespaced: true, kind: 'Widget', shortNames: ['wd'] },
      { name: 'widgets/status', namespaced: true, verbs: ['get', 'patch', 'update'] },
    ])
    expect((await json('/api/v1')).body.resources[0]).toMatchObject({ name: 'namespaces', kind: 'Namespace' })
  })

  it('says it all at once to who asks so', async () => {
    const { json } = await anApp()
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json'
    const { body, headers } = await json('/apis', { accept })
    expect(headers.get('content-type')).toContain('as=APIGroupDiscoveryList')
    expect(body).toMatchObject({
      kind: 'APIGroupDiscoveryList',
      apiVersion: 'apidiscovery.k8s.io/v2',
      items: [
        {
          metadata: { name: 'test.gantry.dev' },
          versions: [
            {
              version: 'v1',
              resources: [{ resource: 'gadgets' }, { resource: 'widgets', subresources: [{ subresource: 'status' }] }],
            },
          ],
        },
        ...otherGroups.map((name) => ({ metadata: { name } })),
      ],
    })
  })
})

describe('watching', () => {
  /** Reads lines until there are `count`. */
  async function lines(
    response: Response,
    count: number,
  ): Promise<{ type: string; object: Record<string, unknown> }[]> {
    const found: string[] = []
    let text = ''
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    while (found.length < count) {
      const { done, value } = await reader.read()
      if (done) break
      text += new TextDecoder().decode(value)
      const parts = text.split('\n')
      text = parts.pop() ?? ''
      found.push(...parts)
    }
    await reader.cancel()
    return found.map((line) => JSON.parse(line))
  }

  it('streams a line an event, the objects as they are read', async () => {
    const { ask, json, put } = await anApp()
    const { resourceVersion } = (await json(widgets)).body.metadata
    const made = (await put('a')).body
    const response = await ask(`${widgets}?watch=true&resourceVersion=${resourceVersion}`)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await lines(response, 1)).toEqual([{ type: 'ADDED', object: made }])
  })

  it('one object is watched by its path', async () => {
    const { ask, put } = await anApp()
    await put('a')
    await put('b')
    const events = await lines(await ask(widgets.replace('/namespaces/', '/watch/namespaces/') + '/b'), 1)
    expect(events).toMatchObject([{ type: 'ADDED', object: { metadata: { name: 'b' } } }])
  })

  it('a table a line, columns in the first only', async () => {
    const { ask, put } = await anApp()
    await put('a')
    await put('b')
    const events = await lines(await ask(`${widgets}?watch=true`, { accept: tableType }), 2)
    expect(events.map(({ object }) => object.kind)).toEqual(['Table', 'Table'])
    expect(events.map(({ object }) => object.columnDefinitions !== null)).toEqual([true, false])
  })

  it('of a forgotten version is one ERROR with a Status', async () => {
    const { ask, json } = await anApp()
    expect((await json(`${widgets}?watch=true&resourceVersion=x`)).status).toBe(400)
    const response = await ask(`${widgets}?watch=true&resourceVersion=1`)
    expect(response.status).toBe(200)
    const events = await lines(response, 2)
    expect(events).toMatchObject([{ type: 'ERROR', object: { kind: 'Status', reason: 'Expired', code: 410 } }])
  })

  it('sends bookmarks to who wants them, and ends after timeoutSeconds', async () => {
    const { ask, clock } = await anApp()
    const wants = ask(`${widgets}?watch=true&resourceVersion=9&allowWatchBookmarks=true&timeoutSeconds=70`)
    const plain = ask(`${widgets}?watch=true&resourceVersion=9&timeoutSeconds=70`)
    const texts = Promise.all([(await wants).text(), (await plain).text()])
    for (let i = 0; i < 8; i++) {
      await settle()
      await clock.advance(seconds(10))
    }
    const [marked, bare] = await texts
    expect(marked.trim().split('\n')).toHaveLength(2)
    expect(JSON.parse(marked.split('\n')[0] as string)).toMatchObject({
      type: 'BOOKMARK',
      object: { kind: 'Widget', metadata: {} },
    })
    expect(bare).toBe('')
  })

  it('ends when the client goes, and when the server stops', async () => {
    const { ask, stop } = await anApp()
    const gone = new AbortController()
    const left = await ask(`${widgets}?watch=true&resourceVersion=9`, { signal: gone.signal })
    const stayed = await ask(`${widgets}?watch=true&resourceVersion=9`)
    const texts = Promise.allSettled([left.text(), stayed.text()])
    gone.abort()
    await settle()
    expect(await (await ask('/metrics')).text()).toContain('gantry_api_streams 1')
    stop.abort(new Error('stopping'))
    const [, other] = await texts
    expect(other).toMatchObject({ status: 'fulfilled', value: '' })
  })
})

it('counts what it does', async () => {
  const { ask, json } = await anApp()
  await json(widgets)
  await json(`${widgets}/x`)
  const text = await (await ask('/metrics')).text()
  expect(text).toContain('gantry_api_requests_total{method="GET",resource="widgets",code="200"} 1')
  expect(text).toContain('gantry_api_requests_total{method="GET",resource="widgets",code="404"} 1')
  expect(text).toContain('gantry_api_streams 0')
})
