/** The numbers of this room. */
import { seconds } from '../../lib/time.ts'

export const limits = {
  /** Services whose rollout is reconciled at once. */
  concurrency: 8,
  /** A creation whose sender died reaches the API by then: a kube-apiserver gives requests up after 60 s. */
  lateCreation: seconds(90),
} as const
