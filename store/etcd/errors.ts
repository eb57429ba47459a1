/** What an error of gRPC or etcd means: which fault, and whether the call certainly did not happen. */
import { Fault, type FaultCode, messageOf } from '../../lib/errors.ts'

/** The gRPC status codes that say more than "it failed". */
const status = {
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  outOfRange: 11,
  unauthenticated: 16,
} as const

/** `write`: doing it twice, or not knowing whether it was done, matters. */
export type CallKind = 'read' | 'write'

export interface Verdict {
  readonly fault: Fault
  /** The call did not happen (or was a read): trying it again is safe. */
  readonly again: boolean
  /** The connection is no good any more: make another. */
  readonly drop: boolean
}

/** Said by gRPC before anything was sent, or by etcd before anything was proposed to the cluster. */
const notDone = [
  /no connection established/i,
  /channel closed before call started/i,
  /name resolution failed/i,
  /etcdserver: no leader/,
  /etcdserver: not capable/,
  /etcdserver: unhealthy cluster/,
]

const detailsOf = (error: unknown): { code: number | undefined; details: string } => ({
  code: error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined,
  details: error instanceof Error && 'details' in error ? String(error.details) : messageOf(error),
})

/** Judges the error of one unary call. */
export function judge(error: unknown, kind: CallKind): Verdict {
  const { code, details } = detailsOf(error)
  const verdict = (fault: FaultCode, again = false, drop = false): Verdict => ({
    fault: new Fault(fault, `etcd: ${details}`, { cause: error }),
    again,
    drop,
  })
  // etcd3 turns the errors of its own authentication call into classes without a code.
  if (/authentication failed/.test(details)) return verdict('Unauthorized')
  switch (code) {
    case status.outOfRange:
      return verdict(/compacted/.test(details) ? 'Expired' : 'BadRequest')
    case status.notFound:
      return verdict('NotFound')
    case status.invalidArgument:
      return verdict(/too large|too many operations/.test(details) ? 'TooLarge' : 'BadRequest')
    case status.permissionDenied:
      return verdict('Forbidden')
    case status.unauthenticated:
      // Refused before it was looked at; a token that ended is renewed with the connection.
      return verdict('Unauthorized', true, true)
    case status.failedPrecondition:
    case status.alreadyExists:
      return verdict('Internal')
    case status.resourceExhausted:
      return verdict('Unavailable')
    case status.deadlineExceeded:
      return verdict('Timeout', false, true)
    default: {
      const certain = kind === 'read' || notDone.some((pattern) => pattern.test(details))
      return verdict(certain ? 'Unavailable' : 'Timeout', certain)
    }
  }
}

/** What a watcher's cancellation by the server means: a fault for the caller, or undefined: make the watcher anew. */
export function refusal(reason: string): Fault | undefined {
  if (/permission denied/i.test(reason)) return new Fault('Forbidden', `etcd refused the watch: ${reason}`)
  return undefined
}
