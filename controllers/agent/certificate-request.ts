/** Asks the cluster for the certificate that makes a machine this container instance's agent. */
import type { ResourceClient } from '../../api/client/client.ts'
import type { ObjectKey } from '../../api/meta/object.ts'
import {
  CertificateSigningRequest,
  certificatePem,
  instanceSigner,
  isDecided,
} from '../../api/v1/certificate-signing-request.ts'
import { containerInstancesGroup, instanceUserName } from '../../api/v1/user-names.ts'
import { backoffDelay, jittered } from '../../lib/backoff.ts'
import { type Clock, sleep } from '../../lib/clock.ts'
import { Fault } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import type { Random } from '../../lib/random.ts'
import type { KeyPair } from '../../lib/x509/key-pair.ts'
import { makeRequest } from '../../lib/x509/request.ts'
import { agentLimits } from './limits.ts'

export interface RequestParts {
  /** Of whoever may ask: a machine with a bootstrap token, or the agent itself. */
  readonly client: Pick<ResourceClient, 'create' | 'get'>
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly instance: ObjectKey
}

/** A new key, which nobody else ever sees, and its certificate. Faults: Forbidden when it is refused; those of the client. */
export async function requestCertificate(parts: RequestParts, signal: AbortSignal): Promise<KeyPair> {
  const { client, clock, random, log, instance } = parts
  const subject = { commonName: instanceUserName(instance), organizations: [containerInstancesGroup] }
  const { request, key } = await makeRequest(subject)
  const spec = {
    request: Buffer.from(request).toString('base64'),
    signerName: instanceSigner,
    usages: ['digital signature', 'client auth'],
  }
  const metadata = { generateName: `${instance.name}-` }
  const { name } = (await client.create(CertificateSigningRequest, { metadata, spec }, signal)).metadata
  for (let looks = 1; ; looks += 1) {
    const asked = await client.get(CertificateSigningRequest, { namespace: '', name }, signal)
    const certificate = certificatePem(asked)
    if (certificate !== undefined) return { certificate, key }
    if (isDecided(asked, 'Denied') || isDecided(asked, 'Failed')) {
      const why = asked.status?.conditions?.map(({ message }) => message ?? '').join('; ')
      throw new Fault('Forbidden', `the certificate of container instance ${instance.name} was refused: ${why}`)
    }
    if (looks === agentLimits.requestLooks)
      log.warn(
        { request: name },
        'the certificate waits: another agent has this name and is heard, or somebody must approve',
      )
    await sleep(clock, jittered(backoffDelay(agentLimits.requestPoll, looks), random), signal)
  }
}
