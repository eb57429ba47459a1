/** Every kind of credentials, right and wrong. */
import { X509Certificate } from 'node:crypto'
import { decodeJwt } from 'jose'
import { beforeEach, describe, expect, it } from 'vitest'
import { seededRandom } from '../../lib/random.ts'
import { hours, instant, millis, minutes, plus, seconds } from '../../lib/time.ts'
import { VirtualClock } from '../../lib/virtual-clock.ts'
import { issue, makeAuthority } from '../../lib/x509/issue.ts'
import { fingerprint } from '../../lib/x509/read.ts'
import { build } from '../../test/builders/object.ts'
import { openClient, type TestClient } from '../../test/builders/test-client.ts'
import { bootstrapSecret } from '../v1/bootstrap-token.ts'
import { Secret } from '../v1/core.ts'
import { ServiceAccount } from '../v1/service-account.ts'
import { type Authenticator, firstOf, type Method } from './authenticator.ts'
import { clusterAuthenticator } from './cluster-authenticator.ts'
import { issueAccountToken, type TokenOptions, tokenIssuer } from './service-account-token.ts'
import { administrator } from './user.ts'

const never = new AbortController().signal
const t0 = instant(Date.UTC(2026, 0, 1))
const authority = await makeAuthority('gantry', t0)
const tokenKey = (await makeAuthority('tokens', t0)).key
const pin = fingerprint(authority.certificate)
const refused = { code: 'Unauthorized', message: 'Unauthorized' }

let clock: VirtualClock
let registry: TestClient
let authenticate: Authenticator
beforeEach(async () => {
  clock = new VirtualClock(t0)
  registry = await openClient([], { clock })
  const credentials = { authority: authority.certificate, adminToken: `gantry.${pin}.admin-secret`, tokenKey }
  authenticate = clusterAuthenticator({ registry, credentials, clock })
})
const bearer = (token: string) => authenticate({ authorization: `Bearer ${token}` }, never)

describe('the Authorization header', () => {
  it('knows the administrator, knows nobody without one, refuses wrong tokens', async () => {
    expect(await bearer(`gantry.${pin}.admin-secret`)).toBe(administrator)
    expect(await authenticate({}, never)).toBeUndefined()
    expect(await authenticate({ authorization: '' }, never)).toBeUndefined()
    for (const authorization of ['Bearer wrong', 'bearer gantry.x', 'Bearer wrong gantry'])
      await expect(authenticate({ authorization }, never)).rejects.toMatchObject(refused)
  })

  it('says nothing in another scheme, as in Kubernetes', async () => {
    for (const authorization of ['Bearer ', 'Basic right', 'right', 'Nope x'])
      expect(await authenticate({ authorization }, never)).toBeUndefined()
  })
})

