/** How a program reaches its cluster: by a kubeconfig, or as the service account of the pod that it runs in. */
import { existsSync } from 'node:fs'
import { KubeConfig } from '@kubernetes/client-node'
import { Fault } from '../../lib/errors.ts'
import { readKubeConfig } from './kubernetes.ts'

/** What every pod is given; the token is rotated, and read again as it ages. */
const tokenFile = '/var/run/secrets/kubernetes.io/serviceaccount/token'

interface Given {
  readonly kubeconfig?: string | undefined
  /** Of the kubeconfig; default: its current one. */
  readonly context?: string | undefined
}

/** Faults: BadRequest when there is no kubeconfig and no pod, or no such context. */
export function clusterConfig({ kubeconfig, context }: Given): {
  readonly config: KubeConfig
  readonly server: string
} {
  const config = kubeconfig === undefined ? ofPod() : readKubeConfig(kubeconfig)
  if (context !== undefined) {
    if (!config.getContexts().some(({ name }) => name === context))
      throw new Fault('BadRequest', `the kubeconfig has no context ${JSON.stringify(context)}`)
    config.setCurrentContext(context)
  }
  const server = config.getCurrentCluster()?.server
  if (server === undefined) throw new Fault('BadRequest', 'the kubeconfig has no current cluster')
  return { config, server }
}

function ofPod(): KubeConfig {
  if (process.env.KUBERNETES_SERVICE_HOST === undefined || !existsSync(tokenFile))
    throw new Fault(
      'BadRequest',
      'this is no pod with a service account: say with --kubeconfig how to reach the cluster',
    )
  const config = new KubeConfig()
  config.loadFromCluster()
  return config
}
