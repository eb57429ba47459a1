/** A certificate request as plain data: what is asked, by whom, what was decided, and who has the name now. */

import type { ObjectKey } from '../../api/meta/object.ts'
import {
  type CertificateSigningRequest,
  certificatePem,
  isDecided,
  requestedLife,
} from '../../api/v1/certificate-signing-request.ts'
import type { ContainerInstance } from '../../api/v1/container-instance.ts'
import { instanceOfUserName } from '../../api/v1/user-names.ts'
import { type Instant, type Millis, parseTimestamp } from '../../lib/time.ts'
import type { RequestFacts } from '../../lib/x509/request.ts'

export interface RequestState {
  readonly signer: string
  /** What the request itself says; undefined when it cannot be read. */
  readonly asked: RequestFacts | undefined
  readonly usages: readonly string[]
  readonly life: Millis | undefined
  readonly requester: { readonly name: string; readonly groups: readonly string[] }
  readonly decision: 'none' | 'approved' | 'denied' | 'failed'
  readonly isIssued: boolean
  readonly createdAt: Instant
  /** Whether the agent of the instance that the certificate is for is heard. */
  readonly instance: 'none' | 'away' | 'connected'
}

/** The instance that a certificate is asked for; undefined when it is for somebody else. */
export const instanceAsked = (asked: RequestFacts | undefined): ObjectKey | undefined =>
  asked === undefined ? undefined : instanceOfUserName(asked.commonName)

export function stateOf(
  request: CertificateSigningRequest,
  asked: RequestFacts | undefined,
  instance: ContainerInstance | undefined,
): RequestState {
  const { spec, metadata } = request
  const decision = isDecided(request, 'Failed')
    ? 'failed'
    : isDecided(request, 'Denied')
      ? 'denied'
      : isDecided(request, 'Approved')
        ? 'approved'
        : 'none'
  return {
    signer: spec.signerName,
    asked,
    usages: spec.usages ?? [],
    life: requestedLife(request),
    requester: { name: spec.username ?? '', groups: spec.groups ?? [] },
    decision,
    isIssued: certificatePem(request) !== undefined,
    createdAt: parseTimestamp(metadata.creationTimestamp ?? ''),
    instance: instance === undefined ? 'none' : instance.status?.agentConnected === true ? 'connected' : 'away',
  }
}
