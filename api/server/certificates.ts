/** X.509 for a cluster of one's own: an authority, server certificates and client certificates, as PEM. */
import '../../lib/reflect-metadata.ts'
import { createHash, randomBytes, webcrypto, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  X509Certificate as PeculiarCertificate,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'
import { asDate, hours, type Instant, type Millis, millis, plus } from '../../lib/time.ts'

/** A certificate and its private key, PEM (PKCS#8). */
export interface KeyPair {
  readonly certificate: string
  readonly key: string
}

/** Whom a certificate is for and what it may do. */
export type CertificateUse =
  | { readonly role: 'server'; readonly commonName: string; readonly hosts: readonly string[] }
  | { readonly role: 'client'; readonly commonName: string; readonly organizations?: readonly string[] }

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const year: Millis = hours(365 * 24)
/** An authority outlives its users: replacing it means new credentials for everybody. */
const authorityLifetime = millis(year * 10)
/** Made anew at each start, so long enough for the longest uptime. */
const leafLifetime = millis(year * 2)
/** Clocks of two machines differ. */
const backdate = millis(-hours(1))

/** SHA-256 of the certificate's DER, in hex: what a token pins. */
export const fingerprint = (certificatePem: string): string =>
  createHash('sha256').update(new X509Certificate(certificatePem).raw).digest('hex')

/** A new certificate authority. */
export async function makeAuthority(commonName: string, now: Instant): Promise<KeyPair> {
  const keys = await newKeys()
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: serial(),
      name: `CN=${commonName}`,
      ...validity(now, authorityLifetime),
      signingAlgorithm: algorithm,
      keys,
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(
          KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign | KeyUsageFlags.digitalSignature,
          true,
        ),
        await SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto as never),
      ],
    },
    webcrypto as never,
  )
  return pem(certificate, keys)
}

/** A certificate for `use`, signed by `authority`. */
export async function issue(authority: KeyPair, use: CertificateUse, now: Instant): Promise<KeyPair> {
  const issuer = new PeculiarCertificate(authority.certificate)
  const signingKey = await webcrypto.subtle.importKey(
    'pkcs8',
    PemConverter.decodeFirst(authority.key),
    algorithm,
    false,
    ['sign'],
  )
  const keys = await newKeys()
  const organizations = use.role === 'client' ? (use.organizations ?? []) : []
  const certificate = await X509CertificateGenerator.create(
    {
      serialNumber: serial(),
      subject: [{ CN: [use.commonName] }, ...organizations.map((O) => ({ O: [O] }))],
      issuer: issuer.subject,
      ...validity(now, leafLifetime),
      signingAlgorithm: algorithm,
      publicKey: keys.publicKey,
      signingKey: signingKey as never,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([
          use.role === 'server' ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth,
        ]),
        await SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto as never),
        await AuthorityKeyIdentifierExtension.create(issuer, false, webcrypto as never),
        ...alternativeNames(use),
      ],
    },
    webcrypto as never,
  )
  return pem(certificate, keys)
}

function alternativeNames(use: CertificateUse): readonly Extension[] {
  if (use.role === 'client') return []
  const names = [...new Set(use.hosts)].map((value) => ({
    type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const),
    value,
  }))
  return [new SubjectAlternativeNameExtension(names)]
}

const newKeys = (): Promise<CryptoKeyPair> =>
  webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) as Promise<CryptoKeyPair>

type CryptoKeyPair = Parameters<typeof X509CertificateGenerator.createSelfSigned>[0]['keys']

/** 16 random bytes, positive. */
const serial = (): string => {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x01
  return bytes.toString('hex')
}

const validity = (now: Instant, lifetime: Millis): { notBefore: Date; notAfter: Date } => ({
  notBefore: asDate(plus(now, backdate)),
  notAfter: asDate(plus(now, lifetime)),
})

async function pem(certificate: PeculiarCertificate, keys: CryptoKeyPair): Promise<KeyPair> {
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey as never)
  return { certificate: `${certificate.toString('pem')}\n`, key: `${PemConverter.encode(pkcs8, 'PRIVATE KEY')}\n` }
}
