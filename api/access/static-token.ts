/** Users known by a token that never changes: the administrator. */
import { hash, timingSafeEqual } from 'node:crypto'
import { bearerToken, type Method } from './authenticator.ts'
import type { User } from './user.ts'

const digest = (text: string): Buffer => hash('sha256', text, 'buffer')

/** Whether two texts are the same; takes the same time for any wrong one. */
export const isSameSecret = (one: string, other: string): boolean => timingSafeEqual(digest(one), digest(other))

/** Knows users by their tokens, and says nothing about others. */
export function staticTokens(tokens: ReadonlyMap<string, User>): Method {
  const known = [...tokens].map(([token, user]) => ({ digest: digest(token), user }))
  return async ({ authorization }) => {
    const token = bearerToken(authorization)
    if (token === undefined) return undefined
    const given = digest(token)
    let found: User | undefined
    for (const one of known) if (timingSafeEqual(one.digest, given)) found = one.user
    return found
  }
}
