/**
 * Users known by a bootstrap token: what a machine that wants to join shows, and no more than that. The tokens are Secrets
 * with Kubernetes' members, in Gantry's own namespace.
 */
import type { Clock } from '../../lib/clock.ts'
import { unlessGone } from '../../lib/errors.ts'
import type { Registry } from '../registry/registry.ts'
import { bootstrapSecretType, bootstrapTokenForm, readBootstrapToken } from '../v1/bootstrap-token.ts'
import { Secret } from '../v1/core.ts'
import { bootstrappersGroup } from '../v1/user-names.ts'
import { systemNamespace } from '../v1/well-known.ts'
import { bearerToken, type Method, unauthorized } from './authenticator.ts'
import { isSameSecret } from './static-token.ts'
import { authenticated } from './user.ts'

/** Reads the Secret with each request: such tokens are rarely used, and one that was deleted ends at once. */
export function bootstrapTokens(client: Pick<Registry, 'get'>, clock: Clock): Method {
  return async ({ authorization }, signal) => {
    const [, id, given] = bootstrapTokenForm.exec(bearerToken(authorization) ?? '') ?? []
    if (id === undefined || given === undefined) return undefined
    const key = { namespace: systemNamespace, name: `bootstrap-token-${id}` }
    const secret = await unlessGone(client.get(Secret, key, signal))
    const token = secret?.type === bootstrapSecretType ? readBootstrapToken(secret) : undefined
    const expired = token?.expiration !== undefined && clock.now() >= token.expiration
    if (token === undefined || !isSameSecret(token.secret, given) || !token.authenticates || expired)
      throw unauthorized()
    // Nobody joins as something else.
    const groups = token.extraGroups.filter((group) => group.startsWith(`${bootstrappersGroup}:`))
    return authenticated({ name: `system:bootstrap:${id}`, groups: [bootstrappersGroup, ...groups] })
  }
}
