/**
 * Runs every suite and adds up: `npm test`. The last line is `N passed, N failed`.
 *   --only check,unit,kubernetes,plants,golden,conformance,e2e,fuzz,simulation,simulation-kubernetes    some of them
 *   --seeds N                                        of the simulation (200), and a fifth of it through the kubernetes client
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type EngineState, engineState, leftovers, runVariable } from './leftovers.ts'
import { runStep, type Step, type StepEnd } from './run-step.ts'

interface Count {
  readonly passed: number
  readonly failed: number
}

interface Suite extends Step {
  count(end: StepEnd): Promise<Count>
}

/** Limits are several times what a quiet machine takes: they end what hangs, and judge nothing. */
const minute = 60_000
/** What a seed of the simulation may take: twice what it does on two quiet cores. */
const eachSeed = 6000
/** Containers of the last test may still be on their way out. */
const leftoverPatience = 15_000

/** The same seeds again through the kubernetes client, with what goes wrong on its wire; a fifth is enough: most of what they test is the same. */
const remoteSeeds = (seeds: string): number => Math.ceil(Number(seeds) / 5)

const { values } = parseArgs({ options: { only: { type: 'string' }, seeds: { type: 'string', default: '200' } } })
const run = `${process.pid}-${performance.timeOrigin}`
const reports = await mkdtemp(join(tmpdir(), 'gantry-test-'))

/** A line `N passed, N failed` of a program's own; whatever it says, a failed program counts as a failure. */
async function countOfText({ ok, output }: StepEnd): Promise<Count> {
  const last = [...output.matchAll(/(\d+) passed, (\d+) failed/g)].at(-1)
  const [passed, failed] = last === undefined ? [ok ? 1 : 0, 0] : [Number(last[1]), Number(last[2])]
  return { passed, failed: ok ? failed : Math.max(failed, 1) }
}

interface VitestReport {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numFailedTestSuites: number
}

/** Vitest's report; a file that could not even be loaded has no tests in it, but is a failure. */
async function countOfReport(file: string, { ok }: StepEnd): Promise<Count> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return { passed: 0, failed: 1 }
  const { numPassedTests: passed, numFailedTests, numFailedTestSuites } = JSON.parse(text) as VitestReport
  const failed = numFailedTests > 0 ? numFailedTests : numFailedTestSuites
  return { passed, failed: ok ? failed : Math.max(failed, 1) }
}

function vitest(project: string, limit: number): Suite {
  const report = join(reports, `${project}.json`)
  return {
    name: project,
    command: [
      'vitest',
      'run',
      '--project',
      project,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ],
    limit,
    count: (end) => countOfReport(report, end),
  }
}

const suites: readonly Suite[] = [
  { name: 'check', command: ['node', 'hack/check.ts'], limit: 5 * minute, count: countOfText },
  vitest('unit', 10 * minute),
  vitest('kubernetes', 10 * minute),
  vitest('plants', 20 * minute),
  vitest('golden', 15 * minute),
  vitest('conformance', 15 * minute),
  vitest('e2e', 30 * minute),
  {
    name: 'fuzz',
    command: ['node', 'test/fuzz/main.ts', '--requests', '10000'],
    limit: 10 * minute,
    count: countOfText,
  },
  {
    name: 'simulation',
    command: ['node', 'test/simulation/main.ts', '--seeds', values.seeds],
    limit: 5 * minute + Number(values.seeds) * eachSeed,
    count: countOfText,
  },
  {
    name: 'simulation-kubernetes',
    command: [
      'node',
      'test/simulation/main.ts',
      '--client',
      'kubernetes',
      '--wire-faults',
      '--seeds',
      String(remoteSeeds(values.seeds)),
    ],
    limit: 5 * minute + remoteSeeds(values.seeds) * 2 * eachSeed,
    count: countOfText,
  },
]

/** What the suites left behind, once what ends by itself has ended. */
async function settledLeftovers(before: EngineState): Promise<readonly string[]> {
  const until = performance.now() + leftoverPatience
  for (;;) {
    const left = await leftovers(before, run)
    if (left.length === 0 || performance.now() > until) return left
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}

const chosen = values.only?.split(',') ?? suites.map(({ name }) => name)
const stranger = chosen.find((name) => !suites.some((suite) => suite.name === name))
if (stranger !== undefined)
  throw new Error(`no suite "${stranger}"; there are: ${suites.map(({ name }) => name).join(', ')}`)

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1))
const before = await engineState()
const summary: string[] = []
let passed = 0
let failed = 0
for (const suite of suites.filter(({ name }) => chosen.includes(name))) {
  console.log(`\n== ${suite.name}`)
  const end = await runStep({ ...suite, live: true, env: { [runVariable]: run, FORCE_COLOR: '0' } })
  const count = await suite.count(end)
  passed += count.passed
  failed += count.failed
  if (end.output.endsWith(`killed after ${suite.limit / 1000} s\n`)) console.log(`killed after ${suite.limit / 1000} s`)
  summary.push(`${suite.name}: ${count.passed} passed, ${count.failed} failed (${(end.took / 1000).toFixed(0)} s)`)
}
const left = await settledLeftovers(before)
if (left.length === 0) passed++
else failed++
summary.push(left.length === 0 ? 'nothing was left behind' : `left behind:\n  ${left.join('\n  ')}`)
await rm(reports, { recursive: true, force: true })

console.log(`\n${summary.join('\n')}\n\n${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
