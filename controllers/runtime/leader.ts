/**
 * Leader election on a coordination.k8s.io Lease.
 *
 * Who may lead: the holder of the Lease, until `renewDeadline` after the start of its last successful renewal, by its own
 * clock. Who may take over: a candidate that has seen the Lease unchanged for `leaseDuration`, by its own clock. No two
 * machines' clocks are compared: times inside the Lease are for people. As renewDeadline < leaseDuration, the old leader
 * has stopped before a new one begins.
 *
 * Fencing: after losing, `signal` aborts all requests and `mayWrite` refuses new ones, and those that waited to be sent, even
 * when timers were late (a suspended process). A request that was already on the wire has leaseDuration - renewDeadline to land. One that lands
 * later still does no harm, by optimistic concurrency (it names the resourceVersion it was decided on) and by
 * deterministic names (a second creation of the same thing meets AlreadyExists).
 */
import type { ResourceClient } from '../../api/client/client.ts'
import type { ObjectKey } from '../../api/meta/object.ts'
import { Lease } from '../../api/v1/core.ts'
import { type Clock, deadline, sleep } from '../../lib/clock.ts'
import { Fault, isFault } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import type { Random } from '../../lib/random.ts'
import { between, type Instant, type Millis, microTimestamp, millis, seconds } from '../../lib/time.ts'
import { type ElectionLimits, electionLimits } from './limits.ts'
import { orAbort } from './race.ts'

export interface ElectionOptions {
  readonly client: ResourceClient
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** Unique to this process and this start of it: two with one identity would both lead. */
  readonly identity: string
  /** Of the Lease. */
  readonly namespace: string
  readonly name: string
  readonly limits?: Partial<ElectionLimits>
}

/** What the leader is given. */
export interface Leadership {
  /** Aborts when leadership ends. */
  readonly signal: AbortSignal
  /** Whether the lease is still good by the clock; false before `signal` aborts when timers are late. */
  mayWrite(): boolean
}

/**
 * Waits for leadership, then runs `lead` once. Returns when `signal` aborted or `lead` returned (the Lease is then
 * released, so that another takes over at once). Faults: Unavailable when leadership was lost: start again.
 */
export async function electLeader(
  options: ElectionOptions,
  lead: (leadership: Leadership) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const election = new Election(options)
  await election.acquire(signal)
  options.log.info({ identity: options.identity, lease: options.name }, 'leading')
  await election.lead(lead, signal)
}

/** The Lease as a candidate saw it, and since when it has not changed, by the candidate's clock. */
interface Sighting {
  readonly lease: Lease
  readonly since: Instant
}

class Election {
  readonly #options: ElectionOptions
  readonly #limits: ElectionLimits
  readonly #key: ObjectKey
  /** The Lease as this process wrote it. */
  #held: Lease | undefined
  #renewedAt: Instant

  constructor(options: ElectionOptions) {
    this.#options = options
    this.#limits = { ...electionLimits, ...options.limits }
    this.#key = { namespace: options.namespace, name: options.name }
    this.#renewedAt = options.clock.now()
  }

