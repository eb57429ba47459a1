/** The composition of the webhook: its certificate, its rules, its server. */
import type { ResourceClient } from '../../../api/client/client.ts'
import { backoffDelay, jittered } from '../../../lib/backoff.ts'
import { type Clock, sleep } from '../../../lib/clock.ts'
import { messageOf, unlessGone } from '../../../lib/errors.ts'
import type { ListenAddress } from '../../../lib/listening.ts'
import type { Logger } from '../../../lib/log.ts'
import type { Random } from '../../../lib/random.ts'
import { Scope } from '../../../lib/scope.ts'
import type { KeyPair } from '../../../lib/x509/key-pair.ts'
import { operatorLimits as limits } from '../limits.ts'
import { admissionReviews } from './admission-review.ts'
import { type CertificateSource, certificateIn, ownCertificate } from './certificate.ts'
import { serveWebhook } from './webhook-server.ts'

export interface WebhookParts {
  readonly client: ResourceClient
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly listen: ListenAddress
  /** Where the Service and the Secret are. */
  readonly namespace: string
  /** Where somebody else keeps the certificate; without it the webhook makes its own. */
  readonly certificate?: string | undefined
}

/** Answers until `signal` aborts; all replicas do. Faults: BadRequest (certificate), Unavailable (address). */
export async function runWebhook(parts: WebhookParts, signal: AbortSignal): Promise<void> {
  const { client, clock, random, log, listen, certificate: folder } = parts
  await using scope = new Scope(signal)
  const source = folder === undefined ? ownCertificate(parts) : certificateIn(folder)
  const certificate =
    folder === undefined ? await firstOf(source, parts, scope.signal) : await source(undefined, scope.signal)
  const answer = admissionReviews({ clock, random, read: (kind, key, s) => unlessGone(client.get(kind, key, s)) })
  const server = await serveWebhook({ listen, clock, log, certificate, answer }, scope.signal)
  log.info({ url: server.url }, 'the webhook answers')
  scope.go('server', () => server.closed)
  scope.go('certificate', (s) => follow(source, certificate, server.present, parts, s))
  await scope.ended
}

/** Tries until there is one: the cluster may be away, or the manifests not all applied yet. */
async function firstOf(
  source: CertificateSource,
  { clock, random, log }: Pick<WebhookParts, 'clock' | 'random' | 'log'>,
  signal: AbortSignal,
): Promise<KeyPair> {
  for (let failures = 1; ; failures++) {
    try {
      return await source(undefined, signal)
    } catch (error) {
      signal.throwIfAborted()
      log.warn({ err: messageOf(error), failures }, 'waiting for what the webhook needs')
      await sleep(clock, jittered(backoffDelay(limits.retry, failures), random), signal)
    }
  }
}

/** Presents each new one: whoever keeps it renews it, and a configuration that was applied anew is told again. */
async function follow(
  source: CertificateSource,
  first: KeyPair,
  present: (certificate: KeyPair) => void,
  { clock, log }: Pick<WebhookParts, 'clock' | 'log'>,
  signal: AbortSignal,
): Promise<void> {
  for (let shown = first; ; ) {
    await sleep(clock, limits.webhook.look, signal)
    try {
      const found = await source(shown, signal)
      if (found.certificate === shown.certificate && found.key === shown.key) continue
      present(found)
      shown = found
      log.info({}, 'the webhook shows another certificate')
    } catch (error) {
      signal.throwIfAborted()
      log.warn({ err: messageOf(error) }, 'the webhook keeps its certificate')
    }
  }
}
