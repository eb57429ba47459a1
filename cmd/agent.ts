/** `gantry agent`: makes this machine, or a share of it, a container instance of a control plane elsewhere. */
import { hostname } from 'node:os'
import { Command } from 'commander'
import { systemClock } from '../lib/clock.ts'
import type { ListenAddress } from '../lib/listening.ts'
import { stderrLogger } from '../lib/log.ts'
import { systemRandom } from '../lib/random.ts'
import { Scope } from '../lib/scope.ts'
import { agentOptions } from './agent-options.ts'
import { instanceName } from './instance-name.ts'
import { localAddressTowards } from './local-address.ts'
import {
  absolute,
  type DaemonFlags,
  type InstanceFlags,
  listenAddress,
  servers,
  withDaemonFlags,
  withInstanceFlags,
} from './options.ts'
import { untilSignalled } from './signals.ts'
import type { Terminal } from './terminal.ts'

interface AgentFlags extends DaemonFlags, InstanceFlags {
  readonly server?: readonly string[]
  readonly token?: string
  readonly kubeconfig?: string
  readonly logListen?: ListenAddress
  readonly dataDir: string
}

export const agentCommand = (terminal: Terminal): Command =>
  withDaemonFlags(withInstanceFlags(new Command('agent')))
    .description('run the tasks of a control plane elsewhere on the Docker engine of this machine')
    .option('--server <url,...>', 'the API server, as https://host:7443; of several, any one that answers', servers)
    .option('--token <token>', 'a token to join by (`gantry token create`), which also names the authority to trust')
    .option('--data-dir <dir>', 'where the certificate that it gets is kept', absolute, terminal.defaultDataDir)
    .option('--kubeconfig <file>', 'instead of --server and --token')
    .option(
      '--log-listen <host:port>',
      'where the API server asks for logs (default: the address that this machine reaches it from, a free port)',
      listenAddress,
    )
    .action(async (flags: AgentFlags) => {
      const signal = untilSignalled()
      const [{ kubernetesClient }, { joinCluster }, { useCertificate }, { runAgent }, { dockerEngine }] =
        await Promise.all([
          import('../api/client/kubernetes.ts'),
          import('./join-cluster.ts'),
          import('./agent-certificate.ts'),
          import('../controllers/agent/agent.ts'),
          import('../controllers/agent/engine/docker.ts'),
        ])
      const log = stderrLogger(flags.logLevel)
      const parts = { clock: systemClock, random: systemRandom, log }
      const cluster = await joinCluster(flags, parts, signal)
      const { server, servers: others, certificateAuthority } = cluster
      const listen = flags.logListen ?? { host: await localAddressTowards(server, signal), port: 0 }
      const name = flags.name ?? instanceName(hostname())
      await using scope = new Scope(signal)
      const shown = await useCertificate({ ...parts, ...flags, name, ...cluster }, scope)
      const client = kubernetesClient(shown, { ...parts, others })
      const options = agentOptions(flags, name, { listen, clientCa: certificateAuthority })
      const onReady = (): void => {
        if (flags.output === 'json') terminal.out(JSON.stringify({ containerInstance: name, server }))
        else terminal.out(`Container instance ${name} of cluster ${flags.cluster} is ready`)
      }
      scope.go('agent', (s) => runAgent({ ...parts, client, engine: dockerEngine(parts), options, onReady }, s))
      await scope.ended
    })