  /** Returns once the Lease is held. */
  async acquire(signal: AbortSignal): Promise<void> {
    const { clock, random, log } = this.#options
    const { renewDeadline, retryInterval } = this.#limits
    let seen: Sighting | undefined
    while (this.#held === undefined) {
      // After a failure never at once, however expired the lease is.
      let wait: Millis = retryInterval
      const limit = deadline(clock, renewDeadline, signal, () => new Fault('Timeout', 'no answer about the lease'))
      try {
        seen = await this.#attempt(seen, limit.signal)
        if (this.#held !== undefined) return
        if (seen !== undefined) wait = millis(Math.min(this.#restOf(seen), retryInterval))
      } catch (error) {
        signal.throwIfAborted()
        if (!isFault(error) || isFault(error, 'Forbidden', 'Unauthorized', 'Invalid', 'Internal')) throw error
        log.debug({ err: error }, 'election attempt failed')
      } finally {
        limit.done()
      }
      await this.#untilChanged(seen?.lease, millis(wait * (1 + 0.1 * random.next())), signal)
    }
  }

  /** Looks at the Lease and takes it if it is free; else says since when it is as it is. */
  async #attempt(seen: Sighting | undefined, signal: AbortSignal): Promise<Sighting | undefined> {
    const lease = await this.#get(signal)
    const now = this.#options.clock.now()
    if (lease === undefined || this.#isFree(lease, seen, now)) await this.#take(lease, signal)
    else if (seen?.lease.metadata.resourceVersion !== lease.metadata.resourceVersion) return { lease, since: now }
    return seen
  }

  /** Runs `lead` while renewing, and releases the Lease in the end if it is still ours. */
  async lead(lead: (leadership: Leadership) => Promise<void>, outer: AbortSignal): Promise<void> {
    const { clock, log, name } = this.#options
    const lost = new AbortController()
    const ended = new AbortController()
    const signal = AbortSignal.any([outer, lost.signal])
    const renewing = this.#renew(lost, AbortSignal.any([signal, ended.signal]))
    try {
      await lead({ signal, mayWrite: () => between(this.#renewedAt, clock.now()) < this.#limits.renewDeadline })
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      ended.abort(new Fault('Unavailable', 'leading ended'))
      await renewing
      if (!lost.signal.aborted) await this.#release()
    }
    if (lost.signal.aborted && !outer.aborted) {
      log.warn({ lease: name, err: lost.signal.reason }, 'lost leadership')
      throw new Fault('Unavailable', `lost leadership of ${name}`, { cause: lost.signal.reason })
    }
  }

  async #renew(lost: AbortController, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options
    while (!signal.aborted) {
      const expiresIn = millis(this.#limits.renewDeadline - between(this.#renewedAt, clock.now()))
      const limit = deadline(clock, expiresIn, signal, () => new Fault('Timeout', 'could not renew in time'))
      try {
        await this.#renewOnce(limit.signal)
      } catch (error) {
        if (!signal.aborted) lost.abort(error)
        return
      } finally {
        limit.done()
      }
      await sleep(clock, this.#limits.renewInterval, signal).catch(() => undefined)
    }
  }

  /** Tries until it succeeds; throws when the Lease belongs to another or the signal aborts. */
  async #renewOnce(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options
    for (;;) {
      try {
        return await this.#take(this.#held, signal)
      } catch (error) {
        signal.throwIfAborted()
        if (!isFault(error)) throw error
        log.debug({ err: error }, 'renewal failed')
        if (isFault(error, 'Conflict', 'NotFound', 'AlreadyExists')) await this.#recover(signal)
        else await sleep(clock, this.#retryPause, signal)
      }
    }
  }

  get #retryPause(): Millis {
    return millis(this.#limits.renewInterval / 3)
  }

  /** Our version is old: a renewal that timed out was done after all, or somebody else holds it now. */
  async #recover(signal: AbortSignal): Promise<void> {
    const lease = await this.#get(signal).catch(() => 'unknown' as const)
    if (lease === 'unknown') return sleep(this.#options.clock, this.#retryPause, signal)
    if (lease !== undefined && lease.spec.holderIdentity !== this.#options.identity)
      throw new Fault('Conflict', `the lease is held by ${lease.spec.holderIdentity ?? 'nobody'}`)
    this.#held = lease
  }

  async #get(signal: AbortSignal): Promise<Lease | undefined> {
    try {
      return await orAbort(this.#options.client.get(Lease, this.#key, signal), signal)
    } catch (error) {
      if (isFault(error, 'NotFound')) return undefined
      throw error
    }
  }

  /** Writes the Lease with us as its holder. Good from before the request was sent. */
  async #take(lease: Lease | undefined, signal: AbortSignal): Promise<void> {
    const { client, clock, identity } = this.#options
    const now = clock.now()
    const old = lease?.spec
    const ours = old?.holderIdentity === identity
    const spec: Lease['spec'] = {
      holderIdentity: identity,
      leaseDurationSeconds: this.#limits.leaseDuration / 1000,
      acquireTime: ours ? old.acquireTime : microTimestamp(now),
      renewTime: microTimestamp(now),
      leaseTransitions: (old?.leaseTransitions ?? 0) + (ours || old === undefined ? 0 : 1),
    }
    const request =
      lease === undefined
        ? client.create(Lease, { metadata: this.#key, spec }, signal)
        : client.update(Lease, { ...lease, spec }, signal)
    this.#held = await orAbort(request, signal)
    this.#renewedAt = now
  }

  #isFree(lease: Lease, seen: { readonly lease: Lease; readonly since: Instant } | undefined, now: Instant): boolean {
    const holder = lease.spec.holderIdentity ?? ''
    if (holder === '' || holder === this.#options.identity) return true
    const unchanged = seen?.lease.metadata.resourceVersion === lease.metadata.resourceVersion
    return unchanged && between(seen.since, now) >= durationOf(lease, this.#limits)
  }

  #restOf(seen: Sighting): Millis {
    const age = between(seen.since, this.#options.clock.now())
    return millis(Math.max(0, durationOf(seen.lease, this.#limits) - age))
  }

  /** Waits, at most `wait`; a change of the Lease ends it early, so that a release is taken up at once. */
  async #untilChanged(lease: Lease | undefined, wait: Millis, signal: AbortSignal): Promise<void> {
    const { client, clock, namespace, name } = this.#options
    if (lease === undefined) return sleep(clock, wait, signal)
    const limit = deadline(clock, wait, signal, () => new Fault('Timeout', 'waited long enough'))
    try {
      const options = { namespace, fieldSelector: `metadata.name=${name}` }
      const version = lease.metadata.resourceVersion
      const events = client.watch(Lease, { ...options, resourceVersion: version }, limit.signal)[Symbol.asyncIterator]()
      for (;;) {
        const event = await orAbort(events.next(), limit.signal)
        if (event.done) throw new Fault('Unavailable', 'the watch ended')
        if (event.value.type !== 'BOOKMARK') break
      }
    } catch {
      // The watch is a hint only: without it, the time limit decides.
      await sleep(clock, wait, limit.signal).catch(() => undefined)
    } finally {
      limit.done()
    }
    signal.throwIfAborted()
  }

  /** Gives the Lease back, for a short time only: it would expire anyway. */
  async #release(): Promise<void> {
    const { client, clock, log } = this.#options
    if (this.#held === undefined) return
    const limit = deadline(
      clock,
      this.#limits.retryInterval,
      new AbortController().signal,
      () => new Fault('Timeout', ''),
    )
    try {
      const { holderIdentity: _, ...spec } = this.#held.spec ?? {}
      await orAbort(client.update(Lease, { ...this.#held, spec }, limit.signal), limit.signal)
    } catch (error) {
      log.debug({ err: error }, 'lease not released; it will expire')
    } finally {
      limit.done()
    }
  }
}

const durationOf = (lease: Lease, limits: ElectionLimits): Millis =>
  lease.spec.leaseDurationSeconds === undefined ? limits.leaseDuration : seconds(lease.spec.leaseDurationSeconds)
