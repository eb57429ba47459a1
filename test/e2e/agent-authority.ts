/** A certificate authority for tests, and a client certificate that it signed. */
import '../../lib/reflect-metadata.ts'
import { webcrypto } from 'node:crypto'
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  PemConverter,
  X509CertificateGenerator,
} from '@peculiar/x509'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
type Keys = webcrypto.CryptoKeyPair
const newKeys = async (): Promise<Keys> =>
  (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as Keys
const hour = 3_600_000
const times = { notBefore: new Date(Date.now() - hour), notAfter: new Date(Date.now() + hour) }

export interface Authority {
  /** PEM of the authority. */
  readonly ca: string
  /** What a client shows. */
  readonly client: { readonly cert: string; readonly key: string }
}

export async function anAuthority(): Promise<Authority> {
  const root = await newKeys()
  const ca = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=test authority',
    ...times,
    keys: root,
    signingAlgorithm: algorithm,
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  })
  const leaf = await newKeys()
  const cert = await X509CertificateGenerator.create({
    subject: 'CN=test client',
    issuer: ca.subject,
    ...times,
    publicKey: leaf.publicKey,
    signingKey: root.privateKey,
    signingAlgorithm: algorithm,
    extensions: [new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth])],
  })
  const key = PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', leaf.privateKey), 'PRIVATE KEY')
  return { ca: ca.toString('pem'), client: { cert: cert.toString('pem'), key } }
}
