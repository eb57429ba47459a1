/** The contract of admission: rules that need more than the object itself. One file per rule in admission/. */
import type { FieldProblem } from '../../lib/errors.ts'
import type { Kind } from '../meta/kind.ts'
import type { Draft, ObjectKey, Resource } from '../meta/object.ts'

/** What an admission may look at: other objects as of now, or a moment ago. */
export interface AdmissionReads {
  /** Undefined when absent. */
  read<T extends Resource>(kind: Kind<T>, key: ObjectKey, signal: AbortSignal): Promise<T | undefined>
}

export interface AdmissionRequest<T extends Resource = Resource> extends AdmissionReads {
  readonly kind: Kind<T>
  readonly operation: 'create' | 'update' | 'delete'
  readonly object: T
  /** As stored; undefined on creation. */
  readonly old: T | undefined
  /** Tells the user what they may not expect. */
  warn(text: string): void
}

/** More that the same transaction does: all of it or nothing. */
export interface Companions {
  /** These objects must still be as they were read. */
  readonly unchanged?: readonly { readonly kind: Kind; readonly object: Resource }[]
  /** These objects are created with it. */
  readonly creates?: readonly { readonly kind: Kind; readonly object: Draft<Resource> }[]
}

/**
 * A rule about some kinds. All hooks may run several times for one request, first on what is cached, then on what is
 * stored: they decide and never act. Writes to a status subresource are not admitted.
 */
export interface Admission {
  readonly name: string
  concerns(kind: Kind): boolean
  /** The object to store instead (before validation); on deletion, of an object that stays for a while. */
  mutate?(request: AdmissionRequest, signal: AbortSignal): Promise<Resource>
  /** What is wrong with it (after validation); may also throw a Fault. */
  review?(request: AdmissionRequest, signal: AbortSignal): Promise<readonly FieldProblem[]>
  accompany?(request: AdmissionRequest, signal: AbortSignal): Promise<Companions>
  /** Faults when an object of this name may never be deleted, whether it exists or not. */
  mayDelete?(name: string): void
  /** Whether something besides finalizers keeps an object that is being deleted. */
  holds?(object: Resource): boolean
}

/** Typed entry for a rule about one kind. */
export const about = <T extends Resource>(
  kind: Kind<T>,
  rule: {
    readonly name: string
    readonly mutate?: (request: AdmissionRequest<T>, signal: AbortSignal) => Promise<T>
    readonly review?: (request: AdmissionRequest<T>, signal: AbortSignal) => Promise<readonly FieldProblem[]>
    readonly accompany?: (request: AdmissionRequest<T>, signal: AbortSignal) => Promise<Companions>
    readonly mayDelete?: (name: string) => void
    readonly holds?: (object: T) => boolean
  },
): Admission => ({
  ...(rule as unknown as Admission),
  concerns: (candidate) => candidate.kind === kind.kind && candidate.group === kind.group,
})
