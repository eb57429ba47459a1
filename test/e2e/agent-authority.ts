/** A certificate authority for tests, and client certificates that it signed. */
import { serverUser } from '../../api/v1/well-known.ts'
import { systemClock } from '../../lib/clock.ts'
import { issue, makeAuthority } from '../../lib/x509/issue.ts'

/** What a client shows. */
interface Shown {
  readonly cert: string
  readonly key: string
}

export interface Authority {
  /** PEM of the authority. */
  readonly ca: string
  /** An API server's. */
  readonly client: Shown
  /** For somebody else. */
  issue(commonName: string): Promise<Shown>
}

export async function anAuthority(): Promise<Authority> {
  const now = systemClock.now()
  const authority = await makeAuthority('test authority', now)
  const shown = async (commonName: string): Promise<Shown> => {
    const { certificate: cert, key } = await issue(authority, { role: 'client', commonName }, now)
    return { cert, key }
  }
  return { ca: authority.certificate, client: await shown(serverUser), issue: shown }
}
