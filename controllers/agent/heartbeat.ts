/** The sign of life: a Lease that is renewed every few seconds, apart from the objects that others watch. */
import type { ResourceClient } from '../../api/client/client.ts'
import { leaseNameOf } from '../../api/v1/container-instance.ts'
import { Lease } from '../../api/v1/core.ts'
import { type Clock, deadline, sleep } from '../../lib/clock.ts'
import { Fault, isFault, unlessGone } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import { microTimestamp, millis } from '../../lib/time.ts'
import { orAbort } from '../runtime/race.ts'
import { agentLimits } from './limits.ts'

export interface HeartbeatOptions {
  readonly client: ResourceClient
  readonly clock: Clock
  readonly log: Logger
  readonly namespace: string
  /** Name of the container instance. */
  readonly name: string
  /** Unique to this start of the agent. */
  readonly identity: string
}

/** Renews until the signal aborts. A renewal that fails is logged and tried again at the next turn. */
export async function heartbeat(options: HeartbeatOptions, signal: AbortSignal): Promise<void> {
  const { clock, log } = options
  let lease: Lease | undefined
  let held = false
  let failures = 0
  for (;;) {
    const begun = clock.now()
    const limit = deadline(clock, agentLimits.leaseRequest, signal, () => new Fault('Timeout', 'no answer in time'))
    try {
      lease = await orAbort(renew(options, lease, held, limit.signal), limit.signal)
      held = true
      failures = 0
    } catch (error) {
      signal.throwIfAborted()
      if (!isFault(error)) throw error
      // The object may have changed or gone: look again next time.
      lease = undefined
      failures += 1
      if (failures === 2) log.warn({ err: error }, 'heartbeat cannot be renewed')
    } finally {
      limit.done()
    }
    const pause = failures === 0 ? agentLimits.leaseRenewal : agentLimits.leaseRetry
    await sleep(clock, millis(Math.max(0, pause - (clock.now() - begun))), signal)
  }
}

async function renew(
  { client, clock, log, namespace, name, identity }: HeartbeatOptions,
  known: Lease | undefined,
  held: boolean,
  signal: AbortSignal,
): Promise<Lease> {
  const key = { namespace, name: leaseNameOf(name) }
  const lease = known ?? (await unlessGone(client.get(Lease, key, signal)))
  const renewTime = microTimestamp(clock.now())
  const claim = { holderIdentity: identity, leaseDurationSeconds: agentLimits.leaseDuration / 1000, renewTime }
  if (lease === undefined)
    return client.create(Lease, { metadata: key, spec: { ...claim, acquireTime: renewTime } }, signal)
  const holder = lease.spec.holderIdentity
  if (holder === identity) return client.update(Lease, { ...lease, spec: { ...lease.spec, ...claim } }, signal)
  if (held) log.error({ holder, containerInstance: name }, 'another agent uses the name of this container instance')
  return client.update(Lease, { ...lease, spec: { ...lease.spec, ...claim, acquireTime: renewTime } }, signal)
}
