/** Bootstrap tokens as Secrets, with the members that Kubernetes gives them. */
import { type Instant, parseTimestamp, timestamp } from '../../lib/time.ts'
import type { Draft } from '../meta/object.ts'
import type { Secret } from './core.ts'
import { systemNamespace } from './well-known.ts'

export const bootstrapSecretType = 'bootstrap.kubernetes.io/token'

/**
 * A bearer token: Kubernetes' `<id>.<secret>`, or as printed for agents `gantry.<CA fingerprint>.<id>.<secret>`. Groups: id,
 * secret.
 */
export const bootstrapTokenForm = /^(?:gantry\.[0-9a-f]{64}\.)?([a-z0-9]{6})\.([a-z0-9]{16})$/

export interface BootstrapToken {
  /** Six characters that are no secret. */
  readonly id: string
  readonly secret: string
  readonly description?: string
  /** Absent: it never expires. */
  readonly expiration?: Instant
  /** Whether it may be used to authenticate at all. */
  readonly authenticates: boolean
  readonly extraGroups: readonly string[]
}

/** Undefined when the Secret is not whole, or its expiration cannot be read: such a token is good for nothing. */
export function readBootstrapToken({ data = {} }: Pick<Secret, 'data'>): BootstrapToken | undefined {
  const text = (member: string): string | undefined =>
    data[member] === undefined ? undefined : Buffer.from(data[member], 'base64').toString('utf8')
  const [id, secret, expiration, description] = [
    text('token-id'),
    text('token-secret'),
    text('expiration'),
    text('description'),
  ]
  const until = parseTimestamp(expiration)
  if (id === undefined || secret === undefined || Number.isNaN(until)) return undefined
  return {
    id,
    secret,
    authenticates: text('usage-bootstrap-authentication') === 'true',
    extraGroups: (text('auth-extra-groups') ?? '').split(',').filter((group) => group !== ''),
    ...(until === undefined ? {} : { expiration: until }),
    ...(description === undefined ? {} : { description }),
  }
}

/** The Secret that makes such a token known. */
export function bootstrapSecret(
  token: Pick<BootstrapToken, 'id' | 'secret' | 'description' | 'expiration'>,
): Draft<Secret> {
  const members = {
    'token-id': token.id,
    'token-secret': token.secret,
    'usage-bootstrap-authentication': 'true',
    ...(token.expiration === undefined ? {} : { expiration: timestamp(token.expiration) }),
    ...(token.description === undefined ? {} : { description: token.description }),
  }
  const data = Object.entries(members).map(([name, text]) => [name, Buffer.from(text).toString('base64')])
  return {
    metadata: { namespace: systemNamespace, name: `bootstrap-token-${token.id}` },
    type: bootstrapSecretType,
    data: Object.fromEntries(data),
  }
}
