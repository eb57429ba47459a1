/** The certificate controller in the real runtime, on a real API. */
import { X509Certificate } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { bootstrapSecret } from '../../api/v1/bootstrap-token.ts'
import {
  CertificateSigningRequest,
  certificatePem,
  instanceSigner,
  isDecided,
} from '../../api/v1/certificate-signing-request.ts'
import { Secret } from '../../api/v1/core.ts'
import { hours, instant, minutes, plus, seconds } from '../../lib/time.ts'
import { makeAuthority } from '../../lib/x509/issue.ts'
import { isIssuedBy, readCertificate } from '../../lib/x509/read.ts'
import { makeRequest } from '../../lib/x509/request.ts'
import { aContainerInstance } from '../../test/builders/kinds.ts'
import { build } from '../../test/builders/object.ts'
import { runController } from '../../test/builders/run-controller.ts'
import { openClient, type TestClient } from '../../test/builders/test-client.ts'
import { until } from '../../test/until.ts'
import { certificateController } from './controller.ts'

const t0 = instant(Date.UTC(2026, 0, 1))
const pair = await makeAuthority('gantry', t0)
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const namespace = 'gantry-system'
const authority = build(
  Secret,
  {
    name: 'certificate-authority',
    rest: { data: { 'tls.crt': base64(pair.certificate), 'tls.key': base64(pair.key) } },
  },
  { namespace },
)
const subject = { commonName: 'system:container-instance:default:one', organizations: ['system:container-instances'] }

async function aRequest(): Promise<CertificateSigningRequest> {
  const { request } = await makeRequest(subject)
  const spec = {
    request: base64(request),
    signerName: instanceSigner,
    usages: ['client auth'],
    username: 'system:bootstrap:abcdef',
    groups: ['system:bootstrappers'],
    expirationSeconds: 600,
  }
  return build(CertificateSigningRequest, { name: 'join' }, { spec })
}
const found = (client: TestClient) => client.all(CertificateSigningRequest)[0]

describe('the certificate controller', () => {
  it('approves and signs in one write, and forgets the request after an hour', async () => {
    const client = await openClient([authority, await aRequest()])
    await runController(client, certificateController)
    const issued = await until('a certificate', () => found(client)?.status?.certificate !== undefined && found(client))
    expect(isDecided(issued, 'Approved')).toBe(true)
    const certificate = new X509Certificate(certificatePem(issued) ?? '')
    expect(isIssuedBy(certificate, new X509Certificate(pair.certificate))).toBe(true)
    expect(readCertificate(certificate)).toMatchObject({
      ...subject,
      notAfter: plus(t0, minutes(10)),
      forClients: true,
    })
    // Requests are read with real cryptography, which no clock waits for.
    await until('the request is gone', async () => {
      await client.clock.advance(minutes(30))
      return found(client) === undefined
    })
    expect(client.clock.now()).toBeGreaterThanOrEqual(plus(t0, hours(1)))
  })

  it('gives a name when its agent is not heard any more', async () => {
    const heard = aContainerInstance({ name: 'one', status: { agentConnected: true } })
    const client = await openClient([authority, heard, await aRequest()])
    await runController(client, certificateController)
    await client.clock.advance(minutes(1))
    expect(found(client)?.status?.certificate).toBeUndefined()
    await client.put({ ...heard, status: { ...heard.status, agentConnected: false } })
    await until('a certificate', async () => {
      await client.clock.advance(seconds(1))
      return found(client)?.status?.certificate !== undefined
    })
  })

  it('removes tokens when they expire, and no other Secret', async () => {
    const token = { id: 'abcdef', secret: '0123456789abcdef', expiration: plus(t0, hours(1)) }
    const { data, type } = bootstrapSecret(token)
    const secret = build(Secret, { name: 'bootstrap-token-abcdef', rest: { data, type } }, { namespace })
    const client = await openClient([authority, secret])
    await runController(client, certificateController)
    await client.clock.advance(minutes(59))
    expect(client.all(Secret)).toHaveLength(2)
    await client.clock.advance(minutes(2))
    expect(client.all(Secret).map(({ metadata }) => metadata.name)).toEqual(['certificate-authority'])
  })
})
