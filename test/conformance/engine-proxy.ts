/** A Unix socket in front of the Docker engine's that can be cut or fall silent: an engine restart, as its client sees it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface EngineProxy {
  readonly socketPath: string
  /** Breaks all connections and refuses new ones. */
  cut(): void
  /** Connections stay and are accepted, but nothing comes through. */
  silence(): void
  /** Lets new connections through again, and breaks those that were silent. */
  heal(): void
  /** How many requests for a path began with `text`. */
  requests(text: string): number
  close(): Promise<void>
}

export async function engineProxy(target = '/var/run/docker.sock'): Promise<EngineProxy> {
  const directory = await mkdtemp(join(tmpdir(), 'gantry-engine-'))
  const socketPath = join(directory, 'docker.sock')
  let state: 'open' | 'cut' | 'silent' = 'open'
  const sockets = new Set<Socket>()
  const heads: string[] = []
  const server = createServer((near) => {
    if (state === 'cut') return void near.destroy()
    const far = connect(target)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('data', (data) => {
        if (from === near) heads.push(data.toString('latin1').split('\r\n')[0] ?? '')
        if (state === 'open') to.write(data)
      })
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))
  const breakAll = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    socketPath,
    cut() {
      state = 'cut'
      breakAll()
    },
    silence() {
      state = 'silent'
    },
    heal() {
      breakAll()
      state = 'open'
    },
    requests: (text) => heads.filter((head) => head.includes(text)).length,
    async close() {
      breakAll()
      await new Promise((resolve) => server.close(resolve))
      await rm(directory, { recursive: true, force: true })
    },
  }
}
