/** An agent with a token to join by shows it once, for a certificate, and from then on shows that. */
import { join } from 'node:path'
import { kubernetesClient } from '../api/client/kubernetes.ts'
import { certificateConfig } from '../api/client/pinned-cluster.ts'
import { bootstrapTokenForm } from '../api/v1/bootstrap-token.ts'
import { keepIdentity, obtainIdentity } from '../controllers/agent/identity.ts'
import type { Clock } from '../lib/clock.ts'
import { Fault, isFault } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import type { Random } from '../lib/random.ts'
import type { Scope } from '../lib/scope.ts'
import { identityFile } from './identity-file.ts'
import type { JoinedCluster } from './join-cluster.ts'

interface Options extends JoinedCluster {
  readonly token?: string
  /** The cluster, which is a namespace. */
  readonly cluster: string
  readonly name: string
  readonly dataDir: string
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
}

/**
 * The configuration to use from now on: it shows a certificate, which is renewed in `scope`. With credentials of another
 * kind it is the one given. Faults: Unauthorized when the token is over and no certificate was kept.
 */
export async function useCertificate(options: Options, scope: Scope): Promise<JoinedCluster['config']> {
  const { token, config, certificateAuthority: authority, cluster: namespace, name, dataDir, servers } = options
  if (token === undefined || authority === undefined || !bootstrapTokenForm.test(token)) return config
  const { clock, random, log } = options
  const clientOf = (by: JoinedCluster['config']) => kubernetesClient(by, { clock, random, log, others: servers })
  const parts = {
    clock,
    random,
    log,
    instance: { namespace, name },
    authority,
    joining: clientOf(config),
    kept: identityFile(join(dataDir, 'agents', `${namespace}.${name}.pem`)),
  }
  const identity = await obtainIdentity(parts, scope.signal).catch((error: unknown) => {
    throw isFault(error, 'Unauthorized') ? refused(error) : error
  })
  const shown = certificateConfig(config)
  shown.show(identity)
  const client = clientOf(shown.config)
  scope.go('certificate', (s) => keepIdentity({ ...parts, client, onRenewed: shown.show }, identity, s))
  return shown.config
}

const refused = (cause: Fault): Fault =>
  new Fault('Unauthorized', 'the token is over or was deleted: make another with `gantry token create`', { cause })
