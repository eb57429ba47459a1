/** How long a contender may take. */
import { until as untilSeconds } from '../until.ts'

/** Resolves when `holds` does; asks every 20 ms, for at most `seconds`. */
export const until = (what: string, holds: () => Promise<boolean>, seconds = 180): Promise<true> =>
  untilSeconds(what, holds, seconds)
