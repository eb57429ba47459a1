/** What operators and agents under test may do: what deploy/kubernetes grants them, by tokens of service accounts, on a line that can be cut. */
import { writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import type { Kubectl } from './kubectl.ts'
import { startTunnel, type Tunnel } from './tunnel.ts'

const namespace = 'gantry-system'
/** The agents' own account is kept to its pods by the admission policy; these run beside the cluster. */
const agents = 'gantry-e2e-agent'
const manifests = ['namespace', 'service-account', 'cluster-role', 'agents/base/agent']
/** Longer than the scenario. */
const tokenDuration = '3h'

interface KubeConfig {
  readonly apiVersion: string
  readonly kind: string
  readonly clusters: readonly { readonly name: string; readonly cluster: { readonly server: string } }[]
}

export interface Access {
  readonly tunnel: Tunnel
  /** Kubeconfigs through the tunnel. */
  readonly operator: string
  readonly agent: string
  /** Takes away what the cluster was given for the test alone, and the tunnel. */
  close(): Promise<void>
}

/** The name in the certificate of a server that is reached by an address of its own: those that serve Kubernetes have this one. */
const serverNameOf = (host: string): string | undefined => {
  if (isIP(host) === 0) return host
  return host.startsWith('127.') ? undefined : 'kubernetes.default.svc'
}

/** Applies accounts and roles, and writes the kubeconfigs into `folder`. */
export async function grantAccess(kubectl: Kubectl, folder: string): Promise<Access> {
  const files = manifests.flatMap((name) => ['-f', `deploy/kubernetes/${name}.yaml`])
  await kubectl.run('apply', '--server-side', '--force-conflicts', ...files)
  await giveUp()
  await kubectl.run('create', 'serviceaccount', agents, '-n', namespace)
  const subject = `--serviceaccount=${namespace}:${agents}`
  await kubectl.run('create', 'clusterrolebinding', agents, '--clusterrole=gantry-agent', subject)

  const [entry] = (
    parse(await kubectl.run('config', 'view', '--raw', '--minify', '--flatten', '-o', 'yaml')) as KubeConfig
  ).clusters
  if (entry === undefined) throw new Error('the kubeconfig has no current cluster')
  const { hostname, port } = new URL(entry.cluster.server)
  const tunnel = await startTunnel(hostname, Number(port || 443))
  const server = { server: `https://127.0.0.1:${tunnel.port}`, 'tls-server-name': serverNameOf(hostname) }

  const configFor = async (account: string): Promise<string> => {
    const token = await kubectl.run('create', 'token', account, '-n', namespace, `--duration=${tokenDuration}`)
    const file = join(folder, `${account}.kubeconfig`)
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'cluster', cluster: { ...entry.cluster, ...server } }],
      users: [{ name: account, user: { token: token.trim() } }],
      contexts: [{ name: account, context: { cluster: 'cluster', user: account } }],
      'current-context': account,
    }
    await writeFile(file, stringify(config), { mode: 0o600 })
    return file
  }
  return {
    tunnel,
    operator: await configFor('gantry-operator'),
    agent: await configFor(agents),
    async close() {
      tunnel.close()
      await giveUp()
    },
  }

  async function giveUp(): Promise<void> {
    await kubectl.run('delete', 'clusterrolebinding', agents, '--ignore-not-found')
    await kubectl.run('delete', 'serviceaccount', agents, '-n', namespace, '--ignore-not-found')
  }
}

/** Sends the operator that runs in the cluster to rest, so that those under test lead; resolves to what wakes it. */
export async function restOperator(kubectl: Kubectl): Promise<() => Promise<void>> {
  const deployment = ['deployment/gantry-operator', '-n', namespace]
  // Gantry's own API server knows no Deployments
  const replicas = await kubectl.run('get', ...deployment, '-o', 'jsonpath={.spec.replicas}').catch(() => '0')
  if (Number(replicas) === 0) return async () => undefined
  await kubectl.run('scale', ...deployment, '--replicas=0')
  return async () => void (await kubectl.run('scale', ...deployment, `--replicas=${replicas}`))
}
