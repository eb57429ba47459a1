/** The demo's way to Gantry: the CLI, as a user types it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const root = join(import.meta.dirname, '../..')
const launcher = join(root, 'cmd/gantry.mjs')

export interface Cli {
  /** Runs a command; its standard output. Throws what the command says when it fails. */
  run(...args: readonly string[]): Promise<string>
  /** Runs a command in front of the audience: prints it as typed, and what it says. */
  show(...args: readonly string[]): Promise<void>
  /** Follows `get ... --watch -o json` until `stop`. */
  watch<T>(what: readonly string[], onEvent: (event: WatchLine<T>) => void): { readonly stop: () => void }
}

export interface WatchLine<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly object: T
}

export function cliFor(kubeConfig: string, print: (line: string) => void): Cli {
  const start = (args: readonly string[]): ChildProcess =>
    spawn(process.execPath, [launcher, ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, GANTRY_KUBECONFIG: kubeConfig },
    })
  const run = async (...args: readonly string[]): Promise<string> => {
    const child = start(args)
    const [out, err, code] = await Promise.all([
      textOf(child.stdout),
      textOf(child.stderr),
      new Promise<number | null>((resolve) => child.once('close', resolve)),
    ])
    if (code !== 0) throw new Error(`gantry ${args.join(' ')} failed:\n${err.trim()}`)
    return out
  }
  return {
    run,
    async show(...args) {
      print(`$ gantry ${args.join(' ')}`)
      print((await run(...args)).trimEnd())
    },
    watch(what, onEvent) {
      const child = start(['get', ...what, '--watch', '-o', 'json'])
      if (child.stdout === null) throw new Error('no standard output')
      createInterface({ input: child.stdout }).on('line', (line) => onEvent(JSON.parse(line)))
      return { stop: () => child.kill('SIGTERM') }
    },
  }
}

async function textOf(stream: NodeJS.ReadableStream | null): Promise<string> {
  let text = ''
  for await (const chunk of stream ?? []) text += String(chunk)
  return text
}

export interface Server {
  readonly pid: number
  readonly url: string
  readonly kubeConfig: string
  readonly log: string
  /** Ends the control plane and its agent; tasks go on. */
  stop(): Promise<void>
}

/** Starts `gantry up` on a free port, in the background, and waits until it is ready. */
export async function startServer(dataDir: string): Promise<Server> {
  const log = join(dataDir, 'gantry.log')
  const said = join(dataDir, 'gantry.out')
  const [out, err] = await Promise.all([open(said, 'w'), open(log, 'w')])
  const args = ['up', '--data-dir', dataDir, '--listen', '127.0.0.1:0', '-o', 'json']
  const child = spawn(process.execPath, [launcher, ...args], {
    cwd: root,
    stdio: ['ignore', out.fd, err.fd],
    detached: true,
  })
  await Promise.all([out.close(), err.close()])
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const until = performance.now() + 60_000
  for (;;) {
    const ready = await readFile(said, 'utf8')
    if (ready.includes('\n')) {
      child.unref()
      const { url, kubeconfig } = JSON.parse(ready) as { readonly url: string; readonly kubeconfig: string }
      return {
        pid: child.pid ?? 0,
        url,
        kubeConfig: kubeconfig,
        log,
        async stop() {
          child.ref()
          child.kill('SIGTERM')
          await ended
        },
      }
    }
    if (child.exitCode !== null || performance.now() > until) {
      child.kill('SIGKILL')
      throw new Error(`gantry up did not start; its log says:\n${(await readFile(log, 'utf8')).trim()}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
