/** Faults as Kubernetes' metav1.Status: this door's one mapping. */
import { Fault, type FaultCode, messageOf } from '../../../lib/errors.ts'

export interface Status {
  readonly kind: 'Status'
  readonly apiVersion: 'v1'
  readonly metadata: { readonly continue?: string }
  readonly status: 'Success' | 'Failure'
  readonly message?: string
  readonly reason?: string
  readonly details?: Readonly<Record<string, unknown>>
  readonly code?: number
}

/** HTTP status and Kubernetes reason of every code. */
export const httpStatus = {
  BadRequest: [400, 'BadRequest'],
  Unauthorized: [401, 'Unauthorized'],
  Forbidden: [403, 'Forbidden'],
  NotFound: [404, 'NotFound'],
  AlreadyExists: [409, 'AlreadyExists'],
  Conflict: [409, 'Conflict'],
  Invalid: [422, 'Invalid'],
  Expired: [410, 'Expired'],
  TooLarge: [413, 'RequestEntityTooLarge'],
  TooManyRequests: [429, 'TooManyRequests'],
  MethodNotAllowed: [405, 'MethodNotAllowed'],
  NotAcceptable: [406, 'NotAcceptable'],
  UnsupportedMediaType: [415, 'UnsupportedMediaType'],
  Unavailable: [503, 'ServiceUnavailable'],
  Timeout: [504, 'Timeout'],
  Internal: [500, 'InternalError'],
} as const satisfies Record<FaultCode, readonly [number, string]>

/** Anything thrown as a Fault; what is none is our bug and its text stays here. */
export const asFault = (error: unknown): Fault =>
  error instanceof Fault
    ? error
    : new Fault('Internal', `Internal error occurred: ${messageOf(error)}`, { cause: error })

/** Faults that Kubernetes gives empty details where it cannot even say what is missing. */
const aboutNothing: readonly FaultCode[] = ['NotFound', 'MethodNotAllowed', 'Forbidden', 'Invalid']

const named = (member: string, value: string): object => (value === '' ? {} : { [member]: value })

function detailsOf(fault: Fault): Readonly<Record<string, unknown>> | undefined {
  const { about, problems, retryAfterSeconds } = fault
  const details = {
    ...(about === undefined
      ? {}
      : {
          ...named('name', about.name),
          ...named('group', about.group),
          // Kubernetes names the kind where the object is at fault, else the resource.
          ...named('kind', fault.code === 'Invalid' ? about.kind : about.resource),
        }),
    ...(problems.length === 0
      ? {}
      : {
          causes: problems.map(({ reason, message, path }) => ({
            reason,
            message,
            ...(path === '' ? {} : { field: path }),
          })),
        }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  }
  const isAboutNothing = aboutNothing.includes(fault.code) && about === undefined
  return Object.keys(details).length === 0 && !isAboutNothing ? undefined : details
}

export function failure(fault: Fault): Status {
  const [code, reason] = httpStatus[fault.code]
  const details = detailsOf(fault)
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: fault.continue === undefined ? {} : { continue: fault.continue },
    status: 'Failure',
    message: fault.message,
    reason,
    ...(details === undefined ? {} : { details }),
    code,
  }
}

export const success = (details: Readonly<Record<string, unknown>>): Status => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Success',
  details,
})
