/** Who sent a request, by the credentials that it shows: methods that each know one kind, tried in turn. */
import type { X509Certificate } from 'node:crypto'
import { Fault, isFault } from '../../lib/errors.ts'
import type { User } from './user.ts'

/** What a request shows. */
export interface Shown {
  /** The Authorization header. */
  readonly authorization?: string | undefined
  /** Of the connection; not verified yet. */
  readonly clientCertificate?: X509Certificate | undefined
}

/** The user of a request; undefined when it shows nothing. Faults: Unauthorized for credentials that are wrong. */
export type Authenticator = (shown: Shown, signal: AbortSignal) => Promise<User | undefined>

/** Knows the users of one kind of credentials: undefined for all other kinds. Faults: Unauthorized, for its own. */
export type Method = Authenticator

export const unauthorized = (cause?: unknown): Fault => new Fault('Unauthorized', 'Unauthorized', { cause })

/** The token of `Bearer TOKEN`; undefined for other schemes. */
export const bearerToken = (authorization: string | undefined): string | undefined =>
  /^ *Bearer +(\S+)/i.exec(authorization ?? '')?.[1]

/**
 * The first user that a method knows. As in Kubernetes, one right credential is enough, whatever else is shown; wrong ones
 * alone are refused and never taken for none.
 */
export const firstOf =
  (methods: readonly Method[]): Authenticator =>
  async (shown, signal) => {
    let refusal: Fault | undefined
    for (const method of methods) {
      try {
        const user = await method(shown, signal)
        if (user !== undefined) return user
      } catch (error) {
        if (!isFault(error, 'Unauthorized')) throw error
        refusal = error
      }
    }
    if (refusal !== undefined) throw refusal
    if (bearerToken(shown.authorization) === undefined) return undefined // Kubernetes: other schemes say nothing
    throw unauthorized()
  }
