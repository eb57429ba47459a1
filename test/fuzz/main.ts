/** `npm run fuzz -- [--requests N] [--seed N]`: mutated requests against a server in memory; none may hurt it. */
import { parseArgs } from 'node:util'
import { stores } from '../golden/stores.ts'
import { textOf } from '../golden/trace.ts'
import { openWorld } from '../golden/world.ts'
import { fuzz } from './fuzz.ts'

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    verbose: { type: 'boolean', default: false },
  },
})
/** Live heap may move by this much: caches of events and schemas fill as long as they are not full. */
const allowedGrowth = 48 * 1024 * 1024

const world = await openWorld(await stores.memory())
const began = performance.now()
const { findings, statuses, heap } = await fuzz(world, {
  requests: Number(values.requests),
  seed: Number(values.seed),
  width: 16,
  ...(values.verbose ? { onProgress: (sent) => console.log(`${sent} sent`) } : {}),
})
await world.close()

const seconds = (performance.now() - began) / 1000
const mib = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`
console.log(`${values.requests} requests in ${seconds.toFixed(1)} s, seed ${values.seed}`)
console.log(
  [...statuses]
    .sort(([a], [b]) => a - b)
    .map(([status, count]) => `${status}: ${count}`)
    .join('  '),
)
console.log(`live heap ${mib(heap.early)} after a fifth, ${mib(heap.late)} at the end`)
const seen = new Set<string>()
for (const { number, request, what } of findings) {
  // names, paths, numbers and what was sent differ from one to the next of the same cause
  const key = what.replaceAll(/\\?"[^"]*"|\d+|\[[^\]]*\]/g, '').slice(0, 90)
  if (seen.has(key) && !values.verbose) continue
  seen.add(key)
  console.log(`\nrequest ${number}: ${what}\n  ${textOf(request).slice(0, 1500)}`)
}
const grew = heap.late - heap.early > allowedGrowth
if (grew) console.log(`memory grew by more than ${mib(allowedGrowth)}`)
const failed = findings.length + (grew ? 1 : 0)
console.log(`${Number(values.requests) - findings.length} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
