/** Gets a client certificate for somebody: asks for it, approves that, and waits for the signature. */
import { objectPath } from '../api/client/paths.ts'
import {
  CertificateSigningRequest,
  certificatePem,
  clientSigner,
  isDecided,
} from '../api/v1/certificate-signing-request.ts'
import { deadline, sleep } from '../lib/clock.ts'
import { Fault } from '../lib/errors.ts'
import type { Millis } from '../lib/time.ts'
import type { KeyPair } from '../lib/x509/key-pair.ts'
import { makeRequest, type Subject } from '../lib/x509/request.ts'
import { limits } from './limits.ts'
import { putObject } from './server-request.ts'
import type { Session } from './session.ts'

/** The key never leaves this process but by the return value. Faults: Forbidden, Invalid, Timeout when nobody signs. */
export async function issueClientCertificate(session: Session, subject: Subject, life: Millis): Promise<KeyPair> {
  const { client, clock, kubeConfig, signal } = session
  const { request, key } = await makeRequest(subject)
  const spec = {
    request: Buffer.from(request).toString('base64'),
    signerName: clientSigner,
    expirationSeconds: Math.round(life / 1000),
    usages: ['digital signature', 'client auth'],
  }
  const asked = await client.create(
    CertificateSigningRequest,
    { metadata: { generateName: 'gantry-kubeconfig-' }, spec },
    signal,
  )
  const at = { namespace: '', name: asked.metadata.name }
  const reason = { reason: 'GantryKubeconfig', message: 'Approved by `gantry kubeconfig`.' }
  const status = { conditions: [{ type: 'Approved', status: 'True', ...reason }] }
  const path = objectPath(CertificateSigningRequest, at, 'approval')
  try {
    await putObject(kubeConfig, path, { ...asked, status }, signal)
  } catch (error) {
    // What can never be signed is refused at once, and then says why.
    checkRefusal(await client.get(CertificateSigningRequest, at, signal))
    throw error
  }
  const limit = deadline(
    clock,
    limits.signatureWait,
    signal,
    () => new Fault('Timeout', 'nobody signs: do the controllers run?'),
  )
  try {
    for (;;) {
      const found = await client.get(CertificateSigningRequest, at, limit.signal)
      const certificate = certificatePem(found)
      if (certificate !== undefined) return { certificate, key }
      checkRefusal(found)
      await sleep(clock, limits.signatureLook, limit.signal)
    }
  } finally {
    limit.done()
  }
}

function checkRefusal(request: CertificateSigningRequest): void {
  if (!isDecided(request, 'Failed') && !isDecided(request, 'Denied')) return
  const [why] = (request.status?.conditions ?? []).flatMap(({ type, message }) =>
    type === 'Approved' ? [] : [message],
  )
  throw new Fault('Forbidden', `the certificate was refused: ${why ?? 'nobody says why'}`)
}
