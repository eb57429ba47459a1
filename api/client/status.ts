/** Reads Kubernetes' metav1.Status back into a Fault. */
import { Fault, type FaultCode, type FieldProblem } from '../../lib/errors.ts'

interface Cause {
  readonly reason?: string
  readonly message?: string
  readonly field?: string
}

export interface Status {
  readonly kind?: string
  readonly message?: string
  readonly reason?: string
  readonly code?: number
  readonly details?: {
    readonly name?: string
    readonly group?: string
    readonly kind?: string
    readonly causes?: readonly Cause[]
    readonly retryAfterSeconds?: number
  }
}

/** By Kubernetes' reason: it is more exact than the HTTP status. */
const byReason: Readonly<Record<string, FaultCode>> = {
  BadRequest: 'BadRequest',
  Unauthorized: 'Unauthorized',
  Forbidden: 'Forbidden',
  NotFound: 'NotFound',
  AlreadyExists: 'AlreadyExists',
  Conflict: 'Conflict',
  Invalid: 'Invalid',
  Gone: 'Expired',
  Expired: 'Expired',
  RequestEntityTooLarge: 'TooLarge',
  TooManyRequests: 'TooManyRequests',
  MethodNotAllowed: 'MethodNotAllowed',
  NotAcceptable: 'NotAcceptable',
  UnsupportedMediaType: 'UnsupportedMediaType',
  ServiceUnavailable: 'Unavailable',
  ServerTimeout: 'Unavailable',
  Timeout: 'Timeout',
  InternalError: 'Internal',
}

const byStatus: Readonly<Record<number, FaultCode>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  406: 'NotAcceptable',
  409: 'Conflict',
  410: 'Expired',
  413: 'TooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  502: 'Unavailable',
  503: 'Unavailable',
  504: 'Timeout',
}

/** Kubernetes says 500 without a reason of what it cannot do, and of a store that it cannot reach for a moment. */
const isPassing = /rpc error|etcdserver|leader changed|deadline exceeded|connection re(fused|set)/

/** A server's own error may pass; it must not stop a controller as our own bug would. */
const unknownCode = (http: number): FaultCode => (http >= 500 ? 'Unavailable' : 'BadRequest')

const problemOf = (cause: Cause): FieldProblem => ({
  path: cause.field ?? '',
  message: cause.message ?? '',
  reason: (cause.reason ?? 'FieldValueInvalid') as FieldProblem['reason'],
})

/** The fault that an answer with HTTP status `http` and `body` means. */
export function faultOf(http: number, body: unknown): Fault {
  const status: Status = typeof body === 'object' && body !== null ? body : {}
  const { details } = status
  const isRefused = status.code === 500 && status.reason === undefined && !isPassing.test(status.message ?? '')
  const code = isRefused ? 'BadRequest' : (byReason[status.reason ?? ''] ?? byStatus[http] ?? unknownCode(http))
  return new Fault(code === 'Internal' ? 'Unavailable' : code, status.message ?? `the server answered ${http}`, {
    problems: code === 'Invalid' || code === 'Conflict' ? (details?.causes ?? []).map(problemOf) : [],
    ...(details?.name === undefined
      ? {}
      : {
          about: {
            group: details.group ?? '',
            resource: details.kind ?? '',
            kind: details.kind ?? '',
            name: details.name,
          },
        }),
    ...(details?.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: details.retryAfterSeconds }),
  })
}
