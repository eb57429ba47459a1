/** Keys for certificates: ECDSA on P-256, as PEM. */
import '../reflect-metadata.ts'
import { webcrypto } from 'node:crypto'
import { PemConverter, type X509Certificate, type X509CertificateGenerator } from '@peculiar/x509'

/** A certificate and its private key, PEM (PKCS#8). */
export interface KeyPair {
  readonly certificate: string
  readonly key: string
}

export const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/** What the library calls a pair of keys; Node's type is another with the same content. */
export type CryptoKeyPair = Parameters<typeof X509CertificateGenerator.createSelfSigned>[0]['keys']
type CryptoKey = CryptoKeyPair['privateKey']

/** Node's crypto, as the library's type. */
export const crypto = webcrypto as never

export const newKeys = (): Promise<CryptoKeyPair> =>
  webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) as Promise<CryptoKeyPair>

/** Of PEM (PKCS#8), for signing. */
export const signingKey = (pem: string): Promise<CryptoKey> =>
  webcrypto.subtle.importKey('pkcs8', PemConverter.decodeFirst(pem), algorithm, false, ['sign']) as Promise<CryptoKey>

/** PEM (PKCS#8) of a private key. */
export async function keyPem(keys: CryptoKeyPair): Promise<string> {
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey as never)
  return `${PemConverter.encode(pkcs8, 'PRIVATE KEY')}\n`
}

export const certificatePem = (certificate: X509Certificate): string => `${certificate.toString('pem')}\n`

/** A new private key alone, PEM (PKCS#8). */
export const makeKey = async (): Promise<string> => keyPem(await newKeys())
