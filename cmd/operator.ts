/** `gantry operator`: the controllers against a Kubernetes cluster that has Gantry's CRDs; no store and no API server of ours. */
import { Command } from 'commander'
import { systemClock } from '../lib/clock.ts'
import type { ListenAddress } from '../lib/listening.ts'
import { stderrLogger } from '../lib/log.ts'
import { systemRandom } from '../lib/random.ts'
import { type ControllerFlags, controllerOptions, withControllerFlags } from './controller-options.ts'
import { operatorLimits } from './operator/limits.ts'
import { absolute, type DaemonFlags, listenAddress, namespaceNames, wholeNumber, withDaemonFlags } from './options.ts'
import { untilSignalled } from './signals.ts'
import type { Terminal } from './terminal.ts'

interface Flags extends DaemonFlags, ControllerFlags {
  readonly kubeconfig?: string
  readonly context?: string
  readonly namespace: string
  readonly watchNamespaces?: readonly string[]
  readonly healthListen: ListenAddress
  readonly webhookListen?: ListenAddress
  readonly webhookCertificate?: string
  readonly kubeApiQps: number
  readonly kubeApiBurst: number
}

export const operatorCommand = (terminal: Terminal): Command =>
  withControllerFlags(withDaemonFlags(new Command('operator')))
    .description("run the controllers in a Kubernetes cluster that has Gantry's CRDs (several replicas elect a leader)")
    .option('--kubeconfig <file>', 'how to reach the cluster (default: as the service account of the pod it runs in)')
    .option('--context <name>', 'a context of the kubeconfig (default: its current one)')
    .option('--namespace <name>', 'where the lease of the leader lives', operatorLimits.namespace)
    .option('--watch-namespaces <name,...>', 'only the clusters of these names (default: all)', namespaceNames)
    .option(
      '--health-listen <host:port>',
      'where to serve /livez, /readyz and /metrics, in plain HTTP',
      listenAddress,
      operatorLimits.healthListen,
    )
    .option(
      '--webhook-listen <host:port>',
      'where to answer a validating webhook, by TLS (default: nowhere)',
      listenAddress,
    )
    .option(
      '--webhook-certificate <dir>',
      'tls.crt and tls.key of the webhook, that somebody keeps there (default: of an authority of its own)',
      absolute,
    )
    .option('--kube-api-qps <number>', 'requests a second to the cluster', wholeNumber, operatorLimits.qps)
    .option('--kube-api-burst <number>', 'requests at once after a pause', wholeNumber, operatorLimits.burst)
    .action(async (flags: Flags) => {
      const signal = untilSignalled()
      const { operate } = await import('./operator/operate.ts')
      const { kubeApiQps: perSecond, kubeApiBurst: burst, ...given } = flags
      await operate(
        {
          ...given,
          settings: controllerOptions(flags),
          rate: { perSecond, burst },
          clock: systemClock,
          random: systemRandom,
          log: stderrLogger(flags.logLevel),
          onReady: ({ health, server }) =>
            flags.output === 'json'
              ? terminal.out(JSON.stringify({ url: server, health }))
              : terminal.out(`The operator works for ${server}; its health and metrics are at ${health}`),
        },
        signal,
      )
    })
