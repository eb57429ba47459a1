/** Who sent a request: bearer tokens to users. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { Fault } from '../../lib/errors.ts'
import { authenticatedGroup, mastersGroup, type User } from '../access/user.ts'

/** The user of an Authorization header; none without one. Faults: Unauthorized for a header that is not right. */
export type Authenticator = (authorization: string | undefined) => User | undefined

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Knows users by their tokens. Comparison takes the same time for any wrong token. */
export function tokenAuthenticator(tokens: ReadonlyMap<string, User>): Authenticator {
  const known = [...tokens].map(([token, user]) => ({ digest: digest(token), user }))
  return (authorization) => {
    if (authorization === undefined || authorization === '') return undefined
    const token = /^Bearer +(\S+) *$/i.exec(authorization)?.[1]
    const given = digest(token ?? '')
    let found: User | undefined
    for (const one of known) if (timingSafeEqual(one.digest, given)) found = one.user
    if (token === undefined || found === undefined) throw new Fault('Unauthorized', 'Unauthorized')
    return found
  }
}

/** The administrator, whose token a server makes at its first start. */
export const administrator: User = { name: 'gantry:admin', groups: [mastersGroup, authenticatedGroup] }
