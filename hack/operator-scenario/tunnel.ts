/** A way to the API server that can be cut: all connections at once, or for a while. */
import { connect, createServer, type Socket } from 'node:net'

export interface Tunnel {
  readonly port: number
  /** Ends the connections there are; new ones are taken. */
  cut(): void
  /** Whether new connections are taken. */
  open: boolean
  close(): void
}

/** Passes bytes on to `host:port`. */
export function startTunnel(host: string, port: number): Promise<Tunnel> {
  const sockets = new Set<Socket>()
  const own = (socket: Socket): Socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    return socket
  }
  const tunnel = { open: true }
  const server = createServer((inner) => {
    own(inner)
    if (!tunnel.open) return void inner.destroy()
    const outer = own(connect(port, host))
    inner.pipe(outer).pipe(inner)
    inner.on('close', () => outer.destroy())
    outer.on('close', () => inner.destroy())
  })
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port: own } = server.address() as { port: number }
      const close = (): void => {
        server.close()
        cut()
      }
      resolve(Object.assign(tunnel, { port: own, cut, close }))
    })
  })
}
