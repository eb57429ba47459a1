/** The operators and agents under test: children of this process that end with it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { open } from 'node:fs/promises'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

export interface Process {
  readonly name: string
  readonly pid: number
  readonly isAlive: boolean
  readonly log: string
  kill(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
}

/** Starts `gantry ARGS`; its log is in `folder`. */
export async function startGantry(name: string, args: readonly string[], folder: string): Promise<Process> {
  const log = join(folder, `${name}.log`)
  const file = await open(log, 'w')
  const child: ChildProcess = spawn(process.execPath, [join(root, 'cmd/gantry.mjs'), ...args], {
    cwd: root,
    stdio: ['ignore', file.fd, file.fd],
  })
  await file.close()
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  return {
    name,
    pid: child.pid ?? 0,
    log,
    get isAlive() {
      return child.exitCode === null && child.signalCode === null
    },
    async kill(signal) {
      child.kill(signal)
      await ended
    },
  }
}
