/** `npm run bench -- requests`: how long ten tasks take to be rolled to a new revision while requests come, and how many fail. */
import { ensureBookstoreImage } from '../../hack/image.ts'
import { Gantry } from '../e2e/cli-gantry.ts'
import { type Percents, rolloutUnderRequests } from '../rollout-under-requests.ts'
import { median } from './stats.ts'

const orders: readonly (Percents & { readonly title: string })[] = [
  { title: 'start first (100 %, 200 %)', minimum: 100, maximum: 200 },
  { title: 'stop first (50 %, 100 %)', minimum: 50, maximum: 100 },
]

/** Prints the median of the times, and the requests of all rounds. */
export async function benchRequests(rounds: number): Promise<void> {
  await ensureBookstoreImage()
  await using gantry = await Gantry.up()
  const rows: string[] = []
  for (const { title, ...percents } of orders) {
    const times: number[] = []
    let [requests, failed] = [0, 0]
    for (let i = 0; i < rounds; i++) {
      const report = await rolloutUnderRequests(gantry, percents)
      times.push(report.took)
      requests += report.requests
      failed += report.failures.length
      console.error(`${title}: ${(report.took / 1000).toFixed(2)} s, ${report.requests} requests`)
    }
    rows.push(`| ${title} | ${(median(times) / 1000).toFixed(2)} s | ${requests} | ${failed} |`)
  }
  console.log(`| 10 tasks, median of ${rounds} | time | requests | failed |\n| --- | --- | --- | --- |`)
  for (const row of rows) console.log(row)
}
