/** How an agent comes to trust a control plane: by a kubeconfig, or by a token that names its authority. */
import { readKubeConfig } from '../api/client/kubernetes.ts'
import { pinnedCluster } from '../api/client/pinned-cluster.ts'
import { backoffDelay, jittered } from '../lib/backoff.ts'
import { type Clock, sleep } from '../lib/clock.ts'
import { Fault, isFault, messageOf } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import type { Random } from '../lib/random.ts'
import { limits } from './limits.ts'

interface Flags {
  readonly server?: readonly string[]
  readonly token?: string
  readonly kubeconfig?: string
}

export interface JoinedCluster {
  readonly config: ReturnType<typeof readKubeConfig>
  /** The one that answered. */
  readonly server: string
  /** All that were named, the one that answered too. */
  readonly servers: readonly string[]
  /** PEM; undefined when the system's authorities are trusted. */
  readonly certificateAuthority: string | undefined
}

/** Waits for a server that is not there yet. Faults: BadRequest (flags), Unauthorized (another authority). */
export async function joinCluster(
  flags: Flags,
  parts: { readonly clock: Clock; readonly random: Random; readonly log: Logger },
  signal: AbortSignal,
): Promise<JoinedCluster> {
  const config = await configOf(flags, parts, signal)
  const cluster = config.getCurrentCluster()
  if (cluster === null) throw new Fault('BadRequest', 'the kubeconfig has no current cluster')
  const { server, caData } = cluster
  const certificateAuthority = caData === undefined ? undefined : Buffer.from(caData, 'base64').toString('utf8')
  return { config, server, servers: flags.server ?? [server], certificateAuthority }
}

async function configOf(
  { server, token, kubeconfig }: Flags,
  { clock, random, log }: { readonly clock: Clock; readonly random: Random; readonly log: Logger },
  signal: AbortSignal,
): Promise<JoinedCluster['config']> {
  if (kubeconfig !== undefined) {
    if (server !== undefined || token !== undefined)
      throw new Fault('BadRequest', 'give --server and --token, or --kubeconfig, not both')
    return readKubeConfig(kubeconfig)
  }
  if (server === undefined || token === undefined)
    throw new Fault('BadRequest', 'an agent needs --server URL and --token TOKEN, or --kubeconfig FILE')
  for (let failures = 1; ; failures++) {
    for (const url of server) {
      try {
        return await pinnedCluster(url, token, signal)
      } catch (error) {
        signal.throwIfAborted()
        if (!isFault(error, 'Unavailable', 'Timeout')) throw error
        log.warn({ err: messageOf(error), server: url }, 'waiting for the API server')
      }
    }
    await sleep(clock, jittered(backoffDelay(limits.serverRetry, failures), random), signal)
  }
}
