/** Certificate requests (PKCS#10): made by who keeps the key, read and signed by who has the authority. */
import '../reflect-metadata.ts'
import { Pkcs10CertificateRequest, Pkcs10CertificateRequestGenerator } from '@peculiar/x509'
import { type Instant, type Millis, millis, minutes } from '../time.ts'
import { certify } from './issue.ts'
import { algorithm, crypto, type KeyPair, keyPem, newKeys } from './key-pair.ts'

/** Whom a certificate is for. */
export interface Subject {
  readonly commonName: string
  readonly organizations: readonly string[]
}

/** What is asked for. */
export interface RequestFacts extends Subject {
  /** Whether it asks for more than a subject: other names, or parts of a subject that are neither name nor organization. */
  readonly asksMore: boolean
}

/** A new key, and the request that proves it; both PEM. */
export async function makeRequest(subject: Subject): Promise<{ readonly request: string; readonly key: string }> {
  const keys = await newKeys()
  const name = [...subject.organizations.map((O) => ({ O: [O] })), { CN: [subject.commonName] }]
  const made = await Pkcs10CertificateRequestGenerator.create({ name, keys, signingAlgorithm: algorithm }, crypto)
  return { request: `${made.toString('pem')}\n`, key: await keyPem(keys) }
}

/** Undefined when it cannot be read, or was not made with the key that it is about. */
export async function readRequest(pem: string): Promise<RequestFacts | undefined> {
  try {
    const request = new Pkcs10CertificateRequest(pem)
    if (!(await request.verify(crypto))) return undefined
    const parts = request.subjectName.toJSON().flatMap((part) => Object.keys(part))
    const names = request.subjectName.getField('CN')
    return {
      commonName: names[0] ?? '',
      organizations: request.subjectName.getField('O'),
      asksMore: names.length > 1 || parts.some((part) => part !== 'CN' && part !== 'O') || asksNames(request),
    }
  } catch {
    return undefined
  }
}

const subjectAlternativeName = '2.5.29.17'
const asksNames = (request: Pkcs10CertificateRequest): boolean =>
  request.extensions.some(({ type }) => type === subjectAlternativeName)

/** Clocks of two machines differ; less than the shortest life of what is signed. */
const backdate = millis(-minutes(5))

/** A client's certificate, PEM: the request's key, for `subject` and nothing else that it may ask. */
export async function signRequest(
  authority: KeyPair,
  request: string,
  { commonName, organizations }: Subject,
  now: Instant,
  lifetime: Millis,
): Promise<string> {
  const { publicKey } = new Pkcs10CertificateRequest(request)
  return certify(authority, publicKey, { role: 'client', commonName, organizations }, now, { lifetime, backdate })
}
