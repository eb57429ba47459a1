/** The end of a request that is no stream: with its client, with the server, or when it took too long. */
import type { Clock } from '../../../lib/clock.ts'
import type { Millis } from '../../../lib/time.ts'

export interface RequestEnd {
  readonly signal: AbortSignal
  /** The request was answered: nothing is left of it. */
  readonly done: () => void
}

/** One signal a request, and one listener for all of them on the server's: requests are many. */
export function requestEnds(clock: Clock, server: AbortSignal) {
  const open = new Set<AbortController>()
  const stop = (): void => {
    for (const one of open) one.abort(server.reason)
  }
  server.addEventListener('abort', stop, { once: true })

  return function endOf(client: AbortSignal, within: Millis, onTimeout: () => Error): RequestEnd {
    const own = new AbortController()
    const leave = (): void => own.abort(client.reason)
    if (client.aborted) leave()
    if (server.aborted) own.abort(server.reason)
    client.addEventListener('abort', leave, { once: true })
    open.add(own)
    const cancel = clock.after(within, () => own.abort(onTimeout()))
    return {
      signal: own.signal,
      done: () => {
        cancel()
        client.removeEventListener('abort', leave)
        open.delete(own)
      },
    }
  }
}
