/** Leases and the keys that hang on them; expiry on the injected clock. */
import type { Cancel, Clock } from '../../lib/clock.ts'
import { between, type Instant, type Millis, plus } from '../../lib/time.ts'
import { limits } from '../limits.ts'
import type { LeaseId } from '../store.ts'

interface Lease {
  readonly ttl: Millis
  readonly keys: Set<string>
  /** Its end is being written: too late to renew. */
  ending: boolean
  expiresAt: Instant
  cancel: Cancel
}

export class Leases {
  readonly #clock: Clock
  readonly #expire: (id: LeaseId) => Promise<void>
  readonly #leases = new Map<LeaseId, Lease>()

  /** `expire` writes the end of a lease; when it fails it is called again a little later. */
  constructor(clock: Clock, expire: (id: LeaseId) => Promise<void>) {
    this.#clock = clock
    this.#expire = expire
  }

  has(id: LeaseId): boolean {
    return this.#leases.has(id)
  }

  keys(id: LeaseId): Iterable<string> {
    return this.#leases.get(id)?.keys ?? []
  }

  /** Starts a lease at its full length: also after a restart, as etcd does, since nobody could renew meanwhile. */
  grant(id: LeaseId, ttl: Millis): void {
    const expiresAt = plus(this.#clock.now(), ttl)
    this.#leases.set(id, { ttl, keys: new Set(), ending: false, expiresAt, cancel: this.#watch(id, ttl) })
  }

  /** False when there is no such lease. Moves the deadline only: the timer looks again when it fires. */
  renew(id: LeaseId): boolean {
    const lease = this.#leases.get(id)
    if (lease === undefined || lease.ending) return false
    lease.expiresAt = plus(this.#clock.now(), lease.ttl)
    return true
  }

  end(id: LeaseId): void {
    this.#leases.get(id)?.cancel()
    this.#leases.delete(id)
  }

  attach(id: LeaseId, key: string): void {
    this.#leases.get(id)?.keys.add(key)
  }

  detach(id: LeaseId, key: string): void {
    this.#leases.get(id)?.keys.delete(key)
  }

  /** Stops all timers. */
  close(): void {
    for (const { cancel } of this.#leases.values()) cancel()
    this.#leases.clear()
  }

  #watch(id: LeaseId, delay: Millis): Cancel {
    return this.#clock.after(delay, () => {
      const lease = this.#leases.get(id)
      if (lease === undefined) return
      const left = between(this.#clock.now(), lease.expiresAt)
      if (left > 0 && !lease.ending) lease.cancel = this.#watch(id, left)
      else this.#end(id, lease)
    })
  }

  #end(id: LeaseId, lease: Lease): void {
    lease.ending = true
    this.#expire(id).catch(() => {
      if (this.#leases.has(id)) lease.cancel = this.#watch(id, limits.leaseRetry)
    })
  }
}
