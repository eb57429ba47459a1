/** Every number of the instance controller, with its reason. */
import { type Millis, seconds } from '../../lib/time.ts'

export interface InstanceLimits {
  /** Without a renewal for so long an agent counts as disconnected, when its Lease does not say: three beats of 5 s. */
  readonly connectedFor: Millis
  /** Without a renewal for so long an instance counts as lost and its tasks as stopped: its agent restarts in less. */
  readonly lostAfter: Millis
  /** Counts and remaining resources of an instance are written at most so often; connectivity at once. */
  readonly reportEvery: Millis
  /** Tasks of a lost instance that are written at once. */
  readonly writesInFlight: number
  /** Instances and tasks that are looked after at once. */
  readonly keysAtOnce: number
}

export const instanceLimits: InstanceLimits = {
  connectedFor: seconds(15),
  lostAfter: seconds(30),
  reportEvery: seconds(1),
  writesInFlight: 16,
  keysAtOnce: 8,
}
