/** Credentials on the wire: what each kind gets from a real server, by its own clock. */
import { request } from 'node:https'
import { describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../../lib/clock.ts'
import { silentLogger } from '../../../lib/log.ts'
import { systemRandom } from '../../../lib/random.ts'
import { hours, millis, minutes, plus, seconds } from '../../../lib/time.ts'
import { VirtualClock } from '../../../lib/virtual-clock.ts'
import { issue, makeAuthority } from '../../../lib/x509/issue.ts'
import type { KeyPair } from '../../../lib/x509/key-pair.ts'
import { makeRequest } from '../../../lib/x509/request.ts'
import { openMemoryStore } from '../../../store/memory/memory-store.ts'
import { directClient } from '../../client/direct.ts'
import { openRegistry } from '../../registry/registry.ts'
import { bootstrapSecret } from '../../v1/bootstrap-token.ts'
import { Secret } from '../../v1/core.ts'
import { allKinds } from '../../v1/kinds.ts'
import { ServiceAccount } from '../../v1/service-account.ts'
import { startServer } from '../server.ts'
import { loadCredentials } from './credentials.ts'

interface Ask {
  readonly token?: string
  readonly shown?: KeyPair
  readonly method?: string
  readonly body?: object
  /** Default: application/json. */
  readonly type?: string
}

async function aCluster() {
  // Handshakes are by the machine's clock, all else by this one.
  const clock = new VirtualClock(systemClock.now())
  const store = await openMemoryStore({ clock })
  const stop = new AbortController()
  const { signal } = stop
  const parts = { clock, random: systemRandom, log: silentLogger }
  const registry = await openRegistry({ ...parts, store, kinds: allKinds }, signal)
  const client = directClient(registry)
  const credentials = await loadCredentials({ client, clock, hosts: [] }, signal)
  const server = await startServer({ ...parts, registry, credentials, listen: { host: '127.0.0.1', port: 0 } }, signal)
  onTestFinished(async () => {
    stop.abort(new Error('the test is over'))
    await clock.advance(seconds(10))
    await server.closed
    await registry.close()
    await store.close()
  })
  const secret = await registry.get(Secret, { namespace: 'gantry-system', name: 'certificate-authority' }, signal)
  const text = (member: string) => Buffer.from(secret.data?.[member] ?? '', 'base64').toString()
  const authority = { certificate: text('tls.crt'), key: text('tls.key') }

  const ask = (path: string, { token, shown, method = 'GET', body, type = 'application/json' }: Ask = {}) =>
    new Promise<{ readonly status: number; readonly body: { readonly status?: { readonly token?: string } } }>(
      (resolve, reject) => {
        const identity = shown === undefined ? {} : { cert: shown.certificate, key: shown.key }
        const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
        const headers = { ...authorization, ...(body === undefined ? {} : { 'content-type': type }) }
        const options = { ca: credentials.authority, ...identity, method, headers, agent: false } as const
        const call = request(`${server.url}${path}`, options, (response) => {
          let said = ''
          response.on('data', (part) => {
            said += String(part)
          })
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(said) }))
        })
        call.on('error', reject)
        call.end(body === undefined ? undefined : JSON.stringify(body))
      },
    )
  return { ask, authority, clock, client, credentials, signal }
}

const where = '/api/v1/namespaces/default'
const account = '/api/v1/namespaces/default/serviceaccounts/robot/token'
const masters = { role: 'client', commonName: 'jane', organizations: ['system:masters'] } as const
const refused = { status: 401, body: { kind: 'Status', reason: 'Unauthorized', message: 'Unauthorized', code: 401 } }

describe('certificates', () => {
  it('of the authority are let in until their end, in the middle of whatever', async () => {
    const { ask, authority, clock } = await aCluster()
    const shown = await issue(authority, masters, clock.now(), minutes(10))
    expect((await ask(where, { shown })).status).toBe(200)
    await clock.advance(minutes(10))
    expect(await ask(where, { shown })).toMatchObject(refused)
    const renewed = await issue(authority, masters, clock.now(), minutes(10))
    expect((await ask(where, { shown: renewed })).status).toBe(200)
  })

  it('of another authority are refused in words, not by a broken handshake', async () => {
    const { ask, clock, credentials } = await aCluster()
    const shown = await issue(await makeAuthority('gantry', clock.now()), masters, clock.now())
    expect(await ask(where, { shown })).toMatchObject(refused)
    expect((await ask(where, { shown, token: credentials.adminToken })).status).toBe(200)
  })
})

