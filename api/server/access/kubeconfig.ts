/** The kubeconfig that a server writes for its administrator: kubectl, the CLI and client-node all read it. */
import { writePrivateFile } from '../../../lib/private-file.ts'
import { defaultCluster } from '../../v1/well-known.ts'

export interface KubeConfigFacts {
  /** https://host:port */
  readonly server: string
  /** PEM. */
  readonly authority: string
  readonly token: string
}

/** JSON, which every YAML reader takes. */
export function kubeConfigText({ server, authority, token }: KubeConfigFacts): string {
  const name = 'gantry'
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': Buffer.from(authority).toString('base64') } }],
    users: [{ name: 'admin', user: { token } }],
    contexts: [{ name, context: { cluster: name, user: 'admin', namespace: defaultCluster } }],
    'current-context': name,
  }
  return `${JSON.stringify(config, null, 2)}\n`
}

/** Writes it for its owner alone, whole or not at all. */
export const writeKubeConfig = (path: string, facts: KubeConfigFacts): Promise<void> =>
  writePrivateFile(path, kubeConfigText(facts))
