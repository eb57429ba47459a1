/** Real gantry processes and the real Docker engine, for the tests of the command line. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { ServiceDeployment } from '../../api/v1/service-deployment.ts'
import { callEngine, type EngineContainer, listContainers } from '../../hack/engine-api.ts'

export const root = join(import.meta.dirname, '../..')
export const launcher = join(root, 'cmd/gantry.mjs')

export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface RunOptions {
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
  /** What runs the launcher: this Node, or an older one. */
  readonly node?: string
  readonly cwd?: string
}

/** Runs one gantry command to its end. */
export async function gantry(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const child = spawn(options.node ?? process.execPath, [launcher, ...args], {
    cwd: options.cwd ?? root,
    env: { ...process.env, ...options.env },
  })
  child.stdin.end(options.stdin ?? '')
  const [out, err, [code]] = await Promise.all([textOf(child.stdout), textOf(child.stderr), once(child, 'close')])
  return { code: code as number | null, out, err }
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  return text
}

/** A `gantry up` of its own: data folder, port, instance name. */
export class Gantry implements AsyncDisposable {
  readonly dataDir: string
  readonly instance: string
  readonly #args: readonly string[]
  #child: ChildProcess | undefined
  #log = ''
  url = ''

  private constructor(dataDir: string, args: readonly string[]) {
    this.dataDir = dataDir
    this.instance = `e2e-${dataDir
      .slice(-6)
      .toLowerCase()
      .replace(/[^a-z0-9]/g, 'x')}-${process.pid}`
    this.#args = args
  }

  /** Starts one and waits until it is ready. */
  static async up(...args: readonly string[]): Promise<Gantry> {
    const started = new Gantry(await mkdtemp(join(tmpdir(), 'gantry-e2e-')), args)
    await started.start()
    return started
  }

  get kubeConfig(): string {
    return join(this.dataDir, 'kubeconfig')
  }

  /** What it has logged, all starts together. */
  get log(): string {
    return this.#log
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  /** Starts it (again) on the same data. */
  async start(): Promise<void> {
    const flags = ['--data-dir', this.dataDir, '--listen', '127.0.0.1:0', '--name', this.instance, '-o', 'json']
    const child = spawn(process.execPath, [launcher, 'up', ...flags, ...this.#args], { cwd: root })
    this.#child = child
    child.stderr.on('data', (chunk) => {
      this.#log += String(chunk)
    })
    const lines = createInterface({ input: child.stdout })
    const ended = once(child, 'exit').then(() => {
      throw new Error(`gantry up ended before it was ready:\n${this.#log}`)
    })
    ended.catch(() => undefined)
    const [line] = (await Promise.race([once(lines, 'line'), ended])) as [string]
    this.url = (JSON.parse(line) as { readonly url: string }).url
  }

  /** Ends the process; its containers are left as they are. */
  async kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null
    const exit = once(child, 'exit')
    child.kill(signal)
    const [code] = (await exit) as [number | null]
    return code
  }

  run(...args: readonly string[]): Promise<Ran> {
    return gantry(args, { env: { GANTRY_KUBECONFIG: this.kubeConfig } })
  }

  apply(text: string, ...args: readonly string[]): Promise<Ran> {
    return gantry(['apply', '-f', '-', ...args], { stdin: text, env: { GANTRY_KUBECONFIG: this.kubeConfig } })
  }

  /** The parsed output of `-o json`; throws when the command failed. */
  async json<T>(...args: readonly string[]): Promise<T> {
    const { code, out, err } = await this.run(...args, '-o', 'json')
    if (code !== 0) throw new Error(`gantry ${args.join(' ')}: ${err}`)
    return JSON.parse(out) as T
  }

  /** Runs a command that does not end by itself, line by line, until `signal` aborts. */
  async follow(args: readonly string[], onLine: (line: string) => void, signal: AbortSignal): Promise<void> {
    const env = { ...process.env, GANTRY_KUBECONFIG: this.kubeConfig }
    const child = spawn(process.execPath, [launcher, ...args], { cwd: root, env })
    createInterface({ input: child.stdout }).on('line', onLine)
    signal.addEventListener('abort', () => child.kill('SIGTERM'))
    await once(child, 'exit')
  }

  /** Its containers in the engine, running or not. */
  containers(): Promise<readonly EngineContainer[]> {
    return listContainers(`gantry.dev/container-instance=${this.instance}`)
  }

  /** Running containers of the tasks of a service, or of one of its revisions, by id. */
  async runningOf(name: string): Promise<readonly string[]> {
    return (await this.containers())
      .filter(({ State, Labels }) => State === 'running' && Labels['gantry.dev/task']?.startsWith(`${name}-`))
      .map(({ Id }) => Id)
      .sort()
  }

  /** Status of the ServiceDeployment of this name; `none` before there is one. */
  async deploymentStatus(name: string): Promise<string> {
    const { items } = await this.json<{ readonly items: readonly ServiceDeployment[] }>('get', 'servicedeployments')
    return items.find(({ metadata }) => metadata.name === name)?.status?.status ?? 'none'
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill('SIGTERM')
    for (const { Id } of await this.containers())
      await callEngine({ method: 'DELETE', path: `/containers/${Id}?force=true` })
    await rm(this.dataDir, { recursive: true, force: true })
  }
}

/** A Node older than this project needs, if this machine has one. */
export async function olderNode(): Promise<string | undefined> {
  for (const path of ['/usr/bin/node', '/usr/local/bin/node']) {
    if (!existsSync(path)) continue
    const child = spawn(path, ['--version'])
    const [out] = await Promise.all([textOf(child.stdout), once(child, 'close')])
    if (Number(/^v(\d+)/.exec(out)?.[1] ?? 99) < 24) return path
  }
  return undefined
}

export const readText = (path: string): Promise<string> => readFile(path, 'utf8')
export const thisHost = hostname()

/** A task definition of one container that runs until it is stopped. */
export const taskDefinition = (name: string, container = ''): string => `apiVersion: gantry.dev/v1
kind: TaskDefinition
metadata:
  name: ${name}
spec:
  containerDefinitions:
    - name: main
      image: gantry/bookstore:1
      command: ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 1 & wait $!; done"]
      memory: 16
      stopTimeout: 5
${container}`

/** A service of it. */
export const service = (name: string, desiredCount: number, definition = name): string => `apiVersion: gantry.dev/v1
kind: Service
metadata:
  name: ${name}
spec:
  taskDefinition: ${definition}
  desiredCount: ${desiredCount}
`
