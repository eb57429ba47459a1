/** Signs, refuses and forgets. */
import type { Kind } from '../../api/meta/kind.ts'
import { keyOf, type Resource } from '../../api/meta/object.ts'
import { CertificateSigningRequest, requestPem } from '../../api/v1/certificate-signing-request.ts'
import { Secret } from '../../api/v1/core.ts'
import { authoritySecret, systemNamespace } from '../../api/v1/well-known.ts'
import { Fault, unlessGone, unreachable } from '../../lib/errors.ts'
import { timestamp } from '../../lib/time.ts'
import type { KeyPair } from '../../lib/x509/key-pair.ts'
import { signRequest } from '../../lib/x509/request.ts'
import type { Deps } from '../runtime/controller.ts'
import type { Action } from './plan.ts'

export async function apply(
  d: Deps,
  request: CertificateSigningRequest,
  action: Action,
  signal: AbortSignal,
): Promise<void> {
  const time = timestamp(d.clock.now())
  const decided = (type: string, reason: string, message: string) => [
    ...(request.status?.conditions ?? []),
    { type, status: 'True' as const, reason, message, lastUpdateTime: time, lastTransitionTime: time },
  ]
  const write = (status: CertificateSigningRequest['status']) =>
    d.client.updateStatus(CertificateSigningRequest, { ...request, status: { ...request.status, ...status } }, signal)
  switch (action.do) {
    case 'sign': {
      const { subject, life, approve } = action
      const pem = await signRequest(await authority(d, signal), requestPem(request), subject, d.clock.now(), life)
      const certificate = Buffer.from(pem).toString('base64')
      const message = 'The requester may have this certificate.'
      await write({ certificate, ...(approve ? { conditions: decided('Approved', 'AutoApproved', message) } : {}) })
      d.log.info({ request: request.metadata.name, subject: subject.commonName }, 'certificate issued')
      return
    }
    case 'refuse':
      await write({ conditions: decided(action.as, action.reason, action.message) })
      d.log.warn({ request: request.metadata.name, reason: action.message }, 'certificate refused')
      return
    case 'forget':
      return forget(d, CertificateSigningRequest, request, signal)
    default:
      unreachable(action)
  }
}

/** Removes exactly this object. */
export async function forget<T extends Resource>(
  d: Deps,
  kind: Kind<T>,
  object: T,
  signal: AbortSignal,
): Promise<void> {
  const { uid } = object.metadata
  await unlessGone(d.client.delete(kind, keyOf(object), { preconditions: { uid } }, signal))
}

/** Read when it is needed, and kept by nobody. */
async function authority({ client }: Deps, signal: AbortSignal): Promise<KeyPair> {
  const { data = {} } = await client.get(Secret, { namespace: systemNamespace, name: authoritySecret }, signal)
  const [certificate, key] = [data['tls.crt'], data['tls.key']]
  if (certificate === undefined || key === undefined)
    throw new Fault('Unavailable', 'there is no certificate authority')
  const text = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8')
  return { certificate: text(certificate), key: text(key) }
}
