/** Everything by which a cluster knows its users. */
import type { Clock } from '../../lib/clock.ts'
import type { Registry } from '../registry/registry.ts'
import { type Authenticator, firstOf } from './authenticator.ts'
import { bootstrapTokens } from './bootstrap-token.ts'
import { clientCertificates } from './client-certificate.ts'
import { serviceAccountTokens } from './service-account-token.ts'
import { staticTokens } from './static-token.ts'
import { administrator } from './user.ts'

export interface ClusterAuthenticatorParts {
  readonly registry: Pick<Registry, 'get'>
  readonly credentials: {
    /** PEM. */
    readonly authority: string
    readonly adminToken: string
    /** PEM (PKCS#8): signs the tokens of service accounts. */
    readonly tokenKey: string
  }
  readonly clock: Clock
}

export const clusterAuthenticator = ({ registry, credentials, clock }: ClusterAuthenticatorParts): Authenticator =>
  firstOf([
    clientCertificates(credentials.authority, clock),
    staticTokens(new Map([[credentials.adminToken, administrator]])),
    serviceAccountTokens(registry, credentials.tokenKey, clock),
    bootstrapTokens(registry, clock),
  ])
