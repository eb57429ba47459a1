/** `npm run bench -- converge|rollout`: Gantry beside Docker Swarm, alternating, medians and ratios; or `-- requests|api|operator|services`. */
import { parseArgs } from 'node:util'
import type { StoreName } from './api/measure.ts'
import { benchApi } from './api/run.ts'
import type { Contender } from './contender.ts'
import { convergence, type Job, life } from './course.ts'
import { defaultConcurrency, engineAlone } from './engine.ts'
import { gantry } from './gantry.ts'
import { ensureBenchImage } from './image.ts'
import { benchOperator } from './operator.ts'
import { benchRequests } from './requests.ts'
import { round, type Times } from './round.ts'
import { benchServices } from './services/run.ts'
import { median } from './stats.ts'
import { swarm, swarmRestartDelay } from './swarm.ts'

const seconds = (times: readonly number[]): string =>
  times.length === 0 ? '-' : `${(median(times) / 1000).toFixed(2)} s`
const ratio = (ours: readonly number[], theirs: readonly number[]): string =>
  ours.length === 0 || theirs.length === 0 ? '-' : (median(ours) / median(theirs)).toFixed(2)

/** Prints the medians of all contenders in turns, and Gantry's, which is the last, as a ratio to each other's. */
async function compare(course: readonly Job[], rounds: number, contenders: readonly Contender[]): Promise<void> {
  await ensureBenchImage()
  const results = contenders.map((contender) => ({ contender, times: new Map() as Times }))
  for (let i = 0; i < rounds; i++) for (const { contender, times } of results) await round(contender, course, times)

  const names = contenders.map(({ name }) => name)
  const header = [`median of ${rounds}`, ...names, ...names.slice(0, -1).map((name) => `Gantry / ${name}`)]
  console.log(`| ${header.join(' | ')} |\n|${' --- |'.repeat(header.length)}`)
  for (const { title } of course) {
    if (title === undefined) continue
    const all = results.map(({ times }) => times.get(title) ?? [])
    const ours = all.at(-1) ?? []
    const row = [title, ...all.map(seconds), ...all.slice(0, -1).map((theirs) => ratio(ours, theirs))]
    console.log(`| ${row.join(' | ')} |`)
  }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    stores: { type: 'string', default: 'embedded,etcd' },
    sizes: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    'engine-concurrency': { type: 'string', default: String(defaultConcurrency) },
    'swarm-restart-delay': { type: 'string', default: String(swarmRestartDelay) },
  },
})
const sizes = (usual: readonly number[]): readonly number[] => values.sizes?.split(',').map(Number) ?? usual
const rounds = Number(values.rounds)
const peer = swarm(Number(values['swarm-restart-delay']))
if (positionals[0] === 'converge') {
  await compare(convergence, rounds, [engineAlone(Number(values['engine-concurrency'])), peer, gantry()])
} else if (positionals[0] === 'rollout') {
  await compare(life, rounds, [engineAlone(Number(values['engine-concurrency'])), peer, gantry()])
} else if (positionals[0] === 'requests') {
  await benchRequests(rounds)
} else if (positionals[0] === 'api') {
  await benchApi(values.stores.split(',') as StoreName[], sizes([10_000]))
} else if (positionals[0] === 'operator') {
  await benchOperator(rounds)
} else if (positionals[0] === 'services') {
  await benchServices(sizes([10, 1000]))
} else {
  console.error('usage: npm run bench -- converge [--rounds 5] [--engine-concurrency 4] [--swarm-restart-delay 5]')
  console.error('       npm run bench -- rollout [--rounds 5] [--engine-concurrency 4] [--swarm-restart-delay 5]')
  console.error('       npm run bench -- requests [--rounds 5]')
  console.error('       npm run bench -- api [--stores embedded,etcd] [--sizes 10000]')
  console.error('       npm run bench -- operator [--rounds 5]')
  console.error('       npm run bench -- services [--sizes 10,1000]')
  process.exit(2)
}
