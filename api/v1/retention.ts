/**
 * How long what is over of a service is kept. Gantry's own: ECS keeps stopped tasks an hour and deployments 90 days; the words
 * are near Kubernetes' ttlSecondsAfterFinished and revisionHistoryLimit.
 */
import { z } from 'zod'
import { hours, type Millis, seconds } from '../../lib/time.ts'

/** For a year at most, and no more than a hundredfold of what is usual: what is kept is in everybody's memory. */
const most = { seconds: 31_536_000, tasks: 5000, deployments: 1000 } as const

const kept = (what: string, limit: number) =>
  z
    .strictObject({
      ttlSeconds: z.int().min(0).max(most.seconds).optional().describe(`For so long ${what} kept.`),
      limit: z.int().min(0).max(limit).optional().describe('No more than so many, the newest.'),
    })
    .optional()

export const Retention = z.strictObject({
  stoppedTasks: kept('a stopped task is', most.tasks).describe(
    'Stopped tasks. Always kept: the newest of a slot in use, which says when the next may start.',
  ),
  deployments: kept('a finished deployment is', most.deployments).describe(
    'Finished deployments, and the service revisions of theirs. Always kept: the newest, and the last completed ones, to roll back to.',
  ),
})
type Retention = z.output<typeof Retention>

/** For how long, and how many of the newest. */
export interface Kept {
  readonly ttl: Millis
  readonly limit: number
}
/** What is kept of a service. */
export interface Keeping {
  readonly stoppedTasks: Kept
  readonly deployments: Kept
}

/** Of a service that does not say, when nobody else does. */
export const usualKeeping: Keeping = {
  // Looking for what happened last week; a crash loop makes a task every minute, and all readers hold them in memory.
  stoppedTasks: { ttl: hours(7 * 24), limit: 50 },
  // Kubernetes' revisionHistoryLimit.
  deployments: { ttl: hours(7 * 24), limit: 10 },
}

/** What is kept of a service that says `retention`; of what it does not say, `usual`. */
export function keepingOf(retention: Retention | undefined, usual: Keeping): Keeping {
  const merged = (said: Retention['stoppedTasks'], { ttl, limit }: Kept): Kept => ({
    ttl: said?.ttlSeconds === undefined ? ttl : seconds(said.ttlSeconds),
    limit: said?.limit ?? limit,
  })
  return {
    stoppedTasks: merged(retention?.stoppedTasks, usual.stoppedTasks),
    deployments: merged(retention?.deployments, usual.deployments),
  }
}
