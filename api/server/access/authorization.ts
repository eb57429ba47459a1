/** Before anything is answered: who asks, as whom, and whether they may. */
import type { Access } from '../../access/access.ts'
import type { Attributes } from '../../access/attributes.ts'
import type { Authenticator, Shown } from '../../access/authenticator.ts'
import { forbidden } from '../../access/forbidden.ts'
import { anonymous, type User } from '../../access/user.ts'
import { requestInfo } from '../resources/request-info.ts'
import { actingUser } from './impersonation.ts'

export interface Arriving {
  readonly request: Request
  /** As it is routed. */
  readonly path: string
  readonly query: URLSearchParams
  readonly shown: Shown
  /** As they were sent, repeated ones apart. */
  readonly headers: readonly (readonly [string, string])[]
  /** Told who it is as soon as that is known; may refuse by throwing. */
  readonly isFrom?: (user: User) => void
  /** Told what is wanted, before it is known whether it is allowed. */
  readonly wants?: (wanted: Attributes) => void
}

/** What the request wants, which is allowed. Faults: Unauthorized, Forbidden; throws NobodyToImpersonate. */
export async function admitRequest(
  { authenticate, access }: { readonly authenticate: Authenticator; readonly access: Pick<Access, 'authorize'> },
  { request, path, query, shown, headers, isFrom, wants }: Arriving,
  signal: AbortSignal,
): Promise<Attributes> {
  const user = (await authenticate(shown, signal)) ?? anonymous
  isFrom?.(user)
  const acting = await actingUser(user, request.headers, headers, access.authorize, signal)
  const wanted = requestInfo(acting, request.method, path, query)
  wants?.(wanted)
  const { allowed, reason } = await access.authorize(wanted, signal)
  if (!allowed) throw forbidden(wanted, reason)
  return wanted
}

/** Names and values in pairs, as Node has them in a flat list. */
export function headerPairs(raw: readonly string[]): readonly (readonly [string, string])[] {
  const pairs: (readonly [string, string])[] = []
  for (let i = 0; i + 1 < raw.length; i += 2) pairs.push([raw[i] ?? '', raw[i + 1] ?? ''])
  return pairs
}
