/** How a server of ours begins to listen, and how it ends in good order. */
import type { Server as HttpServer } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import type { Clock } from './clock.ts'
import { Fault, messageOf } from './errors.ts'
import type { Millis } from './time.ts'

export interface ListenAddress {
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
}

/** Where it listens. Faults: Unavailable when the address cannot be had. */
export function listening(server: Server, { host, port }: ListenAddress): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void =>
      reject(new Fault('Unavailable', `cannot listen on ${host}:${port}: ${messageOf(error)}`, { cause: error }))
    server.once('error', fail)
    server.listen({ host, port }, () => {
      server.off('error', fail)
      resolve(server.address() as AddressInfo)
    })
  })
}

/** Takes nothing new once `signal` aborts; what is under way then gets `grace`. Resolves when all is closed. */
export function closedAfter(
  server: HttpServer | HttpsServer,
  { clock, grace }: { readonly clock: Clock; readonly grace: Millis },
  signal: AbortSignal,
): Promise<void> {
  const closed = new Promise<void>((resolve) => server.once('close', resolve))
  const stop = (): void => {
    server.close()
    server.closeIdleConnections()
    server.once(
      'close',
      clock.after(grace, () => server.closeAllConnections()),
    )
  }
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
  return closed
}