describe('client certificates', () => {
  const jane = { role: 'client', commonName: 'jane', organizations: ['dev', 'ops'] } as const
  const shown = (certificate: string) => ({ clientCertificate: new X509Certificate(certificate) })

  it('name the user and the groups', async () => {
    const { certificate } = await issue(authority, jane, t0)
    expect(await authenticate(shown(certificate), never)).toEqual({
      name: 'jane',
      groups: ['dev', 'ops', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${fingerprint(certificate)}`] },
    })
  })

  it('end in the middle of a connection', async () => {
    const connection = shown((await issue(authority, jane, t0, minutes(10))).certificate)
    await clock.advance(millis(minutes(10) - 1))
    expect(await authenticate(connection, never)).toMatchObject({ name: 'jane' })
    await clock.advance(millis(1))
    await expect(authenticate(connection, never)).rejects.toMatchObject(refused)
  })

  it.each([
    ['of another authority of the same name', async () => issue(await makeAuthority('gantry', t0), jane, t0)],
    ['of a server', () => issue(authority, { role: 'server', commonName: 'jane', hosts: ['localhost'] }, t0)],
    ['of the future', () => issue(authority, jane, plus(t0, hours(2)))],
    ['of nobody', () => issue(authority, { role: 'client', commonName: '' }, t0)],
  ])('%s are refused', async (_, make) => {
    await expect(authenticate(shown((await make()).certificate), never)).rejects.toMatchObject(refused)
  })

  it('that are wrong do no harm beside a right token, nor a wrong token beside them', async () => {
    const stranger = shown((await issue(await makeAuthority('gantry', t0), jane, t0)).certificate)
    expect(await authenticate({ ...stranger, authorization: `Bearer gantry.${pin}.admin-secret` }, never)).toBe(
      administrator,
    )
    const known = shown((await issue(authority, jane, t0)).certificate)
    expect(await authenticate({ ...known, authorization: 'Bearer wrong' }, never)).toMatchObject({ name: 'jane' })
  })
})

describe('bootstrap tokens', () => {
  const token = { id: 'abcdef', secret: '0123456789abcdef' }
  const put = async (
    members: Readonly<Record<string, string>> = {},
    expiration = plus(t0, hours(1)),
  ): Promise<void> => {
    const { data, type, metadata } = bootstrapSecret({ ...token, expiration })
    const more = Object.entries(members).map(([name, text]) => [name, Buffer.from(text).toString('base64')])
    const rest = { type, data: { ...data, ...Object.fromEntries(more) } }
    await registry.put(build(Secret, { name: 'bootstrap-token-abcdef', rest }, { namespace: metadata.namespace ?? '' }))
  }

  it('are known in both forms, with their groups', async () => {
    await put({ 'auth-extra-groups': 'system:bootstrappers:rack-1,system:masters' })
    const user = {
      name: 'system:bootstrap:abcdef',
      groups: ['system:bootstrappers', 'system:bootstrappers:rack-1', 'system:authenticated'],
    }
    expect(await bearer('abcdef.0123456789abcdef')).toEqual(user)
    expect(await bearer(`gantry.${pin}.abcdef.0123456789abcdef`)).toEqual(user)
  })

  it('end with their time', async () => {
    await put()
    await clock.advance(millis(hours(1) - 1))
    expect(await bearer('abcdef.0123456789abcdef')).toBeDefined()
    await clock.advance(millis(1))
    await expect(bearer('abcdef.0123456789abcdef')).rejects.toMatchObject(refused)
  })

  it.each([
    ['with a wrong secret', {}, 'abcdef.0123456789abcdeX'.toLowerCase()],
    ['that are unknown', {}, 'ghijkl.0123456789abcdef'],
    ['not meant for this', { 'usage-bootstrap-authentication': 'false' }, 'abcdef.0123456789abcdef'],
    ['with an end that cannot be read', { expiration: 'soon' }, 'abcdef.0123456789abcdef'],
  ])('%s are refused', async (_, members, given) => {
    await put(members)
    await expect(bearer(given)).rejects.toMatchObject(refused)
  })

  it('of another kind of Secret are none', async () => {
    await put()
    const secret = registry.all(Secret)[0] as Secret
    await registry.put({ ...secret, type: 'Opaque' })
    await expect(bearer('abcdef.0123456789abcdef')).rejects.toMatchObject(refused)
  })
})

it('a store that is away is no refusal', async () => {
  const away: Method = async () => {
    throw Object.assign(new Error('away'), { code: 'Unavailable' })
  }
  await expect(firstOf([away])({}, never)).rejects.toThrow('away')
})

describe('service account tokens', () => {
  const account = build(ServiceAccount, { name: 'robot' }, { namespace: 'ci' })
  const signing = { key: tokenKey, random: seededRandom(1), now: t0 }
  const usual = { audiences: [tokenIssuer], expires: plus(t0, hours(1)) }
  const issueToken = (options: Partial<TokenOptions> = {}, parts: Partial<typeof signing> = {}) =>
    issueAccountToken(account, { ...usual, ...options }, { ...signing, ...parts })

  it('carry the claims that Kubernetes gives them', async () => {
    expect(decodeJwt(await issueToken())).toEqual({
      iss: tokenIssuer,
      sub: 'system:serviceaccount:ci:robot',
      aud: [tokenIssuer],
      iat: t0 / 1000,
      nbf: t0 / 1000,
      exp: t0 / 1000 + 3600,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      'kubernetes.io': { namespace: 'ci', serviceaccount: { name: 'robot', uid: account.metadata.uid } },
    })
  })

  it('name the account', async () => {
    await registry.put(account)
    const token = await issueToken()
    expect(await bearer(token)).toEqual({
      name: 'system:serviceaccount:ci:robot',
      uid: account.metadata.uid,
      groups: ['system:serviceaccounts', 'system:serviceaccounts:ci', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': [`JTI=${decodeJwt(token).jti}`] },
    })
  })

  it('end with their time, also when they were seen before', async () => {
    await registry.put(account)
    const token = await issueToken()
    await clock.advance(millis(hours(1) - 1))
    expect(await bearer(token)).toBeDefined()
    await clock.advance(millis(1))
    await expect(bearer(token)).rejects.toMatchObject(refused)
  })

  it('end with the account, and do not live on in another of its name', async () => {
    await registry.put(account)
    const token = await issueToken()
    await bearer(token)
    await registry.remove(account)
    await clock.advance(seconds(1))
    await expect(bearer(token)).rejects.toMatchObject(refused)
    await registry.put({ ...account, metadata: { ...account.metadata, uid: 'another' } })
    await expect(bearer(token)).rejects.toMatchObject(refused)
  })

  it.each([
    ['for another audience', () => issueToken({ audiences: ['vault'] })],
    ['of another cluster', async () => issueToken({}, { key: (await makeAuthority('other', t0)).key })],
    ['of the future', () => issueToken({}, { now: plus(t0, minutes(5)) })],
    ['whose claims were changed', async () => changed(await issueToken())],
    ['that nobody signed', async () => `${(await issueToken()).split('.').slice(0, 2).join('.')}.`],
  ])('%s are refused', async (_, make) => {
    await registry.put(account)
    await expect(bearer(await make())).rejects.toMatchObject(refused)
  })

  it('are looked up once a second', async () => {
    await registry.put(account)
    let looks = 0
    registry.interrupt(() => {
      looks += 1
      return undefined
    })
    const token = await issueToken()
    for (let n = 0; n < 100; n += 1) await bearer(token)
    expect(looks).toBe(1)
    await clock.advance(seconds(1))
    await bearer(token)
    expect(looks).toBe(2)
  })

  /** The same token, for another account. */
  function changed(token: string): string {
    const [header, payload = '', signature] = token.split('.')
    const text = Buffer.from(payload, 'base64url').toString().replaceAll('robot', 'admin')
    return [header, Buffer.from(text).toString('base64url'), signature].join('.')
  }
})
