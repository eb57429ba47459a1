/** Leases for objects that are forgotten after a while, shared by those written close together. */
import type { Clock } from '../../lib/clock.ts'
import { type Instant, millis, plus, seconds } from '../../lib/time.ts'
import type { LeaseId, Store } from '../../store/store.ts'
import { limits } from './limits.ts'

/** Gives the lease under which an object that lives `timeToLiveSeconds` is written now; it lives at most a share longer. */
export function leaseSharer(store: Store, clock: Clock) {
  const shared = new Map<number, { readonly until: Instant; readonly lease: Promise<LeaseId> }>()
  return (timeToLiveSeconds: number, signal: AbortSignal): Promise<LeaseId> => {
    const known = shared.get(timeToLiveSeconds)
    if (known !== undefined && clock.now() < known.until) return known.lease
    const lease = store.grantLease(millis(seconds(timeToLiveSeconds) + limits.leaseShare), signal)
    const entry = { until: plus(clock.now(), limits.leaseShare), lease }
    shared.set(timeToLiveSeconds, entry)
    lease.catch(() => {
      if (shared.get(timeToLiveSeconds) === entry) shared.delete(timeToLiveSeconds)
    })
    return lease
  }
}
