/** Everything by which a cluster knows its users. */
import type { Clock } from '../../lib/clock.ts'
import type { Registry } from '../registry/registry.ts'
import { type Authenticator, firstOf } from './authenticator.ts'
import { bootstrapTokens } from './bootstrap-token.ts'
import { clientCertificates } from './client-certificate.ts'
import { staticTokens } from './static-token.ts'
import { administrator } from './user.ts'

export interface ClusterAuthenticatorParts {
  readonly registry: Pick<Registry, 'get'>
  readonly credentials: {
    /** PEM. */
    readonly authority: string
    readonly adminToken: string
  }
  readonly clock: Clock
}

export const clusterAuthenticator = ({ registry, credentials, clock }: ClusterAuthenticatorParts): Authenticator =>
  firstOf([
    clientCertificates(credentials.authority, clock),
    staticTokens(new Map([[credentials.adminToken, administrator]])),
    bootstrapTokens(registry, clock),
  ])
