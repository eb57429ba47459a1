/** The certificate that the agent shows to readers of logs; they know it from the instance's status. */
import '../../lib/reflect-metadata.ts'
import { webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'
import type { Clock } from '../../lib/clock.ts'
import { asDate, hours, millis, plus } from '../../lib/time.ts'
import { agentLimits } from './limits.ts'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const day = hours(24)

/** A self-signed server certificate for one host, and its key; both PEM. The key never leaves the process. */
export async function selfSigned(
  host: string,
  clock: Clock,
): Promise<{ readonly certificate: string; readonly key: string }> {
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair
  const now = clock.now()
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: 'CN=gantry-agent',
      notBefore: asDate(plus(now, millis(-day))),
      notAfter: asDate(plus(now, millis(agentLimits.certificateYears * 365 * day))),
      keys,
      signingAlgorithm: algorithm,
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
        new SubjectAlternativeNameExtension([{ type: isIP(host) === 0 ? 'dns' : 'ip', value: host }]),
      ],
    },
    webcrypto as unknown as Parameters<typeof X509CertificateGenerator.createSelfSigned>[1],
  )
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  return { certificate: certificate.toString('pem'), key: PemConverter.encode(key, 'PRIVATE KEY') }
}
