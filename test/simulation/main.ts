/** `npm run sim`: runs seeds, prints progress, and for a seed that fails what broke, how it came, and how to replay it. */
import { parseArgs } from 'node:util'
import { type Door, doors } from '../builders/doors.ts'
import { agentPlants, plants } from './plants.ts'
import { type SimResult, simulate } from './simulate.ts'

const usage = `usage: npm run sim -- [options]
  --seeds N     run seeds 1 to N (default 200)
  --from N      begin with this seed
  --seed N      run this one
  --verbose     print everything that happens
  --plant NAME  plant a bug: ${Object.keys({ ...plants, ...agentPlants }).join(', ')}
  --client NAME how processes reach the API: ${Object.keys(doors).join(' (default), ')}
  --wire-faults with the kubernetes client: the server is busy or slow too, and watches end at any moment
  --keep-going  do not stop at the first failure`

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    verbose: { type: 'boolean', default: false },
    plant: { type: 'string' },
    client: { type: 'string', default: 'direct' },
    'wire-faults': { type: 'boolean', default: false },
    'keep-going': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const tail = 60
let current: number | undefined
const stray: string[] = []
process.on('unhandledRejection', (reason) => {
  stray.push(`seed ${current}: ${reason instanceof Error ? reason.stack : String(reason)}`)
})

function explain({ seed, broken, detail, trace, steps, faults }: SimResult): void {
  const at = (ms: number): string => (ms / 1000).toFixed(3).padStart(8)
  console.log(`\nseed ${seed} FAILED\n  invariant: ${broken}\n  ${detail}\n`)
  if (!values.verbose) {
    console.log('scenario:')
    for (const step of steps) console.log(`  ${at(step.at)}  ${JSON.stringify(step.what)}`)
    console.log('faults:')
    for (const fault of faults) console.log(`  ${at(fault.at)}  ${JSON.stringify(fault.what)}`)
    console.log(`last ${tail} lines of the trace:`)
    for (const line of trace.slice(-tail)) console.log(`  ${line}`)
  }
  const plant = values.plant === undefined ? '' : ` --plant ${values.plant}`
  const wire = values['wire-faults'] ? ' --wire-faults' : ''
  const client = values.client === 'direct' ? '' : ` --client ${values.client}${wire}`
  console.log(`\nreplay: npm run sim -- --seed ${seed}${plant}${client} --verbose\n`)
}

async function main(): Promise<number> {
  if (values.help) {
    console.log(usage)
    return 0
  }
  if (values.plant !== undefined && !(values.plant in { ...plants, ...agentPlants })) {
    console.error(`unknown plant "${values.plant}"\n${usage}`)
    return 2
  }
  if (!(values.client in doors)) {
    console.error(`unknown client "${values.client}"\n${usage}`)
    return 2
  }
  const first = Number(values.seed ?? values.from)
  const last = values.seed === undefined ? Number(values.seeds) : first
  if (!Number.isInteger(first) || !Number.isInteger(last)) {
    console.error(usage)
    return 2
  }
  let [passed, failed, commits] = [0, 0, 0]
  const started = performance.now()
  for (let seed = first; seed <= last; seed += 1) {
    current = seed
    const result = await simulate({
      seed,
      plant: values.plant,
      client: values.client as Door,
      wireFaults: values['wire-faults'],
      onLine: values.verbose ? (line) => console.log(line) : undefined,
    })
    await new Promise((resolve) => setImmediate(resolve))
    commits += result.commits
    const broken =
      stray.length > 0 ? { ...result, broken: 'no promise is left unheeded', detail: stray.join('\n') } : result
    stray.length = 0
    if (broken.broken === undefined) passed += 1
    else {
      failed += 1
      explain(broken)
      if (!values['keep-going']) break
    }
    if (seed % 25 === 0) {
      const each = ((performance.now() - started) / 1000 / (seed - first + 1)).toFixed(2)
      console.log(`seed ${seed}: ${passed} passed, ${failed} failed, ${commits} commits, ${each} s each`)
    }
  }
  console.log(`${passed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}

process.exitCode = await main()
// Processes of the simulation that died with a call under way never end.
process.exit()
