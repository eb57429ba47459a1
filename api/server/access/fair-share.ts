/** No client starves the others: a rate for each user, and a bound on what one has in flight. */
import type { Clock } from '../../../lib/clock.ts'
import { Fault } from '../../../lib/errors.ts'
import type { Instant } from '../../../lib/time.ts'
import { anonymous, mastersGroup, type User } from '../../access/user.ts'
import { limits } from '../limits.ts'

interface Share {
  tokens: number
  at: Instant
  inFlight: number
}

const tooMany = (): Fault =>
  new Fault('TooManyRequests', 'too many requests, please try again later', { retryAfterSeconds: 1 })

export interface FairShare {
  /** Counts a request that came. Faults: TooManyRequests. */
  came(user: User, source: string | undefined): void
  /** A request begins that is no stream; call what is returned at its end. Faults: TooManyRequests. */
  begins(user: User): () => void
}

/**
 * A bucket of tokens a user; strangers have one for each address. Members of system:masters have no bound but the server's
 * own: they are who repairs things, and nobody becomes one by being loud. Each agent is a user of its own, so one that runs
 * wild does not keep the others from reporting.
 */
export function fairShare(clock: Clock): FairShare {
  const shares = new Map<string, Share>()
  let inFlight = 0

  const filled = (share: Share, now: Instant): number =>
    Math.min(limits.userBurst, share.tokens + ((now - share.at) / 1000) * limits.userRate)

  /** Who is full and has nothing in flight is as good as new; when all others are busy, the one known longest goes. */
  function forget(now: Instant): void {
    for (const [key, share] of shares) {
      if (share.inFlight === 0 && filled(share, now) >= limits.userBurst) shares.delete(key)
    }
    const [oldest] = shares.keys()
    if (shares.size >= limits.usersKnown && oldest !== undefined) shares.delete(oldest)
  }

  function shareOf(key: string): Share {
    const known = shares.get(key)
    if (known !== undefined) return known
    const now = clock.now()
    if (shares.size >= limits.usersKnown) forget(now)
    const share = { tokens: limits.userBurst, at: now, inFlight: 0 }
    shares.set(key, share)
    return share
  }

  const isMaster = (user: User): boolean => user.groups.includes(mastersGroup)

  return {
    came(user, source) {
      if (isMaster(user)) return
      const share = shareOf(user.name === anonymous.name ? `${user.name} ${source ?? ''}` : user.name)
      const now = clock.now()
      share.tokens = filled(share, now)
      share.at = now
      if (share.tokens < 1) throw tooMany()
      share.tokens--
    },
    begins(user) {
      const share = isMaster(user) ? undefined : shareOf(user.name)
      if (inFlight >= limits.inFlight || (share?.inFlight ?? 0) >= limits.userInFlight) throw tooMany()
      inFlight++
      if (share !== undefined) share.inFlight++
      return () => {
        inFlight--
        if (share !== undefined) share.inFlight--
      }
    },
  }
}
