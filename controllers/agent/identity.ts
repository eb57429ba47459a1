/** The certificate by which the API knows this agent: had before anything else, and renewed before it ends. */
import type { ResourceClient } from '../../api/client/client.ts'
import { instanceUserName } from '../../api/v1/user-names.ts'
import { backoffDelay, jittered } from '../../lib/backoff.ts'
import { sleep } from '../../lib/clock.ts'
import { isFault } from '../../lib/errors.ts'
import type { Random } from '../../lib/random.ts'
import { between, type Instant, millis, plus, timestamp } from '../../lib/time.ts'
import type { KeyPair } from '../../lib/x509/key-pair.ts'
import { type CertificateFacts, isIssuedBy, parseCertificate, readCertificate } from '../../lib/x509/read.ts'
import { type RequestParts, requestCertificate } from './certificate-request.ts'
import { agentLimits } from './limits.ts'

export interface IdentityParts extends Omit<RequestParts, 'client'> {
  /** Knows the token to join by. */
  readonly joining: RequestParts['client']
  /** PEM of the cluster's authority. */
  readonly authority: string
  /** Where it is kept between starts; the key is in it. */
  readonly kept: {
    load(): Promise<KeyPair | undefined>
    save(identity: KeyPair): Promise<void>
  }
}

/** Between 70 and 90 % of its life, so that agents that joined together do not renew together. As Kubernetes' kubelet. */
export function renewalTime({ notBefore, notAfter }: CertificateFacts, random: Random): Instant {
  const life = between(notBefore, notAfter)
  return plus(notBefore, millis(life * (0.7 + 0.2 * random.next())))
}

/** The one that was kept, or if that is of no use any more, a new one by the token. Faults: those of requestCertificate. */
export async function obtainIdentity(parts: IdentityParts, signal: AbortSignal): Promise<KeyPair> {
  const kept = await parts.kept.load()
  if (kept !== undefined && isUsable(kept, parts)) return kept
  return obtain(parts, parts.joining, signal)
}

async function obtain(parts: IdentityParts, client: RequestParts['client'], signal: AbortSignal): Promise<KeyPair> {
  const { clock, random, log, instance } = parts
  const identity = await requestCertificate({ client, clock, random, log, instance }, signal)
  await parts.kept.save(identity)
  const { notAfter } = readCertificate(identity.certificate)
  log.info({ containerInstance: instance.name, until: timestamp(notAfter) }, 'certificate received')
  return identity
}

/** Of this cluster and this instance, and not over. */
function isUsable({ certificate }: KeyPair, { authority, instance, clock }: IdentityParts): boolean {
  try {
    const { commonName, notAfter } = readCertificate(certificate)
    return (
      isIssuedBy(parseCertificate(certificate), parseCertificate(authority)) &&
      commonName === instanceUserName(instance) &&
      clock.now() < notAfter
    )
  } catch {
    return false
  }
}

/**
 * Renews for as long as `signal` lasts: with the certificate as long as it is good, by the token after its end. `onRenewed`
 * is told each new one. What fails is tried again.
 */
export async function keepIdentity(
  parts: IdentityParts & {
    readonly client: Pick<ResourceClient, 'create' | 'get'>
    onRenewed(identity: KeyPair): void
  },
  first: KeyPair,
  signal: AbortSignal,
): Promise<void> {
  const { clock, random, log } = parts
  let identity = first
  for (;;) {
    const facts = readCertificate(identity.certificate)
    const due = renewalTime(facts, random)
    while (clock.now() < due)
      await sleep(clock, millis(Math.min(between(clock.now(), due), agentLimits.longestSleep)), signal)
    for (let failures = 0; ; ) {
      try {
        const isOver = clock.now() >= facts.notAfter
        identity = await obtain(parts, isOver ? parts.joining : parts.client, signal)
        parts.onRenewed(identity)
        break
      } catch (error) {
        signal.throwIfAborted()
        if (!isFault(error)) throw error
        failures += 1
        log.warn({ err: error, failures }, 'the certificate cannot be renewed; it is tried again')
        const pause = jittered(backoffDelay(agentLimits.renewalRetry, failures), random)
        const left = between(clock.now(), facts.notAfter)
        // At the end at once by the token.
        await sleep(clock, left > 0 ? millis(Math.min(pause, left)) : pause, signal)
      }
    }
  }
}
