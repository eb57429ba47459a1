/** Every number of the cluster controller, with its reason. */
import { type Millis, seconds } from '../../lib/time.ts'

export interface ClusterLimits {
  /** Counting walks over all tasks of the cluster, so it happens at most so often. */
  readonly countEvery: Millis
}

export const clusterLimits: ClusterLimits = { countEvery: seconds(1) }
