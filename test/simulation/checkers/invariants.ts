/** What holds after every committed change. */
import { capacity } from './capacity.ts'
import type { Checker, Staleness } from './checker.ts'
import { completedIsWell } from './completed.ts'
import { oneDaemonEach } from './daemons.ts'
import { daemonsLeaveLast } from './daemons-last.ts'
import { backToWhatWorked, deploymentsEndOnce, failedStartsNothing, oneInProgress } from './deployments.ts'
import { oldOnesGo } from './history-limit.ts'
import { hooksRunOnce } from './hooks.ts'
import { imagesSettledOnce, newTasksAreTold } from './images.ts'
import { oneLeader } from './leadership.ts'
import { leastHealthy } from './least-healthy.ts'
import { mostTasks } from './most-tasks.ts'
import { neededStays } from './past.ts'
import { prefetched } from './prefetched.ts'
import { protectedStay } from './protection.ts'
import { requestsAreHeeded } from './requests.ts'
import { restartsInPlace, restartsWhereTold } from './restarts.ts'
import { numbersGivenOnce, usedStays } from './revision-life.ts'
import { scheduledClaims } from './scheduled-claims.ts'
import { scheduledRuns } from './scheduled-runs.ts'
import { stepsAreKept } from './steps.ts'
import { boundOnce, forwardOnly, oneTaskPerSlot } from './task-life.ts'
import { marksInOrder, timelinesAreTrue } from './timeline.ts'
import { movesAreNeeded } from './zone-balance.ts'

export interface Insight {
  readonly staleness: Staleness
  readonly hasImage: (instance: string, image: string) => boolean
  /** `namespace/name` of the Lease of the controllers. */
  readonly election: string
}

export const invariants = ({ staleness, hasImage, election }: Insight): readonly Checker[] => [
  mostTasks(staleness),
  leastHealthy(staleness),
  capacity(staleness),
  oneDaemonEach,
  daemonsLeaveLast,
  prefetched(staleness, hasImage),
  protectedStay,
  neededStays(staleness),
  forwardOnly,
  boundOnce,
  oneTaskPerSlot,
  restartsInPlace,
  restartsWhereTold,
  imagesSettledOnce,
  newTasksAreTold(staleness),
  deploymentsEndOnce,
  oneInProgress,
  backToWhatWorked(),
  failedStartsNothing(staleness),
  numbersGivenOnce(),
  usedStays(staleness),
  oldOnesGo(staleness),
  marksInOrder,
  timelinesAreTrue(staleness),
  completedIsWell(staleness),
  scheduledRuns(),
  scheduledClaims(),
  requestsAreHeeded(staleness),
  stepsAreKept(staleness),
  movesAreNeeded(staleness),
  hooksRunOnce(),
  oneLeader(election),
]
