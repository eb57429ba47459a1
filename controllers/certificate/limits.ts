/** Every number of the certificate controller, with its reason. */
import { hours, type Millis, minutes, seconds } from '../../lib/time.ts'

export interface CertificateLimits {
  /** Of an instance's certificate, at most: an agent that was away for longer needs a new token. */
  readonly instanceLife: Millis
  /** Of a person's or a program's: nobody can take it back before. */
  readonly clientLife: Millis
  /** A bootstrapper waits for the name of an instance that is still connected; looked at again this often. */
  readonly nameRetry: Millis
  /** Requests are forgotten after this, when something was decided... Kubernetes' own. */
  readonly decided: Millis
  /** ...and when nothing was. */
  readonly pending: Millis
}

export const certificateLimits: CertificateLimits = {
  instanceLife: hours(24 * 30),
  clientLife: hours(24 * 365),
  nameRetry: seconds(2),
  decided: minutes(60),
  pending: hours(24),
}
