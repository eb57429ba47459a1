/** Who asks for a write, in the objects that keep it. */
import { groupResource, type Kind } from '../meta/kind.ts'
import type { Resource } from '../meta/object.ts'
import { CertificateSigningRequest } from '../v1/certificate-signing-request.ts'

/** Kubernetes' user information. */
export interface Requester {
  readonly name: string
  readonly uid?: string
  readonly groups: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

/** A new object as it is stored: a certificate request says by whom it was made, whatever it said itself. */
export function requestedBy<T extends Resource>(kind: Kind<T>, object: T, requester: Requester | undefined): T {
  if (requester === undefined || groupResource(kind) !== groupResource(CertificateSigningRequest)) return object
  const {
    username: _name,
    uid: _uid,
    groups: _groups,
    extra: _extra,
    ...asked
  } = object.spec as Record<string, unknown>
  const { name: username, ...rest } = requester
  return { ...object, spec: { ...asked, username, ...rest } }
}
