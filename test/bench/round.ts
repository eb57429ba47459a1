/** One round of a benchmark: every job of a contender, timed. */
import type { Contender } from './contender.ts'
import type { Job } from './course.ts'

/** Milliseconds of each round, by the job's title. */
export type Times = Map<string, number[]>

/** One round of all jobs; `after` is told of each that ended, before the next begins. */
export async function round(
  contender: Contender,
  course: readonly Job[],
  times: Times,
  after: (job: Job) => Promise<void> = async () => undefined,
): Promise<void> {
  await contender.open()
  try {
    for (const job of course) {
      const began = performance.now()
      const work = job.run(contender)
      if (work === undefined) continue
      await work
      const took = performance.now() - began
      await after(job)
      if (job.title === undefined) continue
      times.set(job.title, [...(times.get(job.title) ?? []), took])
      console.error(`${contender.name}: ${job.title}: ${(took / 1000).toFixed(2)} s`)
    }
  } catch (error) {
    console.error(`${contender.name} gave up; what is there of it:`)
    for (const line of await contender.left().catch((failure: unknown) => [String(failure)])) console.error(`  ${line}`)
    throw error
  } finally {
    await contender.close()
  }
}
