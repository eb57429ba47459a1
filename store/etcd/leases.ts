/** Leases by etcd's own lease calls. */
import type { ILeaseGrantResponse, ILeaseKeepAliveRequest, ILeaseKeepAliveResponse } from 'etcd3'
import { deadline } from '../../lib/clock.ts'
import { Fault, isFault } from '../../lib/errors.ts'
import type { Millis } from '../../lib/time.ts'
import { noLease } from '../faults.ts'
import type { LeaseId } from '../store.ts'
import { type Caller, call } from './call.ts'
import { judge } from './errors.ts'
import { Inbox } from './inbox.ts'

/** etcd counts in whole seconds, and grants no less than its election timeout allows (2 s by default). */
export async function grantLease(caller: Caller, ttl: Millis, signal: AbortSignal): Promise<LeaseId> {
  const request = { TTL: String(Math.ceil(ttl / 1000)), ID: '0' }
  const method = { service: 'Lease', method: 'leaseGrant', kind: 'write' } as const
  const response = await call<ILeaseGrantResponse>(caller, method, request, signal)
  return response.ID as LeaseId
}

export async function revokeLease(caller: Caller, lease: LeaseId, signal: AbortSignal): Promise<void> {
  // Revoking twice is harmless: a read as far as trying again is concerned.
  const method = { service: 'Lease', method: 'leaseRevoke', kind: 'read' } as const
  try {
    await call(caller, method, { ID: lease }, signal)
  } catch (error) {
    if (!isFault(error, 'NotFound')) throw error
  }
}

/** A keep-alive is a stream in etcd: one question, one answer, and the stream is closed again. */
export async function renewLease(caller: Caller, lease: LeaseId, signal: AbortSignal): Promise<void> {
  const { endpoints, clock, callDeadline } = caller
  signal.throwIfAborted()
  const connection = endpoints.current
  const late = (): Fault => new Fault('Timeout', `etcd did not answer the renewal of lease ${lease}`)
  const limit = deadline(clock, callDeadline, signal, late)
  try {
    const answer = await ask(caller, connection, lease, limit.signal)
    if (Number(answer.TTL) <= 0) throw noLease(lease)
  } catch (error) {
    if (signal.aborted || isFault(error, 'NotFound')) throw error
    const { fault, drop } = isFault(error) ? { fault: error, drop: error.code === 'Timeout' } : judge(error, 'read')
    if (drop || isFault(fault, 'Unavailable')) endpoints.failed(connection, drop)
    throw fault
  } finally {
    limit.done()
  }
}

async function ask(
  { endpoints, clock, callDeadline }: Caller,
  connection: Caller['endpoints']['current'],
  lease: LeaseId,
  signal: AbortSignal,
): Promise<ILeaseKeepAliveResponse> {
  const stream = await connection.stream<ILeaseKeepAliveRequest, ILeaseKeepAliveResponse>('Lease', 'leaseKeepAlive')
  const inbox = new Inbox(stream, clock, 2)
  const onAbort = (): void => inbox.fail(signal.reason)
  const stay = endpoints.whileOpen((reason) => inbox.fail(reason))
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    signal.throwIfAborted()
    stream.write({ ID: lease })
    const answer = await inbox.take(callDeadline)
    if (answer === undefined) throw new Fault('Timeout', `etcd did not answer the renewal of lease ${lease}`)
    return answer
  } finally {
    signal.removeEventListener('abort', onAbort)
    stay()
    stream.cancel()
  }
}
