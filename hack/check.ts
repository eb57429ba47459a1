/** All static checks, two at a time: `npm run check`. Only what fails is shown. */
import { existsSync } from 'node:fs'
import { runStep, type Step, type StepEnd } from './run-step.ts'

/** Under this many modules dependency-cruiser did not see the sources, whatever it reports. */
const leastModules = 20
const limit = 240_000

const deps = 'dependency rules'
const checks: readonly Step[] = [
  { name: 'types', command: ['tsc', '-p', '.'], limit },
  { name: 'lint', command: ['eslint', '--cache', '--cache-location', '.cache/eslint/', '.'], limit },
  { name: 'format', command: ['biome', 'check', '--error-on-warnings', '.'], limit },
  {
    name: deps,
    command: [
      'depcruise',
      '--config',
      '.dependency-cruiser.cjs',
      ...['api', 'store', 'controllers', 'cmd', 'lib', 'hack', 'test'].filter((room) => existsSync(room)),
    ],
    limit,
  },
  { name: 'dead code', command: ['knip'], limit },
  { name: 'generated files', command: ['node', 'hack/generate.ts', '--check'], limit },
]

/** What makes a check fail although its program was content. */
function objection(name: string, { output }: StepEnd): string | undefined {
  if (name !== deps) return undefined
  const modules = Number(/(\d+) modules/.exec(output)?.[1] ?? 0)
  return modules < leastModules ? `only ${modules} modules were looked at, fewer than ${leastModules}` : undefined
}

const queue = [...checks]
let passed = 0
let failed = 0
const worker = async (): Promise<void> => {
  for (let check = queue.shift(); check !== undefined; check = queue.shift()) {
    const end = await runStep(check)
    const problem = end.ok ? objection(check.name, end) : `${check.command.join(' ')} failed`
    if (problem === undefined) passed++
    else failed++
    console.log(`${problem === undefined ? 'ok  ' : 'FAIL'} ${check.name} (${(end.took / 1000).toFixed(1)} s)`)
    if (problem !== undefined) console.log(`${end.output}\n${check.name}: ${problem}\n`)
  }
}
await Promise.all([worker(), worker()])
console.log(`checks: ${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
