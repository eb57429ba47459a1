/** Whoever may sign certificate requests may not thereby approve them: Kubernetes keeps the two apart, by subresource. */
import { isEqual } from '../../lib/equal.ts'
import { Fault } from '../../lib/errors.ts'
import { groupResource, type Kind } from '../meta/kind.ts'
import type { Resource } from '../meta/object.ts'
import { CertificateSigningRequest } from '../v1/certificate-signing-request.ts'

const approvals = (object: Resource): unknown =>
  ((object as CertificateSigningRequest).status?.conditions ?? [])
    .filter(({ type }) => type === 'Approved' || type === 'Denied')
    .map(({ type, status }) => [type, status])

/** Of a write to `subresource`. Faults: Forbidden. */
export function checkApproval(
  { kind, object, old }: { readonly kind: Kind; readonly object: Resource; readonly old: Resource | undefined },
  subresource: string,
): void {
  if (groupResource(kind) !== groupResource(CertificateSigningRequest)) return
  if (old === undefined || subresource !== 'status' || isEqual(approvals(object), approvals(old))) return
  throw new Fault(
    'Forbidden',
    `${groupResource(kind)} "${object.metadata.name}": only its approval may approve or deny`,
  )
}
