/** Unary calls with a deadline, cancellation, a verdict on every error, and another server where that is safe. */
import type { Clock } from '../../lib/clock.ts'
import { isFault } from '../../lib/errors.ts'
import type { Millis } from '../../lib/time.ts'
import type { Cancellable, Connection } from './connection.ts'
import type { Endpoints } from './endpoints.ts'
import { type CallKind, judge, type Verdict } from './errors.ts'

export interface Method {
  readonly service: 'KV' | 'Lease' | 'Maintenance'
  readonly method: string
  readonly kind: CallKind
}

export interface Caller {
  readonly endpoints: Endpoints
  readonly clock: Clock
  readonly callDeadline: Millis
}

/**
 * A call that certainly did not happen is tried again: on each server once, and at least twice.
 * Faults: Unavailable (certainly not done), Timeout (unknown), and what etcd itself refuses. An aborted write may still
 * be done.
 */
export async function call<R>(caller: Caller, method: Method, request: unknown, signal: AbortSignal): Promise<R> {
  const { endpoints } = caller
  for (let left = Math.max(2, endpoints.count); ; left--) {
    const connection = endpoints.current
    const result = await callOn<R>(caller, connection, method, request, signal)
    if (result.ok) return result.response
    const { fault, again, drop } = result.verdict
    if (drop || isFault(fault, 'Unavailable', 'Timeout')) endpoints.failed(connection, drop)
    if (!again || left <= 1) throw fault
  }
}

/** One attempt on one connection. Throws only when aborted or when the store was closed. */
export async function callOn<R>(
  caller: Caller,
  connection: Connection,
  method: Method,
  request: unknown,
  signal: AbortSignal,
): Promise<{ readonly ok: true; readonly response: R } | { readonly ok: false; readonly verdict: Verdict }> {
  signal.throwIfAborted()
  const result = await once<R>(caller, connection, method, request, signal)
  // What was never sent was not done, whatever it would have been.
  return result.ok ? result : { ok: false, verdict: judge(result.error, result.sent ? method.kind : 'read') }
}

type Ended<R> =
  | { readonly ok: true; readonly response: R }
  | { readonly ok: false; readonly error: unknown; readonly sent: boolean }

function once<R>(
  { clock, endpoints, callDeadline }: Caller,
  connection: Connection,
  { service, method }: Method,
  request: unknown,
  signal: AbortSignal,
): Promise<Ended<R>> {
  return new Promise((resolve, reject) => {
    let running: Cancellable | undefined
    let over = false
    const finish = (then: () => void): void => {
      if (over) return
      over = true
      signal.removeEventListener('abort', onAbort)
      stay()
      then()
    }
    const giveUp = (reason: unknown): void =>
      finish(() => {
        running?.cancel()
        reject(reason)
      })
    const onAbort = (): void => giveUp(signal.reason)
    const stay = endpoints.whileOpen(giveUp)
    signal.addEventListener('abort', onAbort, { once: true })
    connection
      .call(service, method, request, clock.now() + callDeadline, (error, response) =>
        finish(() =>
          resolve(error === null ? { ok: true, response: response as R } : { ok: false, error, sent: true }),
        ),
      )
      .then(
        (started) => {
          running = started
          // Aborted while authentication was under way: what has just been started is not wanted.
          if (over) started.cancel()
        },
        (error: unknown) => finish(() => resolve({ ok: false, error, sent: false })),
      )
  })
}
