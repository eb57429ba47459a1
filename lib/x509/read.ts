/** What certificates say: whom they are for, since when, until when, and who vouches for it. */
import { createHash, X509Certificate } from 'node:crypto'
import { type Instant, instant } from '../time.ts'

/** SHA-256 of the certificate's DER, in hex: what a token pins. */
export const fingerprint = (certificate: string | X509Certificate): string =>
  createHash('sha256')
    .update((typeof certificate === 'string' ? new X509Certificate(certificate) : certificate).raw)
    .digest('hex')

/** The facts of one certificate. */
export interface CertificateFacts {
  readonly commonName: string
  readonly organizations: readonly string[]
  readonly notBefore: Instant
  readonly notAfter: Instant
  /** Whether it may be shown by a client. */
  readonly forClients: boolean
}

/** id-kp-clientAuth */
const clientAuth = '1.3.6.1.5.5.7.3.2'

/** Of PEM, or parsed. Takes a fifth of a millisecond: each connection that shows a certificate pays for it once. */
export function readCertificate(certificate: string | X509Certificate): CertificateFacts {
  const parsed = typeof certificate === 'string' ? parseCertificate(certificate) : certificate
  // As an object: the text that Node makes of a subject cannot be taken apart safely.
  const subject: Readonly<Record<string, string | readonly string[] | undefined>> = {
    ...parsed.toLegacyObject().subject,
  }
  return {
    commonName: [subject.CN ?? ''].flat()[0] ?? '',
    organizations: [subject.O ?? []].flat(),
    notBefore: instant(parsed.validFromDate.getTime()),
    notAfter: instant(parsed.validToDate.getTime()),
    forClients: parsed.keyUsage?.includes(clientAuth) === true,
  }
}

/** Of PEM. Throws when it is none. */
export const parseCertificate = (pem: string): X509Certificate => new X509Certificate(pem)

/** Whether `authority` itself signed it. Says nothing about its time. */
export function isIssuedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  try {
    return certificate.checkIssued(authority) && certificate.verify(authority.publicKey)
  } catch {
    return false
  }
}
