/** What every command that asks a server starts from: a client, and the cluster to work in. */
import type { ResourceClient } from '../api/client/client.ts'
import { kubernetesClient } from '../api/client/kubernetes.ts'
import type { Kind } from '../api/meta/kind.ts'
import type { ObjectKey, Resource } from '../api/meta/object.ts'
import { defaultCluster } from '../api/v1/well-known.ts'
import { type Clock, systemClock } from '../lib/clock.ts'
import { Fault } from '../lib/errors.ts'
import { stderrLogger } from '../lib/log.ts'
import { type Random, systemRandom } from '../lib/random.ts'
import { findKubeConfig, type KubeConfigFile } from './kube-config.ts'
import type { ClientFlags } from './options.ts'
import type { Terminal } from './terminal.ts'
import { explainingClient } from './unreachable.ts'

export interface Session {
  readonly client: ResourceClient
  readonly clock: Clock
  readonly random: Random
  /** The cluster that namespaced objects are in when they do not say. */
  readonly namespace: string
  readonly kubeConfig: KubeConfigFile
  readonly signal: AbortSignal
  keyOf(kind: Kind, name: string): ObjectKey
  /** `object` with its namespace filled in. Faults: BadRequest when it contradicts the flag. */
  inNamespace(kind: Kind, object: Resource): Resource
}

/** Finds the server and makes a client for it; nothing is sent yet. With `dryRun` no write has an effect. Faults: Unavailable, BadRequest. */
export async function openSession(
  flags: ClientFlags,
  terminal: Terminal,
  { dryRun = false }: { readonly dryRun?: boolean } = {},
): Promise<Session> {
  const kubeConfig = findKubeConfig(flags, terminal)
  const named = flags.cluster ?? flags.namespace
  const namespace = named ?? kubeConfig.namespace ?? defaultCluster
  const client = kubernetesClient(kubeConfig.path, {
    clock: systemClock,
    random: systemRandom,
    log: stderrLogger(flags.logLevel),
    fieldValidation: 'Strict',
    fieldManager: 'gantry',
    dryRun,
    onWarning: (text) => terminal.err(`warning: ${text}`),
  })
  return {
    client: explainingClient(client, kubeConfig),
    clock: systemClock,
    random: systemRandom,
    namespace,
    kubeConfig,
    signal: new AbortController().signal,
    keyOf: (kind, name) => ({ namespace: kind.scope === 'Cluster' ? '' : namespace, name }),
    inNamespace(kind, object) {
      if (kind.scope === 'Cluster') return object
      const own = object.metadata.namespace
      if (own !== undefined && named !== undefined && own !== named)
        throw new Fault('BadRequest', `its namespace is ${own}, but the command says --cluster ${named}`)
      return own === undefined ? { ...object, metadata: { ...object.metadata, namespace } } : object
    },
  }
}
