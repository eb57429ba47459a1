/** `npm run bench -- converge`: Gantry beside Docker Swarm and the bare engine, alternating, medians and ratios; or `-- api`, or `-- operator`. */
import { parseArgs } from 'node:util'
import type { StoreName } from './api/measure.ts'
import { benchApi } from './api/run.ts'
import { jobs } from './contender.ts'
import { defaultConcurrency, engineAlone } from './engine.ts'
import { gantry } from './gantry.ts'
import { ensureBenchImage } from './image.ts'
import { benchOperator } from './operator.ts'
import { noTimes, round, titles } from './round.ts'
import { median } from './stats.ts'
import { swarm, swarmRestartDelay } from './swarm.ts'

async function converge(rounds: number, engineConcurrency: number, restartDelay: number): Promise<void> {
  await ensureBenchImage()
  const contenders = [engineAlone(engineConcurrency), swarm(restartDelay), gantry()]
  const results = contenders.map((contender) => ({
    contender,
    times: noTimes(),
  }))
  for (let i = 0; i < rounds; i++) for (const { contender, times } of results) await round(contender, times)

  const cell = (times: number[] | undefined): string =>
    times === undefined || times.length === 0 ? '-' : `${(median(times) / 1000).toFixed(2)} s`
  const ratio = (a: number[] | undefined, b: number[] | undefined): string =>
    a === undefined || b === undefined || a.length === 0 || b.length === 0 ? '-' : (median(a) / median(b)).toFixed(2)
  const [engine, peer, us] = results.map((result) => result.times)
  console.log(
    `| median of ${rounds} | ${contenders.map((c) => c.name).join(' | ')} | Gantry / engine | Gantry / Swarm |`,
  )
  console.log('| --- | --- | --- | --- | --- | --- |')
  for (const job of jobs) {
    const row = [
      cell(engine?.[job]),
      cell(peer?.[job]),
      cell(us?.[job]),
      ratio(us?.[job], engine?.[job]),
      ratio(us?.[job], peer?.[job]),
    ]
    console.log(`| ${titles[job]} | ${row.join(' | ')} |`)
  }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    stores: { type: 'string', default: 'embedded,etcd' },
    sizes: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '5' },
    'engine-concurrency': { type: 'string', default: String(defaultConcurrency) },
    'swarm-restart-delay': { type: 'string', default: String(swarmRestartDelay) },
  },
})
if (positionals[0] === 'converge') {
  await converge(Number(values.rounds), Number(values['engine-concurrency']), Number(values['swarm-restart-delay']))
} else if (positionals[0] === 'api') {
  await benchApi(values.stores.split(',') as StoreName[], values.sizes.split(',').map(Number))
} else if (positionals[0] === 'operator') {
  await benchOperator(Number(values.rounds))
} else {
  console.error('usage: npm run bench -- converge [--rounds 5] [--engine-concurrency 4] [--swarm-restart-delay 5]')
  console.error('       npm run bench -- api [--stores embedded,etcd] [--sizes 10000]')
  console.error('       npm run bench -- operator [--rounds 5]')
  process.exit(2)
}
