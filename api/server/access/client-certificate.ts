/** The certificate that the client of a connection showed. */
import type { X509Certificate } from 'node:crypto'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

const known = new WeakMap<Socket, X509Certificate | 'none'>()

/** Undefined when it showed none; the same object for all requests of a connection. Not verified. */
export function clientCertificate(socket: unknown): X509Certificate | undefined {
  if (!(socket instanceof TLSSocket)) return undefined
  const shown = known.get(socket) ?? socket.getPeerX509Certificate() ?? 'none'
  known.set(socket, shown)
  return shown === 'none' ? undefined : shown
}
