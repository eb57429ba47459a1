/** What certificates say: whom they are for, since when, until when, and who vouches for it. */
import '../reflect-metadata.ts'
import { createHash, X509Certificate } from 'node:crypto'
import { X509Certificate as Parsed } from '@peculiar/x509'
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

/** Reads the subject from its DER: the text that Node makes of it cannot be taken apart safely. */
export function readCertificate(certificate: string | X509Certificate): CertificateFacts {
  const parsed = new Parsed(typeof certificate === 'string' ? certificate : certificate.raw)
  const usages = (typeof certificate === 'string' ? new X509Certificate(certificate) : certificate).keyUsage ?? []
  return {
    commonName: parsed.subjectName.getField('CN')[0] ?? '',
    organizations: parsed.subjectName.getField('O'),
    notBefore: instant(parsed.notBefore.getTime()),
    notAfter: instant(parsed.notAfter.getTime()),
    forClients: usages.includes(clientAuth),
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
