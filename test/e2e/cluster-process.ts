/** One long-running gantry process: started until it says that it is ready, killed, started again with the same flags. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { launcher, root } from './cli-gantry.ts'

export class GantryProcess {
  readonly #args: readonly string[]
  readonly #env: Readonly<Record<string, string>>
  #child: ChildProcess | undefined
  #log = ''
  #said: Readonly<Record<string, string>> = {}

  /** `args`: the command with its flags; `-o json` is added, so that readiness can be read. */
  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.#args = args
    this.#env = env
  }

  /** Where its API answers, as it said when it was ready. */
  get url(): string {
    return this.#said.url ?? ''
  }
  get kubeConfig(): string {
    return this.#said.kubeconfig ?? ''
  }
  get pid(): number {
    return this.#child?.pid ?? 0
  }
  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }
  /** What it has logged, all starts together. */
  get log(): string {
    return this.#log
  }

  /** Starts it, again if it ended, and waits until it says that it is ready. `flags` come after the others and win. */
  async start(...flags: readonly string[]): Promise<void> {
    // After a test that failed half-way: nobody would end the one that is forgotten.
    if (this.isRunning) throw new Error(`gantry ${this.#args[0]} runs already`)
    const child = spawn(process.execPath, [launcher, ...this.#args, ...flags, '-o', 'json'], {
      cwd: root,
      env: { ...process.env, ...this.#env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    child.stderr.on('data', (chunk) => {
      this.#log += String(chunk)
    })
    const ended = once(child, 'close').then(() => {
      throw new Error(`gantry ${this.#args[0]} ended before it was ready:\n${this.#log}`)
    })
    ended.catch(() => undefined)
    const [line] = (await Promise.race([once(createInterface({ input: child.stdout }), 'line'), ended])) as [string]
    this.#said = JSON.parse(line) as Readonly<Record<string, string>>
  }

  /** Sends a signal and waits for the end; containers stay as they are. Nothing happens when it has ended. */
  async kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child
    if (child === undefined || !this.isRunning) return
    const exit = once(child, 'exit')
    child.kill(signal)
    await exit
  }
}
