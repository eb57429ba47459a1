/** The one error class of the project, with a closed list of codes that each door maps to its own protocol. */

/** What can go wrong, in words no protocol owns. A door maps every code, checked at compile time. */
export const faultCodes = [
  'BadRequest', // the request cannot be read
  'Unauthorized', // no or unknown credentials
  'Forbidden', // known, but may not
  'NotFound',
  'AlreadyExists',
  'Conflict', // the object changed since it was read, or a precondition does not hold
  'Invalid', // readable, but breaks a rule of the object
  'Expired', // a revision that was compacted away: list again
  'TooLarge', // over a size limit
  'TooManyRequests',
  'MethodNotAllowed',
  'NotAcceptable',
  'UnsupportedMediaType',
  'Unavailable', // store, engine or server not reachable: retry later
  'Timeout', // gave up waiting; the work may or may not have happened
  'Internal', // our bug
] as const
export type FaultCode = (typeof faultCodes)[number]

/** One wrong field: where, what is wrong, and Kubernetes' reason for it. */
export interface FieldProblem {
  /** Field path as Kubernetes writes it: `spec.containerDefinitions[0].image`; empty: about no field. */
  readonly path: string
  /** What is wrong and what is allowed, naming the value. */
  readonly message: string
  readonly reason:
    | 'FieldValueRequired'
    | 'FieldValueInvalid'
    | 'FieldValueNotSupported'
    | 'FieldValueDuplicate'
    | 'FieldValueTooLong'
    | 'FieldValueTooMany'
    | 'FieldValueTypeInvalid'
    | 'FieldValueForbidden'
    | 'FieldValueNotFound'
    | 'FieldManagerConflict' // somebody else owns it
    | 'ResourceVersionTooLarge'
    | 'NamespaceTerminating'
}

export interface FaultDetails {
  readonly cause?: unknown
  readonly problems?: readonly FieldProblem[]
  /** The object the fault is about. */
  readonly about?: { readonly group: string; readonly resource: string; readonly kind: string; readonly name: string }
  /** When to try again, in seconds, if known. */
  readonly retryAfterSeconds?: number
  /** What else whoever asked should hear. */
  readonly warnings?: readonly string[]
  /** How to go on with a list whose version is gone. */
  readonly continue?: string
}

/** An expected kind of failure. Anything else that is thrown is a bug. */
export class Fault extends Error {
  override readonly name = 'Fault'
  readonly code: FaultCode
  readonly problems: readonly FieldProblem[]
  readonly about: FaultDetails['about']
  readonly retryAfterSeconds: number | undefined
  readonly warnings: readonly string[]
  readonly continue: string | undefined

  constructor(code: FaultCode, message: string, details: FaultDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.problems = details.problems ?? []
    this.about = details.about
    this.retryAfterSeconds = details.retryAfterSeconds
    this.warnings = details.warnings ?? []
    this.continue = details.continue
  }
}

/** Whether `error` is a Fault of one of these codes. */
export const isFault = (error: unknown, ...codes: readonly FaultCode[]): error is Fault =>
  error instanceof Fault && (codes.length === 0 || codes.includes(error.code))

/** What `work` gives; undefined when it fails because its object is not there (any more). */
export async function unlessGone<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (isFault(error, 'NotFound')) return undefined
    throw error
  }
}

/** The message of anything thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Throws a Fault('Internal') when a thing that must be true is not; keeps the facts that show why. */
export function invariant(holds: boolean, what: string, facts: Readonly<Record<string, unknown>> = {}): asserts holds {
  if (!holds) throw new Fault('Internal', `broken invariant: ${what} ${JSON.stringify(facts)}`)
}

/** For the `default` of a switch over a closed set. */
export function unreachable(never: never): never {
  throw new Fault('Internal', `unreachable: ${JSON.stringify(never)}`)
}
