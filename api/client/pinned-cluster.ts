/** Trust on a token's word: the token carries the fingerprint of the cluster's CA, and the server must show that CA. */
import { createHash, X509Certificate } from 'node:crypto'
import { connect, type DetailedPeerCertificate } from 'node:tls'
import { KubeConfig } from '@kubernetes/client-node'
import { Fault } from '../../lib/errors.ts'
import { limits } from './limits.ts'

/** `gantry.<sha256 of the CA certificate, hex>.<secret>`; a secret to join by has two parts. */
const tokenForm = /^gantry\.([0-9a-f]{64})\.[A-Za-z0-9_-]+(\.[a-z0-9]+)?$/

/**
 * The configuration to reach `server` with `token` and nothing else: the CA is taken from the server's handshake and
 * must have the fingerprint that the token names, before anything is sent. Faults: BadRequest for a token without a
 * fingerprint, Unauthorized when another CA is shown, Unavailable when the server cannot be reached.
 */
export async function pinnedCluster(server: string, token: string, signal: AbortSignal): Promise<KubeConfig> {
  const pin = tokenForm.exec(token)?.[1]
  if (pin === undefined)
    throw new Fault(
      'BadRequest',
      'the token has not the form gantry.<CA fingerprint>.<secret>; use --kubeconfig instead',
    )
  const authority = await shownAuthority(new URL(server), pin, signal)
  const config = new KubeConfig()
  config.loadFromClusterAndUser(
    { name: 'gantry', server, caData: Buffer.from(authority).toString('base64'), skipTLSVerify: false },
    { name: 'gantry', token },
  )
  return config
}

/** A configuration for the same cluster that shows certificates instead of a token. */
export interface CertificateConfig {
  readonly config: KubeConfig
  /** From now on it shows this one (PEM); clients made of it do so with their next request. */
  show(identity: { readonly certificate: string; readonly key: string }): void
}

/** Nothing is shown before the first call of `show`. */
export function certificateConfig(known: KubeConfig): CertificateConfig {
  const config = new KubeConfig()
  const base64 = (text: string): string => Buffer.from(text).toString('base64')
  return {
    config,
    show({ certificate, key }) {
      const cluster = known.getCurrentCluster()
      if (cluster === null) throw new Fault('BadRequest', 'the kubeconfig has no current cluster')
      const user = { name: cluster.name, certData: base64(certificate), keyData: base64(key) }
      config.loadFromClusterAndUser(cluster, user)
    },
  }
}

const fingerprint = (der: Buffer): string => createHash('sha256').update(der).digest('hex')

function shownAuthority(server: URL, pin: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const host = server.hostname.replace(/^\[|\]$/g, '')
    const fail = (fault: Fault): void => {
      socket.destroy()
      reject(signal.aborted ? signal.reason : fault)
    }
    // Not verified here: nothing is sent, and the real connection is verified against what was pinned.
    const socket = connect(
      { host, port: Number(server.port || 443), rejectUnauthorized: false, servername: '' },
      () => {
        const found = chainOf(socket.getPeerCertificate(true)).find(
          (certificate) => fingerprint(certificate.raw) === pin,
        )
        if (found === undefined)
          return fail(
            new Fault('Unauthorized', `${server.host} does not show the certificate authority that the token names`),
          )
        socket.end()
        resolve(new X509Certificate(found.raw).toString())
      },
    )
    socket.setTimeout(limits.connect, () => fail(new Fault('Unavailable', `${server.host} does not answer`)))
    socket.once('error', (error) =>
      fail(new Fault('Unavailable', `${server.host}: ${error.message}`, { cause: error })),
    )
    signal.addEventListener('abort', () => fail(new Fault('Unavailable', 'cancelled')), { once: true })
  })
}

function chainOf(leaf: DetailedPeerCertificate): readonly DetailedPeerCertificate[] {
  const chain: DetailedPeerCertificate[] = []
  for (
    let at: DetailedPeerCertificate | undefined = leaf;
    at?.raw !== undefined && !chain.includes(at);
    at = at.issuerCertificate
  )
    chain.push(at)
  return chain
}
