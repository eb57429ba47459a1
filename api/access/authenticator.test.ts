/** Every kind of credentials, right and wrong. */
import { X509Certificate } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { hours, instant, millis, minutes, plus } from '../../lib/time.ts'
import { VirtualClock } from '../../lib/virtual-clock.ts'
import { issue, makeAuthority } from '../../lib/x509/issue.ts'
import { fingerprint } from '../../lib/x509/read.ts'
import { MemoryClient } from '../../test/builders/memory-client.ts'
import { build } from '../../test/builders/object.ts'
import { bootstrapSecret } from '../v1/bootstrap-token.ts'
import { Secret } from '../v1/core.ts'
import { type Authenticator, firstOf, type Method } from './authenticator.ts'
import { clusterAuthenticator } from './cluster-authenticator.ts'
import { administrator } from './user.ts'

const never = new AbortController().signal
const t0 = instant(Date.UTC(2026, 0, 1))
const authority = await makeAuthority('gantry', t0)
const pin = fingerprint(authority.certificate)
const refused = { code: 'Unauthorized', message: 'Unauthorized' }

let clock: VirtualClock
let registry: MemoryClient
let authenticate: Authenticator
beforeEach(() => {
  clock = new VirtualClock(t0)
  registry = new MemoryClient([], clock)
  const credentials = { authority: authority.certificate, adminToken: `gantry.${pin}.admin-secret` }
  authenticate = clusterAuthenticator({ registry, credentials, clock })
})
const bearer = (token: string) => authenticate({ authorization: `Bearer ${token}` }, never)

describe('the Authorization header', () => {
  it('knows the administrator, knows nobody without one, refuses all else', async () => {
    expect(await bearer(`gantry.${pin}.admin-secret`)).toBe(administrator)
    expect(await authenticate({}, never)).toBeUndefined()
    expect(await authenticate({ authorization: '' }, never)).toBeUndefined()
    const wrong = ['Bearer wrong', 'Bearer ', 'Basic right', 'right', `Bearer gantry.${pin}.admin-secret x`]
    for (const authorization of wrong)
      await expect(authenticate({ authorization }, never)).rejects.toMatchObject(refused)
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
  const put = (members: Readonly<Record<string, string>> = {}, expiration = plus(t0, hours(1))): void => {
    const { data, type, metadata } = bootstrapSecret({ ...token, expiration })
    const more = Object.entries(members).map(([name, text]) => [name, Buffer.from(text).toString('base64')])
    const rest = { type, data: { ...data, ...Object.fromEntries(more) } }
    registry.put(build(Secret, { name: 'bootstrap-token-abcdef', rest }, { namespace: metadata.namespace ?? '' }))
  }

  it('are known in both forms, with their groups', async () => {
    put({ 'auth-extra-groups': 'system:bootstrappers:rack-1,system:masters' })
    const user = {
      name: 'system:bootstrap:abcdef',
      groups: ['system:bootstrappers', 'system:bootstrappers:rack-1', 'system:authenticated'],
    }
    expect(await bearer('abcdef.0123456789abcdef')).toEqual(user)
    expect(await bearer(`gantry.${pin}.abcdef.0123456789abcdef`)).toEqual(user)
  })

  it('end with their time', async () => {
    put()
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
    put(members)
    await expect(bearer(given)).rejects.toMatchObject(refused)
  })

  it('of another kind of Secret are none', async () => {
    put()
    const secret = registry.all(Secret)[0] as Secret
    registry.put({ ...secret, type: 'Opaque' })
    await expect(bearer('abcdef.0123456789abcdef')).rejects.toMatchObject(refused)
  })
})

it('a store that is away is no refusal', async () => {
  const away: Method = async () => {
    throw Object.assign(new Error('away'), { code: 'Unavailable' })
  }
  await expect(firstOf([away])({}, never)).rejects.toThrow('away')
})
