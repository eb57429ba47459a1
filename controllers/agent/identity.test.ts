/** An agent's certificate through its life, with an authority that signs what it is asked. */
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { CertificateSigningRequest, requestPem } from '../../api/v1/certificate-signing-request.ts'
import { Fault } from '../../lib/errors.ts'
import { silentLogger } from '../../lib/log.ts'
import { seededRandom } from '../../lib/random.ts'
import { between, type Instant, instant, minutes, plus } from '../../lib/time.ts'
import type { VirtualClock } from '../../lib/virtual-clock.ts'
import { makeAuthority } from '../../lib/x509/issue.ts'
import type { KeyPair } from '../../lib/x509/key-pair.ts'
import { readCertificate } from '../../lib/x509/read.ts'
import { readRequest, signRequest } from '../../lib/x509/request.ts'
import { openClient, type TestClient } from '../../test/builders/test-client.ts'
import { until } from '../../test/until.ts'
import type { RequestParts } from './certificate-request.ts'
import { type IdentityParts, keepIdentity, obtainIdentity, renewalTime } from './identity.ts'

const t0 = instant(Date.UTC(2026, 0, 1))
const never = new AbortController().signal
const authority = await makeAuthority('gantry', t0)
const life = minutes(100)

let client: TestClient
let clock: VirtualClock
let asked: string[]
let away: boolean
let kept: KeyPair | undefined

/** Signs at once, and remembers who asked. */
function door(who: string, sign: KeyPair = authority): RequestParts['client'] {
  return {
    create: async (kind, draft, signal) => {
      asked.push(who)
      if (away) throw new Fault('Unavailable', 'away')
      return client.create(kind, draft, signal)
    },
    get: async (kind, key, signal) => {
      const request = client.find(CertificateSigningRequest, key.name) as CertificateSigningRequest
      const pem = requestPem(request)
      const subject = await readRequest(pem)
      if (subject === undefined) throw new Error('unreadable')
      const certificate = await signRequest(sign, pem, subject, clock.now(), life)
      await client.put({ ...request, status: { certificate: Buffer.from(certificate).toString('base64') } })
      return client.get(kind, key, signal)
    },
  }
}

const aParts = (more: Partial<IdentityParts> = {}): IdentityParts => ({
  clock,
  random: seededRandom(1),
  log: silentLogger,
  instance: { namespace: 'default', name: 'one' },
  authority: authority.certificate,
  joining: door('token'),
  kept: {
    load: async () => kept,
    save: async (identity) => {
      kept = identity
    },
  },
  ...more,
})

beforeEach(async () => {
  client = await openClient()
  clock = client.clock
  asked = []
  away = false
  kept = undefined
})

describe('at the start', () => {
  it('asks by the token, for exactly this instance, and keeps it', async () => {
    const identity = await obtainIdentity(aParts(), never)
    expect(readCertificate(identity.certificate)).toMatchObject({
      commonName: 'system:container-instance:default:one',
      organizations: ['system:container-instances'],
      notAfter: plus(t0, life),
    })
    expect(kept).toEqual(identity)
  })

  it('uses what was kept, and does not ask', async () => {
    const first = await obtainIdentity(aParts(), never)
    asked = []
    expect(await obtainIdentity(aParts(), never)).toEqual(first)
    expect(asked).toEqual([])
  })

  it.each<[string, () => Promise<void>]>([
    ['that is over', () => clock.advance(life)],
    [
      'of another cluster',
      async () => {
        const other = await makeAuthority('gantry', t0)
        await obtainIdentity(aParts({ authority: other.certificate, joining: door('other', other) }), never)
      },
    ],
    [
      'of another instance',
      async () => {
        await obtainIdentity(aParts({ instance: { namespace: 'default', name: 'two' } }), never)
      },
    ],
    [
      'that cannot be read',
      async () => {
        kept = { certificate: 'x', key: 'y' }
      },
    ],
  ])('asks again instead of one %s', async (_, spoil) => {
    await obtainIdentity(aParts(), never)
    if (kept !== undefined) kept = { ...kept }
    await spoil()
    asked = []
    await obtainIdentity(aParts(), never)
    expect(asked).toEqual(['token'])
  })
})

describe('renewal', () => {
  async function keeping() {
    const parts = aParts()
    const first = await obtainIdentity(parts, never)
    const stop = new AbortController()
    const renewed: { readonly at: Instant; readonly identity: KeyPair }[] = []
    const onRenewed = (identity: KeyPair) => void renewed.push({ at: clock.now(), identity })
    const ended = keepIdentity({ ...parts, client: door('itself'), onRenewed }, first, stop.signal).catch(
      () => undefined,
    )
    onTestFinished(async () => {
      stop.abort(new Error('the test is over'))
      await ended
    })
    asked = []
    return { first, renewed }
  }
  /** Signing is real cryptography, which no clock waits for. */
  const passing = (what: string, holds: () => boolean, step = minutes(2)) =>
    until(what, async () => {
      await clock.advance(step)
      return holds()
    })

  it('is due between 70 and 90 % of the life', () => {
    const facts = {
      notBefore: t0,
      notAfter: plus(t0, minutes(100)),
      commonName: '',
      organizations: [],
      forClients: true,
    }
    const random = seededRandom(7)
    const times = Array.from({ length: 200 }, () => between(t0, renewalTime(facts, random)) / minutes(1))
    expect(Math.min(...times)).toBeGreaterThanOrEqual(70)
    expect(Math.max(...times)).toBeLessThanOrEqual(90)
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(15)
  })

  it('is asked by the certificate itself, with a new key, again and again', async () => {
    const { first, renewed } = await keeping()
    await passing('two renewals', () => renewed.length >= 2)
    expect(asked.slice(0, 2)).toEqual(['itself', 'itself'])
    expect(new Set([first, ...renewed.map(({ identity }) => identity)].map(({ key }) => key)).size).toBeGreaterThan(2)
    expect(kept).toEqual(renewed.at(-1)?.identity)
    expect(renewed[0]?.at).toBeLessThan(plus(t0, minutes(95)))
  })

  it('is tried again until the end, and after it by the token', async () => {
    const { renewed } = await keeping()
    away = true
    await passing('the end', () => clock.now() >= plus(t0, life))
    await passing('a try by the token', () => asked.includes('token'))
    expect(asked.filter((who) => who === 'itself').length).toBeGreaterThan(2)
    expect(renewed).toEqual([])
    away = false
    await passing('a new one', () => renewed.length > 0)
  })
})
