/** Users known by a certificate of the cluster's authority: the common name is the user, organizations are the groups. */
import { X509Certificate } from 'node:crypto'
import type { Clock } from '../../lib/clock.ts'
import { type CertificateFacts, fingerprint, isIssuedBy, readCertificate } from '../../lib/x509/read.ts'
import { type Method, unauthorized } from './authenticator.ts'
import { authenticated, credentialId, type User } from './user.ts'

interface Known {
  readonly user: User
  readonly facts: CertificateFacts
}

/**
 * `authority` is PEM. Signatures are verified once for each connection, which keeps its certificate; the time is looked at
 * with each request.
 */
export function clientCertificates(authority: string, clock: Clock): Method {
  const issuer = new X509Certificate(authority)
  const verified = new WeakMap<X509Certificate, Known | 'refused'>()

  function verify(certificate: X509Certificate): Known | 'refused' {
    if (!isIssuedBy(certificate, issuer)) return 'refused'
    const facts = readCertificate(certificate)
    if (!facts.forClients || facts.commonName === '') return 'refused'
    const extra = { [credentialId]: [`X509SHA256=${fingerprint(certificate)}`] }
    return { facts, user: authenticated({ name: facts.commonName, groups: facts.organizations, extra }) }
  }

  return async ({ clientCertificate }) => {
    if (clientCertificate === undefined) return undefined
    const known = verified.get(clientCertificate) ?? verify(clientCertificate)
    verified.set(clientCertificate, known)
    const now = clock.now()
    if (known === 'refused' || now < known.facts.notBefore || now >= known.facts.notAfter) throw unauthorized()
    return known.user
  }
}
