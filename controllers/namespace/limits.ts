/** Every number of the namespace controller, with its reason. */
import { type Millis, seconds } from '../../lib/time.ts'

interface NamespaceLimits {
  /** A namespace that is deleted is left alone so long: whoever creates in it meanwhile hears so first. Kubernetes' own. */
  readonly grace: Millis
  /** How often its content is looked at while it goes. */
  readonly lookEvery: Millis
  /** Deletions on their way at once. */
  readonly deletesInFlight: number
}

export const namespaceLimits: NamespaceLimits = { grace: seconds(5), lookEvery: seconds(1), deletesInFlight: 16 }
