/** What a request about resources is answered with and from. */
import type { Clock } from '../../../lib/clock.ts'
import type { Random } from '../../../lib/random.ts'
import type { User } from '../../access/user.ts'
import type { ObjectKey } from '../../meta/object.ts'
import type { Registry } from '../../registry/registry.ts'
import type { WriteOptions } from '../../registry/writes.ts'
import type { ExtraSubresource } from '../discovery/served.ts'
import type { Target } from './target.ts'

/** A part of objects that this server answers itself, as `tasks/NAME/log`. */
export interface Subresource extends ExtraSubresource {
  handle(object: ObjectKey, request: Request, signal: AbortSignal): Promise<Response>
}

export interface ResourceParts {
  readonly registry: Registry
  readonly clock: Clock
  readonly random: Random
  readonly subresources: readonly Subresource[]
}

export interface Asked {
  readonly request: Request
  readonly query: URLSearchParams
  readonly target: Target
  /** Ends with the client's connection, and with the server. */
  readonly signal: AbortSignal
  /** A stream was begun; call when it ended. */
  readonly holdStream: () => () => void
  /** Breaks the connection. */
  readonly cut: () => void
  readonly user: User
  /** Of what a write is about to store. */
  readonly review?: WriteOptions['review']
}