describe('tokens', () => {
  it('nobody, and anybody with a wrong one', async () => {
    const { ask } = await aCluster()
    expect(await ask(where)).toMatchObject({
      status: 403,
      body: { message: expect.stringContaining('User "system:anonymous" cannot') },
    })
    expect(await ask(where, { token: 'not-a-token' })).toMatchObject(refused)
  })

  it('of bootstrap are known until their end', async () => {
    const { ask, client, clock, signal } = await aCluster()
    const token = { id: 'abcdef', secret: '0123456789abcdef', expiration: plus(clock.now(), hours(1)) }
    await client.create(Secret, bootstrapSecret(token), signal)
    const given = { token: 'abcdef.0123456789abcdef' }
    expect((await ask(where, given)).status).toBe(403)
    expect((await ask('/apis/certificates.k8s.io/v1/certificatesigningrequests/x', given)).status).toBe(404)
    await clock.advance(hours(1))
    expect(await ask(where, given)).toMatchObject(refused)
  })
})

describe('serviceaccounts/NAME/token', () => {
  const body = { kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1' }
  async function withAccount() {
    const cluster = await aCluster()
    const metadata = { name: 'robot', namespace: 'default' }
    const { uid } = (await cluster.client.create(ServiceAccount, { metadata }, cluster.signal)).metadata
    const token = cluster.credentials.adminToken
    const create = (spec: object = {}) => cluster.ask(account, { token, method: 'POST', body: { ...body, spec } })
    return { ...cluster, uid, create, token }
  }

  it('gives a token that is known, until the account goes', async () => {
    const { ask, create, client, clock, signal } = await withAccount()
    const made = await create()
    expect(made).toMatchObject({
      status: 201,
      body: { ...body, metadata: { name: 'robot', namespace: 'default' }, spec: { expirationSeconds: 3600 } },
    })
    const { token = '' } = made.body.status ?? {}
    expect((await ask(where, { token })).status).toBe(403)
    await client.delete(ServiceAccount, { namespace: 'default', name: 'robot' }, {}, signal)
    await clock.advance(seconds(2))
    expect(await ask(where, { token })).toMatchObject(refused)
  })

  it('gives tokens for others that are no good here', async () => {
    const { ask, create } = await withAccount()
    const { token = '' } = (await create({ audiences: ['vault'] })).body.status ?? {}
    expect(await ask(where, { token })).toMatchObject(refused)
  })

  it('and tokens of another cluster neither', async () => {
    const [one, other] = [await withAccount(), await withAccount()]
    const { token = '' } = (await one.create()).body.status ?? {}
    expect(await other.ask(where, { token })).toMatchObject(refused)
  })

  it.each([
    [{ expirationSeconds: 60 }, 422, 'may not specify a duration less than 10 minutes'],
    [{ boundObjectRef: { kind: 'Pod', name: 'a' } }, 422, 'tokens are bound to their account alone'],
  ])('refuses %j', async (spec, status, message) => {
    const { create } = await withAccount()
    const answer = await create(spec)
    expect(answer).toMatchObject({ status, body: { message: expect.stringContaining(message) } })
  })

  it('of no account, and by another method', async () => {
    const { ask, token } = await withAccount()
    const missing = account.replace('robot', 'nobody')
    expect((await ask(missing, { token, method: 'POST', body })).status).toBe(404)
    expect((await ask(account, { token })).status).toBe(405)
  })

  it('ends with its time', async () => {
    const { ask, create, clock } = await withAccount()
    const { token = '' } = (await create({ expirationSeconds: 600 })).body.status ?? {}
    await clock.advance(millis(minutes(10) - 1000))
    expect((await ask(where, { token })).status).toBe(403)
    await clock.advance(seconds(2))
    expect(await ask(where, { token })).toMatchObject(refused)
  })
})

describe('certificate requests', () => {
  const requests = '/apis/certificates.k8s.io/v1/certificatesigningrequests'
  const approval = `${requests}/a/approval`
  async function aRequest(spec: object = {}) {
    const cluster = await aCluster()
    const { request } = await makeRequest({ commonName: 'jane', organizations: [] })
    const asked = { request: Buffer.from(request).toString('base64'), usages: ['client auth'], signerName: 'a.b/c' }
    const token = cluster.credentials.adminToken
    const head = { apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', metadata: { name: 'a' } }
    const ask = (path: string, method: string, body?: object) =>
      cluster.ask(path, { token, method, ...(body === undefined ? {} : { body }) })
    const made = await ask(requests, 'POST', { ...head, spec: { ...asked, ...spec } })
    const decide = (...types: readonly string[]) =>
      ask(approval, 'PUT', { ...made.body, status: { conditions: types.map((type) => ({ type, status: 'True' })) } })
    const askAs = async (use: Parameters<typeof issue>[1]) => {
      const shown = await issue(cluster.authority, use, cluster.clock.now())
      return (path: string, method: string, body: object) => cluster.ask(path, { shown, method, body })
    }
    const apply = (name: string, forgery: object) => {
      const body = { ...head, metadata: { name }, spec: { ...asked, ...forgery } }
      const how = { token, method: 'PATCH', type: 'application/apply-patch+yaml', body }
      return cluster.ask(`${requests}/${name}?fieldManager=test&force=true`, how)
    }
    return { ask, askAs, apply, made, decide }
  }
  const forged = { username: 'system:container-instance:default:one', groups: ['system:container-instances'], uid: 'x' }
  const own = { username: 'gantry:admin', groups: ['system:masters', 'system:authenticated'] }

  it('say who asked, whatever they say themselves, then and later', async () => {
    const { ask, made } = await aRequest(forged)
    expect(made).toMatchObject({ status: 201, body: { spec: own } })
    const changed = { ...made.body, spec: { ...(made.body as { spec?: object }).spec, ...forged } }
    expect(await ask(`${requests}/a`, 'PUT', changed)).toMatchObject({ status: 200, body: { spec: own } })
    expect((await ask(`${requests}/a`, 'GET')).body).toEqual(made.body)
  })

  it('also when they are applied', async () => {
    const { apply } = await aRequest()
    expect(await apply('b', forged)).toMatchObject({ status: 201, body: { spec: own } })
    expect(await apply('b', forged)).toMatchObject({ status: 200, body: { spec: own } })
    expect(await apply('a', forged)).toMatchObject({ status: 200, body: { spec: own } })
  })

  it('are approved or denied, and stay so', async () => {
    const { decide, ask } = await aRequest()
    expect(await decide('Approved', 'Denied')).toMatchObject({ status: 422 })
    expect(await decide('Approved')).toMatchObject({
      status: 200,
      body: { status: { conditions: [{ type: 'Approved', status: 'True', lastUpdateTime: expect.any(String) }] } },
    })
    const { body } = await ask(approval, 'GET')
    expect(await ask(approval, 'PUT', { ...body, status: {} })).toMatchObject({ status: 422 })
    expect(await decide('Denied')).toMatchObject({ status: 422 })
  })

  it('are not approved by who may only sign', async () => {
    const { ask, askAs, made } = await aRequest()
    const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1' }
    const parts = ['certificatesigningrequests', 'certificatesigningrequests/status']
    const rules = [{ apiGroups: ['certificates.k8s.io'], resources: parts, verbs: ['get', 'update'] }]
    const subjects = [{ kind: 'Group', name: 'signers', apiGroup: 'rbac.authorization.k8s.io' }]
    const roleRef = { kind: 'ClusterRole', name: 'sign', apiGroup: 'rbac.authorization.k8s.io' }
    for (const [plural, object] of [
      ['clusterroles', { kind: 'ClusterRole', rules }],
      ['clusterrolebindings', { kind: 'ClusterRoleBinding', subjects, roleRef }],
    ] as const) {
      const body = { ...rbac, ...object, metadata: { name: 'sign' } }
      expect((await ask(`/apis/${rbac.apiVersion}/${plural}`, 'POST', body)).status).toBe(201)
    }
    const signer = await askAs({ role: 'client', commonName: 'signer', organizations: ['signers'] })
    const status = (part: object) => signer(`${requests}/a/status`, 'PUT', { ...made.body, status: part })
    expect(await status({ conditions: [{ type: 'Approved', status: 'True' }] })).toMatchObject({ status: 403 })
    expect(await signer(approval, 'PUT', { ...made.body })).toMatchObject({ status: 403 })
    expect(await status({ conditions: [{ type: 'Failed', status: 'True' }] })).toMatchObject({ status: 200 })
  })

  it.each([
    [{ usages: [] }, 'spec.usages: Required value'],
    [{ signerName: 'me' }, 'must be a fully qualified domain and path'],
    [{ expirationSeconds: 1 }, 'may not specify a duration less than 600 seconds'],
    [{ request: 'YQ==' }, 'PEM block type must be CERTIFICATE REQUEST'],
  ])('with %j are refused', async (spec, message) => {
    expect((await aRequest(spec)).made).toMatchObject({
      status: 422,
      body: { message: expect.stringContaining(message) },
    })
  })
})
