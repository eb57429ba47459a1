/** The composition of a control plane: store -> registry -> API server -> controllers. */
import { hostname, networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { collectDefaultMetrics, Registry as Metrics } from 'prom-client'
import type { ResourceClient } from '../api/client/client.ts'
import { directClient } from '../api/client/direct.ts'
import { openRegistry } from '../api/registry/registry.ts'
import { loadCredentials } from '../api/server/access/credentials.ts'
import { writeKubeConfig } from '../api/server/access/kubeconfig.ts'
import type { AuditFileOptions } from '../api/server/audit/audit-file.ts'
import { startServer } from '../api/server/server.ts'
import { allKinds } from '../api/v1/kinds.ts'
import { systemNamespace } from '../api/v1/well-known.ts'
import { prometheusMetrics } from '../controllers/runtime/metrics.ts'
import type { Clock } from '../lib/clock.ts'
import type { ListenAddress } from '../lib/listening.ts'
import type { Logger } from '../lib/log.ts'
import { type Random, randomSuffix } from '../lib/random.ts'
import { Scope } from '../lib/scope.ts'
import type { Store } from '../store/store.ts'
import { allControllers, type ControllerOptions, kubernetesControllers } from './control-plane.ts'
import { loadEncryptionKeys } from './encryption-keys.ts'
import { keepLeading } from './lead.ts'
import { packageVersion } from './package-version.ts'
import type { Ready } from './ready.ts'

/** What else runs in the process of a control plane. */
export interface ServingParts {
  readonly client: ResourceClient
  /** PEM of the authority that this cluster's clients are signed by. */
  readonly authority: string
}

export interface ServeOptions {
  readonly store: Store
  /** Whether no other process can have the store: then the controllers run without an election. */
  readonly alone: boolean
  readonly dataDir: string
  readonly listen: ListenAddress
  /** Default: `encryption-keys` in the data directory. */
  readonly encryptionKeyFile?: string
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** Of the controllers. */
  readonly settings: ControllerOptions
  /** Default: none. */
  readonly audit?: AuditFileOptions
  /** `kubernetes`: only what a Kubernetes cluster does by itself; an operator does the rest. Default: all. */
  readonly controllers?: 'all' | 'kubernetes'
  /** Called once the API answers. */
  readonly onReady: (ready: Ready) => void
  /** Runs beside the controllers; its failure ends the process. */
  readonly beside?: (parts: ServingParts, signal: AbortSignal) => Promise<void>
}

/** Runs a control plane until `signal` aborts. Tasks are not touched by its end. Faults: Unavailable (address, store). */
export async function serve(options: ServeOptions, signal: AbortSignal): Promise<void> {
  const { store, clock, random, log, listen, settings } = options
  await using scope = new Scope(signal)
  const keyFile = options.encryptionKeyFile === undefined ? {} : { file: options.encryptionKeyFile }
  const keys = { ...keyFile, dataDir: options.dataDir, store, kinds: allKinds, log }
  const keyring = await loadEncryptionKeys(keys, scope.signal)
  const registry = await openRegistry({ store, keyring, kinds: allKinds, clock, random, log }, scope.signal)
  const client = directClient(registry)
  const credentials = await loadCredentials({ client, clock, hosts: ownHosts(listen.host) }, scope.signal)
  const metrics = new Metrics()
  collectDefaultMetrics({ register: metrics })
  const server = await startServer(
    {
      registry,
      credentials,
      listen,
      metrics,
      version: packageVersion(),
      clock,
      random,
      log,
      ...(options.audit === undefined ? {} : { audit: options.audit }),
    },
    scope.signal,
  )
  const kubeConfig = join(options.dataDir, 'kubeconfig')
  await writeKubeConfig(kubeConfig, {
    server: server.url,
    authority: credentials.authority,
    token: credentials.adminToken,
  })
  scope.go('api server', () => server.closed)
  scope.go('controllers', (s) =>
    keepLeading(
      {
        client,
        clock,
        random,
        log,
        identity: `${hostname()}-${process.pid}-${randomSuffix(random)}`,
        component: 'gantry-controllers',
        make: (d) => (options.controllers === 'kubernetes' ? kubernetesControllers(d) : allControllers(d, settings)),
        metrics: prometheusMetrics(metrics),
        ...(options.alone ? {} : { leaderElection: { namespace: systemNamespace, name: 'gantry-controllers' } }),
      },
      s,
    ),
  )
  const { beside } = options
  if (beside !== undefined) scope.go('agent', (s) => beside({ client, authority: credentials.authority }, s))
  options.onReady({ url: server.url, kubeConfig })
  await scope.ended
}

/** By what names and addresses clients may call this machine: all of its own, when it listens on all of them. */
function ownHosts(host: string): readonly string[] {
  const all = host === '0.0.0.0' || host === '::'
  const addresses = Object.values(networkInterfaces()).flatMap((of) => (of ?? []).map(({ address }) => address))
  return [host, hostname(), ...(all ? addresses.filter((address) => !address.startsWith('fe80')) : [])]
}
