/** A TCP proxy that can go silent, as a router that lost its state (connections stay open, nothing passes), or cut. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface SilentProxy {
  readonly endpoint: string
  /** Whatever is connected now gets nothing through any more, for ever; new connections are as good as ever. */
  silence(): void
  /** Ends all connections at once, without a word. */
  cut(): void
  /** How many connections were made through it. */
  readonly connections: number
  /** How many are open now. */
  readonly open: number
  close(): Promise<void>
}

/** Stands before an endpoint `http://host:port`. */
export async function startSilentProxy(endpoint: string): Promise<SilentProxy> {
  const target = new URL(endpoint)
  const pairs = new Set<readonly [Socket, Socket]>()
  let connections = 0
  const server = createServer((inside) => {
    connections++
    const outside = connect(Number(target.port), target.hostname)
    const pair = [inside, outside] as const
    pairs.add(pair)
    inside.pipe(outside)
    outside.pipe(inside)
    for (const socket of pair) {
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        pairs.delete(pair)
        for (const other of pair) other.destroy()
      })
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    silence: () => {
      for (const pair of pairs)
        for (const socket of pair) {
          socket.unpipe()
          socket.resume() // who leaves is noticed, whatever was sent before
        }
    },
    cut: () => {
      for (const pair of pairs) for (const socket of pair) socket.resetAndDestroy()
    },
    get connections() {
      return connections
    },
    get open() {
      return pairs.size
    },
    close: async () => {
      server.close()
      for (const pair of pairs) for (const socket of pair) socket.destroy()
      await once(server, 'close')
    },
  }
}
