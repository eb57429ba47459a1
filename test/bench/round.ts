/** One round of a benchmark: every job of a contender, timed. */
import { type Contender, fleet, type Job, jobs } from './contender.ts'

/** What each job is called in reports. */
export const titles: Record<Job, string> = {
  start: `start ${fleet} one-container tasks`,
  replaceKilled: 'a killed container replaced',
  roll: `roll ${fleet} tasks to a new revision, start first`,
  remove: `remove ${fleet} tasks`,
}

/** Milliseconds of each round. */
export type Times = Record<Job, number[]>

/** One round of all jobs; `after` is told of each that ended, before the next begins. */
export async function round(
  contender: Contender,
  times: Times,
  after: (job: Job) => Promise<void> = async () => undefined,
): Promise<void> {
  await contender.open()
  try {
    for (const job of jobs) {
      const work = contender[job]?.bind(contender)
      if (work === undefined) continue
      const began = performance.now()
      await work()
      const took = performance.now() - began
      times[job].push(took)
      await after(job)
      console.error(`${contender.name}: ${titles[job]}: ${(took / 1000).toFixed(2)} s`)
    }
  } finally {
    await contender.close()
  }
}

/** Nothing measured yet. */
export const noTimes = (): Times => ({ start: [], replaceKilled: [], roll: [], remove: [] })
