/** Runs one program as a step of a script: its output, its end, its time; a step that hangs is killed with its children. */
import { spawn } from 'node:child_process'

export interface Step {
  readonly name: string
  readonly command: readonly [program: string, ...args: readonly string[]]
  /** Killed after so many ms. */
  readonly limit: number
  /** Shows the output as it comes. */
  readonly live?: boolean
  readonly env?: Readonly<Record<string, string>>
}

export interface StepEnd {
  readonly ok: boolean
  /** Both streams, in the order in which they came. */
  readonly output: string
  readonly took: number
}

/** Runs a step in a process group of its own. Never rejects: a program that cannot be started has failed. */
export function runStep({ command: [program, ...args], limit, live, env }: Step): Promise<StepEnd> {
  const start = performance.now()
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
      detached: true,
    })
    const end = (ok: boolean, note = ''): void => {
      clearTimeout(timer)
      process.off('exit', killAll)
      resolve({ ok, output: Buffer.concat(chunks).toString('utf8') + note, took: performance.now() - start })
    }
    const killAll = (): void => {
      try {
        process.kill(-(child.pid ?? 0), 'SIGKILL')
      } catch {
        // It has ended.
      }
    }
    process.on('exit', killAll)
    let overdue = false
    const timer = setTimeout(() => {
      overdue = true
      killAll()
    }, limit)
    for (const [from, to] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ] as const) {
      from.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        if (live === true) to.write(chunk)
      })
    }
    child.on('error', (error) => end(false, `cannot start ${program}: ${error.message}\n`))
    child.on('close', (code) => end(code === 0 && !overdue, overdue ? `killed after ${limit / 1000} s\n` : ''))
  })
}
