/**
 * Hands out revision numbers, each only once in the life of the store: numbers outlive the deletion of every revision and of
 * the head itself (ecs-core 3.6).
 *
 * The newest number of the family lies in a Lease of the system namespace, which nobody owns, so that nothing deletes it:
 * `leaseTransitions` is the number, `holderIdentity` the registration that got it (head's uid and generation). It is written
 * before the revision, by compare-and-set; whoever asks again after a crash gets the same number. A number is lost only when
 * its revision was refused, or the head changed before it was made: a gap is harmless, a second use is not.
 */
import type { ResourceClient } from '../../api/client/client.ts'
import { Lease, Namespace } from '../../api/v1/core.ts'
import { shortened } from '../../api/v1/service-names.ts'
import { systemNamespace } from '../../api/v1/well-known.ts'
import { isFault, unlessGone } from '../../lib/errors.ts'

const leaseKey = (head: string) => ({ namespace: systemNamespace, name: shortened(`task-definition.${head}`, 253) })

const current = (client: ResourceClient, head: string, signal: AbortSignal): Promise<Lease | undefined> =>
  unlessGone(client.get(Lease, leaseKey(head), signal))

async function createLease(client: ResourceClient, head: string, spec: Lease['spec'], signal: AbortSignal) {
  const annotations = { 'kubernetes.io/description': `Newest revision number of task definition ${head}; keep it.` }
  const draft = { metadata: { ...leaseKey(head), annotations }, spec }
  try {
    await client.create(Lease, draft, signal)
  } catch (error) {
    if (!isFault(error, 'NotFound')) throw error
    await client.create(Namespace, { metadata: { name: systemNamespace }, spec: {} }, signal)
    await client.create(Lease, draft, signal)
  }
}

/**
 * The number for `registration`: the one it already holds when that is over `taken`, else the next one that nobody ever had.
 * Faults: Conflict and AlreadyExists when somebody else takes one at the same time; try again.
 */
export async function takeNumber(
  client: ResourceClient,
  head: string,
  { taken, registration }: { readonly taken: number; readonly registration: string },
  signal: AbortSignal,
): Promise<number> {
  const lease = await current(client, head, signal)
  const last = lease?.spec.leaseTransitions ?? 0
  if (lease?.spec.holderIdentity === registration && last > taken) return last
  const number = 1 + Math.max(last, taken)
  const spec = { ...lease?.spec, holderIdentity: registration, leaseTransitions: number }
  if (lease === undefined) await createLease(client, head, spec, signal)
  else await client.update(Lease, { ...lease, spec }, signal)
  return number
}
