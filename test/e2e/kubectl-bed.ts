/** A real kubectl pointed at a server: runs commands in a folder with files, and takes what they print at its word. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { type KubectlVersion, kubectlBinary } from '../kubectl-binary.ts'

export interface KubectlRan {
  readonly out: string
  readonly err: string
  readonly code: number
}

export interface KubectlOptions {
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
}

export class KubectlBed implements Disposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'gantry-kubectl-'))
  readonly #binary: string
  readonly #kubeConfig: string

  private constructor(binary: string, kubeConfig: string) {
    this.#binary = binary
    this.#kubeConfig = kubeConfig
  }

  static async make(version: KubectlVersion, kubeConfig: string): Promise<KubectlBed> {
    return new KubectlBed(await kubectlBinary(version), kubeConfig)
  }

  /** Puts a file where commands run. */
  file(name: string, text: string): void {
    writeFileSync(join(this.directory, name), text)
  }

  /** Starts a command; what it prints comes as it ends. */
  start(args: readonly string[], { stdin, env }: KubectlOptions = {}) {
    const child = spawn(this.#binary, args, {
      cwd: this.directory,
      env: { PATH: process.env.PATH, HOME: this.directory, KUBECONFIG: this.#kubeConfig, TERM: 'dumb', ...env },
    })
    const texts = { out: '', err: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      texts.out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      texts.err += text
    })
    child.stdin.on('error', () => undefined)
    child.stdin.end(stdin ?? '')
    const ended = new Promise<KubectlRan>((resolve) =>
      child.once('close', (code) => resolve({ ...texts, code: code ?? -1 })),
    )
    return { texts, ended, interrupt: () => void child.kill('SIGINT') }
  }

  /** Runs a command to its end. */
  try(args: readonly string[], options: KubectlOptions = {}): Promise<KubectlRan> {
    return this.start(args, options).ended
  }

  /** Runs a command that must go well: no error, no warning. */
  async run(...args: readonly string[]): Promise<string> {
    return this.runWith({}, ...args)
  }

  /** The same with something on standard input, or in the environment. */
  async runWith(options: KubectlOptions, ...args: readonly string[]): Promise<string> {
    const { out, err, code } = await this.try(args, options)
    expect({ err, code }, `kubectl ${args.join(' ')}`).toEqual({ err: '', code: 0 })
    return out
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true })
  }
}
