/** Service accounts as users: tokens that the cluster signs, with the claims that Kubernetes gives them. */
import { createPublicKey, type KeyObject } from 'node:crypto'
import { calculateJwkThumbprint, decodeProtectedHeader, exportJWK, importPKCS8, jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import type { Clock } from '../../lib/clock.ts'
import { unlessGone } from '../../lib/errors.ts'
import { type Random, randomUuid } from '../../lib/random.ts'
import { asDate, type Instant, instant, millis, plus, seconds } from '../../lib/time.ts'
import type { Registry } from '../registry/registry.ts'
import { ServiceAccount } from '../v1/service-account.ts'
import { bearerToken, type Method, unauthorized } from './authenticator.ts'
import { limits } from './limits.ts'
import { authenticated, credentialId, serviceAccountUser, type User } from './user.ts'

/** Who signs, and for whom unless the request says otherwise. */
export const tokenIssuer = 'https://gantry.gantry-system.svc'

const algorithm = 'ES256'

const Claims = z.object({
  iss: z.literal(tokenIssuer),
  aud: z.array(z.string()),
  exp: z.number(),
  jti: z.string(),
  'kubernetes.io': z.object({
    namespace: z.string(),
    serviceaccount: z.object({ name: z.string(), uid: z.string() }),
  }),
})
type Claims = z.output<typeof Claims>

export interface TokenOptions {
  readonly audiences: readonly string[]
  readonly expires: Instant
}

/** A token for `account` alone: it ends with the account. `key` is PEM (PKCS#8), ECDSA on P-256. */
export async function issueAccountToken(
  account: ServiceAccount,
  { audiences, expires }: TokenOptions,
  { key, random, now }: { readonly key: string; readonly random: Random; readonly now: Instant },
): Promise<string> {
  const { name, namespace = '', uid } = account.metadata
  const claims = { 'kubernetes.io': { namespace, serviceaccount: { name, uid } } }
  return new SignJWT(claims)
    .setProtectedHeader({ alg: algorithm, kid: await keyId(createPublicKey(key)) })
    .setIssuer(tokenIssuer)
    .setSubject(serviceAccountUser(namespace, name).name)
    .setAudience([...audiences])
    .setJti(randomUuid(random))
    .setIssuedAt(asDate(now))
    .setNotBefore(asDate(now))
    .setExpirationTime(asDate(expires))
    .sign(await importPKCS8(key, algorithm))
}

const keyId = async (key: KeyObject): Promise<string> => calculateJwkThumbprint(await exportJWK(key))

interface Verified {
  readonly claims: Claims
  readonly user: User
  /** When to look again whether the account is still there. */
  lookAt: Instant
}

/**
 * Knows the accounts of tokens signed by `key` (PEM). A signature is verified once; that the account exists, and is the same
 * one, is looked up again from time to time.
 */
export function serviceAccountTokens(registry: Pick<Registry, 'get'>, key: string, clock: Clock): Method {
  const verified = new Map<string, Verified>()
  const publicKey = createPublicKey(key)
  const ownId = keyId(publicKey)

  async function verify(token: string): Promise<Verified> {
    const options = { issuer: tokenIssuer, audience: tokenIssuer, algorithms: [algorithm] }
    const { payload } = await jwtVerify(token, publicKey, { ...options, currentDate: asDate(clock.now()) })
    const claims = Claims.parse({ ...payload, aud: [payload.aud].flat() })
    const { namespace, serviceaccount } = claims['kubernetes.io']
    const extra = { [credentialId]: [`JTI=${claims.jti}`] }
    const user = authenticated({
      ...serviceAccountUser(namespace, serviceaccount.name),
      uid: serviceaccount.uid,
      extra,
    })
    return { claims, user, lookAt: instant(0) }
  }

  function remember(token: string, known: Verified): void {
    verified.set(token, known)
    if (verified.size <= limits.verifiedTokens) return
    const [oldest] = verified.keys()
    if (oldest !== undefined) verified.delete(oldest)
  }

  async function accountOf(known: Verified, signal: AbortSignal): Promise<User> {
    const now = clock.now()
    const { exp, 'kubernetes.io': bound } = known.claims
    if (now >= plus(instant(0), seconds(exp))) throw unauthorized()
    if (now < known.lookAt) return known.user
    const { name, uid } = bound.serviceaccount
    const account = await unlessGone(registry.get(ServiceAccount, { namespace: bound.namespace, name }, signal))
    if (account?.metadata.uid !== uid) throw unauthorized()
    known.lookAt = plus(now, millis(limits.accountSeen))
    return known.user
  }

  return async ({ authorization }, signal) => {
    const token = bearerToken(authorization)
    if (token === undefined) return undefined
    let known = verified.get(token)
    if (known === undefined) {
      if (signedBy(token) !== (await ownId)) return undefined
      known = await verify(token).catch((cause: unknown) => {
        throw unauthorized(cause)
      })
      remember(token, known)
    }
    return accountOf(known, signal)
  }
}

/** The id of the key that a token names; undefined when it is no such token. */
function signedBy(token: string): string | undefined {
  try {
    return decodeProtectedHeader(token).kid
  } catch {
    return undefined
  }
}
