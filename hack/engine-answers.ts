/**
 * Exits 0 when the Docker engine answers, 1 when not.
 *   node hack/engine-answers.ts [--quiet] [--wait SECONDS] [--while-alive PID]
 */
import { parseArgs } from 'node:util'
import { callEngine } from './engine-api.ts'

const { values } = parseArgs({
  options: { quiet: { type: 'boolean' }, wait: { type: 'string' }, 'while-alive': { type: 'string' } },
})
const until = performance.now() + Number(values.wait ?? 0) * 1000
const starter = values['while-alive']

function isAlive(pid: string): boolean {
  try {
    return process.kill(Number(pid), 0)
  } catch {
    return false
  }
}

for (;;) {
  const problem = await callEngine({ method: 'GET', path: '/_ping', timeout: 5000 }).then(
    ({ status, body }) => (status === 200 ? undefined : `${status} ${body}`),
    (error: unknown) => String(error),
  )
  if (problem === undefined) process.exit(0)
  if (performance.now() > until || (starter !== undefined && !isAlive(starter))) {
    if (values.quiet !== true) console.error(`the Docker engine does not answer: ${problem}`)
    process.exit(1)
  }
  await new Promise((resolve) => setTimeout(resolve, 100))
}
