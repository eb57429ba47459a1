/** The address of this machine on the way to another. */
import { connect } from 'node:net'
import { Fault } from '../lib/errors.ts'

/** The local address of a connection to `url`: there the other side can reach us back. Faults: Unavailable. */
export function localAddressTowards(url: string, signal: AbortSignal): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 443), signal }, () => {
      const address = socket.localAddress ?? '127.0.0.1'
      socket.destroy()
      resolve(address)
    })
    socket.once('error', (cause) =>
      reject(signal.aborted ? signal.reason : new Fault('Unavailable', `${url}: ${cause.message}`, { cause })),
    )
  })
}
