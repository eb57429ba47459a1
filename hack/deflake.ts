/**
 * Repeats tests in random order until one fails: `npm run deflake -- [--project unit] [--times N] [PATH...]`.
 * Prints the seed that fails again.
 */
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { runStep } from './run-step.ts'

const { values, positionals } = parseArgs({
  options: { project: { type: 'string', default: 'unit' }, times: { type: 'string', default: '100' } },
  allowPositionals: true,
})
const limit = 900_000

for (let round = 1; round <= Number(values.times); round++) {
  const seed = String(randomInt(2 ** 31))
  const shuffle = ['--sequence.shuffle', `--sequence.seed=${seed}`]
  const command = ['vitest', 'run', '--project', values.project, ...shuffle, ...positionals] as const
  const { ok, output, took } = await runStep({ name: 'vitest', command, limit })
  console.log(`round ${round}, seed ${seed}: ${ok ? 'passed' : 'FAILED'} in ${(took / 1000).toFixed(1)} s`)
  if (ok) continue
  console.log(`${output}\nagain: npx ${command.join(' ')}`)
  process.exit(1)
}
