/** The namespaces that the operator itself needs: where its lease lives, and where revision numbers are counted. */
import type { ResourceClient } from '../../api/client/client.ts'
import { Namespace } from '../../api/v1/core.ts'
import { backoffDelay, jittered } from '../../lib/backoff.ts'
import { type Clock, sleep } from '../../lib/clock.ts'
import { isFault, messageOf, unlessGone } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import type { Random } from '../../lib/random.ts'
import { operatorLimits as limits } from './limits.ts'

/** Makes what is missing; waits for a cluster that does not answer. */
export async function ensureNamespaces(
  client: Pick<ResourceClient, 'get' | 'create'>,
  names: ReadonlySet<string>,
  { clock, random, log }: { readonly clock: Clock; readonly random: Random; readonly log: Logger },
  signal: AbortSignal,
): Promise<void> {
  for (let failures = 0; !signal.aborted; ) {
    try {
      for (const name of names) await ensureNamespace(client, name, signal)
      return
    } catch (error) {
      signal.throwIfAborted()
      failures += 1
      log.warn({ err: messageOf(error), failures }, 'waiting for the API server')
      await sleep(clock, jittered(backoffDelay(limits.retry, failures), random), signal)
    }
  }
}

async function ensureNamespace(
  client: Pick<ResourceClient, 'get' | 'create'>,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  if ((await unlessGone(client.get(Namespace, { namespace: '', name }, signal))) !== undefined) return
  await client.create(Namespace, { metadata: { name }, spec: {} }, signal).catch((refused: unknown) => {
    if (!isFault(refused, 'AlreadyExists')) throw refused
  })
}
