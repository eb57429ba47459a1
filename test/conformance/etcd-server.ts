/** A real etcd server for tests: started on free loopback ports, killed, stopped, frozen and brought back. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '../until.ts'

/** How a launched server is spoken to; its data outlive it. */
export interface RunningEtcd {
  signal(name: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): void
  /** Resolves when it has ended. */
  readonly ended: Promise<unknown>
}

/** Starts etcd with these arguments: as a process of this machine, or in a container that shares its network and `/tmp`. */
export type LaunchEtcd = (args: readonly string[]) => RunningEtcd

/** The `etcd` binary of this machine. */
export const launchBinary: LaunchEtcd = (args) => {
  const child = spawn('etcd', args, { stdio: ['ignore', 'ignore', 'inherit'] })
  return { signal: (name) => void child.kill(name), ended: once(child, 'exit') }
}

export class EtcdServer {
  readonly endpoint: string
  readonly #launch: LaunchEtcd
  readonly #args: readonly string[]
  readonly #directory: string
  #running: RunningEtcd | undefined

  constructor(
    launch: LaunchEtcd,
    clientPort: number,
    peerPort: number,
    flags: readonly string[] = [],
    scheme: 'http' | 'https' = 'http',
  ) {
    this.#launch = launch
    this.#directory = mkdtempSync(join(tmpdir(), 'gantry-etcd-'))
    this.endpoint = `${scheme}://127.0.0.1:${clientPort}`
    const peer = `http://127.0.0.1:${peerPort}`
    this.#args = [
      ...['--name', 'test', '--data-dir', this.#directory, '--initial-cluster', `test=${peer}`],
      ...['--listen-client-urls', this.endpoint, '--advertise-client-urls', this.endpoint],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
      // A single member waits for an election of its own at every start: make it short.
      ...['--heartbeat-interval', '50', '--election-timeout', '500', '--logger', 'zap', '--log-level', 'panic'],
      ...flags,
    ]
  }

  /** Starts it without waiting. */
  launch(): RunningEtcd {
    this.#running = this.#launch(this.#args)
    return this.#running
  }

  /** Starts it and waits until it answers. */
  async start(): Promise<void> {
    const running = this.launch()
    let ended = false
    void running.ended.then(() => (ended = true))
    await until('etcd answers', () => {
      if (ended) throw new Error(`etcd ended before it answered: ${this.#args.join(' ')}`)
      return isHealthy(this.endpoint)
    })
  }

  kill(): Promise<void> {
    return this.#end('SIGKILL')
  }

  stop(): Promise<void> {
    return this.#end('SIGTERM')
  }

  freeze(): void {
    this.#running?.signal('SIGSTOP')
  }

  thaw(): void {
    this.#running?.signal('SIGCONT')
  }

  /** Kills it and removes its data. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    rmSync(this.#directory, { recursive: true, force: true })
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.#running?.signal(signal)
    await this.#running?.ended
    this.#running = undefined
  }
}

export async function startEtcd(launch: LaunchEtcd = launchBinary, flags: readonly string[] = []): Promise<EtcdServer> {
  const server = new EtcdServer(launch, await freePort(), await freePort(), flags)
  await server.start()
  return server
}

async function isHealthy(endpoint: string): Promise<boolean> {
  try {
    const response = await fetch(`${endpoint}/health`, { signal: AbortSignal.timeout(1000) })
    return response.ok && (await response.text()).includes('true')
  } catch {
    return false
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
