/** The composition of an operator: a client of the cluster -> election -> controllers, and its health beside them. */
import { hostname } from 'node:os'
import { Counter, collectDefaultMetrics, Registry as Metrics } from 'prom-client'
import { clusterConfig } from '../../api/client/cluster-config.ts'
import { kubernetesClient } from '../../api/client/kubernetes.ts'
import type { Rate } from '../../api/client/rate-limit.ts'
import { systemNamespace } from '../../api/v1/well-known.ts'
import { prometheusMetrics } from '../../controllers/runtime/metrics.ts'
import type { RunState } from '../../controllers/runtime/run.ts'
import type { Clock } from '../../lib/clock.ts'
import type { ListenAddress } from '../../lib/listening.ts'
import type { Logger } from '../../lib/log.ts'
import { type Random, randomSuffix } from '../../lib/random.ts'
import { Scope } from '../../lib/scope.ts'
import { type ControllerOptions, operatorControllers } from '../control-plane.ts'
import { keepLeading } from '../lead.ts'
import { ensureNamespaces } from './ensure-namespaces.ts'
import { serveHealth } from './health-server.ts'
import { operatorLimits as limits } from './limits.ts'
import { selectionOf } from './namespace-filter.ts'
import { runWebhook } from './webhook/webhook.ts'

export interface OperateOptions {
  /** Default: the pod's service account. */
  readonly kubeconfig?: string
  readonly context?: string
  /** Of the leader's lease. */
  readonly namespace: string
  /** Default: all. */
  readonly watchNamespaces?: readonly string[]
  readonly healthListen: ListenAddress
  /** Absent: no webhook. */
  readonly webhookListen?: ListenAddress
  /** A folder with tls.crt and tls.key; default: a certificate of its own. */
  readonly webhookCertificate?: string
  readonly rate: Rate
  /** Of the controllers. */
  readonly settings: ControllerOptions
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** Called once it serves its health; it may not lead, nor reach the cluster yet. */
  readonly onReady: (ready: { readonly health: string; readonly server: string }) => void
}

/**
 * Runs until `signal` aborts; then the lease is given back, so that another replica takes over at once. A cluster that does not
 * answer is waited for. Faults: BadRequest (no way to a cluster), Unavailable (address).
 */
export async function operate(options: OperateOptions, signal: AbortSignal): Promise<void> {
  const { clock, random, log, namespace, rate, watchNamespaces, settings } = options
  const { config, server } = clusterConfig(options)
  await using scope = new Scope(signal)
  const metrics = new Metrics()
  collectDefaultMetrics({ register: metrics })
  const requests = new Counter({
    name: 'gantry_client_requests_total',
    help: 'Answers of the API server, by method and HTTP status.',
    labelNames: ['method', 'status'] as const,
    registers: [metrics],
  })
  const parts = { clock, random, log, fieldManager: 'gantry-operator' }
  const onAnswer = ({ method }: { readonly method: string }, status: number): void => requests.inc({ method, status })
  const client = kubernetesClient(config, { ...parts, rate, onAnswer })
  const election = kubernetesClient(config, { ...parts, rate: limits.electionRate, onAnswer })

  let state: RunState | 'starting' = 'starting'
  const health = await serveHealth(
    {
      listen: options.healthListen,
      clock,
      metrics,
      // One that waits for its turn is as ready as one that leads.
      unready: () => (state === 'electing' || state === 'running' ? undefined : `not ready: ${state}`),
    },
    scope.signal,
  )
  scope.go('health', () => health.closed)
  const { webhookListen: listen, webhookCertificate: certificate } = options
  if (listen !== undefined) {
    const reads = kubernetesClient(config, { ...parts, rate: limits.webhook.rate, onAnswer })
    const webhook = { client: reads, clock, random, log, listen, namespace, certificate }
    scope.go('webhook', (s) => runWebhook(webhook, s))
  }
  scope.go('controllers', async (s) => {
    await ensureNamespaces(client, new Set([systemNamespace, namespace]), { clock, random, log }, s)
    await keepLeading(
      {
        client,
        clock,
        random,
        log,
        identity: `${hostname()}-${process.pid}-${randomSuffix(random)}`,
        component: 'gantry-operator',
        make: (d) =>
          operatorControllers(d, {
            ...settings,
            // what other clusters' services refer to is not seen
            taskDefinition: { retention: watchNamespaces === undefined, namespaces: watchNamespaces },
          }),
        metrics: prometheusMetrics(metrics),
        leaderElection: { namespace, name: limits.lease, client: election },
        selectionsOf: selectionOf(watchNamespaces),
        onState: (now) => {
          state = now
        },
      },
      s,
    )
  })
  options.onReady({ health: health.url, server })
  await scope.ended
}
