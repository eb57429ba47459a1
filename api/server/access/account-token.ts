/** `serviceaccounts/NAME/token`: a new token for an account, as `kubectl create token` asks for it. */
import type { Clock } from '../../../lib/clock.ts'
import { Fault } from '../../../lib/errors.ts'
import type { Random } from '../../../lib/random.ts'
import { plus, seconds, timestamp } from '../../../lib/time.ts'
import { issueAccountToken, tokenIssuer } from '../../access/service-account-token.ts'
import type { Kind } from '../../meta/kind.ts'
import { invalidObject, parseObject } from '../../meta/parse.ts'
import type { Registry } from '../../registry/registry.ts'
import { ServiceAccount } from '../../v1/service-account.ts'
import { TokenRequest } from '../../v1/token-request.ts'
import { json } from '../answer/answer.ts'
import { readObject } from '../body/body.ts'
import type { Subresource } from '../resources/asked.ts'

export interface AccountTokenParts {
  readonly registry: Pick<Registry, 'get'>
  /** PEM (PKCS#8) of the key that signs. */
  readonly key: string
  readonly clock: Clock
  readonly random: Random
}

export const accountToken = ({ registry, key, clock, random }: AccountTokenParts): Subresource => ({
  kind: ServiceAccount as unknown as Kind,
  name: 'token',
  verbs: ['create'],
  responseKind: TokenRequest as unknown as Kind,
  async handle(at, request, signal) {
    const kind = TokenRequest as unknown as Kind
    const { value } = await readObject(request, kind)
    const asked = parseObject(TokenRequest, value, { unknown: 'ignore' }).object
    const account = await registry.get(ServiceAccount, at, signal)
    const given = asked.metadata.name
    if (given !== '' && given !== at.name)
      throw new Fault('BadRequest', 'name in URL does not match name in token request')
    const problems = TokenRequest.validate(asked, undefined)
    if (problems.length > 0) throw invalidObject(kind, given, problems)
    const now = clock.now()
    const expires = plus(now, seconds(asked.spec.expirationSeconds))
    const audiences = asked.spec.audiences ?? [tokenIssuer]
    const token = await issueAccountToken(account, { audiences, expires }, { key, random, now })
    return json(
      {
        kind: TokenRequest.kind,
        apiVersion: asked.apiVersion,
        metadata: { ...at, creationTimestamp: timestamp(now) },
        spec: { audiences, expirationSeconds: asked.spec.expirationSeconds, boundObjectRef: null },
        status: { token, expirationTimestamp: timestamp(expires) },
      },
      201,
    )
  },
})
