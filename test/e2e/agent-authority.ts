/** A certificate authority for tests, and a client certificate that it signed. */
import { systemClock } from '../../lib/clock.ts'
import { issue, makeAuthority } from '../../lib/x509/issue.ts'

export interface Authority {
  /** PEM of the authority. */
  readonly ca: string
  /** What a client shows. */
  readonly client: { readonly cert: string; readonly key: string }
}

export async function anAuthority(commonName = 'gantry-server'): Promise<Authority> {
  const now = systemClock.now()
  const authority = await makeAuthority('test authority', now)
  const { certificate: cert, key } = await issue(authority, { role: 'client', commonName }, now)
  return { ca: authority.certificate, client: { cert, key } }
}
