/** The certificates that the webhook shows: of an authority of its own that the API server is told, or as somebody else keeps them in files. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createSecureContext } from 'node:tls'
import type { ResourceClient } from '../../../api/client/client.ts'
import { Secret } from '../../../api/v1/core.ts'
import { ValidatingWebhookConfiguration } from '../../../api/v1/webhook-configuration.ts'
import type { Clock } from '../../../lib/clock.ts'
import { Fault, messageOf } from '../../../lib/errors.ts'
import { type Instant, plus } from '../../../lib/time.ts'
import { issue, makeAuthority } from '../../../lib/x509/issue.ts'
import type { KeyPair } from '../../../lib/x509/key-pair.ts'
import { isIssuedBy, parseCertificate } from '../../../lib/x509/read.ts'
import { operatorLimits } from '../limits.ts'

const limits = operatorLimits.webhook

/** Asked at the start and each now and then: what to show now, given what is shown. */
export type CertificateSource = (shown: KeyPair | undefined, signal: AbortSignal) => Promise<KeyPair>

export interface OwnCertificateParts {
  readonly client: Pick<ResourceClient, 'get' | 'update' | 'patch'>
  readonly clock: Clock
  /** Where the Service and the Secret are. */
  readonly namespace: string
}

const lasts = (certificate: string, now: Instant): boolean =>
  parseCertificate(certificate).validToDate.getTime() > plus(now, limits.renewBefore)

const text = (base64 = ''): string => Buffer.from(base64, 'base64').toString('utf8')
const base64 = (pem: string): string => Buffer.from(pem).toString('base64')

function pairIn({ data = {} }: Secret, now: Instant): KeyPair | undefined {
  const pair = { certificate: text(data['tls.crt']), key: text(data['tls.key']) }
  try {
    createSecureContext({ cert: pair.certificate, key: pair.key })
    return lasts(pair.certificate, now) ? pair : undefined
  } catch {
    return undefined // nobody filled it yet, or somebody spoilt it
  }
}

/** The authority that all replicas share. The manifests make its Secret, so that the right to fill that one is enough. */
async function authorityOf({ client, clock, namespace }: OwnCertificateParts, signal: AbortSignal): Promise<KeyPair> {
  const secret = await client.get(Secret, { namespace, name: limits.secret }, signal)
  const found = pairIn(secret, clock.now())
  if (found !== undefined) return found
  const made = await makeAuthority(limits.service, clock.now())
  const data = { ...secret.data, 'tls.crt': base64(made.certificate), 'tls.key': base64(made.key) }
  await client.update(Secret, { ...secret, data }, signal)
  return made
}

/** Puts the authority into every webhook of the configuration; writes nothing where it is there. */
async function tell(client: OwnCertificateParts['client'], authority: string, signal: AbortSignal): Promise<void> {
  const key = { namespace: '', name: limits.configuration }
  const { webhooks } = await client.get(ValidatingWebhookConfiguration, key, signal)
  const value = base64(authority)
  const body = webhooks.flatMap(({ name, clientConfig }, i) =>
    clientConfig.caBundle === value
      ? []
      : [
          { op: 'test', path: `/webhooks/${i}/name`, value: name },
          { op: 'add', path: `/webhooks/${i}/clientConfig/caBundle`, value },
        ],
  )
  if (body.length > 0) await client.patch(ValidatingWebhookConfiguration, key, { type: 'json', body }, signal)
}

/**
 * A certificate for the webhook's Service, with a key that never leaves this process. Faults: NotFound (manifests not applied), Conflict
 * (another replica was first): worth another try.
 */
export function ownCertificate(parts: OwnCertificateParts): CertificateSource {
  const service = `${limits.service}.${parts.namespace}.svc`
  const hosts = [service, `${service}.cluster.local`]
  return async (shown, signal) => {
    const now = parts.clock.now()
    const authority = await authorityOf(parts, signal)
    await tell(parts.client, authority.certificate, signal)
    const isGood =
      shown !== undefined &&
      lasts(shown.certificate, now) &&
      isIssuedBy(parseCertificate(shown.certificate), parseCertificate(authority.certificate))
    return isGood ? shown : issue(authority, { role: 'server', commonName: service, hosts }, now)
  }
}

/** `tls.crt` and `tls.key` of a folder, as a mounted Secret has them. Faults: BadRequest. */
export function certificateIn(folder: string): CertificateSource {
  return async () => {
    try {
      const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8')
      const [certificate, key] = await Promise.all([read('tls.crt'), read('tls.key')])
      createSecureContext({ cert: certificate, key })
      return { certificate, key }
    } catch (cause) {
      throw new Fault('BadRequest', `the certificate of the webhook cannot be read: ${messageOf(cause)}`, { cause })
    }
  }
}
