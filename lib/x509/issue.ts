/** X.509 for a cluster of one's own: an authority, and the certificates that it or nobody signs. */
import '../reflect-metadata.ts'
import { randomBytes } from 'node:crypto'
import { isIP } from 'node:net'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  type PublicKey,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'
import { asDate, hours, type Instant, type Millis, millis, plus } from '../time.ts'
import {
  algorithm,
  type CryptoKeyPair,
  certificatePem,
  crypto,
  type KeyPair,
  keyPem,
  newKeys,
  signingKey,
} from './key-pair.ts'

/** Whom a certificate is for and what it may do. */
export type CertificateUse =
  | { readonly role: 'server'; readonly commonName: string; readonly hosts: readonly string[] }
  | { readonly role: 'client'; readonly commonName: string; readonly organizations?: readonly string[] }

const year: Millis = hours(365 * 24)
/** An authority outlives its users: replacing it means new credentials for everybody. */
const authorityLifetime = millis(year * 10)
/** Made anew at each start, so long enough for the longest uptime. */
const leafLifetime = millis(year * 2)
/** Clocks of two machines differ. */
const backdate = millis(-hours(1))

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
        await SubjectKeyIdentifierExtension.create(keys.publicKey, false, crypto),
      ],
    },
    crypto,
  )
  return { certificate: certificatePem(certificate), key: await keyPem(keys) }
}

/** A new key and a certificate for `use`, signed by `authority`; it lasts for two years unless said. */
export async function issue(
  authority: KeyPair,
  use: CertificateUse,
  now: Instant,
  lifetime: Millis = leafLifetime,
): Promise<KeyPair> {
  const keys = await newKeys()
  return {
    certificate: await certify(authority, keys.publicKey, use, now, { lifetime, backdate }),
    key: await keyPem(keys),
  }
}

/** A certificate of `publicKey` for `use`, PEM, signed by `authority`. */
export async function certify(
  authority: KeyPair,
  publicKey: PublicKey | CryptoKeyPair['publicKey'],
  use: CertificateUse,
  now: Instant,
  { lifetime, backdate }: { readonly lifetime: Millis; readonly backdate: Millis },
): Promise<string> {
  const issuer = new X509Certificate(authority.certificate)
  const organizations = use.role === 'client' ? (use.organizations ?? []) : []
  const certificate = await X509CertificateGenerator.create(
    {
      serialNumber: serial(),
      subject: [...organizations.map((O) => ({ O: [O] })), { CN: [use.commonName] }],
      issuer: issuer.subject,
      ...validity(now, lifetime, backdate),
      signingAlgorithm: algorithm,
      publicKey,
      signingKey: await signingKey(authority.key),
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([
          use.role === 'server' ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth,
        ]),
        await SubjectKeyIdentifierExtension.create(publicKey, false, crypto),
        await AuthorityKeyIdentifierExtension.create(issuer, false, crypto),
        ...alternativeNames(use),
      ],
    },
    crypto,
  )
  return certificatePem(certificate)
}

/** A server certificate that nobody vouches for: whoever trusts it knows it by itself. */
export async function selfSigned(
  commonName: string,
  hosts: readonly string[],
  now: Instant,
  lifetime: Millis,
): Promise<KeyPair> {
  const keys = await newKeys()
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: serial(),
      name: `CN=${commonName}`,
      ...validity(now, lifetime),
      signingAlgorithm: algorithm,
      keys,
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
        ...alternativeNames({ role: 'server', commonName, hosts }),
      ],
    },
    crypto,
  )
  return { certificate: certificatePem(certificate), key: await keyPem(keys) }
}

function alternativeNames(use: CertificateUse): readonly Extension[] {
  if (use.role === 'client') return []
  const names = [...new Set(use.hosts)].map((value) => ({
    type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const),
    value,
  }))
  return [new SubjectAlternativeNameExtension(names)]
}

/** 16 random bytes, positive. */
const serial = (): string => {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x01
  return bytes.toString('hex')
}

const validity = (now: Instant, lifetime: Millis, from = backdate): { notBefore: Date; notAfter: Date } => ({
  notBefore: asDate(plus(now, from)),
  notAfter: asDate(plus(now, lifetime)),
})
